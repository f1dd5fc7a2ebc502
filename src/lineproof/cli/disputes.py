"""`lineproof disputes`: what holders say of lines in their name, and what people decide of it."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

KINDS = ["not_mine", "not_needed"]
STATEMENTS = ["uses_it_with_leave", "says_it_is_theirs", "other", "did_not_answer"]
CHOICES = ["upheld", "dismissed"]

_session = click.option(
    "--session", type=click.UUID, required=True, help="In which the holder was verified, just now."
)


@click.group()
def disputes() -> None:
    """Open, hear and decide disputes about lines in somebody's name."""


@disputes.command("open")
@click.argument("line", metavar="NUMBER|ACCOUNT")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the holder says of it.")
@_session
@options.policy
@options.record
@options.as_json
def open_(
    line: str, kind: str, session: uuid.UUID, policy: str, record: Path | None, *, as_json: bool
) -> None:
    """Open a dispute about a line in the name of who was verified. The line works as before."""
    services = open_named(record, policy)
    from lineproof.line.dispute import DisputeKind
    from lineproof.registry.flows.dispute_line import open_dispute
    from lineproof.registry.queries.holder import find_line_by_name
    from lineproof.terms import SessionId

    found = find_line_by_name(services.keys, line)
    opened = open_dispute(services, found, DisputeKind(kind), SessionId(session), now=datetime.now(UTC))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "dispute": str(opened.id),
                    "answer_by": opened.answer_by.isoformat(),
                    "due_at": opened.due_at.isoformat(),
                }
            )
        )
        return
    click.echo(f"Received: dispute {opened.id}. Two people decide by {opened.due_at:%Y-%m-%d %H:%M} UTC.")
    click.echo(
        f"The line works as before. Who uses it is heard, or has until {opened.answer_by:%Y-%m-%d %H:%M} UTC."
    )
    click.echo(f"Proof that it was received: lineproof log receipt {opened.id} --out receipt.zip")


@disputes.command("list")
@click.option("--all", "all_", is_flag=True, help="Those that have ended, too.")
@click.option("--overdue", is_flag=True, help="Only those that ought to be decided by now.")
@options.record
@options.as_json
def list_disputes(record: Path | None, *, all_: bool, overdue: bool, as_json: bool) -> None:
    """List the disputes that wait, the one due first at the top."""
    if all_ and overdue:
        raise click.UsageError("Give --all or --overdue, not both.")
    open_named(record, "generic")
    from lineproof.registry.queries.disputes import read_disputes, read_overdue_disputes

    now = datetime.now(UTC)
    rows = read_overdue_disputes(now) if overdue else read_disputes(open_only=not all_)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "dispute": str(row.id),
                        "line": str(row.line),
                        "kind": row.kind.value,
                        "state": row.state.value,
                        "answer_by": row.answer_by.isoformat(),
                        "due_at": row.due_at.isoformat(),
                        "opinions": row.opinions,
                        "statements": [each.value for each in row.statements],
                    }
                    for row in rows
                ]
            )
        )
        return
    for row in rows:
        click.echo(
            f"{row.id}  {row.kind.value}  {row.state.value}  due {row.due_at:%Y-%m-%d %H:%M} UTC  "
            f"opinions {row.opinions}"
        )
        said = ", ".join(each.value for each in row.statements)
        click.echo(
            f"    The line's user: {said or f'not heard; has until {row.answer_by:%Y-%m-%d %H:%M} UTC'}"
        )
    if not rows:
        click.echo("No dispute waits." if not all_ else "There is no dispute.")


@disputes.command()
@click.argument("dispute", type=click.UUID)
@click.option("--as", "agent", required=True, metavar="AGENT", help="Who heard the line's user.")
@click.option("--said", type=click.Choice(STATEMENTS), required=True, help="What the user said.")
@options.record
def hear(dispute: uuid.UUID, agent: str, said: str, record: Path | None) -> None:
    """Note what the line's user said. As often as they have something to say, until it is decided."""
    from lineproof.terms import DisputeId, StaffName

    name, services = StaffName.parse(agent), open_named(record, "generic")
    from lineproof.line.dispute import Statement
    from lineproof.registry.flows.dispute_line import hear_user

    hear_user(services, DisputeId(dispute), Statement(said), name, now=datetime.now(UTC))
    click.echo("Noted. Reviewers see it with the dispute.")


