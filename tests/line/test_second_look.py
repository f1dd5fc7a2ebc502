"""Second looks: cell by cell, which are drawn, and who may do one."""

import hashlib
import hmac
import math
import re
from itertools import product
from pathlib import Path

import pytest

from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.second_look import (
    REASONS,
    TABLE,
    LookEvent,
    LookResult,
    LookState,
    WrongReason,
    is_drawn,
    next_look_state,
    refuse_who_attested,
    refuse_wrong_without_reason,
)
from lineproof.terms import StaffName

CELLS = list(product(LookState, LookEvent))
ADA, RHEA = StaffName("ada"), StaffName("rhea")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "procedures" / "second_look.md"


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: LookState, event: LookEvent):
    assert next_look_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(state: LookState, event: LookEvent):
    with pytest.raises(Conflict, match=f"is over: it is {state.value.replace('_', ' ')}"):
        next_look_state(state, event)


def test_only_an_open_look_goes_on_and_each_end_is_its_own():
    assert {state for state, _ in TABLE} == {LookState.OPEN}
    assert {event for _, event in TABLE} == set(LookEvent)
    assert len(set(TABLE.values())) == len(TABLE)


@pytest.mark.parametrize(
    ("mac", "share", "drawn"),
    [
        (bytes(32), 0.0, False),
        (bytes(32), 1e-18, True),
        (b"\xff" * 32, 1.0, True),
        (b"\xff" * 32, 0.999999999, False),
        (b"\x7f" + b"\xff" * 31, 0.5, True),
        (b"\x80" + bytes(31), 0.5, False),
    ],
)
def test_edges_of_the_share_that_is_drawn(mac: bytes, share: float, drawn: bool):
    assert is_drawn(mac, share=share) is drawn


@pytest.mark.parametrize("share", [0.0, 0.02, 0.25, 1.0])
def test_share_that_is_drawn_is_the_one_that_is_asked_for(share: float):
    """Of 2,000 sessions, within five standard deviations of the binomial. The key is fixed."""
    macs = [hmac.digest(b"a key", number.to_bytes(16, "big"), hashlib.sha256) for number in range(2000)]
    drawn = sum(is_drawn(mac, share=share) for mac in macs)
    assert abs(drawn - 2000 * share) <= 5 * math.sqrt(2000 * share * (1 - share))


def test_what_a_smaller_share_draws_a_larger_one_draws_too():
    macs = [hashlib.sha256(bytes([number])).digest() for number in range(256)]
    few, many = ({mac for mac in macs if is_drawn(mac, share=share)} for share in (0.1, 0.4))
    assert few < many


def test_who_attested_or_vouched_does_not_look():
    refuse_who_attested(RHEA, {ADA})
    with pytest.raises(NotPermitted, match="ada attested that, or vouched"):
        refuse_who_attested(ADA, {ADA, RHEA})


@pytest.mark.parametrize("result", LookResult)
def test_what_is_wrong_has_a_reason_and_nothing_else_has(result: LookResult):
    right, wrong = (
        (WrongReason.NOT_ASKED_FOR, None) if result is LookResult.WRONG else (None, WrongReason.NOT_ASKED_FOR)
    )
    refuse_wrong_without_reason(result, right)
    with pytest.raises(Malformed, match="has a reason"):
        refuse_wrong_without_reason(result, wrong)


def test_page_says_each_reason_as_the_catalogue_does():
    rows = dict(re.findall(r"(?m)^ +\| `(\w+)` \| (.*) \|$", PAGE.read_text("utf-8")))
    assert rows == {reason.value: says for reason, says in REASONS.items()}
    assert set(REASONS) == set(WrongReason)
