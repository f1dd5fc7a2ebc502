"""`lineproof corrections`: wrongly registered lines, found, announced, signed by two, put off, withdrawn."""

import json
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

if TYPE_CHECKING:
    from lineproof.registry.queries.corrections import CorrectionRow

CAUSES = ("missing_verification", "cap_exceeded", "document_expired", "registration_lapsed")
# Why a step cannot be signed now; the values of `Wait`.
WAITS = {
    "not_announced": "this step is not announced",
    "not_due": "its holder still has time",
    "appealed": "an appeal is open",
    "line_elsewhere": "the line is being passed on, or has ended",
    "notice_under_way": "the notice is still on its way",
    "unreached": "the notice did not reach its holder, so this is never done",
}


@click.group()
def corrections() -> None:
    """Find and correct wrongly registered lines. Nothing is done by itself, nor without two people."""


@corrections.command()
@click.option("--write", is_flag=True, help="Enter what is found. Without it nothing is changed.")
@click.option(
    "--cause",
    "causes",
    multiple=True,
    type=click.Choice(CAUSES),
    help="Look for this alone; may be repeated. [default: all but document_expired]",
)
@options.policy
@options.record
@options.as_json
def find(write: bool, causes: tuple[str, ...], policy: str, record: Path | None, as_json: bool) -> None:
    """Count the lines that are wrongly registered, by cause; with --write, enter them. Nobody is told yet."""
    from lineproof.line.correction import Cause

    services = open_named(record, policy)
    from lineproof.registry.flows.find_corrections import USUAL, find_corrections

    wanted = {Cause(cause) for cause in causes} or USUAL
    found = find_corrections(services, now=datetime.now(UTC), dry_run=not write, causes=wanted)
    counts = {cause.value: count for cause, count in found.findings.items()}
    if as_json:
        click.echo(json.dumps({"lines": found.lines, "findings": counts, "written": write}))
        return
    click.echo(f"Looked at {found.lines} lines.")
    for cause, count in counts.items():
        click.echo(f"{cause}: {count} {'entered' if write else 'would be entered'}")
    if write and any(counts.values()):
        click.echo("Nobody is told yet. See them with: lineproof corrections list")


@corrections.command("list")
@click.option("--due", is_flag=True, help="Only what waits for people: to be announced, or signed.")
@click.option("--stuck", is_flag=True, help="Only what goes no further: its notice did not arrive.")
@options.policy
@options.record
@options.as_json
def list_corrections(due: bool, stuck: bool, policy: str, record: Path | None, as_json: bool) -> None:
    """List the corrections that are open, those that are due first at the top."""
    open_named(record, policy)
    from lineproof.registry.queries.corrections import read_corrections

    rows = [
        row
        for row in read_corrections(now=datetime.now(UTC))
        if (row.is_due or not due) and (row.stuck or not stuck)
    ]
    if as_json:
        click.echo(json.dumps([_as_json(row) for row in rows]))
        return
    for row in rows:
        click.echo(f"{row.id}  {row.cause.value}  {row.state.value}  {_what_waits(row)}")
    if not rows:
        none = "No correction waits for people." if due else "No correction is open."
        click.echo("No correction is stuck." if stuck else none)


@corrections.command()
@click.argument("ids", nargs=-1, required=True, type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who has them announced.")
@options.policy
@options.record
def announce(ids: tuple[uuid.UUID, ...], reviewer: str, policy: str, record: Path | None) -> None:
    """Give the holders notice of the first step, with its deadline. Nothing is done before, nor by itself."""
    from lineproof.terms import StaffName

    services = open_named(record, policy)
    from lineproof.registry.flows.correct_lines import announce_corrections

    name = StaffName.parse(reviewer)
    announced = announce_corrections(services, ids, name, now=datetime.now(UTC))
    for each in dict.fromkeys(ids):
        said = (
            "announced"
            if each in announced
            else "not announced: right again, appealed, or another one is on this line"
        )
        click.echo(f"{each}  {said}")


@corrections.command()
@click.argument("step", type=click.Choice(["restrict", "suspend", "terminate"]))
@click.argument("ids", nargs=-1, required=True, type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who signs.")
@click.option("--carry-out", "choice", flag_value="carry_out", help="Do it.")
@click.option("--put-off", "choice", flag_value="put_off", help="Put it off: the holder has longer.")
@options.policy
@options.record
def sign(
    step: str,
    ids: tuple[uuid.UUID, ...],
    reviewer: str,
    choice: str | None,
    policy: str,
    record: Path | None,
) -> None:
    """Sign a step of one or more corrections. The second who agrees has it carried out, or put off."""
    from lineproof.line.ladder import Choice, Step
    from lineproof.terms import StaffName

    if choice is None:
        raise click.UsageError("Give --carry-out or --put-off.")
    services = open_named(record, policy)
    from lineproof.registry.flows.correct_lines import sign_step

    name = StaffName.parse(reviewer)
    signed = sign_step(services, ids, Step(step), name, Choice(choice), now=datetime.now(UTC))
    done = {Choice.CARRY_OUT: "carried out", Choice.PUT_OFF: "put off; its holder is told until when"}
    for each in signed:
        if each.wait is not None:
            said = f"not signed: {WAITS[each.wait.value]}"
        elif each.decided is None:
            said = "signed; another signature is wanted, and is not told this one"
        else:
            said = done[each.decided]
        click.echo(f"{each.correction}  {said}")


@corrections.command()
@click.argument("correction", type=click.UUID)
@click.option("--as", "staff", required=True, metavar="NAME", help="The agent or reviewer who gives longer.")
@click.option("--ground", required=True, metavar="GROUND", help="Why: a ground of the policy, each once.")
@options.policy
@options.record
def extend(correction: uuid.UUID, staff: str, ground: str, policy: str, record: Path | None) -> None:
    """Give a holder longer, who is abroad, in hospital or the like. The ground is kept sealed."""
    from lineproof.terms import StaffName

    services = open_named(record, policy)
    from lineproof.registry.flows import correct_lines

    name, now = StaffName.parse(staff), datetime.now(UTC)
    until = correct_lines.extend(services, correction, ground, name, now=now)
    click.echo(f"The holder has until {until:%Y-%m-%d %H:%M} UTC, and is told.")


@corrections.command()
@click.argument("correction", type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who withdraws it.")
@options.policy
@options.record
def withdraw(correction: uuid.UUID, reviewer: str, policy: str, record: Path | None) -> None:
    """Withdraw a finding that was wrong. Whatever was done to the line is undone."""
    from lineproof.terms import StaffName

    services = open_named(record, policy)
    from lineproof.registry.flows import correct_lines

    correct_lines.withdraw(services, correction, StaffName.parse(reviewer), now=datetime.now(UTC))
    click.echo("Withdrawn, and undone.")


def _what_waits(row: "CorrectionRow") -> str:
    if row.step is None or row.due_at is None:
        return "to be announced"
    said = f"{row.step.value} from {row.due_at:%Y-%m-%d %H:%M} UTC, signed by {row.signed}"
    return said if row.wait is None else f"{said}; waits: {WAITS[row.wait.value]}"


def _as_json(row: "CorrectionRow") -> dict[str, Any]:
    """Give a row as JSON has it: enums by their values, times as ISO 8601."""
    values = {name: getattr(value, "value", value) for name, value in asdict(row).items()}
    return {
        **values,
        "id": str(row.id),
        "found_at": row.found_at.isoformat(),
        "due_at": None if row.due_at is None else row.due_at.isoformat(),
        "is_due": row.is_due,
    }
