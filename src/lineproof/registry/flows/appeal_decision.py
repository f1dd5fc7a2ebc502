"""Appeal against what people decided, and hear the appeal.

Appeal:
1. one transaction: what is appealed is decided, within the policy's time, and was not appealed before. A
   correction that carries out a dispute is appealed with it, as long as the correction lasts: undone alone,
   it would leave the line in nobody's name
2. record the appeal, entry with its deadline; from now on what is appealed rests
3. tell the holder that it was received, and of a dispute the line's user too

Hear:
1. one transaction: the appeal is open, and the reviewer had no part in what is appealed
2. record what they decide and why
3. tell them; entry
4. overturned: undo what was decided
5. after the commit: orders go out

An appeal that is late stays open, and what is appealed rests for as long.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import assert_never
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lineproof.errors import Conflict, Erased, NotFound
from lineproof.line.appeal import (
    AppealEvent,
    AppealKind,
    AppealReason,
    AppealState,
    event_of,
    next_appeal_state,
    refuse_involved,
)
from lineproof.line.clock import deadline
from lineproof.line.correction import OPEN as OPEN_CORRECTIONS
from lineproof.line.correction import Cause, CorrectionState
from lineproof.line.dispute import DisputeState
from lineproof.line.ladder import Step
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import corrections, decide_dispute, giving_back
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.dispute_line import read_dispute
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.keeping import under_policy_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.review_case import accept_on_appeal
from lineproof.registry.flows.settle_identity import holders_of, party_of, unsettle
from lineproof.registry.models.choices import CaseState, Retention
from lineproof.registry.queries.disputes import dispute_of, involved_in
from lineproof.terms import DisputeId, HolderId, LineId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class Appealed:
    """What an appeal is against, and what becomes of it.

    party: whose key its entries are under. holder: who is told, if anybody is. decided_at: None where it can
    be appealed as long as it lasts. involved: who had a part. rests_at: the stage to which it goes back when
    it stands. overturn: undoes it, and gives the stage to which it comes. undo_first: it is undone before the
    entry that says so; what was applied for is done after it. user_too: whoever uses the line is told, too.
    """

    subject: bytes
    party: SaltOwner
    holder: HolderId | None
    line: LineId | None
    decided_at: datetime | None
    involved: frozenset[StaffName]
    rests_at: Stage
    overturn: Callable[[LogWriter], Stage]
    undo_first: bool = True
    user_too: bool = False


@dataclass(frozen=True, slots=True)
class _Matter:
    """What somebody appeals, as it is filed. since: what was appealed before that was another decision."""

    kind: AppealKind
    about: UUID
    appealed: Appealed
    since: datetime | None = None


def open_appeal(services: Services, kind: AppealKind, about: UUID, *, now: datetime) -> UUID:
    """Appeal against a case, a correction or a dispute, and give the appeal's id.

    The caller has made sure that it is the wish of the person concerned; no reason is asked of them. Raises
    NotFound where there is no such thing, Conflict where it is not decided, was appealed before, or the time
    for it is over.
    """
    services = _under_its_policy(services, kind, about)
    with transaction.atomic():
        matter = _matter(kind, about)  # 1
        appealed = matter.appealed
        _refuse_late(services, appealed, now)
        earlier = models.Appeal.objects.filter(about=matter.about).exclude(state=AppealState.WITHDRAWN.value)
        if (earlier if matter.since is None else earlier.filter(opened_at__gte=matter.since)).exists():
            raise Conflict(
                "That was appealed already.",
                remedy="Any counter tells which authority or court can be turned to besides.",
            )
        due_at = deadline(now, services.policy.clocks.appeal, services.policy.calendar)
        with LogWriter(services, appealed.party, now=now, subject=appealed.subject) as log:
            row = models.Appeal.objects.create(  # 2
                kind=matter.kind.value,
                about=matter.about,
                state=AppealState.OPEN.value,
                subject=appealed.subject,
                opened_at=now,
                due_at=due_at,
            )
            log.enter(
                EntryKind.APPEAL_OPENED,
                {"appeal": str(row.id), "kind": row.kind},
                stage=Stage.WAITS_FOR_PEOPLE,
                outcome=row.kind,
                due_at=due_at,
                about=row.id,
            )
            _tell(NoticeKind.APPEAL_RECEIVED, appealed, log, until=due_at)  # 3
    return row.id


def withdraw_appeal(services: Services, appeal: UUID, *, now: datetime) -> None:
    """Take an appeal back, at the wish of the person concerned: what is appealed goes on.

    Raises NotFound for an unknown appeal, Conflict when it is decided or withdrawn already.
    """
    with transaction.atomic():
        row = _row(appeal)
        services = _under_its_policy(services, AppealKind(row.kind), row.about)
        appealed = _find(AppealKind(row.kind), row.about)
        row.state = next_appeal_state(AppealState(row.state), AppealEvent.WITHDRAWN).value
        row.decided_at = now
        row.save(update_fields=["state", "decided_at"])
        with LogWriter(services, appealed.party, now=now, subject=appealed.subject) as log:
            log.enter(
                EntryKind.APPEAL_WITHDRAWN,
                {"appeal": str(row.id)},
                stage=appealed.rests_at,
                answers=row.due_at,
            )


def hear_appeal(
    services: Services, appeal: UUID, reviewer: StaffName, reason: AppealReason, *, now: datetime
) -> AppealState:
    """Decide an appeal, and give what became of it: its reason says which way.

    Raises NotFound for an unknown appeal or reviewer, NotPermitted for who had a part in what is appealed,
    Conflict when it is decided already, or cannot be undone as it is.
    """
    with transaction.atomic():
        row = _row(appeal)  # 1
        services = _under_its_policy(services, AppealKind(row.kind), row.about)
        staff_of(reviewer, StaffRole.REVIEWER)
        appealed = _find(AppealKind(row.kind), row.about, reviewer)
        refuse_involved(reviewer, appealed.involved)
        state = next_appeal_state(AppealState(row.state), event_of(reason))
        row.reason = reason.value  # 2
        with LogWriter(services, appealed.party, now=now, subject=appealed.subject) as log:
            _tell(NoticeKind.APPEAL_DECIDED, appealed, log)  # 3
            _enter_decided(row, appealed, reviewer, state, log)  # 4
    finish(services, now=now, erased=True)  # 5
    return state


def _enter_decided(
    row: models.Appeal, appealed: Appealed, reviewer: StaffName, state: AppealState, log: LogWriter
) -> None:
    """Enter what an appeal came to, and undo what was decided where it is overturned."""
    overturned, stage = state is AppealState.OVERTURNED, appealed.rests_at
    if overturned:
        stage = appealed.overturn(log) if appealed.undo_first else Stage.UNDER_WAY
    log.enter(
        EntryKind.APPEAL_DECIDED,
        {"appeal": str(row.id), "reason": row.reason},
        stage=stage,
        outcome=state.value,
        by=[reviewer.text],
        answers=row.due_at,
    )
    row.state, row.decided_at = state.value, log.now
    row.heard_by = staff_of(reviewer, StaffRole.REVIEWER)
    row.save(update_fields=["state", "heard_by", "reason", "decided_at"])
    if overturned and not appealed.undo_first:
        appealed.overturn(log)


def _under_its_policy(services: Services, kind: AppealKind, about: UUID) -> Services:
    """Give services with the policy that a case was referred under."""
    case = models.Case.objects.filter(id=about).first() if kind is AppealKind.CASE else None
    return services if case is None else under_policy_of(services, case)


def _matter(kind: AppealKind, about: UUID) -> _Matter:
    """Find what is appealed. A correction that carries out a dispute stands or falls with it."""
    appealed = _find(kind, about)
    row = models.Correction.objects.filter(id=about).first() if kind is AppealKind.CORRECTION else None
    dispute = None if row is None else dispute_of(row)
    if row is None or dispute is None:
        return _Matter(kind, about, appealed)
    with_it = replace(_dispute(dispute), decided_at=appealed.decided_at)
    return _Matter(AppealKind.DISPUTE, dispute, with_it, since=row.found_at)


def _find(kind: AppealKind, about: UUID, reviewer: StaffName | None = None) -> Appealed:
    """Find what is appealed. reviewer: who hears it, once somebody does."""
    match kind:
        case AppealKind.CASE:
            return _case(about, reviewer)
        case AppealKind.CORRECTION:
            return _correction(about)
        case AppealKind.DISPUTE:
            return _dispute(about)
        case _ as never:
            assert_never(never)


def _case(about: UUID, reviewer: StaffName | None) -> Appealed:
    """Find a case that was refused or returned."""
    row = models.Case.objects.filter(id=about).select_related("decision").first()
    if row is None:
        raise NotFound("There is no such case.", remedy="List them with: lineproof cases list")
    if row.state not in (CaseState.REFUSED.value, CaseState.RETURNED.value):
        raise Conflict(f"The case is {row.state}.", remedy="A refused or returned case can be appealed.")
    return _identity(row) if row.decision is None else _referral(row, row.decision, reviewer)


def _referral(row: models.Case, decision: models.Decision, reviewer: StaffName | None) -> Appealed:
    """Find what an applicant appeals. Who attested, gave an opinion or opened photographs had a part."""
    session = decision.session
    decided = models.Decision.objects.filter(session=session, people__gt=0).order_by("-decided_at").first()
    named = models.Staff.objects.filter(
        Q(opinions__case=row) | Q(openings__case=row) | Q(attestations__session=session)
    )
    return Appealed(
        subject=bytes(row.subject),
        party=SaltOwner(session, Retention.DECISION),
        holder=None,
        line=None,
        decided_at=None if decided is None else decided.decided_at,
        involved=frozenset(StaffName(name) for name in named.values_list("name", flat=True)),
        rests_at=Stage.ENDED,
        overturn=partial(_accept, row, reviewer),
        undo_first=row.sealed_application is None,
    )


def _identity(row: models.Case) -> Appealed:
    """Find what was settled of two holders. All of them are concerned; the first is told."""
    holders = holders_of(row)
    named = models.Staff.objects.filter(votes__about=row.id)
    return Appealed(
        subject=bytes(row.subject),
        party=party_of(row, holders),
        holder=holders[0] if holders else None,
        line=None,
        decided_at=row.decided_at,
        involved=frozenset(StaffName(name) for name in named.values_list("name", flat=True)),
        rests_at=Stage.ENDED,
        overturn=partial(_unsettle, row),
    )


def _accept(row: models.Case, heard_by: StaffName | None, log: LogWriter) -> Stage:
    """Do what was applied for, where it is kept, after the entry that allows it."""
    if heard_by is not None:
        accept_on_appeal(row, log, heard_by=heard_by)
    return Stage.ENDED


def _unsettle(row: models.Case, _: LogWriter) -> Stage:
    unsettle(row)
    return Stage.ENDED


def _correction(about: UUID) -> Appealed:
    """Find a correction: appealed as long as it lasts, and once it ended a line, as long as a decision is."""
    row = models.Correction.objects.filter(id=about).select_related("line").first()
    if row is None:
        raise NotFound("There is no such correction.", remedy="List them with: lineproof corrections list")
    state = CorrectionState(row.state)
    if state not in OPEN_CORRECTIONS and state is not CorrectionState.TERMINATED:
        raise Conflict(
            f"The correction is {state.value.replace('_', ' ')}.", remedy="Nothing is to be undone."
        )
    ended = state is CorrectionState.TERMINATED
    return Appealed(
        subject=bytes(row.subject),
        party=corrections.party_of(row),
        holder=corrections.holder_of(row),
        line=LineId(row.line_id),
        decided_at=row.steps.get(step=Step.TERMINATE.value).done_at if ended else None,
        involved=corrections.involved_in(row.id),
        rests_at=Stage.ENDED if ended else Stage.WAITS_FOR_PARTY,
        overturn=partial(giving_back.overturn, row),
    )


def _dispute(about: UUID) -> Appealed:
    """Find a decided dispute."""
    row = read_dispute(DisputeId(about))
    if DisputeState(row.state) not in (DisputeState.UPHELD, DisputeState.DISMISSED):
        raise Conflict(f"The dispute is {row.state}.", remedy="It can be appealed once it is decided.")
    if not row.subject:
        raise Erased("What was disputed was erased.", remedy="Nothing is left to be undone.")
    waiting = models.Order.objects.filter(line=row.custody.line_id, subject=row.subject, open=True)
    return Appealed(
        subject=bytes(row.subject),
        party=SaltOwner(row.custody.holder_id, Retention.IDENTITY),
        holder=HolderId(row.custody.holder_id),
        line=LineId(row.custody.line_id),
        decided_at=row.ended_at,
        involved=_involved_in(row),
        rests_at=Stage.UNDER_WAY if waiting.exists() else Stage.ENDED,
        overturn=lambda log: Stage.UNDER_WAY if decide_dispute.overturn(row, log) else Stage.ENDED,
        user_too=row.custody.until is None,
    )


def _involved_in(row: models.Dispute) -> frozenset[StaffName]:
    """Give who had a part in a dispute, or in the correction that carries it out."""
    of_line = row.custody.line.corrections.filter(cause=Cause.HOLDER_DISPUTE.value)
    found = of_line.filter(holder=row.custody.holder_id).order_by("-found_at").first()
    of_correction = frozenset[StaffName]() if found is None else corrections.involved_in(found.id)
    return involved_in(row.id) | of_correction


def _row(appeal: UUID) -> models.Appeal:
    row = models.Appeal.objects.filter(id=appeal).first()
    if row is None:
        raise NotFound("There is no such appeal.", remedy="List them with: lineproof appeals list")
    return row


def _refuse_late(services: Services, appealed: Appealed, now: datetime) -> None:
    if appealed.decided_at is None:
        return
    policy = services.policy
    if now >= deadline(appealed.decided_at, policy.clocks.appeal_open, policy.calendar):
        raise Conflict(
            "It was decided more than {term} ago: it cannot be appealed here any more.",
            remedy="Present again, or turn to the authority that any counter names.",
            term=policy.clocks.appeal_open,
        )


def _tell(kind: NoticeKind, appealed: Appealed, log: LogWriter, *, until: datetime | None = None) -> None:
    """Tell the holder, and whom else it concerns; who holds nothing is told where they appealed."""
    for to_line in (False, True) if appealed.user_too else (False,):
        if appealed.holder is not None:
            give_notice(
                kind,
                appealed.holder,
                log,
                line=appealed.line,
                deadline=until,
                stage=Stage.WAITS_FOR_PEOPLE,
                to_line_only=to_line,
            )
