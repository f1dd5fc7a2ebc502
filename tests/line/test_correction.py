"""The life of a correction, cell by cell, and the catalogue of causes."""

import re
from itertools import product
from pathlib import Path

import pytest

from lineproof.errors import Conflict
from lineproof.line.correction import (
    ANNOUNCED,
    BY_VERIFICATION,
    CAUSES,
    ENDINGS,
    OPEN,
    TABLE,
    Cause,
    CauseText,
    CorrectionEvent,
    CorrectionState,
    next_correction_state,
)

CELLS = list(product(CorrectionState, CorrectionEvent))
S, E = CorrectionState, CorrectionEvent
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "causes.md").read_text("utf-8")


def words(member: CorrectionState | CorrectionEvent) -> str:
    return member.value.replace("_", " ")


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: CorrectionState, event: CorrectionEvent):
    assert next_correction_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(
    state: CorrectionState, event: CorrectionEvent
):
    with pytest.raises(Conflict, match=f"{words(state)} cannot be {words(event)}"):
        next_correction_state(state, event)


def test_every_state_can_be_reached_from_a_finding():
    reached, before = {S.FOUND}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TABLE.items() if state in reached}
    assert reached == set(S)


@pytest.mark.parametrize("state", [state for state in S if state in OPEN | {S.TERMINATED}])
@pytest.mark.parametrize("event", ENDINGS)
def test_it_ends_for_the_person_from_every_state_that_has_not_ended(
    state: CorrectionState, event: CorrectionEvent
):
    assert next_correction_state(state, event) is ENDINGS[event]


def test_what_has_ended_stays_so():
    ended = set(S) - OPEN - {S.TERMINATED}
    assert ended == {S.PUT_RIGHT, S.WITHDRAWN, S.OVERTURNED, S.GIVEN_UP}
    assert not [cell for cell in TABLE if cell[0] in ended]


def test_nothing_is_done_to_a_line_whose_holder_was_not_told():
    from_found = {event for state, event in TABLE if state is S.FOUND}
    assert from_found == {E.NOTIFIED, *ENDINGS, E.GIVEN_UP}
    assert {S.NOTIFIED, S.RESTRICTED, S.SUSPENDED} == ANNOUNCED


def test_no_step_is_left_out_but_the_first():
    assert {state for state, event in TABLE if event is E.TERMINATED} == {S.SUSPENDED}
    assert {state for state, event in TABLE if event is E.SUSPENDED} == {S.NOTIFIED, S.RESTRICTED}
    assert {state for state, event in TABLE if event is E.RESTRICTED} == {S.NOTIFIED}


def test_every_cause_is_in_the_catalogue_with_what_puts_it_right():
    assert set(CAUSES) == set(Cause)
    otherwise = {
        Cause.CAP_EXCEEDED,
        Cause.CONTESTED_BINDING,
        Cause.HOLDER_DISPUTE,
        Cause.USED_BY_ANOTHER,
    }
    assert set(Cause) - otherwise == BY_VERIFICATION
    assert {cause for cause, text in CAUSES.items() if text.to_line_only} == {Cause.HOLDER_DISPUTE}


def test_what_is_the_holders_affair_is_not_for_who_else_reads_their_line():
    affairs = {cause for cause, text in CAUSES.items() if text.holders_affair}
    assert affairs == {
        Cause.CAP_EXCEEDED,
        Cause.CONTESTED_BINDING,
        Cause.USED_BY_ANOTHER,
        Cause.REGISTRATION_LAPSED,
    }
    assert not [cause for cause in affairs if CAUSES[cause].to_line_only]


@pytest.mark.parametrize("text", CAUSES.values(), ids=lambda text: text.cause.value)
def test_cause_is_about_the_registration_of_a_line(text: CauseText):
    assert "line" in text.says
    assert "counter" in text.remedy


def test_page_of_causes_says_what_the_catalogue_says():
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in PAGE.splitlines() if "| `" in row[:3]
    ]
    assert [row[:3] for row in rows] == [[f"`{t.cause.value}`", t.says, t.remedy] for t in CAUSES.values()]
    assert re.search("line/correction.py", PAGE)
