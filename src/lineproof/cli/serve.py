"""`lineproof serve`: the holders' pages of a record that stays."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.booth.relay import Booth
    from lineproof.decision.policy import Policy

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
@click.option(
    "--without-seccomp",
    is_flag=True,
    help="Start even where the machine does not filter system calls; every decision's entry says so.",
)
@click.option("--with-plain-swap", is_flag=True, help="Start even where swap is not encrypted.")
def serve(
    *, record: Path | None, port: int, links: tuple[str, ...], without_seccomp: bool, with_plain_swap: bool
) -> None:
    """Serve the holders' pages on this machine's loopback address, until interrupted.

    The booth is started first: a process that opens nothing but what is sealed to it, beside the pages.
    """
    from lineproof.booth.relay import Booth
    from lineproof.decision.policy import shipped_policy

    folder = record or options.default_record()
    policy = shipped_policy("generic")
    refuse_plain_swap(allowed=with_plain_swap)
    # Before anything else is opened: the keeper inherits nothing.
    with Booth(
        model_pack=policy.model_pack,
        models_folder=options.models_folder(folder),
        filter_required=not without_seccomp,
    ) as booth:
        _serve(folder, booth, policy, port=port, links=links)


def refuse_plain_swap(*, allowed: bool) -> None:
    """Refuse to go on where a worker's memory could be written to a disk in the clear."""
    from lineproof.booth.swap import plain_swaps
    from lineproof.errors import Unavailable

    plain = plain_swaps()
    if plain and not allowed:
        raise Unavailable(
            f"This machine swaps to {', '.join(plain)}, not encrypted: images could be left on a disk.",
            remedy="Switch it off (swapoff) or encrypt it; or say --with-plain-swap.",
        )


def _serve(folder: Path, booth: "Booth", policy: "Policy", *, port: int, links: tuple[str, ...]) -> None:
    from lineproof import wiring
    from lineproof.cli.running import noting

    services = wiring.open_record(folder, policy=policy, examiner=booth)
    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.queries.holder import find_holder_by_name
    from lineproof.web.server import serve_pages

    now = datetime.now(UTC)
    holders = [(name, find_holder_by_name(services.keys, name)) for name in links]

    def ready(address: str) -> None:
        note.write(address=address, release=services.release)
        if wiring.keys_are_in_files(folder):
            click.echo(
                f"warning: the keys of this record are files in {folder / wiring.VAULT}, for a demonstration "
                "and development. To keep them on a token: lineproof keys init --help",
                err=True,
            )
        click.echo(f"Serving {address}   (Ctrl-C stops)")
        for name, holder in holders:
            token = issue_page_link(services, holder, now=now)
            click.echo(f"  {name:<24} {address}open/{token}")
        if not holders:
            click.echo("  Pages open by single-use links only: start again with --link NUMBER for one.")
        finish(services, now=now)

    with noting(folder) as note:
        serve_pages(folder, port=port, ready=ready, examiner=booth)
