"""`lineproof appeals`: what the persons concerned appeal against, heard by who had no part in it."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named


@click.group()
def appeals() -> None:
    """Enter appeals against what people decided, and hear them."""


@appeals.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are decided, too.")
@options.record
@options.as_json
def list_appeals(everything: bool, record: Path | None, as_json: bool) -> None:
    """List the appeals that wait, the one due first at the top."""
    open_named(record, "generic")
    from lineproof.registry.queries.appeals import read_appeals

    rows = read_appeals(open_only=not everything)
    if as_json:
        named = [
            {
                "appeal": str(row.id),
                "against": row.kind.value,
                "about": str(row.about),
                "state": row.state.value,
                "due_at": row.due_at.isoformat(),
            }
            for row in rows
        ]
        click.echo(json.dumps(named))
        return
    for row in rows:
        due = f"due {row.due_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{row.id}  {row.state.value}  {due}  against {row.kind.value} {row.about}")
    if not rows:
        click.echo("No appeal waits.")


@appeals.command("open")
@click.argument("about", type=click.UUID)
@click.option(
    "--against",
    type=click.Choice(["case", "correction", "dispute"]),
    default="case",
    show_default=True,
    help="What ABOUT is.",
)
@options.policy
@options.record
def open_(about: uuid.UUID, against: str, policy: str, record: Path | None) -> None:
    """Enter the appeal of the person whom ABOUT concerns; no reason is asked of them."""
    from lineproof.cli.report import receipt_hint
    from lineproof.line.appeal import AppealKind

    services = open_named(record, policy)
    from lineproof.registry.flows.appeal_decision import open_appeal
    from lineproof.registry.queries.appeals import read_appeals

    appeal = open_appeal(services, AppealKind(against), about, now=datetime.now(UTC))
    due = next(row.due_at for row in read_appeals() if row.id == appeal)
    click.echo(f"Appeal {appeal} is open. Somebody who had no part decides by {due:%Y-%m-%d %H:%M} UTC.")
    click.echo(receipt_hint(appeal))


@appeals.command()
@click.argument("appeal", type=click.UUID)
@options.policy
@options.record
def withdraw(appeal: uuid.UUID, policy: str, record: Path | None) -> None:
    """Take an appeal back, at the wish of the person concerned."""
    services = open_named(record, policy)
    from lineproof.registry.flows.appeal_decision import withdraw_appeal

    withdraw_appeal(services, appeal, now=datetime.now(UTC))
    click.echo("Withdrawn. What was decided stands.")


@appeals.command()
@click.argument("appeal", type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who hears it.")
@click.option("--reason", metavar="CODE", help="Why it is decided so, and so which way.")
@options.policy
@options.record
def hear(appeal: uuid.UUID, reviewer: str, reason: str | None, policy: str, record: Path | None) -> None:
    """Decide an appeal. Two reasons uphold what was decided, three overturn it; without, they are listed."""
    from lineproof.line.appeal import APPEAL_REASONS, AppealReason, event_of
    from lineproof.terms import StaffName

    if reason not in [code.value for code in AppealReason]:
        known = "\n".join(
            f"  {code.value}  ({event_of(code).value})  {says}" for code, says in APPEAL_REASONS.items()
        )
        raise click.UsageError(f"Give --reason CODE, one of:\n{known}")
    services = open_named(record, policy)
    from lineproof.registry.flows.appeal_decision import hear_appeal

    name = StaffName.parse(reviewer)
    state = hear_appeal(services, appeal, name, AppealReason(reason), now=datetime.now(UTC))
    click.echo(f"Decided: {state.value}. {APPEAL_REASONS[AppealReason(reason)]}")
