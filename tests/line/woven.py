"""All the tables as one system: one line, with every procedure that can be under way with it at once.

The tables and the guards are the real ones; what a flow does to the others beside its own is written here as
the flows do it (they are tried on the real record in tests/flows/test_interleavings.py). The reachable states
are finite and the search closes: so it holds for sequences of any length, not to a depth alone.

Left out: time (whatever a deadline allows may happen), more than one cause besides a dispute's, that a thing
is appealed once, and what belongs to a holder who has the line no more, but for an appeal that is open.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from lineproof.decision.policy import shipped_policy
from lineproof.errors import Conflict
from lineproof.line.appeal import AppealEvent, AppealState, next_appeal_state
from lineproof.line.correction import (
    ANNOUNCED,
    Cause,
    CorrectionEvent,
    CorrectionState,
    next_correction_state,
)
from lineproof.line.correction import OPEN as OPEN_CORRECTIONS
from lineproof.line.dispute import (
    OPEN_STATES,
    DisputeEvent,
    DisputeKind,
    DisputeState,
    next_dispute_state,
    refuse_decided,
    refuse_undisputable,
)
from lineproof.line.ladder import EVENT_OF, LINE_EVENT_OF, Announced, next_step, why_wait
from lineproof.line.notice import NoticeState
from lineproof.line.porting import PortingEvent, PortingState, next_porting_state, refuse_not_portable
from lineproof.line.sim import SimEvent, SimState, event_when_due, next_sim_state, refuse_no_sim
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.line.transfer import TransferEvent, TransferState, next_transfer_state
from lineproof.terms import LineKind

NOW = datetime(2026, 7, 1, tzinfo=UTC)
LADDER = shipped_policy("specimen").correction
FOUND, DISPUTED = Cause.MISSING_VERIFICATION, Cause.HOLDER_DISPUTE
_UNDONE = OPEN_CORRECTIONS | {CorrectionState.TERMINATED}
_NOBODYS = {LineState.TERMINATED, LineState.QUARANTINE}


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute. of_this: the custody that it is about has not ended."""

    state: DisputeState
    of_this: bool = True


@dataclass(frozen=True, slots=True)
class Whole:
    """A line and what is under way with it; None: nothing. ended_by: what ended the last custody.

    appeal: what the open appeal is about; "gone" where that was of a holder before.
    """

    line: LineState = LineState.PENDING
    held: bool = True
    disowned: bool = False
    ended_by: str = ""
    transfer: TransferState | None = None
    sim: SimState | None = None
    porting: PortingState | None = None
    not_mine: Dispute | None = None
    not_needed: Dispute | None = None
    found: CorrectionState | None = None
    disputed: CorrectionState | None = None
    appeal: str = ""

    @property
    def disputes(self) -> Mapping[DisputeKind, Dispute | None]:
        return {DisputeKind.NOT_MINE: self.not_mine, DisputeKind.NOT_NEEDED: self.not_needed}

    @property
    def corrections(self) -> Mapping[Cause, CorrectionState | None]:
        return {FOUND: self.found, DISPUTED: self.disputed}

    @property
    def open_dispute(self) -> DisputeKind | None:
        return next(
            (k for k, one in self.disputes.items() if one is not None and one.state in OPEN_STATES), None
        )

    def moved(self, event: LineEvent) -> "Whole":
        return replace(self, line=next_state(self.line, event))

    def with_correction(self, cause: Cause, state: CorrectionState | None) -> "Whole":
        return replace(self, found=state) if cause is FOUND else replace(self, disputed=state)

    def with_dispute(self, kind: DisputeKind, dispute: Dispute | None) -> "Whole":
        if kind is DisputeKind.NOT_MINE:
            return replace(self, not_mine=dispute)
        return replace(self, not_needed=dispute)


def require(so: bool) -> None:
    if not so:
        raise Conflict("Not now.")


# What the flows do to other procedures than their own


def stop_transfer(whole: Whole, event: TransferEvent) -> Whole:
    if whole.transfer is None:
        return whole
    next_transfer_state(whole.transfer, event)
    return replace(whole, transfer=None).moved(LineEvent.TRANSFER_ENDED)


def stop_sim(whole: Whole, event: SimEvent) -> Whole:
    if whole.sim is None:
        return whole
    next_sim_state(whole.sim, event)
    return replace(whole, sim=None)


def stop_porting(whole: Whole, event: PortingEvent) -> Whole:
    if whole.porting is None:
        return whole
    next_porting_state(whole.porting, event)
    return replace(whole, porting=None).moved(LineEvent.PORT_OUT_ENDED)


