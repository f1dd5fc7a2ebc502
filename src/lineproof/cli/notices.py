"""`lineproof notices`: bring notices to their holders, by the channels there are or over a counter."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

if TYPE_CHECKING:
    from lineproof.registry.queries.notices import NoticeRow


@click.group()
def notices() -> None:
    """Bring notices to their holders, by e-mail and text message or over a counter."""


@notices.command("list")
@click.option("--undelivered", is_flag=True, help="Instead: those that did not reach their holders.")
@options.record
@options.as_json
def list_(undelivered: bool, record: Path | None, as_json: bool) -> None:
    """List the notices that are on their way, the oldest first. Nothing is said of whom they are to."""
    open_named(record, "generic")
    from lineproof.line.notice import NoticeState
    from lineproof.registry.queries.notices import read_notices

    rows = read_notices(NoticeState.UNDELIVERED if undelivered else NoticeState.GIVEN)
    if as_json:
        click.echo(json.dumps([_row_as_json(row) for row in rows]))
        return
    for row in rows:
        until = "" if row.deadline is None else f"  until {_moment(row.deadline)}"
        click.echo(
            f"{row.number:>8}  {row.kind.value:<24}  {_moment(row.given_at)}  attempts {row.attempts}{until}"
        )
    if not rows:
        click.echo("Every notice reached its holder." if undelivered else "No notice is on its way.")


@notices.command("print")
@click.argument("number", type=int)
@click.option(
    "--language", default="en", show_default=True, metavar="TAG", help="en, hi, ko, es, zh-Hans, ar."
)
@options.policy
@options.record
@options.as_json
def print_(number: int, language: str, policy: str, record: Path | None, as_json: bool) -> None:
    """Print a notice, to be handed over. Its times are in the time zone of the policy."""
    services = open_named(record, policy)
    from lineproof.line.language import Language
    from lineproof.registry.queries.notices import read_letter

    letter = read_letter(services, number, Language.of(language))
    if as_json:
        said = {"subject": letter.subject, "text": letter.text, "language": letter.language.value}
        click.echo(json.dumps({"notice": number, **said}, ensure_ascii=False))
    else:
        click.echo(f"{letter.subject}\n\n{letter.text}")


@notices.command()
@options.policy
@options.record
@options.as_json
def deliver(policy: str, record: Path | None, as_json: bool) -> None:
    """Send every notice that is on its way to each place where an attempt is due. Run it every few minutes.

    How often and how long apart, the policy says. The channels are those that the environment names:
    LINEPROOF_SMTP with LINEPROOF_SMTP_FROM, and LINEPROOF_SMS_HOOK.
    """
    services = open_named(record, policy)
    from lineproof.registry.flows.deliver_notices import Deliveries, deliver_notice
    from lineproof.registry.queries.notices import read_numbers_on_their_way

    # Each at its own time: sending takes some, and a deadline may pass meanwhile.
    each = (deliver_notice(services, number, now=datetime.now(UTC)) for number in read_numbers_on_their_way())
    done = sum(each, Deliveries())
    if as_json:
        counts = {
            "attempts": done.attempts,
            "accepted": done.accepted,
            "delivered": done.delivered,
            "undelivered": done.undelivered,
            "on_their_way": done.on_their_way,
        }
        channels = sorted(channel.value for channel in services.messages)
        click.echo(json.dumps({"channels": channels, **counts}))
        return
    if not services.messages:
        click.echo("No channel is set up: notices are on their holders' pages, and can be printed.")
    click.echo(
        f"Sent {done.attempts} messages, of which {done.accepted} were taken over. Notices: {done.delivered} "
        f"reached their holders, {done.undelivered} did not, {done.on_their_way} are on their way."
    )


@notices.command("hand-over")
@click.argument("number", type=int)
@click.option("--as", "agent", required=True, metavar="AGENT", help="Who hands it over.")
@options.record
def hand_over(number: int, agent: str, record: Path | None) -> None:
    """Record that an agent handed a printed notice to its holder, who was there."""
    from lineproof.terms import StaffName

    name, services = StaffName.parse(agent), open_named(record, "generic")
    from lineproof.registry.flows.deliver_notices import hand_over as hand_over_notice

    hand_over_notice(services, number, name, now=datetime.now(UTC))
    click.echo(f"Recorded: notice {number} was handed over by {name.text}.")


@notices.command()
@options.record
def key(record: Path | None) -> None:
    """Print the public key that the gateway for text messages verifies requests by."""
    from lineproof.messages.sms_hook import hook_public_key

    click.echo(hook_public_key(open_named(record, "generic").keys))


def _row_as_json(row: "NoticeRow") -> dict[str, object]:
    return {
        "notice": row.number,
        "kind": row.kind.value,
        "given_at": row.given_at.isoformat(),
        "deadline": None if row.deadline is None else row.deadline.isoformat(),
        "state": row.state.value,
        "attempts": row.attempts,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
