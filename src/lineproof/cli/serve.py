"""`lineproof serve`: the holders' pages of a record that stays."""

from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options

PORT = 8470


@click.command()
@options.record
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any free one."
)
@click.option(
    "--link",
    "links",
    multiple=True,
    metavar="NUMBER|ACCOUNT",
    help="Print a single-use link to the pages of this line's holder. Every link is an entry in the log.",
)
def serve(record: Path | None, port: int, links: tuple[str, ...]) -> None:
    """Serve the holders' pages on this machine's loopback address, until interrupted."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    folder = record or options.default_record()
    services = wiring.open_record(folder, policy=shipped_policy("generic"))
    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.queries.holder import find_holder_by_name
    from lineproof.web.server import serve_pages

    now = datetime.now(UTC)
    holders = [(name, find_holder_by_name(services.keys, name)) for name in links]

    def ready(address: str) -> None:
        click.echo(f"Serving {address}   (Ctrl-C stops)")
        for name, holder in holders:
            token = issue_page_link(services, holder, now=now)
            click.echo(f"  {name:<24} {address}open/{token}")
        if not holders:
            click.echo("  Pages open by single-use links only: start again with --link NUMBER for one.")
        finish(services, now=now)

    serve_pages(folder, port=port, ready=ready)
