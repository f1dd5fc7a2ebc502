"""Correct a wrongly registered line: announce each step, give time, two people sign, undo when put right.

1. findings are entered (`find_corrections`, or a dispute); nobody is told yet, and nothing is done
2. one reviewer has the first step announced: a notice with its deadline; one ladder at a time for a line
3. from the deadline on, two reviewers sign; the second does not see the first. Not while an appeal is open,
   the notice is on its way, or the line is being passed on; never without somebody left to hear an appeal,
   nor by who has heard one about it.
   Where the notice did not arrive, three restrict, and nobody suspends or ends the line
4. with the second signature, at once: the line is barred, or has emergency calls alone, or ends; the order;
   entry with both; the holder is told, and the next step is announced to them with its own deadline. Where
   the line alone is told, its end is announced with its suspension: it takes no messages then (`announcing`)
5. who needs longer has longer, once for each ground of the policy; signatures given before then count no more
6. who is verified is put right at once, by the procedure that verified them (`giving_back`); a finding that
   was wrong is withdrawn by one reviewer, and everything is undone
7. after the commit: the orders are sent

No step is carried out by itself, however late: an office that does nothing leaves the line as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.correction import (
    ANNOUNCED,
    Cause,
    CorrectionEvent,
    CorrectionState,
    next_correction_state,
)
from lineproof.line.eyes import Agreed, Vote, add_vote, agreed, refuse_too_few, refuse_unheard
from lineproof.line.ladder import (
    EVENT_OF,
    LINE_EVENT_OF,
    TOLD_BY,
    Announced,
    Choice,
    Step,
    Wait,
    eyes_for,
    first_deadline,
    next_step,
    why_wait,
)
from lineproof.line.sim import SimEvent
from lineproof.ports import Services, SwitchState
from lineproof.registry import models, personal
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.announcing import announce_step, go_on_to, put_off_step
from lineproof.registry.flows.corrections import involved_in, party_of, settle_cap, tell
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.giving_back import undo
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.orders import order
from lineproof.registry.flows.replace_sim import stop_open_sim
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.caps import CapOf
from lineproof.registry.queries.corrections import question_of, read_announced, read_hearers, rests
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.entry import EntryKind

_ORDERS = {
    Step.RESTRICT: SwitchState.OUTGOING_BARRED,
    Step.SUSPEND: SwitchState.EMERGENCY_ONLY,
    Step.TERMINATE: SwitchState.OFF,
}
_ENTRIES = {
    Step.RESTRICT: EntryKind.LINE_RESTRICTED,
    Step.SUSPEND: EntryKind.LINE_SUSPENDED,
    Step.TERMINATE: EntryKind.LINE_TERMINATED,
}
_GROUND = "correctionextension.sealed_ground"


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one signature. wait: why it was not taken, and nothing changed; None where it was.

    decided: what the second who agreed decided; None while another signature is wanted.
    """

    correction: UUID
    wait: Wait | None = None
    decided: Choice | None = None


def announce_corrections(
    services: Services, ids: Sequence[UUID], reviewer: StaffName, *, now: datetime
) -> tuple[UUID, ...]:
    """Have the first step of findings announced to their holders; give those that now are.

    Not those of a line on which another correction is announced, nor what is right again meanwhile, nor what
    is appealed. Raises NotFound for an unknown reviewer or correction, Conflict for one that is announced or
    has ended, and NotPermitted with too few reviewers for the step to become final; nothing has changed then.
    """
    with transaction.atomic():
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        refuse_too_few(len(_reviewers()))
        announced = tuple(
            row.id for row in _rows(ids) if _announce_first(row, staff, _writer(services, row, now))
        )
    finish(services, now=now)  # 7
    return announced


def sign_step(
    services: Services,
    ids: Sequence[UUID],
    step: Step,
    reviewer: StaffName,
    choice: Choice,
    *,
    now: datetime,
) -> tuple[Signed, ...]:
    """Sign a list of corrections whose announced step is due; the second who agrees has it carried out.

    What cannot be signed now waits, and says why. Raises NotFound for an unknown reviewer or correction, and
    NotPermitted for a second signature of one person, for who heard an appeal about it, with too few
    reviewers who did not, or where nobody would be left to hear an appeal; nothing has changed then, on the
    whole list.
    """
    with transaction.atomic():
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        signed = tuple(
            _sign(row, step, staff, choice, writer=_writer(services, row, now)) for row in _rows(ids)
        )
    finish(services, now=now)  # 7
    return signed


