"""Disputes, cell by cell; who is asked first; which reasons there are."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from lineproof.decision.clocks import Term, TermUnit
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.dispute import (
    OPEN_STATES,
    REASONS,
    TABLE,
    DisputeChoice,
    DisputeEvent,
    DisputeKind,
    DisputeReason,
    DisputeState,
    Statement,
    answer_term,
    may_be_decided,
    next_dispute_state,
    refuse_decided,
    refuse_early_silence,
    refuse_undisputable,
    refuse_user_unheard,
    refuse_voucher,
    refuse_wrong_reason,
)
from lineproof.line.state import HELD, LineState
from lineproof.terms import StaffName

CELLS = list(product(DisputeState, DisputeEvent))
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "procedures" / "dispute_line.md"


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: DisputeState, event: DisputeEvent):
    assert next_dispute_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(state: DisputeState, event: DisputeEvent):
    with pytest.raises(Conflict, match=f"dispute that is {state.value} cannot be {event.value}"):
        next_dispute_state(state, event)


def test_table_is_these_steps_and_no_others():
    assert {(state.value, event.value): after.value for (state, event), after in TABLE.items()} == {
        ("open", "heard"): "heard",
        ("open", "upheld"): "upheld",
        ("open", "dismissed"): "dismissed",
        ("open", "withdrawn"): "withdrawn",
        ("heard", "heard"): "heard",
        ("heard", "upheld"): "upheld",
        ("heard", "dismissed"): "dismissed",
        ("heard", "withdrawn"): "withdrawn",
        ("upheld", "overturned"): "dismissed",
        ("dismissed", "overturned"): "upheld",
    }


def test_what_is_withdrawn_is_over_for_good():
    assert not [cell for cell in TABLE if cell[0] is DisputeState.WITHDRAWN]


@pytest.mark.parametrize("state", LineState)
def test_line_in_somebodys_name_here_can_be_disputed_and_no_other(state: LineState):
    if state in HELD and state is not LineState.PORTING_IN:
        refuse_undisputable(state)
    else:
        with pytest.raises(Conflict, match="cannot be disputed"):
            refuse_undisputable(state)


@pytest.mark.parametrize(
    ("term", "half"),
    [
        ("10 working days", "5 working days"),
        ("5 days", "3 days"),
        ("1 days", "1 day"),
        ("24 hours", "12 hours"),
    ],
)
def test_user_has_half_of_the_term_to_answer_rounded_up(term: str, half: str):
    assert str(answer_term(Term.parse(term))) == half


def test_answering_never_takes_longer_than_deciding():
    assert all(answer_term(Term(n, TermUnit.DAYS)).count <= n for n in range(100))


@pytest.mark.parametrize("state", sorted(OPEN_STATES, key=lambda state: state.value))
@pytest.mark.parametrize("late", [-SECOND, timedelta(), SECOND])
def test_nothing_is_decided_before_the_user_was_heard_or_let_the_time_pass(
    state: DisputeState, late: timedelta
):
    may = state is DisputeState.HEARD or late >= timedelta()
    assert may_be_decided(state, answer_by=NOON, now=NOON + late) is may
    if may:
        refuse_user_unheard(state, answer_by=NOON, now=NOON + late)
    else:
        with pytest.raises(NotPermitted, match="has until 2026-07-01 12:00 UTC"):
            refuse_user_unheard(state, answer_by=NOON, now=NOON + late)


@pytest.mark.parametrize("statement", Statement)
@pytest.mark.parametrize("late", [-SECOND, timedelta()])
def test_nobody_is_called_silent_who_still_has_time(statement: Statement, late: timedelta):
    if statement is Statement.DID_NOT_ANSWER and late < timedelta():
        with pytest.raises(NotPermitted, match="to answer"):
            refuse_early_silence(statement, answer_by=NOON, now=NOON + late)
    else:
        refuse_early_silence(statement, answer_by=NOON, now=NOON + late)


def test_who_vouched_for_the_registration_does_not_hear_the_user():
    refuse_voucher(StaffName("bea"), {StaffName("ada")})
    with pytest.raises(NotPermitted, match="ada vouched"):
        refuse_voucher(StaffName("ada"), {StaffName("ada")})


@pytest.mark.parametrize("kind", DisputeKind)
@pytest.mark.parametrize("earlier", DisputeKind)
@pytest.mark.parametrize("state", DisputeState)
def test_what_was_decided_is_appealed_and_not_said_again(
    kind: DisputeKind, earlier: DisputeKind, state: DisputeState
):
    decided = kind is earlier and state in {DisputeState.UPHELD, DisputeState.DISMISSED}
    if state in OPEN_STATES or decided:
        with pytest.raises(Conflict, match="disputed already" if state in OPEN_STATES else "decided it"):
            refuse_decided(kind, [(earlier, state)])
    else:
        refuse_decided(kind, [(earlier, state)])
    refuse_decided(kind, [])


@pytest.mark.parametrize(("kind", "choice"), list(product(DisputeKind, DisputeChoice)))
def test_every_decision_has_a_reason_and_refuses_those_of_others(kind: DisputeKind, choice: DisputeChoice):
    fitting = {r for r, text in REASONS.items() if text.choice is choice and kind in text.kinds}
    assert fitting
    for reason in DisputeReason:
        if reason in fitting:
            refuse_wrong_reason(kind, choice, reason)
        else:
            with pytest.raises(Malformed, match="is no reason"):
                refuse_wrong_reason(kind, choice, reason)


def test_every_reason_is_about_the_line_and_is_a_sentence():
    assert set(REASONS) == set(DisputeReason)
    for text in REASONS.values():
        assert text.says.endswith(".")
        assert "line" in text.says or "registration" in text.says


def test_page_says_every_reason_in_its_sentence_and_no_other():
    rows = [line.split("|")[1:4] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    said = {code.strip(" `"): (choice.strip(), says.strip()) for code, choice, says in rows}
    assert said == {reason.value: (text.choice.value, text.says) for reason, text in REASONS.items()}
