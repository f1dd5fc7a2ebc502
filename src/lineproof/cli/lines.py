"""`lineproof lines`: a line is given up, taken back, taken over, passed to another signatory; numbers."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

if TYPE_CHECKING:
    from lineproof.line.request import LineRequest


@click.group()
def lines() -> None:
    """Give lines up, take them back, take disowned ones over, change signatories, and release numbers."""


@lines.command()
@click.argument("name", metavar="NUMBER|ACCOUNT")
@options.session
@options.on_a_record
def surrender(name: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """Give a line up, by its holder, who was verified in SESSION. It is switched off."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
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
@options.on_a_record
def take_back_line(name: str, session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """Give an ended line back to its last holder, verified in SESSION, while its number is nobody's."""
    from lineproof.terms import SessionId

    services = open_named(record, policy)
    from lineproof.registry.flows.surrender_line import take_back
    from lineproof.registry.queries.holder import find_line_by_name

    line = find_line_by_name(services.keys, name)
    take_back(services, line, SessionId(session), now=datetime.now(UTC))
    click.echo(json.dumps({"line": str(line)}) if as_json else "Given back. The line is switched on.")


@lines.command("take-over")
@click.argument("name", metavar="NUMBER|ACCOUNT")
@click.option("--sim", metavar="ICCID", help="Of a mobile line: the number printed on the SIM card in hand.")
@click.option("--address", help="Of an internet access: where it is installed.")
@click.option("--seen-by", "agent", required=True, metavar="AGENT", help="Who has the line in hand.")
@click.option(
    "--terms", "terms_version", required=True, metavar="VERSION", help="Of the contract, that they accept."
)
@options.session
@options.policy
@options.record
@options.as_json
def take_over(
    name: str,
    sim: str | None,
    address: str | None,
    agent: str,
    terms_version: str,
    session: uuid.UUID,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Register a line that its holder disowned in the name of who uses it, who was verified in SESSION."""
    from lineproof.terms import SessionId, StaffName

    if (sim is None) == (address is None):
        raise click.UsageError("Give --sim of a mobile line, or --address of an internet access.")
    line = _copied(name, sim=sim, address=address)
    services = open_named(record, policy)
    from lineproof.registry.flows.take_over_line import LineInHand, take_over_line

    shown = LineInHand(line, StaffName.parse(agent))
    taken = take_over_line(
        services, shown, SessionId(session), terms_version=terms_version, now=datetime.now(UTC)
    )
    said = "Taken over. The line is in their name, and works."
    click.echo(json.dumps({"line": str(taken)}) if as_json else said)


@lines.command("change-signatory")
@click.argument("name", metavar="NUMBER|ACCOUNT")
@click.option("--for-organisation", required=True, metavar="NAME", help="Whose line it is.")
@click.option(
    "--register",
    "register_name",
    required=True,
    metavar="REGISTER",
    help="The register that it is entered in.",
)
@click.option("--register-number", required=True, metavar="NUMBER", help="Its number in that register.")
@click.option(
    "--terms", "terms_version", required=True, metavar="VERSION", help="Of the contract, that they accept."
)
@options.session
@options.on_a_record
def change_signatory_of(
    name: str,
    for_organisation: str,
    register_name: str,
    register_number: str,
    terms_version: str,
    session: uuid.UUID,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Let who was verified in SESSION, with an organisation's papers, be its line's signatory."""
    from lineproof.decision.organisation import Organisation
    from lineproof.terms import SessionId

    organisation = Organisation.parse(name=for_organisation, register=register_name, number=register_number)
    services = open_named(record, policy)
    from lineproof.registry.flows.change_signatory import NewSignatory, change_signatory
    from lineproof.registry.queries.holder import find_line_by_name

    line, signatory = find_line_by_name(services.keys, name), NewSignatory(organisation, SessionId(session))
    change_signatory(services, line, signatory, terms_version=terms_version, now=datetime.now(UTC))
    said = "Changed. The line is in their name, for the organisation, and works as before."
    click.echo(json.dumps({"line": str(line)}) if as_json else said)


@lines.command()
@options.on_a_record
def release(policy: str, record: Path | None, as_json: bool) -> None:
    """Release the numbers whose quarantine is over, so that they can be registered again. Run it daily."""
    services = open_named(record, policy)
    from lineproof.registry.flows.reissue_numbers import release_numbers

    released = release_numbers(services, now=datetime.now(UTC))
    click.echo(json.dumps({"released": released}) if as_json else f"Numbers released: {released}.")


def _copied(name: str, *, sim: str | None, address: str | None) -> "LineRequest":
    """Read what was copied from a line: one of the two is given."""
    from lineproof.line.request import LineRequest
    from lineproof.terms import AccessId, Iccid, Msisdn

    if sim is not None:
        return LineRequest(Msisdn.parse(name), Iccid.parse(sim))
    return LineRequest(AccessId.parse(name, address or ""))