def extend(services: Services, correction: UUID, ground: str, staff: StaffName, *, now: datetime) -> datetime:
    """Give a holder longer on a ground of the policy, on the word of an agent or a reviewer; give until when.

    Raises Malformed for a ground that the policy does not have, NotFound for an unknown correction or member
    of staff, Conflict when nothing is announced or the ground was used before.
    """
    grounds = services.policy.correction.extension_grounds
    if ground not in grounds:
        raise Malformed(
            f"The policy {services.policy.name} has no ground {ground!r} to give longer.",
            remedy=f"Choose one of: {', '.join(sorted(grounds))}.",
        )
    with transaction.atomic():
        (row,) = _rows([correction])
        granted_by = _agent_or_reviewer(staff)
        if CorrectionState(row.state) not in ANNOUNCED:
            raise Conflict("Nothing is announced that could be put off.")
        if ground in _grounds_of(services, row):
            raise Conflict(
                "The holder was given longer on this ground before.", remedy="Each ground counts once."
            )
        with _writer(services, row, now) as log:
            number = row.put_off
            until = put_off_step(row, log, by=[granted_by.name])  # 5
            models.CorrectionExtension.objects.create(
                correction=row,
                number=number,
                sealed_ground=_seal(services, row, ground),
                granted_by=granted_by,
                granted_at=now,
                until=until,
            )
    finish(services, now=now)  # 7
    return until


def withdraw(services: Services, correction: UUID, reviewer: StaffName, *, now: datetime) -> None:
    """Withdraw a finding that was wrong, and undo what was done; one reviewer suffices: it is in favour.

    Raises NotFound for an unknown reviewer or correction, Conflict when it has ended, and for what two people
    decided of a dispute: the line would be left to nobody.
    """
    with transaction.atomic():
        (row,) = _rows([correction])
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        if row.cause == Cause.HOLDER_DISPUTE.value:
            raise Conflict(
                "Two people decided that dispute, and one does not undo it.",
                remedy="Whoever is concerned can appeal against the dispute, or against this correction.",
            )
        with _writer(services, row, now) as log:
            undo(row, CorrectionEvent.WITHDRAWN, log, by=staff)  # 6
    finish(services, now=now)  # 7


def _announce_first(row: models.Correction, staff: models.Staff, writer: LogWriter) -> bool:
    with writer as log:
        state = next_correction_state(CorrectionState(row.state), CorrectionEvent.NOTIFIED)
        if _is_right_again(row, log) or _is_on_a_ladder(row) or rests(row):
            return False
        policy = log.services.policy
        row.state, row.noticed_at, row.announced_by = state.value, log.now, staff
        due_at = first_deadline(log.now, policy.correction, policy.calendar)
        step = next_step(CorrectionState.FOUND, policy.correction)
        assert step is not None  # what was found has a first step
        announce_step(row, step, due_at, log, by=[staff.name])  # 2
    return True


def _sign(
    row: models.Correction, step: Step, staff: models.Staff, choice: Choice, *, writer: LogWriter
) -> Signed:
    with writer as log:
        if _is_right_again(row, log):
            return Signed(row.id, wait=Wait.NOT_ANNOUNCED)
        announced = read_announced(row)  # 3
        wait = why_wait(step, announced, now=log.now)
        if wait is not None or announced is None:
            return Signed(row.id, wait=wait)
        decided = _add(row, announced, staff, choice, now=log.now)
        if decided is None:
            return Signed(row.id)
        if decided.choice == Choice.PUT_OFF.value:
            put_off_step(row, log, by=[name.text for name in decided.by])
        else:
            _carry_out(row, step, decided, log)  # 4
        return Signed(row.id, decided=Choice(decided.choice))


