"""Decide a dispute: two people, the second blind to the first; on appeal it may be turned into its opposite.

1. one transaction: the dispute is open, the line's user was heard or let their time pass; the reviewer had no
   part in the registration; there are staff enough that somebody is left for the appeal
2. record the opinion, entry
3. two of one opinion? dismissed: all stays as it is
   upheld, not theirs:  the line counts as the holder's no more, and is corrected step by step, since somebody
                        uses it: notice to the line, a deadline and two people before each step
   upheld, not needed:  the line ends as one that its holder gives up; order
4. notices to the holder and to the line, with the time to appeal; the decision, entry
5. after the commit: the orders are sent
An office that is late decides nothing by it: the line stays on.
"""

from datetime import datetime

from django.db import transaction

from lineproof.line.clock import deadline
from lineproof.line.correction import Cause
from lineproof.line.dispute import (
    QUESTION,
    DisputeChoice,
    DisputeEvent,
    DisputeKind,
    DisputeReason,
    DisputeState,
    next_dispute_state,
    refuse_user_unheard,
    refuse_wrong_reason,
)
from lineproof.line.eyes import Agreed, Vote, add_vote, agreed, refuse_too_few, refuse_unheard
from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import Services, SwitchState
from lineproof.registry import models
from lineproof.registry.flows import corrections, giving_back, holding, lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.dispute_line import (
    continue_log,
    read_dispute,
    stop_what_is_under_way,
    tell_user,
)
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.orders import order
from lineproof.registry.queries.disputes import read_vouchers
from lineproof.terms import DisputeId, HolderId, LineId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

_GIVEN_UP = {LineState.SURRENDERED, LineState.QUARANTINE}
_EVENTS = {DisputeChoice.UPHELD: DisputeEvent.UPHELD, DisputeChoice.DISMISSED: DisputeEvent.DISMISSED}


def give_opinion(
    services: Services,
    dispute: DisputeId,
    reviewer: StaffName,
    choice: DisputeChoice,
    reason: DisputeReason,
    *,
    now: datetime,
) -> Agreed | None:
    """Give one reviewer's opinion on a dispute; give what two agree on, or None while a second is wanted.

    Raises NotFound for an unknown dispute or reviewer; Malformed for a reason that is none for this;
    NotPermitted before the line's user was heard, for who had a part in it, for a second opinion of one
    person, and where nobody would be left to hear an appeal; Conflict when it is not open any more.
    """
    with transaction.atomic():
        row = read_dispute(dispute)  # 1
        refuse_wrong_reason(DisputeKind(row.kind), choice, reason)
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        next_dispute_state(DisputeState(row.state), _EVENTS[choice])
        refuse_user_unheard(DisputeState(row.state), answer_by=row.answer_by, now=now)
        votes = _add_vote(row, Vote(reviewer, choice.value, reason.value))
        with continue_log(services, row, now=now) as log:
            models.Vote.objects.create(  # 2
                about=row.id,
                question=QUESTION,
                staff=staff,
                choice=choice.value,
                reason=reason.value,
                given_at=now,
            )
            decided = agreed(votes)
            log.enter(
                EntryKind.OPINION_GIVEN,
                {"dispute": str(row.id), "reviewer": staff.name},
                stage=Stage.WAITS_FOR_PEOPLE if decided is None else Stage.UNDER_WAY,
                by=[staff.name],
            )
            if decided is not None:
                _decide(row, decided, log)
    finish(services, now=now)  # 5
    return decided


def overturn(row: models.Dispute, log: LogWriter) -> bool:
    """Turn the decision of a dispute into the other one, as an appeal decides; in its transaction.

    log: of the appeal, which goes on under the dispute's pseudonym. True when an order waits under it, with
    which the procedure ends: then the appeal's entry does not end it. What cannot be undone any more, since
    the number is somebody else's or the line was erased, is left as it is.
    Raises Conflict when the dispute is not decided.
    """
    undone = row.custody.until is not None and row.custody.until == row.ended_at
    row.state = next_dispute_state(DisputeState(row.state), DisputeEvent.OVERTURNED).value
    row.ended_at = log.now
    row.save(update_fields=["state", "ended_at"])
    if DisputeState(row.state) is DisputeState.UPHELD:
        return _carry_out(row, log)
    if DisputeKind(row.kind) is DisputeKind.NOT_MINE:
        return _own_again(row.custody, log)
    # Where the line ended otherwise than by this, there is nothing to give back.
    return undone and _give_back(row.custody, log)


