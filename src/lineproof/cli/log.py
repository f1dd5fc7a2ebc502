"""`lineproof log`: the record's log."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.registry.queries.log import LogHead

BROKEN = 3


@click.group()
def log() -> None:
    """Verify the record's log."""


@log.command()
@click.option("--earlier", metavar="SIZE:HASH", help="A head noted before; the log must still contain it.")
@options.record
@options.as_json
def verify(earlier: str | None, record: Path | None, as_json: bool) -> None:
    """Recompute the log from its entries, and compare it with every tree head on record.

    Exit: 0 in order, 3 something is broken, 1 error, 2 usage.
    """
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    folder = record or options.default_record()
    wiring.open_record(folder, policy=shipped_policy("generic"))
    from lineproof.registry.queries.log import verify_log

    check = verify_log(earlier=None if earlier is None else _head(earlier))
    head = f"{check.size}:{check.root_hash.hex()}"
    if as_json:
        click.echo(
            json.dumps(
                {"ok": not check.problems, "head": head, "waiting": check.waiting, "problems": check.problems}
            )
        )
    elif check.problems:
        click.echo("\n".join(f"broken: {problem}" for problem in check.problems))
    else:
        click.echo(f"The log is in order: {check.size} entries, {check.heads_checked} tree heads.")
        if check.waiting:
            click.echo(f"{check.waiting} entries wait for their places; the next procedure gives them.")
        click.echo(f"Note this head, and give it to --earlier next time: {head}")
    sys.exit(BROKEN if check.problems else 0)


def _head(text: str) -> "LogHead":
    from lineproof.registry.queries.log import LogHead

    size, _, root = text.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}", size) or not re.fullmatch(r"[0-9a-f]{64}", root):
        raise click.UsageError("--earlier wants SIZE:HASH as `lineproof log verify` prints it.")
    return LogHead(int(size), bytes.fromhex(root))