def _add(
    row: models.Correction, announced: Announced, staff: models.Staff, choice: Choice, *, now: datetime
) -> Agreed | None:
    """Record a signature; give what is decided by it, if anything is."""
    eyes, question, name = eyes_for(announced.notice), question_of(row, announced), StaffName(staff.name)
    votes = models.Vote.objects.filter(about=row.id, question=question).select_related("staff")
    given = [Vote(StaffName(vote.staff.name), vote.choice) for vote in votes.order_by("given_at", "id")]
    reviewers, heard = _reviewers(), read_hearers(row)
    if name in heard:
        raise NotPermitted(
            f"{name.text} heard an appeal about this.",
            remedy="Somebody who did not must sign; where there are too few, nothing more is done.",
        )
    refuse_too_few(len(reviewers - heard), eyes=eyes)
    given_now = add_vote(given, Vote(name, choice.value), eyes=eyes)
    refuse_unheard(reviewers, {*involved_in(row.id), name})
    models.Vote.objects.create(
        about=row.id, question=question, staff=staff, choice=choice.value, given_at=now
    )
    return agreed(given_now, eyes=eyes)


def _carry_out(row: models.Correction, step: Step, decided: Agreed, log: LogWriter) -> None:
    policy, due_at = log.services.policy, row.due_at
    state = next_correction_state(CorrectionState(row.state), EVENT_OF[step])
    lines.move(row.line, LINE_EVENT_OF[step])
    order(row.line, _ORDERS[step], log)
    by = [models.Staff.objects.get(name=name.text) for name in decided.by]
    models.CorrectionStep.objects.create(
        correction=row,
        step=step.value,
        first=by[0],
        second=by[1],
        third=next(iter(by[2:]), None),
        done_at=log.now,
    )
    log.enter(
        _ENTRIES[step],
        {"correction": str(row.id), "line": str(row.line_id)},
        by=[name.text for name in decided.by],
        answers=due_at,
    )
    row.state = state.value
    following = next_step(state, policy.correction)
    if following is not None:
        tell(row, TOLD_BY[step], log)
        go_on_to(row, following, log, by=[name.text for name in decided.by])
        return
    stop_open_sim(row.line, SimEvent.LINE_NOT_ACTIVE, log)
    row.step, row.due_at, row.notice = "", None, None
    row.save(update_fields=["state", "step", "due_at", "notice"])
    tell(row, TOLD_BY[step], log, due_at=deadline(log.now, policy.clocks.appeal_open, policy.calendar))
    lines.end_custody(row.line, log)


def _is_right_again(row: models.Correction, log: LogWriter) -> bool:
    """Put right what is within the cap again; tell whether this correction has ended by it."""
    if row.cause != Cause.CAP_EXCEEDED.value or row.ended_at is not None:
        return False
    settle_cap(CapOf.holding(row.line.custodies.get(until=None)), log)
    row.refresh_from_db()
    return row.ended_at is not None


def _is_on_a_ladder(row: models.Correction) -> bool:
    announced = [state.value for state in ANNOUNCED]
    return models.Correction.objects.filter(line=row.line_id, state__in=announced).exists()


def _rows(ids: Iterable[UUID]) -> list[models.Correction]:
    """Read corrections in the order in which they are named; NotFound for one that is not there."""
    wanted = list(dict.fromkeys(ids))
    found = models.Correction.objects.select_related("line", "notice", "told_ahead").in_bulk(wanted)
    for each in wanted:
        if each not in found:
            raise NotFound(
                f"There is no correction {each}.", remedy="List them with: lineproof corrections list"
            )
    return [found[each] for each in wanted]


def _reviewers() -> frozenset[StaffName]:
    names = models.Staff.objects.filter(role=StaffRole.REVIEWER.value).values_list("name", flat=True)
    return frozenset(StaffName(name) for name in names)


def _agent_or_reviewer(name: StaffName) -> models.Staff:
    if models.Staff.objects.filter(name=name.text, role=StaffRole.AGENT.value).exists():
        return staff_of(name, StaffRole.AGENT)
    return staff_of(name, StaffRole.REVIEWER)


def _writer(services: Services, row: models.Correction, now: datetime) -> LogWriter:
    return LogWriter(services, party_of(row), now=now, subject=bytes(row.subject))


def _grounds_of(services: Services, row: models.Correction) -> set[str | None]:
    return {
        personal.unseal(
            services.keys,
            bytes(extension.sealed_ground),
            subject=row.holder_id,
            retention=Retention.IDENTITY,
            place=_GROUND,
        )["ground"]
        for extension in row.extensions.all()
    }


def _seal(services: Services, row: models.Correction, ground: str) -> bytes:
    return personal.seal(
        services.keys,
        {"ground": ground},
        subject=row.holder_id,
        retention=Retention.IDENTITY,
        place=_GROUND,
    )
