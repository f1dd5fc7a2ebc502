"""`lineproof transfer`: a line goes to another holder, when both want it."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

# How a transfer ended, as it is said at the counter.
SAYS = {
    "by_giver": "by who holds the line",
    "not_by_giver": "by who holds the line, and says that they did not offer it",
    "by_receiver": "by who was to receive it",
}


@click.group()
def transfer() -> None:
    """Have a line transferred: offered, accepted, taken back, handed over."""


@transfer.command()
@click.argument("name", metavar="NUMBER|ACCOUNT")
@options.session
@options.on_a_record
def offer(name: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """Offer a line, by its holder, who was verified in SESSION. Prints the code for the receiver, once."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.transfer_line import offer_line
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, name)
    offered = offer_line(services, line, SessionId(session), now=datetime.now(UTC))
    if as_json:
        shown = {"transfer": str(offered.transfer), "code": offered.code}
        click.echo(json.dumps({**shown, "accept_by": offered.accept_by.isoformat()}))
        return
    click.echo(f"Offered: transfer {offered.transfer}. The line works as before.")
    click.echo("The code for who is to receive it, shown this once:")
    click.echo(f"  {offered.code}")
    click.echo(f"It can be accepted before {offered.accept_by:%Y-%m-%d %H:%M} UTC.")


@transfer.command()
@click.argument("code")
@options.session
@click.option(
    "--terms", "terms_version", required=True, metavar="VERSION", help="Of the contract, that they accept."
)
@options.on_a_record
def accept(
    code: str, session: uuid.UUID, terms_version: str, policy: str, record: Path | None, as_json: bool
) -> None:
    """Accept an offered line by its CODE, by who was verified in SESSION."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.transfer_line import accept_line

    accepted = accept_line(
        services, code, SessionId(session), terms_version=terms_version, now=datetime.now(UTC)
    )
    if as_json:
        shown = {"transfer": str(accepted.transfer), "line": str(accepted.line)}
        click.echo(json.dumps({**shown, "complete_at": accepted.complete_at.isoformat()}))
        return
    click.echo(f"Accepted: transfer {accepted.transfer}.")
    click.echo(
        f"The line changes hands at {accepted.complete_at:%Y-%m-%d %H:%M} UTC. Until then either can take "
        f"it back: lineproof transfer cancel {accepted.transfer} --session SESSION"
    )


@transfer.command()
@click.argument("transfer_id", metavar="TRANSFER", type=click.UUID)
@options.session
@click.option("--not-me", "denies", is_flag=True, help="Its holder says that they did not offer the line.")
@options.on_a_record
def cancel(
    transfer_id: uuid.UUID,
    session: uuid.UUID,
    denies: bool,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Take a transfer back, by either party, who was verified in SESSION, until it is completed."""
    from lineproof.terms import SessionId, TransferId

    services = open_named(record, policy)
    from lineproof.registry.flows.transfer_line import cancel_transfer

    now, which = datetime.now(UTC), TransferId(transfer_id)
    ended = cancel_transfer(services, which, SessionId(session), now=now, denies=denies)
    if as_json:
        click.echo(json.dumps({"transfer": str(transfer_id), "outcome": ended.value}))
    else:
        click.echo(f"Taken back {SAYS[ended.value]}. The line stays with its holder.")


@transfer.command("list")
@options.session
@options.on_a_record
def list_transfers(session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """List the open transfers of who was verified in SESSION, as giver or receiver."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.verify_holder import verified_holder
    from lineproof.registry.queries.transfers import read_open_transfers

    holder = verified_holder(services, SessionId(session), now=datetime.now(UTC))
    rows = [
        {
            "transfer": str(one.id),
            "line": str(one.line),
            "state": one.state.value,
            "as": "giver" if one.is_giver else "receiver",
            "until": one.until.isoformat(),
        }
        for one in read_open_transfers(holder)
    ]
    if as_json:
        click.echo(json.dumps({"transfers": rows}))
        return
    for row in rows:
        click.echo(f"{row['transfer']}  {row['state']}  as {row['as']}  until {row['until']}")
    if not rows:
        click.echo("They have no open transfer.")


@transfer.command()
@options.on_a_record
def due(policy: str, record: Path | None, as_json: bool) -> None:
    """Hand over the lines whose time to think is over, and end offers that nobody accepted. Run it often."""
    services = open_named(record, policy)
    from lineproof.registry.flows.transfer_line import complete_due_transfers, end_stale_offers

    now = datetime.now(UTC)
    completed, expired = complete_due_transfers(services, now=now), end_stale_offers(services, now=now)
    if as_json:
        click.echo(json.dumps({"completed": completed, "expired": expired}))
    else:
        click.echo(f"Lines that changed hands: {completed}. Offers that were over: {expired}.")
