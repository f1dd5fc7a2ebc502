"""What a log shows of second looks: who looked, by when, and at what nobody looked."""

import pytest

from tests.transparency.monitored import ADA, BEA, CAL, DAY, LOOK_LAPSED, LOOKED_AT, PEOPLE, Act
from tests.transparency.test_monitor import but, found

OTHER, LATE = "other_person_looks", "deadline_kept"


@pytest.mark.parametrize(
    ("acts", "broken"),
    [
        (but(LOOKED_AT, 1, by=(ADA,)), [(OTHER, 1)]),
        (but(LOOKED_AT, 1, by=()), [(OTHER, 1)]),
        (but(LOOKED_AT, 1, by=(BEA, CAL)), [(OTHER, 1)]),
        (but(LOOKED_AT, 1, outcome="refused"), [(OTHER, 1)]),
        (but(LOOKED_AT, 1, outcome="wrong"), []),
        (but(LOOKED_AT, 1, outcome="not_reached"), []),
        (but(LOOKED_AT, 0, by=()), [(OTHER, 0)]),
        (but(LOOK_LAPSED, 1, by=(BEA,)), [(OTHER, 1)]),
        (but(LOOKED_AT, 1, at=14 * DAY), []),
        (but(LOOKED_AT, 1, at=14 * DAY + 1), [(LATE, 1)]),
        (but(LOOKED_AT, 1, answers=13 * DAY), [(LATE, 1)]),
        (but(but(LOOKED_AT, 0, due_at=None), 1, answers=None), [(LATE, 0)]),
        ([LOOKED_AT[0], *LOOKED_AT], [(LATE, 1)]),
        ([Act("second_look_drawn", stage=PEOPLE, by=(ADA,), due_at=99 * DAY)], []),
        ([LOOKED_AT[0]], [(LATE, 0)]),
        (LOOKED_AT[1:], [(LATE, 0)]),
        ([LOOKED_AT[0], but(LOOKED_AT, 1, stage=PEOPLE)[1], LOOKED_AT[1]], [(LATE, 2)]),
    ],
)
def test_what_breaks_a_rule_of_looks_is_found_and_nothing_else(
    acts: list[Act], broken: list[tuple[str, int]]
):
    assert found(acts, at=95 * DAY) == broken


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
def test_look_that_is_not_done_is_found_from_its_deadline_on(minutes: int, late: bool):
    assert found(LOOKED_AT[:1], at=14 * DAY + minutes) == [(LATE, 0)] * late
