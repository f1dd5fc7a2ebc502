"""`lineproof serve`: the holders' pages of a record that stays."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.work import LEVEL_VARIABLE

if TYPE_CHECKING:
    from lineproof.booth.relay import Booth
    from lineproof.decision.policy import Policy
    from lineproof.key_process.client import KeyProcess

PORT = 8470
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"https://(?:{_LABEL}\.)+{_LABEL}(?::[1-9][0-9]{{0,4}})?")


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
@click.option(
    "--at",
    "origin",
    metavar="https://NAME",
    help="Where a relay on this machine shows the pages over https: docs/operate/relay.md.",
)
@click.option(
    "--policy",
    default="generic",
    show_default=True,
    metavar="NAME|FILE",
    help="The policy pack: by what rules a line is applied for, and who may read the log, at /log/.",
)
def serve(
    *,
    record: Path | None,
    port: int,
    links: tuple[str, ...],
    without_seccomp: bool,
    with_plain_swap: bool,
    origin: str | None,
    policy: str,
) -> None:
    """Serve the pages on this machine's loopback address, until interrupted; and publish the log.

    People apply for lines there, holders see theirs, and reviewers open photographs.

    Two kinds of process are started first, beside the pages: the booth's keepers, which open nothing but
    what is sealed to them, and the key process, which opens a referral's photographs into the booth, for a
    reviewer's passkey. What happens is written on standard error as by lineproof work, from warnings up.
    """
    from lineproof import structured
    from lineproof.booth.keeper_terms import Terms
    from lineproof.booth.relay import MOST_COMPUTING, Booth
    from lineproof.cli.policy_file import named_policy
    from lineproof.key_process.client import KeyProcess
    from lineproof.structured import Level
    from lineproof.web import relayed

    folder = record or options.default_record()
    rules = named_policy(policy)
    if origin is not None:
        # Read where the pages' settings are made, here and in the process that answers.
        os.environ[relayed.VARIABLE] = parse_origin(origin)
    structured.start(structured.parse_level(os.environ.get(LEVEL_VARIABLE) or Level.WARNING.name))
    refuse_plain_swap(allowed=with_plain_swap)
    terms = Terms(
        rules.model_pack,
        options.models_folder(folder),
        MOST_COMPUTING,
        filter_required=not without_seccomp,
    )
    # Before anything else is opened: they inherit nothing.
    with KeyProcess(folder, terms) as lent, Booth(keepers=lent.keepers) as booth:
        _serve(folder, booth, lent, rules, port=port, links=links)


def parse_origin(text: str) -> str:
    """Read the address at which a relay shows the pages, as "https://lines.example.com"; Malformed else."""
    from lineproof.errors import Malformed

    origin = text.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(origin):
        raise Malformed(
            "That is no address at which pages can be shown.",
            remedy="Give https and a name, such as https://lines.example.com, without a path.",
        )
    return origin


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


def _serve(
    folder: Path,
    booth: "Booth",
    lent: "KeyProcess",
    policy: "Policy",
    *,
    port: int,
    links: tuple[str, ...],
) -> None:
    from lineproof import wiring
    from lineproof.cli.running import noting

    services = wiring.open_record(folder, policy=policy, examiner=booth, lent=lent)
    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.queries.holder import find_holder_by_name
    from lineproof.web.relayed import VARIABLE
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
        shown_at = f"{os.environ[VARIABLE]}/" if VARIABLE in os.environ else address
        click.echo(f"Serving {address}   (Ctrl-C stops)")
        if shown_at != address:
            click.echo(f"  A relay on this machine shows it at {shown_at}")
        for name, holder in holders:
            token = issue_page_link(services, holder, now=now)
            click.echo(f"  {name:<24} {shown_at}open/{token}")
        if not holders:
            click.echo("  Pages open by single-use links only: start again with --link NUMBER for one.")
        finish(services, now=now)

    with noting(folder) as note:
        serve_pages(folder, port=port, ready=ready, examiner=booth, lent=lent, published_by=policy)
