"""The ladder of correction: which step comes next, when, and by how many people it may be carried out.

Each step has a notice of its own before it, with its deadline; nothing is done by itself, and an office that
is late leaves the line as it is. Emergency calls are kept until a line ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from lineproof.decision.clocks import Calendar, CorrectionLadder, Term, TermUnit
from lineproof.errors import Malformed
from lineproof.line.clock import deadline
from lineproof.line.correction import CorrectionEvent, CorrectionState
from lineproof.line.eyes import EYES
from lineproof.line.notice import NoticeKind, NoticeState
from lineproof.line.state import TABLE as LINE_TABLE
from lineproof.line.state import LineEvent, LineState


class Step(Enum):
    """What can be done to a line that is not put right, in this order."""

    RESTRICT = "restrict"
    SUSPEND = "suspend"
    TERMINATE = "terminate"


# What each step does: to the correction, to the line, and what announces it and tells of it.
EVENT_OF = {
    Step.RESTRICT: CorrectionEvent.RESTRICTED,
    Step.SUSPEND: CorrectionEvent.SUSPENDED,
    Step.TERMINATE: CorrectionEvent.TERMINATED,
}
LINE_EVENT_OF = {
    Step.RESTRICT: LineEvent.RESTRICTED,
    Step.SUSPEND: LineEvent.SUSPENDED,
    Step.TERMINATE: LineEvent.TERMINATED,
}
ANNOUNCED_BY = {
    Step.RESTRICT: NoticeKind.RESTRICTION,
    Step.SUSPEND: NoticeKind.SUSPENSION,
    Step.TERMINATE: NoticeKind.TERMINATION,
}
TOLD_BY = {
    Step.RESTRICT: NoticeKind.LINE_RESTRICTED,
    Step.SUSPEND: NoticeKind.LINE_SUSPENDED,
    Step.TERMINATE: NoticeKind.LINE_TERMINATED,
}


def next_step(state: CorrectionState, ladder: CorrectionLadder) -> Step | None:
    """Give the step that is announced next; None where there is none."""
    match state:
        case CorrectionState.FOUND:
            return Step.SUSPEND if ladder.restrict_after is None else Step.RESTRICT
        case CorrectionState.RESTRICTED:
            return Step.SUSPEND
        case CorrectionState.SUSPENDED:
            return Step.TERMINATE
        case _:
            return None


# When


def first_deadline(now: datetime, ladder: CorrectionLadder, calendar: Calendar) -> datetime:
    """Give the deadline of the first step, which is announced now."""
    return deadline(now, _term(_first(ladder), ladder), calendar)


def next_deadline(
    step: Step, *, first_notice: datetime, now: datetime, ladder: CorrectionLadder, calendar: Calendar
) -> datetime:
    """Give the deadline of a later step, which is announced now, when the one before it is carried out.

    The pack counts each step from the first notice. Where the one before it came late, or was put off, the
    holder has as long from now as the pack puts between the two, up to the end of that day. Malformed for a
    pack in which a step is not after the one before it.
    """
    planned = deadline(first_notice, _term(step, ladder), calendar)
    between = planned - deadline(first_notice, _term(_before(step, ladder), ladder), calendar)
    if between <= timedelta():
        raise Malformed(
            f"In the policy pack, correction.{step.value}_after is not longer than that of the step before.",
            remedy="Nothing more is done until it is.",
        )
    if now + between <= planned:
        return planned
    return put_off(now + between, Term(0, TermUnit.DAYS), calendar)


def put_off(due: datetime, term: Term, calendar: Calendar) -> datetime:
    """Give the end of a term that follows a deadline: whole days are counted from its last day."""
    if term.unit is TermUnit.HOURS:
        return deadline(due, term, calendar)
    return deadline(due - _MOMENT, term, calendar)


def _first(ladder: CorrectionLadder) -> Step:
    return Step.SUSPEND if ladder.restrict_after is None else Step.RESTRICT


def _before(step: Step, ladder: CorrectionLadder) -> Step:
    return _first(ladder) if step is Step.SUSPEND else Step.SUSPEND


def _term(step: Step, ladder: CorrectionLadder) -> Term:
    match step:
        case Step.RESTRICT if ladder.restrict_after is not None:
            return ladder.restrict_after
        case Step.RESTRICT | Step.SUSPEND:
            return ladder.suspend_after
        case Step.TERMINATE:
            return ladder.terminate_after


# Whether, and by how many


class Wait(Enum):
    """Why a step that was announced is not to be signed now. UNREACHED: the holder was not told, so never."""

    NOT_ANNOUNCED = "not_announced"
    NOT_DUE = "not_due"
    APPEALED = "appealed"
    LINE_ELSEWHERE = "line_elsewhere"
    NOTICE_UNDER_WAY = "notice_under_way"
    UNREACHED = "unreached"


@dataclass(frozen=True, slots=True)
class Announced:
    """What stands of a step that was announced: until when the holder had time, and what has become of it.

    told_ahead: what has become of the notice of the end, where it was given with that of this suspension.
    """

    step: Step
    due_at: datetime
    notice: NoticeState
    line: LineState
    appealed: bool
    told_ahead: NoticeState | None = None


def why_wait(step: Step, announced: Announced | None, *, now: datetime) -> Wait | None:
    """Tell why a step cannot be carried out now; None where two people may."""
    if announced is None or announced.step is not step:
        return Wait.NOT_ANNOUNCED
    hindrances = {
        Wait.APPEALED: announced.appealed,
        Wait.NOT_DUE: now < announced.due_at,
        # Once the line is suspended, it takes no notice any more.
        Wait.NOTICE_UNDER_WAY: NoticeState.GIVEN in {announced.notice, announced.told_ahead},
        Wait.UNREACHED: is_stuck(announced),
        Wait.LINE_ELSEWHERE: (announced.line, LINE_EVENT_OF[step]) not in LINE_TABLE,
    }
    return next((wait for wait, holds in hindrances.items() if holds), None)


def is_stuck(announced: Announced) -> bool:
    """Tell whether a step is never done, since its notice reached nobody; a restriction is, by three."""
    return announced.notice is NoticeState.UNDELIVERED and announced.step is not Step.RESTRICT


def eyes_for(notice: NoticeState) -> int:
    """Tell how many people a step takes: two, and one more where the holder was not reached."""
    return EYES if notice is NoticeState.DELIVERED else EYES + 1


class Choice(Enum):
    """What a reviewer may say of a step that is due."""

    CARRY_OUT = "carry_out"
    PUT_OFF = "put_off"


_MOMENT = timedelta(seconds=1)
