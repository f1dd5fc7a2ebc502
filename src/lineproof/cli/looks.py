"""`lineproof agents looks`: second looks at what agents attested, which were drawn by nobody."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

RESULTS = ["confirmed", "not_reached", "wrong"]
REASONS = ["holder_was_not_there", "not_their_document", "not_asked_for"]

_as_reviewer = click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who looks.")


@click.group()
def looks() -> None:
    """List the second looks that were drawn, and say what they found."""


@looks.command("list")
@click.option("--all", "all_", is_flag=True, help="Those that are over, too.")
@click.option("--overdue", is_flag=True, help="Only those that ought to be done by now.")
@options.record
@options.as_json
def list_looks(record: Path | None, *, all_: bool, overdue: bool, as_json: bool) -> None:
    """List the looks that wait, the one due first at the top. No line waits for one."""
    if all_ and overdue:
        raise click.UsageError("Give --all or --overdue, not both.")
    open_named(record, "generic")
    from lineproof.registry.queries.second_looks import read_looks

    rows = read_looks(open_only=not all_, overdue_at=datetime.now(UTC) if overdue else None)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "look": str(row.id),
                        "line": str(row.line),
                        "agent": row.agent.text,
                        "procedure": row.procedure.value,
                        "state": row.state.value,
                        "drawn_at": row.drawn_at.isoformat(),
                        "due_at": row.due_at.isoformat(),
                    }
                    for row in rows
                ]
            )
        )
        return
    for row in rows:
        click.echo(
            f"{row.id}  {row.procedure.value}  attested by {row.agent.text}  {row.state.value}  "
            f"due {row.due_at:%Y-%m-%d %H:%M} UTC"
        )
    if not rows:
        click.echo("No look waits." if not all_ else "None was drawn.")


@looks.command()
@click.argument("look", type=click.UUID)
@_as_reviewer
@options.record
def show(look: uuid.UUID, reviewer: str, record: Path | None) -> None:
    """Print the number or account that a look is about, for the reviewer who calls its holder."""
    from lineproof.terms import StaffName

    name, services = StaffName.parse(reviewer), open_named(record, "generic")
    from lineproof.registry.flows.enrol_staff import staff_of
    from lineproof.registry.queries.second_looks import read_number_of_look
    from lineproof.terms import StaffRole

    staff_of(name, StaffRole.REVIEWER)
    click.echo(read_number_of_look(services.keys, look, name))


@looks.command()
@click.argument("look", type=click.UUID)
@_as_reviewer
@click.option("--result", type=click.Choice(RESULTS), required=True, help="What was found.")
@click.option("--reason", type=click.Choice(REASONS), help="Why it is wrong.")
@options.policy
@options.record
def done(
    look: uuid.UUID, reviewer: str, result: str, reason: str | None, policy: str, record: Path | None
) -> None:
    """Say what a look found. Nothing is done to the line by it."""
    from lineproof.terms import StaffName

    name, services = StaffName.parse(reviewer), open_named(record, policy)
    from lineproof.line.second_look import LookResult, WrongReason
    from lineproof.registry.flows.second_look import finish_look

    why = None if reason is None else WrongReason(reason)
    correction = finish_look(services, look, name, LookResult(result), why, now=datetime.now(UTC))
    click.echo("Recorded. The line stays as it is.")
    if correction is not None:
        click.echo(
            f"Entered: correction {correction}. Two people decide on it, each step with a notice before."
        )
