"""`lineproof port`: numbers that go to another operator or come from one."""

import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

if TYPE_CHECKING:
    from lineproof.ports import Services
    from lineproof.registry.queries.holds import OpenPorting


@click.group()
def port() -> None:
    """Let a number go to another operator, or bring one from there."""


@port.command("out")
@click.argument("number")
@click.option("--to", "operator", required=True, metavar="OPERATOR", help="The operator that it goes to.")
@options.session
@options.policy
@options.record
@options.as_json
def port_out(
    number: str, operator: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool
) -> None:
    """Ask that NUMBER goes to another operator, in the name of its holder.

    They were verified in the session. They are told, and nothing happens before the time that is printed.
    """
    from lineproof.line.porting import OperatorName
    from lineproof.terms import SessionId

    name = OperatorName.parse(operator)
    services = open_named(record, policy)
    from lineproof.registry.flows.port_out import ask_port_out
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, number)
    asked = ask_port_out(services, line, SessionId(session), name, now=datetime.now(UTC))
    if as_json:
        times = {"due_at": asked.due_at.isoformat(), "closes_at": asked.closes_at.isoformat()}
        click.echo(json.dumps({"porting": str(asked.porting), **times}))
    else:
        click.echo(
            f"Asked for. Until {asked.due_at:%Y-%m-%d %H:%M} UTC its holder can object: "
            f"lineproof port stop {number}\n"
            f"From then on, and before {asked.closes_at:%Y-%m-%d %H:%M} UTC, {name.text} can take it: "
            f"lineproof port confirm {number}"
        )


@port.command("in")
@click.argument("number")
@click.option(
    "--sim", "iccid", required=True, metavar="ICCID", help="The number printed on its new SIM card."
)
@click.option("--from", "operator", required=True, metavar="OPERATOR", help="The operator that has it.")
@options.presented
@options.permit_until
@options.for_minor
@options.for_organisation
def port_in(
    number: str,
    iccid: str,
    operator: str,
    document: Path,
    capture: Path | None,
    way: str,
    attended_by: str | None,
    permit_until: datetime | None,
    for_minor: bool,
    for_organisation: str | None,
    register_name: str | None,
    register_number: str | None,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify a person and register NUMBER, which another operator has, in their name.

    It is switched on when that operator lets it go.

    Exit: 0 registered, 3 not verified, 4 referred to people, 1 error, 2 usage.
    """
    from lineproof.cli.present import Asked, timed_booth
    from lineproof.cli.report import EXIT_CODES
    from lineproof.line.porting import OperatorName
    from lineproof.line.request import LineRequest
    from lineproof.terms import Iccid, Msisdn

    asked = Asked.of(
        document=document,
        capture=capture,
        way=way,
        attended_by=attended_by,
        policy=policy,
        papers=options.papers_seen(
            permit_until,
            guardianship=for_minor,
            organisation=for_organisation,
            register=register_name,
            number=register_number,
        ),
    )
    request = LineRequest(Msisdn.parse(number), Iccid.parse(iccid))
    name, folder = OperatorName.parse(operator), record or options.default_record()
    with timed_booth(asked.policy, folder) as timed:
        from lineproof import wiring

        services = wiring.open_record(folder, policy=asked.policy, examiner=timed.booth)
        from lineproof.cli.registered import print_registration
        from lineproof.registry.flows.port_in import ask_port_in

        shown = asked.present(folder, timed.booth.epoch())
        done = ask_port_in(services, request, name, shown, now=datetime.now(UTC))
        timings = timed.timings(done.examination)
    print_registration(
        done,
        timings,
        policy=asked.policy,
        registered=f"Registered: {request.name}. It is switched on when {name.text} lets it go: "
        f"lineproof port confirm {request.name}\nIf it does not: lineproof port refuse {request.name}",
        as_json=as_json,
    )
    sys.exit(EXIT_CODES[done.decision.verdict])


@port.command()
@click.argument("number")
@options.session
@options.policy
@options.record
def stop(number: str, session: uuid.UUID, policy: str, record: Path | None) -> None:
    """Keep NUMBER here, which was to go, in the name of its holder."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.port_out import stop_port_out

    found = _open_porting(services, number)
    stop_port_out(services, found.id, SessionId(session), now=datetime.now(UTC))
    click.echo("Stopped. The number stays, and the line works as before.")


@port.command()
@click.argument("number")
@options.policy
@options.record
def confirm(number: str, policy: str, record: Path | None) -> None:
    """Say that the other operator takes NUMBER, or lets it go."""
    services = open_named(record, policy)
    from lineproof.registry.flows.port_in import confirm_port_in
    from lineproof.registry.flows.port_out import confirm_port_out

    found = _open_porting(services, number)
    if found.leaving:
        confirm_port_out(services, found.id, now=datetime.now(UTC))
        click.echo(f"The number went to {found.other_operator}. The line has ended here.")
    else:
        confirm_port_in(services, found.id, now=datetime.now(UTC))
        click.echo(f"The number came from {found.other_operator}. The line is ordered switched on.")


@port.command()
@click.argument("number")
@options.policy
@options.record
def refuse(number: str, policy: str, record: Path | None) -> None:
    """Say that the other operator does not let NUMBER go, which was to come."""
    services = open_named(record, policy)
    from lineproof.registry.flows.port_in import refuse_port_in

    found = _open_porting(services, number)
    refuse_port_in(services, found.id, now=datetime.now(UTC))
    click.echo(
        f"{found.other_operator} did not let the number go. The line has ended here; its holder is told."
    )


@port.command()
@options.policy
@options.record
@options.as_json
def due(policy: str, record: Path | None, as_json: bool) -> None:
    """Keep every number here that was not taken in time; tell whose number is let go late. Run it daily."""
    services = open_named(record, policy)
    from lineproof.registry.flows.port_in import tell_late_ports
    from lineproof.registry.flows.port_out import end_due_ports

    now = datetime.now(UTC)
    kept, late = end_due_ports(services, now=now), tell_late_ports(services, now=now)
    if as_json:
        click.echo(json.dumps({"kept": kept, "told_late": late}))
    else:
        click.echo(f"Numbers that stay: {kept}. Holders told that their number is let go late: {late}.")


@port.command()
@options.policy
@options.record
@options.as_json
def late(policy: str, record: Path | None, as_json: bool) -> None:
    """List the numbers that another operator ought to have let go by now."""
    open_named(record, policy)
    from lineproof.registry.queries.holds import read_late_portings

    rows = read_late_portings(now=datetime.now(UTC))
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "porting": str(row.id),
                        "line": str(row.line),
                        "from": row.other_operator,
                        "due_at": row.due_at.isoformat(),
                    }
                    for row in rows
                ]
            )
        )
        return
    for row in rows:
        click.echo(
            f"{row.id}  line {row.line}  from {row.other_operator}  due {row.due_at:%Y-%m-%d %H:%M} UTC"
        )
    if not rows:
        click.echo("No number is let go late.")


def _open_porting(services: "Services", number: str) -> "OpenPorting":
    from lineproof.registry.queries.holder import find_line_by_name
    from lineproof.registry.queries.holds import find_open_porting

    return find_open_porting(find_line_by_name(services.keys, number))
