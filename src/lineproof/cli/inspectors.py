"""`lineproof inspectors`: who may read a published log that is not for everybody."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.terms import MOST_TOKEN_DAYS, TOKEN_DAYS, StaffName

if TYPE_CHECKING:
    from lineproof.ports import Services


@click.group()
def inspectors() -> None:
    """Let inspectors read the published log, where the policy pack keeps it for them; and end that."""


@inspectors.command()
@click.argument("name")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_TOKEN_DAYS),
    default=TOKEN_DAYS,
    show_default=True,
    help="For how long the token holds.",
)
@options.record
def add(name: str, days: int, record: Path | None) -> None:
    """Print a token by which an inspector reads the published log; enrol them the first time.

    For a name that is enrolled it is one more token; the earlier ones hold as before.
    """
    inspector, services = StaffName.parse(name), _open(record)
    from lineproof.registry.flows.inspector_access import issue_inspector_token

    issued = issue_inspector_token(services, inspector, days=days, now=datetime.now(UTC))
    who = f"Inspector {name}" if issued.enrolled else f"Inspector {name}, who is enrolled already,"
    click.echo(f"{who} can read the published log, and nothing else, until {_moment(issued.until)}.")
    click.echo("The token is shown this once; hand it over so that nobody else sees it:")
    click.echo(f"  {issued.token}")
    click.echo("To verify with it: lineproof log verify URL --key KEY --token-file FILE")


@inspectors.command("list")
@options.record
@options.as_json
def list_(record: Path | None, as_json: bool) -> None:
    """List the inspectors, how many tokens of each hold now, and until when."""
    _open(record)
    from lineproof.registry.queries.inspector import read_inspectors

    rows = read_inspectors(now=datetime.now(UTC))
    if as_json:
        said = [
            {
                "name": row.name,
                "tokens": row.tokens,
                "until": None if row.until is None else row.until.isoformat(timespec="seconds"),
            }
            for row in rows
        ]
        click.echo(json.dumps(said))
        return
    if rows:
        click.echo(f"{'name':<40} {'tokens':>6}  until")
    for row in rows:
        click.echo(f"{row.name:<40} {row.tokens:>6}  {'-' if row.until is None else _moment(row.until)}")
    if not rows:
        click.echo("No inspector yet. Add one with: lineproof inspectors add NAME")


@inspectors.command()
@click.argument("name")
@options.record
def revoke(name: str, record: Path | None) -> None:
    """End every token of an inspector, at once."""
    inspector, services = StaffName.parse(name), _open(record)
    from lineproof.registry.flows.inspector_access import revoke_inspector_tokens

    ended = revoke_inspector_tokens(services, inspector, now=datetime.now(UTC))
    if ended:
        click.echo(f"Inspector {name} cannot read the log any more: tokens ended: {ended}.")
    else:
        click.echo(f"No token of inspector {name} held; nothing was changed.")


def _open(record: Path | None) -> "Services":
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    return wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