def _add_vote(row: models.Dispute, new: Vote) -> tuple[Vote, ...]:
    """Add an opinion, where enough people may decide, now and on appeal.

    It is the same answer whatever the first opinion was: the second reviewer learns nothing of it.
    """
    barred = read_vouchers(row.id)
    given = [
        Vote(StaffName(vote.staff.name), vote.choice, vote.reason)
        for vote in models.Vote.objects.filter(about=row.id, question=QUESTION)
        .select_related("staff")
        .order_by("given_at", "id")
    ]
    names = models.Staff.objects.filter(role=StaffRole.REVIEWER.value).values_list("name", flat=True)
    eligible = frozenset(map(StaffName, names)) - barred
    refuse_too_few(len(eligible))
    votes = add_vote(given, new, barred=barred)
    refuse_unheard(eligible, [vote.person for vote in votes])
    return votes


def _decide(row: models.Dispute, decided: Agreed, log: LogWriter) -> None:
    event = _EVENTS[DisputeChoice(decided.choice)]
    row.state = next_dispute_state(DisputeState(row.state), event).value
    row.ended_at = log.now
    row.save(update_fields=["state", "ended_at"])
    goes_on = event is DisputeEvent.UPHELD and _carry_out(row, log)  # 3
    policy = log.services.policy
    appeal_by = deadline(log.now, policy.clocks.appeal_open, policy.calendar)
    holder, line = HolderId(row.custody.holder_id), LineId(row.custody.line_id)
    holding.give_notice(NoticeKind.DISPUTE_DECIDED, holder, log, line=line, deadline=appeal_by)  # 4
    tell_user(NoticeKind.DISPUTE_DECIDED, row, log, deadline=appeal_by)
    log.enter(
        EntryKind.DISPUTE_DECIDED,
        {"dispute": str(row.id), "line": str(line), "reasons": list(decided.reasons)},
        stage=Stage.UNDER_WAY if goes_on else Stage.ENDED,
        outcome=decided.choice,
        by=[name.text for name in decided.by],
        answers=row.due_at,
    )


def _carry_out(row: models.Dispute, log: LogWriter) -> bool:
    """Do what an upheld dispute asks for, unless the line has ended meanwhile; True when an order waits.

    What its holder began with the line after it was dismissed is stopped first: else an appeal would come too
    late for the line, or could not be decided.
    """
    custody = row.custody
    if custody.until is not None:
        return False
    stop_what_is_under_way(custody.line, log)
    if DisputeKind(row.kind) is DisputeKind.NOT_MINE:
        lines.disown(custody, log)
        corrections.open_correction(custody.line, Cause.HOLDER_DISPUTE, log, again=True)
        return False
    lines.end_custody(custody.line, log)
    lines.move(custody.line, LineEvent.SURRENDERED)
    order(custody.line, SwitchState.OFF, log)
    holder = HolderId(custody.holder_id)
    holding.give_notice(NoticeKind.LINE_SURRENDERED, holder, log, line=LineId(custody.line_id))
    return True


def _give_back(custody: models.Custody, log: LogWriter) -> bool:
    """Give a line that has ended back to who held it, and order it switched on."""
    line, holder = custody.line, HolderId(custody.holder_id)
    last = line.custodies.order_by("-since", "-id").first()
    if LineState(line.state) not in _GIVEN_UP or line.sealed_identifier is None or last != custody:
        return False
    lines.move(line, LineEvent.RESTORED)
    lines.take_custody_again(custody, log)
    order(line, SwitchState.ON, log)
    holding.give_notice(NoticeKind.LINE_RESTORED, holder, log, line=LineId(line.id))
    log.enter(EntryKind.LINE_RESTORED, {"line": str(line.id)})
    return True


def _own_again(custody: models.Custody, log: LogWriter) -> bool:
    """Let a line that was disowned be its holder's again, and undo what its correction did to it.

    What that orders, it orders under the correction's own pseudonym.
    """
    if custody.until is None:
        lines.own_again(custody)
    rows = models.Correction.objects.filter(
        line=custody.line_id, holder=custody.holder_id, cause=Cause.HOLDER_DISPUTE.value
    )
    row = rows.select_related("line").order_by("-found_at").first()
    if row is not None:
        giving_back.overturn(row, log)
    return False