def stop_what_is_under_way(whole: Whole) -> Whole:
    whole = stop_transfer(whole, TransferEvent.BY_DISPUTE)
    return stop_porting(stop_sim(whole, SimEvent.DISPUTED), PortingEvent.DISPUTED)


def refuse_in_course(whole: Whole) -> None:
    require(whole.open_dispute is None and not whole.disowned and whole.sim is None)


def end_custody(whole: Whole, by: str) -> Whole:
    require(whole.held)
    for cause, state in whole.corrections.items():
        if state in OPEN_CORRECTIONS:
            assert state is not None
            whole = whole.with_correction(cause, next_correction_state(state, CorrectionEvent.GIVEN_UP))
    for kind, dispute in whole.disputes.items():
        if dispute is not None:
            whole = whole.with_dispute(kind, replace(dispute, of_this=False))
    return replace(whole, held=False, disowned=False, ended_by=by)


def begin_custody(whole: Whole) -> Whole:
    require(not whole.held)
    return replace(whole, held=True, ended_by="")


def undo(whole: Whole, cause: Cause, event: CorrectionEvent) -> Whole:
    state = whole.corrections[cause]
    require(state is not None)
    assert state is not None
    if state in {CorrectionState.RESTRICTED, CorrectionState.SUSPENDED}:
        whole = whole.moved(LineEvent.RESTORED)
    if state is CorrectionState.TERMINATED and whole.line in _NOBODYS and not whole.held:
        whole = begin_custody(whole).moved(LineEvent.RESTORED)
    return whole.with_correction(cause, next_correction_state(state, event))


def uphold(whole: Whole, kind: DisputeKind, dispute: Dispute) -> Whole:
    if not dispute.of_this:
        return whole
    whole = stop_what_is_under_way(whole)
    if kind is DisputeKind.NOT_NEEDED:
        return end_custody(whole, "dispute").moved(LineEvent.SURRENDERED)
    whole = replace(whole, disowned=True)
    return whole if whole.disputed in OPEN_CORRECTIONS else replace(whole, disputed=CorrectionState.FOUND)


# What can happen


def offer(whole: Whole) -> Iterator[Whole]:
    require(whole.held)
    refuse_in_course(whole)
    yield replace(whole.moved(LineEvent.TRANSFER_OFFERED), transfer=TransferState.OFFERED)


def go_on_with_transfer(whole: Whole) -> Iterator[Whole]:
    require(whole.transfer is not None)
    assert whole.transfer is not None
    for event in TransferEvent:
        if event in {TransferEvent.BY_DISPUTE, TransferEvent.BY_CORRECTION}:
            continue
        try:
            state = next_transfer_state(whole.transfer, event)
        except Conflict:
            continue
        if event is TransferEvent.ACCEPTED:
            yield replace(whole, transfer=state)
        elif event is TransferEvent.COMPLETED:
            yield _handed_over(whole)
        else:
            yield stop_transfer(whole, event)


def _handed_over(whole: Whole) -> Whole:
    """Let another hold it: nothing that was said of the line before is said of theirs."""
    after = begin_custody(end_custody(whole, "transfer")).moved(LineEvent.TRANSFERRED)
    return Whole(line=after.line, sim=after.sim, appeal="gone" if whole.appeal else "")


def ask_sim(whole: Whole) -> Iterator[Whole]:
    require(whole.held)
    refuse_no_sim(LineKind.MOBILE, whole.line)
    refuse_in_course(whole)
    yield replace(whole, sim=SimState.ASKED)


def end_sim(whole: Whole) -> Iterator[Whole]:
    require(whole.sim is not None)
    yield stop_sim(whole, event_when_due(still_held=whole.held, state=whole.line))
    require(whole.held)
    yield stop_sim(whole, SimEvent.STOPPED_BY_HOLDER)


def ask_port_out(whole: Whole) -> Iterator[Whole]:
    require(whole.held)
    refuse_not_portable(LineKind.MOBILE, whole.line)
    refuse_in_course(whole)
    yield replace(whole.moved(LineEvent.PORT_OUT_ASKED), porting=PortingState.LEAVING)