@disputes.command()
@click.argument("dispute", type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who gives the opinion.")
@click.option(
    "--choice", type=click.Choice(CHOICES), required=True, help="Whether the holder is right, or not."
)
@click.option("--reason", required=True, metavar="CODE", help="Its reason, of those for disputes.")
@options.policy
@options.record
def opinion(
    dispute: uuid.UUID, reviewer: str, choice: str, reason: str, policy: str, record: Path | None
) -> None:
    """Give one reviewer's opinion. Two who agree decide."""
    from lineproof.line.dispute import REASONS, DisputeChoice, DisputeReason
    from lineproof.terms import DisputeId, StaffName

    codes = [code.value for code in DisputeReason]
    if reason not in codes:
        raise click.UsageError(f"There is no reason {reason!r}. Choose one of: {', '.join(codes)}.")
    name, services = StaffName.parse(reviewer), open_named(record, policy)
    from lineproof.registry.flows.decide_dispute import give_opinion

    agreed = give_opinion(
        services,
        DisputeId(dispute),
        name,
        DisputeChoice(choice),
        DisputeReason(reason),
        now=datetime.now(UTC),
    )
    if agreed is None:
        click.echo("Recorded. A second reviewer's opinion is wanted; it is not told this one.")
        return
    click.echo(f"Decided: {agreed.choice} by {len(agreed.by)} people.")
    for code in agreed.reasons:
        click.echo(f"    {REASONS[DisputeReason(code)].says}")


@disputes.command()
@click.argument("dispute", type=click.UUID)
@_session
@options.record
def withdraw(dispute: uuid.UUID, session: uuid.UUID, record: Path | None) -> None:
    """Take a dispute back, for the holder who opened it and was verified again."""
    services = open_named(record, "generic")
    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from lineproof.terms import DisputeId, SessionId

    withdraw_dispute(services, DisputeId(dispute), SessionId(session), now=datetime.now(UTC))
    click.echo("Taken back. The line stays as it is.")


@disputes.command("used-by-another")
@click.argument("line", metavar="NUMBER|ACCOUNT")
@click.option("--session", type=click.UUID, help="In which its holder was verified, who says so.")
@click.option("--not-the-minor", is_flag=True, help="Of a line for a minor: that somebody else uses it.")
@click.option("--court", metavar="REFERENCE", help="What a court calls its order that says so.")
@click.option("--seen-by", metavar="AGENT", help="Who has read the court's order.")
@options.policy
@options.record
def used_by_another(
    line: str,
    session: uuid.UUID | None,
    not_the_minor: bool,
    court: str | None,
    seen_by: str | None,
    policy: str,
    record: Path | None,
) -> None:
    """Have a line corrected that somebody else uses, as its holder or a court says."""
    from lineproof.line.used_by_another import CourtReference, OrderOfCourt, Source, WordOfHolder
    from lineproof.terms import SessionId, StaffName

    source: Source
    if session is not None and court is None and seen_by is None:
        source = WordOfHolder(SessionId(session), besides_minor=not_the_minor)
    elif session is None and court is not None and seen_by is not None and not not_the_minor:
        source = OrderOfCourt(CourtReference.parse(court), StaffName.parse(seen_by))
    else:
        raise click.UsageError("Give --session of its holder, or --court with --seen-by.")
    services = open_named(record, policy)
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
    from lineproof.registry.queries.holder import find_line_by_name

    found = find_line_by_name(services.keys, line)
    correction = report_used_by_another(services, found, source=source, now=datetime.now(UTC))
    click.echo(f"Recorded: correction {correction}. The line works as before.")
    click.echo("Each step has a notice with a deadline before it, and two people.")
