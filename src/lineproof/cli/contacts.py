"""`lineproof contacts`: where the notices of a verified holder go besides their page."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

session_of_holder: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--session",
    type=click.UUID,
    required=True,
    metavar="ID",
    help="The session in which the holder, who is here, was verified.",
)


@click.group()
def contacts() -> None:
    """Say where a holder's notices go: to an e-mail address or a mobile number of theirs."""


@contacts.command()
@click.option("--email", metavar="ADDRESS", help="An e-mail address.")
@click.option("--sms", metavar="NUMBER", help="A mobile number, in international form.")
@click.option(
    "--language", default="en", show_default=True, metavar="TAG", help="en, hi, ko, es, zh-Hans, ar."
)
@session_of_holder
@options.policy
@options.record
def add(
    email: str | None, sms: str | None, language: str, session: uuid.UUID, policy: str, record: Path | None
) -> None:
    """Add an address or a number. Every other one is told, and the holder's page."""
    from lineproof.line.language import Language
    from lineproof.terms import EmailAddress, Msisdn, SessionId

    if (email is None) == (sms is None):
        raise click.UsageError("Give --email or --sms.")
    address = EmailAddress.parse(email) if email is not None else Msisdn.parse(sms or "")
    services = open_named(record, policy)
    from lineproof.registry.flows.contact_points import add_contact_point

    added = add_contact_point(
        services, SessionId(session), address, Language.of(language), now=datetime.now(UTC)
    )
    click.echo(f"Added: notices go there from now on. To remove it: lineproof contacts remove {added}")


@contacts.command("list")
@session_of_holder
@options.policy
@options.record
@options.as_json
def list_(session: uuid.UUID, policy: str, record: Path | None, as_json: bool) -> None:
    """List where the holder's notices go, to them."""
    services = open_named(record, policy)
    from lineproof.registry.flows.verify_holder import verified_holder
    from lineproof.registry.queries.notices import read_contact_points
    from lineproof.terms import SessionId

    holder = verified_holder(services, SessionId(session), now=datetime.now(UTC))
    points = read_contact_points(services.keys, holder)
    if as_json:
        said = [
            {
                "id": str(point.id),
                "channel": point.channel.value,
                "address": point.address.text,
                "language": point.language.value,
                "added_at": point.added_at.isoformat(),
            }
            for point in points
        ]
        click.echo(json.dumps(said))
        return
    for point in points:
        click.echo(f"{point.id}  {point.channel.value:<5}  {point.language.value:<7}  {point.address.text}")
    if not points:
        click.echo("Notices are on the holder's page, and go nowhere else.")


@contacts.command()
@click.argument("contact_point", metavar="ID", type=click.UUID)
@session_of_holder
@options.policy
@options.record
def remove(contact_point: uuid.UUID, session: uuid.UUID, policy: str, record: Path | None) -> None:
    """Remove an address or a number; it is erased at once. Every one that is left is told."""
    services = open_named(record, policy)
    from lineproof.registry.flows.contact_points import remove_contact_point
    from lineproof.terms import ContactPointId, SessionId

    remove_contact_point(services, SessionId(session), ContactPointId(contact_point), now=datetime.now(UTC))
    click.echo("Removed: no notice goes there any more, and the address is erased.")
