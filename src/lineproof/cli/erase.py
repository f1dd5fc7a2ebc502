"""`lineproof erase`: what need not be kept of a holder, at their request; or all that is due."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.line.retention import Kept
    from lineproof.ports import Services
    from lineproof.referral import CaseKeyVault
    from lineproof.registry.flows.erase import Erasure

STILL_IN_FILES = (
    "The record's write-ahead log could not be emptied now and may hold the erased bytes a while longer. "
    "To empty it: lineproof erase --due"
)
# What each `Matter` is called; for a line its number or account follows.
SAYS = {
    "identity": "who you are (name, birth, sex, nationality, documents), your notices, links to your pages",
    "recognition": "what you would be recognised by (keyed indexes of your documents, your name and birth), "
    "and where your notices went",
    "line": "what belongs to a line (number and SIM, or account and address):",
}
HELD = "Whoever does not need a line any more can give it up: lineproof lines surrender"


@click.command()
@click.argument("name", metavar="NUMBER|ACCOUNT", required=False)
@click.option(
    "--session",
    type=click.UUID,
    metavar="SESSION",
    help="Instead: the holder who was verified in it, whatever became of their lines.",
)
@click.option("--due", is_flag=True, help="Instead: erase everything whose time is over. Run it daily.")
@options.policy
@options.record
@options.as_json
def erase(
    name: str | None,
    session: uuid.UUID | None,
    due: bool,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Erase what need not be kept of the holder of a line, at their request. It cannot be undone.

    It prints what is kept, until when and why: read it out, or print it for them. Make sure first that it is
    the holder who asks. The periods are the policy's.
    """
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy

    if (name is not None) + (session is not None) + due != 1:
        raise click.UsageError("Give the NUMBER or ACCOUNT of a holder's line, or --session, or --due.")
    services, case_keys = wiring.open_record_with_case_keys(
        record or options.default_record(), policy=named_policy(policy)
    )
    if due:
        _erase_due(services, case_keys, as_json=as_json)
    else:
        _erase_holder(services, name, session, as_json=as_json)


def _erase_holder(
    services: "Services", name: str | None, session: uuid.UUID | None, *, as_json: bool
) -> None:
    from lineproof.registry.flows.erase import erase_holder
    from lineproof.registry.flows.verify_holder import verified_holder
    from lineproof.registry.queries.holder import find_last_holder_by_name
    from lineproof.terms import SessionId

    if session is not None:
        holder = verified_holder(services, SessionId(session), now=datetime.now(UTC))
    else:
        holder = find_last_holder_by_name(services.keys, name or "")
    erasure = erase_holder(services, holder, now=datetime.now(UTC))
    click.echo(_as_json(services, erasure) if as_json else _as_text(services, erasure))


def _erase_due(services: "Services", case_keys: "CaseKeyVault", *, as_json: bool) -> None:
    from lineproof.registry.flows.erase import erase_due
    from lineproof.registry.flows.settle_evidence import settle_evidence

    settled = settle_evidence(services, case_keys, now=datetime.now(UTC))
    done = erase_due(services, now=datetime.now(UTC))
    if as_json:
        counts = {
            "holders": done.holders,
            "sessions": done.sessions,
            "applications": done.applications,
            "photographs_of_cases": settled.cases,
        }
        click.echo(json.dumps({**counts, "gone_from_files": done.gone_from_files}))
        return
    click.echo(
        f"Erased what was due: of {done.holders} holders, of {done.sessions} sessions, "
        f"{done.applications} applications; the photographs of {settled.cases} cases."
    )
    if not done.gone_from_files:
        click.echo(STILL_IN_FILES)


def _as_json(services: "Services", erasure: "Erasure") -> str:
    return json.dumps(
        {
            "erased": [matter.value for matter in erasure.erased],
            "kept": [
                {
                    "what": kept.what.value,
                    "line": kept.line or None,
                    "until": None if kept.until is None else kept.until.isoformat(),
                    "why": kept.why,
                }
                for kept in erasure.kept
            ],
            "sessions_erased_after_days": services.policy.retention.decision.days,
            "gone_from_files": erasure.gone_from_files,
        },
        ensure_ascii=False,
        indent=2,
    )


def _as_text(services: "Services", erasure: "Erasure") -> str:
    lines = [f"Erased for good: {SAYS[matter.value].rstrip(':')}." for matter in erasure.erased]
    if not erasure.erased:
        left = "what is left must be kept" if erasure.kept else "everything was erased before"
        lines.append(f"Nothing was erased: {left}.")
    lines += [_kept(kept) for kept in erasure.kept]
    if any(kept.until is None for kept in erasure.kept):
        lines.append(HELD)
    days = services.policy.retention.decision.days
    lines.append(
        "What an agent signed when you were verified cannot be found by your name. It is erased by itself "
        f"{days} days after the decision."
    )
    if not erasure.gone_from_files:
        lines.append(STILL_IN_FILES)
    return "\n".join(lines)


def _kept(kept: "Kept") -> str:
    until = "" if kept.until is None else f" until {kept.until:%Y-%m-%d %H:%M} UTC"
    line = f" {kept.line}" if kept.line else ""
    return f"Kept{until}: {SAYS[kept.what.value]}{line}, because {kept.why}."
