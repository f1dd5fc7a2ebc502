"""`lineproof sim`: another SIM for a line, asked for, stopped, and switched on when its time has come."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named


@click.group()
def sim() -> None:
    """Put a line on another SIM, when its holder had time to object."""


@sim.command("replace")
@click.argument("number")
@click.option(
    "--sim", "iccid", required=True, metavar="ICCID", help="The number printed on the new SIM card."
)
@options.session
@options.policy
@options.record
@options.as_json
def replace_sim(
    number: str, iccid: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool
) -> None:
    """Ask for another SIM for the line NUMBER, in the name of its holder.

    They were verified in the session. They are told, and the line stays on its card until the time that is
    printed.
    """
    from lineproof.terms import Iccid, SessionId

    card = Iccid.parse(iccid)
    services = open_named(record, policy)
    from lineproof.registry.flows.replace_sim import ask_sim
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, number)
    asked = ask_sim(services, line, SessionId(session), card, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({"replacement": str(asked.replacement), "due_at": asked.due_at.isoformat()}))
    else:
        click.echo(
            f"Asked for. The card is switched on at {asked.due_at:%Y-%m-%d %H:%M} UTC: lineproof sim due\n"
            f"Until then its holder can stop it: lineproof sim stop {number}"
        )


@sim.command()
@click.argument("number")
@options.session
@options.policy
@options.record
def stop(number: str, session: uuid.UUID, policy: str, record: Path | None) -> None:
    """Stop the replacement that was asked for, for the line NUMBER, in the name of its holder."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.replace_sim import stop_sim
    from lineproof.registry.queries.holder import find_line_by_name
    from lineproof.registry.queries.holds import find_open_replacement

    found = find_open_replacement(find_line_by_name(services.keys, number))
    stop_sim(services, found.id, SessionId(session), now=datetime.now(UTC))
    click.echo("Stopped. The line stays on its card; for some days its number cannot leave.")


@sim.command()
@options.policy
@options.record
@options.as_json
def due(policy: str, record: Path | None, as_json: bool) -> None:
    """Switch on every SIM whose time has come. Run it often, every few minutes."""
    services = open_named(record, policy)
    from lineproof.registry.flows.replace_sim import switch_due_sims

    switched = switch_due_sims(services, now=datetime.now(UTC))
    click.echo(json.dumps({"switched": switched}) if as_json else f"SIMs switched on: {switched}.")