def end_port_out(whole: Whole) -> Iterator[Whole]:
    require(whole.porting is not None)
    assert whole.porting is not None
    yield stop_porting(whole, PortingEvent.STOPPED_BY_HOLDER)
    yield stop_porting(whole, PortingEvent.NOT_CONFIRMED)
    next_porting_state(whole.porting, PortingEvent.TAKEN)
    yield replace(end_custody(whole, "port"), porting=None).moved(LineEvent.PORTED_OUT)


def dispute(whole: Whole) -> Iterator[Whole]:
    require(whole.held and not whole.disowned)
    refuse_undisputable(whole.line)
    for kind in DisputeKind:
        earlier = [
            (k, one.state)
            for k, one in whole.disputes.items()
            if one is not None and (one.of_this or one.state in OPEN_STATES)
        ]
        try:
            refuse_decided(kind, earlier)
        except Conflict:
            continue
        fresh = stop_what_is_under_way(whole).with_dispute(kind, Dispute(DisputeState.OPEN))
        yield replace(fresh, appeal="gone") if fresh.appeal == kind.value else fresh


def go_on_with_dispute(whole: Whole) -> Iterator[Whole]:
    kind = whole.open_dispute
    require(kind is not None)
    assert kind is not None
    one = whole.disputes[kind]
    assert one is not None
    for event in DisputeEvent:
        if event is DisputeEvent.OVERTURNED:
            continue
        after = replace(one, state=next_dispute_state(one.state, event))
        if event is DisputeEvent.WITHDRAWN:
            yield whole.with_dispute(kind, None)
        elif event is DisputeEvent.UPHELD:
            yield uphold(whole.with_dispute(kind, after), kind, after)
        else:
            yield whole.with_dispute(kind, after)


def find(whole: Whole) -> Iterator[Whole]:
    require(whole.held and not whole.disowned and whole.line is not LineState.PENDING and whole.found is None)
    yield replace(whole, found=CorrectionState.FOUND)


def rests(whole: Whole, cause: Cause) -> bool:
    """A correction that carries out a dispute is appealed with it."""
    return whole.appeal == (DisputeKind.NOT_MINE if cause is DISPUTED else cause).value


def announce(whole: Whole) -> Iterator[Whole]:
    require(not any(state in ANNOUNCED for state in whole.corrections.values()))
    for cause, state in whole.corrections.items():
        if state is CorrectionState.FOUND and not rests(whole, cause):
            yield whole.with_correction(cause, next_correction_state(state, CorrectionEvent.NOTIFIED))


def carry_out(whole: Whole) -> Iterator[Whole]:
    """Carry out what is announced, when its time is over and two people have signed."""
    for cause, state in whole.corrections.items():
        if state is None or state not in ANNOUNCED:
            continue
        step = next_step(CorrectionState.FOUND if state is CorrectionState.NOTIFIED else state, LADDER)
        assert step is not None
        appealed = rests(whole, cause)
        told = Announced(step, NOW - timedelta(1), NoticeState.DELIVERED, whole.line, appealed=appealed)
        if why_wait(step, told, now=NOW) is not None:
            continue
        after = whole.with_correction(cause, next_correction_state(state, EVENT_OF[step]))
        after = after.moved(LINE_EVENT_OF[step])
        if after.corrections[cause] is CorrectionState.TERMINATED:
            after = end_custody(stop_sim(after, SimEvent.LINE_NOT_ACTIVE), cause.value)
        yield after


def put_right(whole: Whole) -> Iterator[Whole]:
    """Verify the holder, or withdraw the finding; what a dispute found is put right by neither."""
    require(whole.found in _UNDONE)
    if not (whole.found is CorrectionState.TERMINATED and (whole.held or whole.line not in _NOBODYS)):
        yield undo(whole, FOUND, CorrectionEvent.PUT_RIGHT)
    yield undo(whole, FOUND, CorrectionEvent.WITHDRAWN)


def appeal(whole: Whole) -> Iterator[Whole]:
    require(not whole.appeal)
    corrections = {FOUND.value} if whole.found in _UNDONE else set()
    decided = {DisputeState.UPHELD, DisputeState.DISMISSED}
    disputes = {k.value for k, one in whole.disputes.items() if one is not None and one.state in decided}
    for about in sorted(corrections | disputes):
        yield replace(whole, appeal=about)


def hear_appeal(whole: Whole) -> Iterator[Whole]:
    require(bool(whole.appeal))
    for event in AppealEvent:
        next_appeal_state(AppealState.OPEN, event)
        after = overturn(whole, whole.appeal) if event is AppealEvent.OVERTURNED else whole
        yield replace(after, appeal="")


