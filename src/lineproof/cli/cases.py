"""`lineproof cases`: the referred cases, and two people's opinions on each."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.decision.policy import Policy


@click.group()
def cases() -> None:
    """List referred cases and give an opinion on one."""


@cases.command("list")
@options.record
@options.as_json
def list_cases(record: Path | None, as_json: bool) -> None:
    """List the cases that wait, the one due first at the top."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.queries.case import read_open_cases

    waiting = read_open_cases()
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "case": str(case.id),
                        "kind": case.kind.value,
                        "due_at": case.due_at.isoformat(),
                        "opinions": case.opinions,
                        "photographs_until": None
                        if case.evidence_until is None
                        else case.evidence_until.isoformat(),
                        "reasons": [reason.code.value for reason in case.reasons],
                    }
                    for case in waiting
                ]
            )
        )
        return
    for case in waiting:
        click.echo(
            f"{case.id}  {case.kind.value}  due {case.due_at:%Y-%m-%d %H:%M} UTC  opinions {case.opinions}"
        )
        for reason in case.reasons:
            click.echo(f"    {reason.says}")
        if case.evidence_until is not None:
            click.echo(
                f"    Photographs: kept sealed until {case.evidence_until:%Y-%m-%d %H:%M} UTC; open them on "
                f"the pages of lineproof serve: /review/{case.id}"
            )
    if not waiting:
        click.echo("No case waits.")


@cases.command()
@click.argument("case", type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who gives the opinion.")
@click.option("--accept", "opinion", flag_value="accept", help="Accept: do what was applied for.")
@click.option(
    "--return",
    "opinion",
    flag_value="return",
    help="Return: it cannot be decided as it is; the applicant may present again. With --reason.",
)
@click.option("--refuse", "opinion", flag_value="refuse", help="Refuse, with --reason.")
@click.option("--reason", metavar="CODE", help="The catalogued reason of a return or refusal.")
@click.option(
    "--policy",
    metavar="FILE",
    help="The pack that it was referred by, where that is a file of your own. [default: found by its name]",
)
@options.record
def decide(
    case: uuid.UUID,
    reviewer: str,
    opinion: str | None,
    reason: str | None,
    policy: str | None,
    record: Path | None,
) -> None:
    """Give one reviewer's opinion, under the policy it was referred by. Two who agree decide."""
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy
    from lineproof.cli.report import receipt_hint
    from lineproof.decision.policy import shipped_policy
    from lineproof.decision.reasons import ReasonCode
    from lineproof.line.case import Opinion, ReviewerOpinion
    from lineproof.terms import CaseId, StaffName

    codes = [code.value for code in ReasonCode]
    if opinion is None:
        raise click.UsageError("Give --accept, or --return or --refuse with --reason.")
    if reason is not None and reason not in codes:
        raise click.UsageError(f"There is no reason {reason!r}. Choose one of: {', '.join(codes)}.")
    given = ReviewerOpinion(
        StaffName.parse(reviewer), Opinion(opinion), None if reason is None else ReasonCode(reason)
    )
    services = wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))
    from lineproof.registry.flows.review_case import review_case
    from lineproof.registry.queries.case import read_policy_name

    rules = _shipped(read_policy_name(CaseId(case))) if policy is None else named_policy(policy)
    services = replace(services, policy=rules)

    review = review_case(services, CaseId(case), given, now=datetime.now(UTC))
    if review.settlement is None:
        click.echo("Recorded. A second reviewer's opinion is wanted; it is not told this one.")
    else:
        word = {Opinion.ACCEPT: "accepted", Opinion.RETURN: "returned", Opinion.REFUSE: "refused"}
        click.echo(f"Decided: {word[review.settlement.opinion]} by {len(review.settlement.by)} people.")
        if review.decision_id is not None:
            click.echo(receipt_hint(review.decision_id))
        if review.evidence_destroyed:
            click.echo("The photographs of the case are destroyed.")


@cases.command()
@click.argument("case", type=click.UUID)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who gives the opinion.")
@click.option(
    "--whose",
    type=click.Choice(["as_they_are", "come_and_show", "one_holders"]),
    required=True,
    help="Nothing has to be done; they are asked to come; the document is one holder's alone.",
)
@click.option("--holder", type=click.UUID, help="Whose it is alone.")
@options.policy
@options.record
def settle(
    case: uuid.UUID, reviewer: str, whose: str, holder: uuid.UUID | None, policy: str, record: Path | None
) -> None:
    """Give an opinion on a case of two holders. Two who agree settle it."""
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy
    from lineproof.line.case import Whose
    from lineproof.terms import CaseId, HolderId, StaffName

    services = wiring.open_record(record or options.default_record(), policy=named_policy(policy))
    from lineproof.registry.flows.settle_identity import WhoseOpinion, settle_identity

    named = None if holder is None else HolderId(holder)
    opinion = WhoseOpinion(StaffName.parse(reviewer), Whose(whose), named)
    settled = settle_identity(services, CaseId(case), opinion, now=datetime.now(UTC))
    if settled is None:
        click.echo("Recorded. A second reviewer's opinion is wanted; it is not told this one.")
    else:
        click.echo(f"Settled: {settled.value.replace('_', ' ')}. The holders are told.")


def _shipped(name: str) -> "Policy":
    """Give the pack that a case was referred by; NotFound says what to do where it is an operator's own."""
    from lineproof.decision.policy import policy_names, shipped_policy
    from lineproof.errors import NotFound

    if name not in policy_names():
        raise NotFound(
            f"The case was referred by the policy pack {name}, which does not come with Lineproof.",
            remedy="Name its file: --policy FILE.",
        )
    return shipped_policy(name)
