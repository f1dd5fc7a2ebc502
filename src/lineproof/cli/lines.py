"""`lineproof lines`: a line is given up, taken back, and its number released."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.ports import Services


@click.group()
def lines() -> None:
    """Give lines up, take them back, and release their numbers."""


@lines.command()
@click.argument("name", metavar="NUMBER|ACCOUNT")
@options.session
@options.policy
@options.record
@options.as_json
def surrender(name: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """Give a line up, by its holder, who was verified in SESSION. It is switched off."""
    from lineproof.terms import SessionId

    services = _open(record, policy)
    from lineproof.registry.flows.surrender_line import surrender_line
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, name)
    surrender_line(services, line, SessionId(session), now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"line": str(line)}))
    else:
        click.echo(
            "Given up. As long as its number is nobody's, its holder can have it back: "
            f"lineproof lines take-back {name} --session SESSION"
        )


@lines.command("take-back")
@click.argument("name", metavar="NUMBER|ACCOUNT")
@options.session
@options.policy
@options.record
@options.as_json
def take_back_line(name: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """Give an ended line back to its last holder, verified in SESSION, while its number is nobody's."""
    from lineproof.terms import SessionId

    services = _open(record, policy)
    from lineproof.registry.flows.surrender_line import take_back
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, name)
    take_back(services, line, SessionId(session), now=datetime.now(UTC))
    click.echo(json.dumps({"line": str(line)}) if as_json else "Given back. The line is switched on.")


@lines.command()
@options.policy
@options.record
@options.as_json
def release(policy: str, record: Path | None, as_json: bool) -> None:
    """Release the numbers whose quarantine is over, so that they can be registered again. Run it daily."""
    services = _open(record, policy)
    from lineproof.registry.flows.reissue_numbers import release_numbers

    released = release_numbers(services, now=datetime.now(UTC))
    click.echo(json.dumps({"released": released}) if as_json else f"Numbers released: {released}.")


def _open(record: Path | None, policy: str) -> "Services":
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy

    return wiring.open_record(record or options.default_record(), policy=named_policy(policy))
