"""What a browser's own application is at: its step, its tries, and what became of its photographs."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.errors import NotFound
from lineproof.line.appeal import AppealState
from lineproof.line.draft import (
    CONSENTS_VERSION,
    DraftResult,
    DraftStep,
    Goal,
    Purpose,
    purposes_of,
    step_of,
    tries_left,
)
from lineproof.line.request import LineRequest
from lineproof.ports import KeyService, Services
from lineproof.registry import models, personal
from lineproof.registry.models.choices import CaseState, DecisionOutcome, Retention
from lineproof.registry.personal import Json
from lineproof.terms import AccessId, Iccid, LineKind, Msisdn, SessionId, Way

DRAFT_PLACE = "draft.sealed_line"
# What one decision says by itself; of what two people decided, their case says which it was.
_ALONE = {
    DecisionOutcome.ACCEPT: DraftResult.REGISTERED,
    DecisionOutcome.NOT_VERIFIED: DraftResult.NOT_VERIFIED,
    DecisionOutcome.REFER: DraftResult.WITH_PEOPLE,
    DecisionOutcome.ACCEPTED_ON_APPEAL: DraftResult.REGISTERED,
}
_BY_CASE = {
    CaseState.OPEN: DraftResult.WITH_PEOPLE,
    CaseState.ACCEPTED: DraftResult.REGISTERED,
    CaseState.RETURNED: DraftResult.RETURNED,
    CaseState.REFUSED: DraftResult.REFUSED,
}


@dataclass(frozen=True, slots=True)
class DraftPage:
    """An application as its pages show it.

    goal: a line, or to show who one is. line: None before it is asked for, and once it is decided. result:
    None until photographs were examined; reasons: of it. due_at: until when people decide. appeal_due_at:
    until when an appeal is heard that is open. evidence_until: until when the photographs are kept at most;
    None where they are not, or not any more. document_sent: where a document waits for its face, the nonce
    that it is sealed to, hexadecimal; else "". decision: what the result is by; None until then.
    """

    way: Way
    goal: Goal
    line: LineRequest | None
    step: DraftStep
    tries_left: int
    result: DraftResult | None
    reasons: tuple[Reason, ...] = ()
    due_at: datetime | None = None
    appeal_due_at: datetime | None = None
    evidence_until: datetime | None = None
    document_sent: str = ""
    decision: UUID | None = None


def read_draft(services: Services, draft: UUID, *, now: datetime) -> DraftPage:
    """Read a browser's application; NotFound where it is over, or never was."""
    row = find_draft(draft, now=now)
    decision = decision_in(SessionId(row.session))
    goal = Goal(row.goal)
    result = None if decision is None else _result(decision, goal)
    page = DraftPage(
        way=Way(row.way),
        goal=goal,
        line=None if row.sealed_line is None else line_in(services.keys, row),
        step=step_of(
            has_line=goal is Goal.HOLDER or row.sealed_line is not None,
            has_consents=has_consents(row, services.policy.terms_version),
            result=result,
        ),
        tries_left=tries_left(before=row.tries_before, result=result),
        result=result,
        reasons=() if decision is None else _reasons(decision),
        document_sent=_document_sent(services, row, now),
        decision=None if decision is None else decision.id,
    )
    if result in (DraftResult.REFUSED, DraftResult.RETURNED):
        return replace(page, appeal_due_at=_appeal_due_at(row))
    if result is not DraftResult.WITH_PEOPLE:
        return page
    case = models.Case.objects.filter(decision=decision, state=CaseState.OPEN.value).first()
    kept = models.CaseEvidence.objects.filter(case=case, destroyed_at=None).first()
    return replace(
        page,
        due_at=None if case is None else case.due_at,
        evidence_until=None if kept is None else kept.kept_until,
    )


def _document_sent(services: Services, row: models.Draft, now: datetime) -> str:
    nonce = bytes(row.challenge or b"")
    return nonce.hex() if services.arriving.documents.has(row.id, nonce, now=now) else ""


def _appeal_due_at(row: models.Draft) -> datetime | None:
    """Give until when an appeal is heard that is open; None where there is none."""
    cases = models.Case.objects.filter(decision__session=row.session).values("id")
    appeal = models.Appeal.objects.filter(about__in=cases, state=AppealState.OPEN.value).first()
    return None if appeal is None else appeal.due_at


def read_appealable_case(draft: UUID, *, now: datetime) -> UUID:
    """Read which case decided against an application; NotFound where none did, or the application is over."""
    row = find_draft(draft, now=now)
    against = [CaseState.REFUSED.value, CaseState.RETURNED.value]
    case = models.Case.objects.filter(decision__session=row.session, state__in=against).first()
    if case is None:
        raise NotFound("Nothing was decided against this application.", remedy="Look at what became of it.")
    return case.id


def find_draft(draft: UUID, *, now: datetime) -> models.Draft:
    """Find the row of an application; NotFound where it is over, or never was."""
    row = models.Draft.objects.filter(id=draft, kept_until__gt=now).first()
    if row is None:
        raise NotFound(
            "No application is open in this browser: it was never begun, was deleted, or is a day old.",
            remedy="Begin one. Nothing was kept of an earlier one.",
        )
    return row


def has_consents(row: models.Draft, terms_version: str) -> bool:
    """Tell whether every purpose is consented to, as it is worded now; terms_version: of the contract."""
    given = dict(row.consents.values_list("purpose", "version"))
    own = {Purpose.CONTRACT: terms_version}
    return given == {each.value: own.get(each, CONSENTS_VERSION) for each in purposes_of(Goal(row.goal))}


def decision_in(session: SessionId) -> models.Decision | None:
    """Give what was decided last in a session."""
    return models.Decision.objects.filter(session=session).order_by("-decided_at", "-people").first()


def line_to_json(request: LineRequest) -> Json:
    """Give the line asked for as flat JSON, to be sealed."""
    return {"kind": request.kind.value, "line": request.name, "detail": request.detail}


def line_in(keys: KeyService, row: models.Draft) -> LineRequest:
    """Open the line that an application asks for."""
    flat = personal.unseal(
        keys,
        bytes(row.sealed_line or b""),
        subject=row.id,
        retention=Retention.CASE,
        place=DRAFT_PLACE,
    )
    line, detail = flat["line"] or "", flat["detail"] or ""
    if flat["kind"] == LineKind.MOBILE.value:
        return LineRequest(Msisdn.parse(line), Iccid.parse(detail))
    return LineRequest(AccessId.parse(line, detail))


def _result(decision: models.Decision, goal: Goal) -> DraftResult:
    result = _ALONE.get(DecisionOutcome(decision.outcome))
    if result is None:
        result = _BY_CASE[CaseState(models.Case.objects.get(decision__session=decision.session).state)]
    is_verified = goal is Goal.HOLDER and result is DraftResult.REGISTERED
    return DraftResult.VERIFIED if is_verified else result


def _reasons(decision: models.Decision) -> tuple[Reason, ...]:
    codes = {ReasonCode(code) for code in decision.reasons.values_list("code", flat=True)}
    return tuple(reason for code, reason in CATALOGUE.items() if code in codes)
