"""Who held a line when."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Conflict
from lineproof.line.custody import Custody, begin_custody, within_cap
from lineproof.terms import HolderId

ALICE, BO = HolderId(uuid.UUID(int=1)), HolderId(uuid.UUID(int=2))
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def held(*, since: int = -2, until: int | None = -1) -> Custody:
    """Build Alice's custody, in hours from noon; until None: still."""
    return Custody(ALICE, NOON + since * HOUR, None if until is None else NOON + until * HOUR)


def test_line_that_nobody_held_begins_in_the_holders_name():
    assert begin_custody([], holder=BO, since=NOON) == Custody(BO, NOON, None)


@pytest.mark.parametrize("until", [-1, 0])
def test_custody_that_ended_by_now_is_in_nobodys_way(until: int):
    assert begin_custody([held(until=until)], holder=BO, since=NOON).holder == BO


@pytest.mark.parametrize("until", [None, 1])
def test_line_that_somebody_holds_is_not_given_to_another(until: int | None):
    with pytest.raises(Conflict, match="already"):
        begin_custody([held(until=until)], holder=BO, since=NOON)


def test_line_is_not_given_twice_to_its_own_holder():
    with pytest.raises(Conflict):
        begin_custody([held(until=None)], holder=ALICE, since=NOON)


def test_one_open_custody_among_many_closed_ones_is_seen():
    with pytest.raises(Conflict):
        begin_custody([held(), held(until=None), held()], holder=BO, since=NOON)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5), st.booleans()), max_size=6))
def test_custodies_begun_by_the_rule_never_overlap(asked: list[tuple[int, int, bool]]):
    line: list[Custody] = []
    for start, hours, open_ended in asked:
        since = NOON + start * HOUR
        try:
            begun = begin_custody(line, holder=BO, since=since)
        except Conflict:
            continue
        line.append(begun if open_ended else Custody(BO, since, since + hours * HOUR))
    line.sort(key=lambda custody: custody.since)
    for earlier, later in pairwise(line):
        assert earlier.until is not None
        assert earlier.until <= later.since


@pytest.mark.parametrize(
    ("held_now", "cap", "may"), [(0, 1, True), (1, 1, False), (1, 2, True), (3, 2, False), (0, 0, False)]
)
def test_cap_allows_one_more_only_below_it(held_now: int, cap: int, may: bool):
    assert within_cap(held=held_now, cap=cap) is may
