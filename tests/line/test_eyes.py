"""What people decide together: as many as it takes, each once, and somebody left for the appeal."""

import pytest

from lineproof.errors import NotPermitted
from lineproof.line.eyes import Vote, add_vote, agreed, refuse_too_few, refuse_unheard
from lineproof.terms import StaffName

RHEA, SOL, TOVE, UMA = (StaffName(name) for name in ("rhea", "sol", "tove", "uma"))


def votes(*given: tuple[StaffName, str]) -> tuple[Vote, ...]:
    return tuple(Vote(person, choice) for person, choice in given)


@pytest.mark.parametrize("eyes", [2, 3])
def test_it_is_decided_by_as_many_as_it_takes_and_not_by_one_fewer(eyes: int):
    given = votes((RHEA, "do"), (SOL, "leave"), (TOVE, "do"), (UMA, "do"))
    most = {2: 3, 3: 4}[eyes]
    assert agreed(given[: most - 1], eyes=eyes) is None
    decided = agreed(given[:most], eyes=eyes)
    assert decided is not None
    assert decided.by == (RHEA, TOVE, UMA)[:eyes]


def test_of_one_person_the_first_opinion_counts():
    assert agreed(votes((RHEA, "do"), (RHEA, "do"))) is None
    with pytest.raises(NotPermitted, match="rhea has already given an opinion"):
        add_vote(votes((RHEA, "do")), Vote(RHEA, "do"))


def test_nothing_is_added_to_what_is_decided():
    given = votes((RHEA, "do"), (SOL, "do"))
    with pytest.raises(NotPermitted, match="already decided"):
        add_vote(given, Vote(TOVE, "do"))
    assert len(add_vote(given, Vote(TOVE, "do"), eyes=3)) == 3


@pytest.mark.parametrize("eyes", [2, 3])
def test_there_must_be_one_more_than_decide(eyes: int):
    refuse_too_few(eyes + 1, eyes=eyes)
    with pytest.raises(NotPermitted, match=f"There are {eyes} reviewers here who may decide"):
        refuse_too_few(eyes, eyes=eyes)


def test_somebody_must_be_left_who_had_no_part_in_it():
    refuse_unheard({RHEA, SOL, TOVE}, {RHEA, SOL, UMA})
    with pytest.raises(NotPermitted, match="nobody could hear the appeal"):
        refuse_unheard({RHEA, SOL, TOVE}, {RHEA, SOL, TOVE})
