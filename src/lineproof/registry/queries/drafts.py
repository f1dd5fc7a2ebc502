"""What a browser's own application is at: its step, its tries, and what became of its photographs."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.errors import NotFound
from lineproof.line.draft import CONSENTS_VERSION, DraftResult, DraftStep, Purpose, step_of, tries_left
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

    line: None before it is asked for, and once it is decided. result: None until photographs were examined;
    reasons: of it. due_at: until when people decide. evidence_until: until when the photographs are kept at
    most; None where they are not, or not any more.
    """

    way: Way
    line: LineRequest | None
    step: DraftStep
    tries_left: int
    result: DraftResult | None
    reasons: tuple[Reason, ...] = ()
    due_at: datetime | None = None
    evidence_until: datetime | None = None


def read_draft(services: Services, draft: UUID, *, now: datetime) -> DraftPage:
    """Read a browser's application; NotFound where it is over, or never was."""
    row = find_draft(draft, now=now)
    decision = decision_in(SessionId(row.session))
    result = None if decision is None else _result(decision)
    page = DraftPage(
        way=Way(row.way),
        line=None if row.sealed_line is None else line_in(services.keys, row),
        step=step_of(
            has_line=row.sealed_line is not None,
            has_consents=has_consents(row, services.policy.terms_version),
            result=result,
        ),
        tries_left=tries_left(before=row.tries_before, result=result),
        result=result,
        reasons=() if decision is None else _reasons(decision),
    )
    if result is not DraftResult.WITH_PEOPLE:
        return page
    case = models.Case.objects.filter(decision=decision, state=CaseState.OPEN.value).first()
    kept = models.CaseEvidence.objects.filter(case=case, destroyed_at=None).first()
    return replace(
        page,
        due_at=None if case is None else case.due_at,
        evidence_until=None if kept is None else kept.kept_until,
    )


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
    worded = {each.value: CONSENTS_VERSION for each in Purpose} | {Purpose.CONTRACT.value: terms_version}
    return given == worded


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


def _result(decision: models.Decision) -> DraftResult:
    alone = _ALONE.get(DecisionOutcome(decision.outcome))
    if alone is not None:
        return alone
    return _BY_CASE[CaseState(models.Case.objects.get(decision__session=decision.session).state)]


def _reasons(decision: models.Decision) -> tuple[Reason, ...]:
    codes = {ReasonCode(code) for code in decision.reasons.values_list("code", flat=True)}
    return tuple(reason for code, reason in CATALOGUE.items() if code in codes)
