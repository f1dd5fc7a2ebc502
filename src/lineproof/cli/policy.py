"""`lineproof policy`: the policy packs there are, what one says in plain words, and whether a file is one."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from lineproof.decision.clocks import Term
    from lineproof.decision.policy import Policy

# What each clock decides, to be followed by a term.
CLOCKS = {
    "case": "a referral is decided by people within",
    "appeal_open": "a decision can be appealed for",
    "appeal": "an appeal is decided within",
    "dispute": "a dispute is decided within",
    "verified_within": "a verification serves a procedure for",
    "transfer_accept": "an offer of transfer can be accepted for",
    "transfer_cooling": "an accepted transfer takes place after",
    "sim_cooling": "another SIM is switched on after",
    "sim_hold_port": "after another SIM, no porting out for",
    "sim_hold_answers": "after another SIM, no answers of high risk for",
    "port_out": "a line that is ported out has left within",
    "port_in": "a number is let go by another operator within",
    "quarantine": "the number of an ended line rests for",
    "inspection_answer": "an inspector's finding is answered within",
    "second_look": "what was drawn is looked at once more within",
}
STEPS = {
    "restrict_after": "calls from the line are barred",
    "suspend_after": "the line is suspended, but for emergency calls",
    "terminate_after": "the line is ended",
}
KEPT = {
    "identity": "who somebody is, from the end of their last line",
    "line": "a line's data, from its end",
    "decision": "what proves a decision, from the last of a session",
    "case": "a case's application, from its decision",
    "evidence": "a referral's photographs, until people decide and at most",
}

since = click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    metavar="DATE[THH:MM]",
    help="When the terms that are shown begin, in the pack's time zone. [default: now]",
)


@click.group()
def policy() -> None:
    """List, show and check policy packs: caps, clocks, documents and thresholds, each with its source."""


@policy.command("list")
@options.as_json
def list_policies(as_json: bool) -> None:
    """List the packs that come with Lineproof."""
    from lineproof.decision.policy import policy_names, shipped_policy

    packs = [shipped_policy(name) for name in policy_names()]
    if as_json:
        rows = [_identity(pack) for pack in packs]
        click.echo(json.dumps({"packs": rows}, ensure_ascii=False, indent=2))
        return
    for pack in packs:
        click.echo(f"{pack.name:<10} version {pack.version:<4} {pack.calendar.zone:<20} {pack.source}")


@policy.command()
@click.argument("name")
@since
@options.as_json
def show(name: str, since: datetime | None, as_json: bool) -> None:
    """Show what a pack that comes with Lineproof says."""
    from lineproof.decision.policy import shipped_policy

    _show(shipped_policy(name), since, called=f"policies/{name}.toml", as_json=as_json)


@policy.command()
@click.argument("file", type=options.FILE)
@since
@options.as_json
def check(file: Path, since: datetime | None, as_json: bool) -> None:
    """Check a file that is to be a policy pack, and show what it says.

    Exit: 0 it is one, 1 it is not (the error names the key and what is expected there), 2 usage.
    """
    from lineproof.cli.policy_file import read_policy_file

    _show(read_policy_file(file), since, called=str(file), as_json=as_json)


def _show(pack: "Policy", since: datetime | None, *, called: str, as_json: bool) -> None:
    zone = _zone_of(pack, called=called)
    begins = datetime.now(UTC).astimezone(zone) if since is None else since.replace(tzinfo=zone)
    if as_json:
        click.echo(json.dumps(_as_json(pack, begins), ensure_ascii=False, indent=2))
        return
    _print_head(pack, called=called)
    _print_terms(pack, begins)
    _print_kept(pack)
    _print_notes(pack, begins)


def _zone_of(pack: "Policy", *, called: str) -> "ZoneInfo":
    from lineproof.errors import Malformed
    from lineproof.line.clock import find_zone

    try:
        return find_zone(pack.calendar.zone)
    except Malformed as error:
        raise Malformed(f"{called}: calendar.zone. {error.what}", remedy=error.remedy) from error


def _identity(pack: "Policy") -> dict[str, Any]:
    return {
        "name": pack.name,
        "version": pack.version,
        "digest": pack.digest,
        "source": pack.source,
        "zone": pack.calendar.zone,
    }


def _as_json(pack: "Policy", begins: datetime) -> dict[str, Any]:
    from lineproof.line.clock import deadline

    def term(path: str, term: "Term | None") -> dict[str, Any]:
        ends = None if term is None else deadline(begins, term, pack.calendar).isoformat()
        return {
            "term": "never" if term is None else str(term),
            "ends": ends,
            "source": pack.source_of(path),
        }

    return {
        **_identity(pack),
        "from": begins.astimezone(UTC).isoformat(),
        "caps": {
            kind.value: {"lines": cap, "source": pack.source_of(f"caps.{kind.value}")}
            for kind, cap in pack.caps.items()
        },
        "visitors": None
        if pack.visitors is None
        else {
            "home": sorted(pack.visitors.home),
            "line_for": term("visitors.line_for", pack.visitors.line_for),
            "remind_before": str(pack.visitors.remind_before),
        },
        "minors": None if pack.minors is None else {"under": pack.minors.under},
        "organisations": None
        if pack.organisations is None
        else {kind.value: cap for kind, cap in pack.organisations.caps.items()},
        "clocks": {name: term(f"clocks.{name}", getattr(pack.clocks, name)) for name in CLOCKS},
        "correction": {name: term(f"correction.{name}", getattr(pack.correction, name)) for name in STEPS},
        "extension": {
            "term": str(pack.correction.extension),
            "grounds": sorted(pack.correction.extension_grounds),
            "source": pack.source_of("correction.extension"),
        },
        "second_looks": {
            "share": pack.agents.second_looks,
            "source": pack.source_of("agents.second_looks"),
        },
        "holidays": sorted(day.isoformat() for day in pack.calendar.holidays),
        "sources": dict(pack.sources),
        "notes": _notes(pack, begins),
    }


def _print_head(pack: "Policy", *, called: str) -> None:
    from lineproof.cli.report import wrapped
    from lineproof.terms import Way

    click.echo(click.style(f"{pack.name}, version {pack.version}", bold=True) + f"   {called}")
    click.echo(wrapped(pack.source, indent="  "))
    click.echo(f"  digest {pack.digest}")
    _print_title("Who is verified, and how")
    for way in Way:
        _print_line(way.value, ", ".join(sorted(check.value for check in pack.required[way])))
    issuers = "every issuer" if pack.issuers is None else ", ".join(sorted(pack.issuers))
    but = f" but {', '.join(sorted(pack.not_issuers))}" if pack.not_issuers else ""
    _print_line("documents", f"{', '.join(sorted(pack.document_codes))}; {issuers}{but}")
    _print_title("How many lines a person may hold here")
    for kind, cap in pack.caps.items():
        _print_line(kind.value, str(cap))


def _print_terms(pack: "Policy", begins: datetime) -> None:
    from lineproof.decision.clocks import WEEK

    calendar, ladder = pack.calendar, pack.correction
    _print_title(f"Days, in {calendar.zone}")
    _print_line("worked on", ", ".join(WEEK[day] for day in sorted(calendar.working_week)))
    days = sorted(calendar.holidays)
    _print_line("holidays", f"{len(days)}, {days[0]} to {days[-1]}" if days else "none")
    moves = "moves to the next that is worked on" if calendar.last_day_moves else "counts as any other"
    _print_line("a last day of rest", moves)
    _print_title(f"Terms, if they begin on {begins:%a %Y-%m-%d} at {begins:%H:%M}")
    for name, says in CLOCKS.items():
        _print_term(says, getattr(pack.clocks, name), pack, begins)
    if pack.visitors is not None:
        _print_title("Visitors: whoever shows a document that is not of these issuers")
        _print_line("at home", ", ".join(sorted(pack.visitors.home)))
        _print_term("their line is registered for", pack.visitors.line_for, pack, begins)
        click.echo(f"  {'they are told before that ends, by':<48} {pack.visitors.remind_before}")
    if pack.minors is not None:
        _print_title("Minors: a line is in the name of their parent or guardian")
        _print_line("under, in years", str(pack.minors.under))
    if pack.organisations is not None:
        _print_title("Organisations: how many lines one may have here")
        for kind, cap in pack.organisations.caps.items():
            _print_line(kind.value, str(cap))
    _print_title("Correction, if its notice is given then; never before, and only by two people")
    for name, says in STEPS.items():
        _print_term(says, getattr(ladder, name), pack, begins)
    grounds = ", ".join(sorted(ladder.extension_grounds)) or "no ground"
    click.echo(f"  {'what is still to come is put off by':<48} {ladder.extension!s:<16} {grounds}")
    tried = f"{pack.notices.attempts} times, {pack.notices.apart} apart"
    click.echo(f"  {'a notice is tried on each channel':<48} {tried}")
    looks = f"{pack.agents.second_looks:.1%}, drawn by nobody"
    click.echo(f"  {'of what agents attest is looked at once more':<48} {looks}")


def _print_kept(pack: "Policy") -> None:
    from lineproof.cli.report import wrapped

    _print_title("What is kept")
    for name, says in KEPT.items():
        period = getattr(pack.retention, name)
        click.echo(f"  {says:<58} {period.days} days")
    _print_title("The log")
    click.echo(f"  read by {pack.log.audience.value}; an entry is there within {pack.log.publish_within_s} s")
    _print_title("Where each value comes from")
    for path, text in pack.sources.items():
        click.echo(wrapped(f"{path}: {text}", indent="  "))


def _print_notes(pack: "Policy", begins: datetime) -> None:
    from lineproof.cli.report import wrapped

    for note in _notes(pack, begins):
        click.echo("\n" + click.style(wrapped(note), fg="yellow"))


def _notes(pack: "Policy", begins: datetime) -> list[str]:
    """Say what is right in form and may still be a mistake."""
    from lineproof.cli.policy_file import is_anothers_name

    notes = []
    unchecked = sum(text.endswith("check with counsel") for text in pack.sources.values())
    if unchecked:
        notes.append(f"{unchecked} of its sources are to be checked with counsel before it is used.")
    last = max(pack.calendar.holidays, default=date.min)
    if pack.calendar.holidays and last < begins.date() + timedelta(days=366):
        notes.append(f"Its last holiday is {last}: terms that end after it are counted without any.")
    if is_anothers_name(pack):
        notes.append(f"A pack named {pack.name} comes with Lineproof and is another: give this one a name.")
    return notes


def _print_title(title: str) -> None:
    click.echo(click.style(f"\n{title}", bold=True))


def _print_line(what: str, says: str) -> None:
    from lineproof.cli.report import WIDTH

    first = f"  {what:<22} "
    click.echo(click.wrap_text(says, width=WIDTH, initial_indent=first, subsequent_indent=" " * len(first)))


def _print_term(says: str, term: "Term | None", pack: "Policy", begins: datetime) -> None:
    length = "never" if term is None else str(term)
    click.echo(f"  {says:<48} {length:<16} {_until(term, pack, begins)}".rstrip())


def _until(term: "Term | None", pack: "Policy", begins: datetime) -> str:
    """Say when a term ends: of days, with the whole of its last."""
    from lineproof.decision.clocks import TermUnit
    from lineproof.line.clock import deadline

    if term is None:
        return ""
    ends = deadline(begins, term, pack.calendar).astimezone(begins.tzinfo)
    if term.unit is TermUnit.HOURS:
        return f"{ends:%a %Y-%m-%d %H:%M}"
    return f"the end of {ends - timedelta(minutes=1):%a %Y-%m-%d}"
