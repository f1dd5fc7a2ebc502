"""Appeals: the table cell by cell, who may hear one, and which way a reason decides."""

import re
from itertools import product
from pathlib import Path

import pytest

from lineproof.errors import Conflict, NotPermitted
from lineproof.line.appeal import (
    APPEAL_REASONS,
    TABLE,
    UPHOLDING,
    AppealEvent,
    AppealReason,
    AppealState,
    event_of,
    next_appeal_state,
    refuse_involved,
)
from lineproof.terms import StaffName

PAGE = Path(__file__).parents[2] / "docs" / "procedures" / "appeal_decision.md"


@pytest.mark.parametrize(("state", "event"), list(product(AppealState, AppealEvent)))
def test_every_cell(state: AppealState, event: AppealEvent):
    if state is AppealState.OPEN:
        assert next_appeal_state(state, event).value == event.value
    else:
        assert (state, event) not in TABLE
        with pytest.raises(Conflict, match=f"{state.value} cannot be {event.value}"):
            next_appeal_state(state, event)


def test_who_had_a_part_does_not_hear_it():
    rhea, sol = StaffName("rhea"), StaffName("sol")
    refuse_involved(sol, {rhea})
    with pytest.raises(NotPermitted, match="rhea had a part"):
        refuse_involved(rhea, {rhea, sol})


@pytest.mark.parametrize("reason", AppealReason)
def test_every_reason_decides_one_way_and_says_why(reason: AppealReason):
    upholds = reason in UPHOLDING
    assert event_of(reason) is (AppealEvent.UPHELD if upholds else AppealEvent.OVERTURNED)
    assert APPEAL_REASONS[reason].endswith(".")


def test_every_reason_is_on_the_page_with_its_way():
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| (.*) \|$", PAGE.read_text("utf-8"))
    assert rows == [(code.value, event_of(code).value, says) for code, says in APPEAL_REASONS.items()]