def overturn(whole: Whole, about: str) -> Whole:
    if about == FOUND.value:
        return undo(whole, FOUND, CorrectionEvent.OVERTURNED) if whole.found in _UNDONE else whole
    for kind, one in whole.disputes.items():
        if about != kind.value or one is None:
            continue
        after = replace(one, state=next_dispute_state(one.state, DisputeEvent.OVERTURNED))
        whole = whole.with_dispute(kind, after)
        if after.state is DisputeState.UPHELD:
            return uphold(whole, kind, after)
        if kind is DisputeKind.NOT_MINE:
            whole = replace(whole, disowned=whole.disowned and not after.of_this)
            undone = whole.disputed in _UNDONE
            return undo(whole, DISPUTED, CorrectionEvent.OVERTURNED) if undone else whole
        if whole.ended_by == "dispute" and whole.line in {LineState.SURRENDERED, LineState.QUARANTINE}:
            return begin_custody(whole).moved(LineEvent.RESTORED)
    return whole


def surrender(whole: Whole) -> Iterator[Whole]:
    require(whole.held)
    whole = stop_sim(stop_transfer(whole, TransferEvent.BY_GIVER), SimEvent.HOLDER_CHANGED)
    yield end_custody(whole, "holder").moved(LineEvent.SURRENDERED)


def take_back(whole: Whole) -> Iterator[Whole]:
    require(whole.line is LineState.QUARANTINE)
    yield begin_custody(whole).moved(LineEvent.RESTORED)


def take_over(whole: Whole) -> Iterator[Whole]:
    """Let a disowned line be who uses it: nothing that was said of it before is said of theirs."""
    require(whole.disowned and whole.appeal != DisputeKind.NOT_MINE.value)
    for cause, state in whole.corrections.items():
        if state in OPEN_CORRECTIONS:
            whole = undo(whole, cause, CorrectionEvent.PUT_RIGHT)
    after = begin_custody(end_custody(whole, "taken over"))
    yield Whole(line=after.line, appeal="gone" if whole.appeal else "")


def switch(whole: Whole) -> Iterator[Whole]:
    on = whole.line is LineState.PENDING
    yield whole.moved(LineEvent.SWITCHED_ON if on else LineEvent.SWITCHED_OFF)


def release(whole: Whole) -> Iterator[Whole]:
    require(not whole.appeal)
    yield whole.moved(LineEvent.RELEASED)


def without_the_past(whole: Whole) -> Whole:
    """Leave out what makes no difference any more to what can happen: how something ended that has."""
    for cause, state in whole.corrections.items():
        if state is not None and state not in _UNDONE and state is not CorrectionState.PUT_RIGHT:
            whole = whole.with_correction(cause, CorrectionState.PUT_RIGHT)
    if whole.ended_by and (whole.ended_by != "dispute" or whole.not_needed is None):
        whole = replace(whole, ended_by="")
    matters = {DisputeKind.NOT_MINE: whole.disputed in _UNDONE, DisputeKind.NOT_NEEDED: whole.ended_by != ""}
    for kind, one in whole.disputes.items():
        over = one is not None and not one.of_this and one.state not in OPEN_STATES
        if over and not matters[kind] and whole.appeal != kind.value:
            whole = whole.with_dispute(kind, None)
    return whole


Happening = Callable[[Whole], Iterator[Whole]]
HAPPENINGS: tuple[Happening, ...] = (
    offer,
    go_on_with_transfer,
    ask_sim,
    end_sim,
    ask_port_out,
    end_port_out,
    dispute,
    go_on_with_dispute,
    find,
    announce,
    carry_out,
    put_right,
    appeal,
    hear_appeal,
    surrender,
    take_back,
    take_over,
    switch,
    release,
)


def after(whole: Whole) -> Iterator[tuple[str, Whole]]:
    """Give what can follow, with what happened."""
    for happening in HAPPENINGS:
        try:
            for each in happening(whole):
                yield happening.__name__, without_the_past(each)
        except Conflict:
            continue


@cache
def reachable() -> tuple[Mapping[Whole, int], Mapping[Whole, tuple[tuple[str, Whole], ...]]]:
    """Give every state that can be reached, with how many steps it takes, and what follows each."""
    depth, following = {Whole(): 0}, {}
    waiting = deque([Whole()])
    while waiting:
        whole = waiting.popleft()
        following[whole] = tuple(after(whole))
        for _, each in following[whole]:
            if each not in depth:
                depth[each] = depth[whole] + 1
                waiting.append(each)
    return depth, following
