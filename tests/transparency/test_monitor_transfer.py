"""A log shows whether a line changed hands by the wish of both, in their time, and whether both were told."""

from dataclasses import replace

import pytest

from tests.transparency.monitored import (
    AGREED,
    DAY,
    EXPIRED,
    OFFER,
    SURRENDERED,
    TAKEN_BACK,
    TRANSFERRED,
    Act,
)
from tests.transparency.test_monitor import but, found, kinds, less

RULE, LATE = "transfer_of_both", "deadline_kept"
OFFERED, (ACCEPTED,), (DONE,) = (
    1,
    kinds(TRANSFERRED, "transfer_accepted"),
    kinds(TRANSFERRED, "line_transferred"),
)


def broken(acts: list[Act]) -> set[str]:
    return {rule for rule, _ in found(acts)}


@pytest.mark.parametrize("acts", [OFFER, AGREED, TRANSFERRED, TAKEN_BACK, EXPIRED])
def test_transfer_by_the_rules_is_found_to_be_one_however_far_it_came(acts: list[Act]):
    assert found(acts, at=3 * DAY) == []


@pytest.mark.parametrize(("acts", "due"), [(OFFER, 3 * DAY), (AGREED, 2 * DAY)])
@pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
def test_transfer_that_is_not_completed_or_ended_within_a_day_is_found_to_be_late(
    acts: list[Act], due: int, minutes: int, late: bool
):
    assert found(acts, at=due + DAY + minutes) == [(LATE, len(acts) - 1)] * late


@pytest.mark.parametrize(
    ("acts", "due", "since"), [(TRANSFERRED, 2 * DAY, ACCEPTED), (EXPIRED, 3 * DAY, OFFERED)]
)
@pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
def test_transfer_that_is_completed_or_ended_late_is_found(
    acts: list[Act], due: int, since: int, minutes: int, late: bool
):
    then = due + DAY + minutes
    acts = [replace(act, at=then) if at > since else act for at, act in enumerate(acts)]
    assert found(acts) == [(LATE, len(acts) - 1)] * late


def test_transfer_that_is_taken_back_late_is_not():
    acts = [replace(act, at=20 * DAY) if at > ACCEPTED else act for at, act in enumerate(TAKEN_BACK)]
    assert found(acts) == []


@pytest.mark.parametrize("early", [1, DAY])
def test_line_that_changes_hands_before_the_time_to_think_is_over_is_found(early: int):
    acts = [replace(act, at=2 * DAY - early) if at > ACCEPTED else act for at, act in enumerate(TRANSFERRED)]
    assert found(acts) == [(RULE, DONE)]


def test_line_that_changes_hands_without_acceptance_is_found():
    assert (RULE, 4) in found([*OFFER, *TRANSFERRED[ACCEPTED + 1 :]])


def test_line_that_changes_hands_after_its_transfer_ended_is_found():
    acts = [*but(TAKEN_BACK, len(TAKEN_BACK) - 1, stage="under_way"), *TRANSFERRED[ACCEPTED + 1 :]]
    assert found(acts) == [(RULE, len(acts) - 1)]
    assert RULE in broken([*TAKEN_BACK, *TRANSFERRED[ACCEPTED + 1 :]])


def test_offer_without_an_end_and_a_second_one_are_found():
    assert found(but(OFFER, OFFERED, due_at=None)) == [(RULE, OFFERED)]
    assert found([*OFFER, OFFER[OFFERED]], at=DAY) == [(RULE, 2)]


def test_acceptance_of_nothing_too_late_or_without_time_to_think_is_found():
    assert (RULE, 2) in found(AGREED[2:])
    late = [*OFFER, *(replace(act, at=3 * DAY + 1, due_at=5 * DAY) for act in AGREED[2:])]
    assert found(late, at=5 * DAY) == [(RULE, ACCEPTED)]
    assert (RULE, ACCEPTED) in found(but(AGREED, ACCEPTED, due_at=None))
    assert (RULE, ACCEPTED) in found(but(AGREED, ACCEPTED, due_at=DAY - 1))


@pytest.mark.parametrize("index", [ACCEPTED, DONE])
def test_answer_to_another_deadline_is_found(index: int):
    assert found(but(TRANSFERRED, index, answers=9 * DAY)) == [(RULE, index)]


@pytest.mark.parametrize(
    ("acts", "outcome"),
    [(EXPIRED, "by_receiver"), (EXPIRED, "refused"), (TAKEN_BACK, "expired"), (TAKEN_BACK, "")],
)
def test_end_for_a_reason_that_cannot_be_is_found(acts: list[Act], outcome: str):
    last = len(acts) - 1
    assert (RULE, last) in found(but(acts, last, outcome=outcome))


def test_end_of_nothing_and_offer_said_to_be_over_before_it_is_are_found():
    assert (RULE, 0) in found([Act("transfer_ended", outcome="by_giver", stage="ended")])
    last = len(EXPIRED) - 1
    early = but(but(EXPIRED, last, at=3 * DAY - 1), last - 1, at=3 * DAY - 1)
    assert found(early) == [(RULE, last)]
    assert found(but(EXPIRED, last, answers=DAY)) == [(RULE, last)]


@pytest.mark.parametrize(
    ("acts", "outcome"),
    [(TRANSFERRED, "line_transferred"), (TRANSFERRED, "transfer_accepted"), (TAKEN_BACK, "transfer_ended")],
)
def test_party_who_is_not_told_is_found_although_the_other_is(acts: list[Act], outcome: str):
    notice = next(at for at, act in enumerate(acts) if act.outcome == outcome)
    assert broken(less(acts, notice)) == {"holder_told"}


def test_giver_who_is_not_told_of_an_offer_or_of_giving_a_line_up_is_found():
    assert found(less(OFFER, 0), at=DAY) == [("holder_told", 0)]
    assert broken(less(EXPIRED, 2)) == {"holder_told"}
    assert broken(less(SURRENDERED, 0)) == {"holder_told"}
