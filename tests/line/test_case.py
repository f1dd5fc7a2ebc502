"""Who may decide a referred case, and when it is decided."""

from itertools import product

import pytest

from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed, NotPermitted
from lineproof.line.case import Opinion, ReviewerOpinion, add_opinion, settle
from lineproof.terms import StaffName

REVIEWERS = [StaffName(name) for name in ("rhea", "sol", "tove", "ude")]
WHY = ReasonCode.DOCUMENT_CONTESTED


def accepts(name: str = "rhea") -> ReviewerOpinion:
    """Build an acceptance."""
    return ReviewerOpinion(StaffName(name), Opinion.ACCEPT, None)


def refuses(name: str = "rhea", reason: ReasonCode = WHY) -> ReviewerOpinion:
    """Build a refusal."""
    return ReviewerOpinion(StaffName(name), Opinion.REFUSE, reason)


def test_refusal_without_a_reason_cannot_be_given():
    with pytest.raises(Malformed, match="reason"):
        ReviewerOpinion(REVIEWERS[0], Opinion.REFUSE, None)


def test_acceptance_has_no_reason():
    with pytest.raises(Malformed, match="reason"):
        ReviewerOpinion(REVIEWERS[0], Opinion.ACCEPT, WHY)


@pytest.mark.parametrize("length", range(5))
def test_case_is_decided_by_the_first_two_of_one_opinion_whatever_the_order(length: int):
    """Every sequence of up to four opinions, each added as the rule allows it."""
    for sequence in product(Opinion, repeat=length):
        given: tuple[ReviewerOpinion, ...] = ()
        for place, opinion in enumerate(sequence):
            new = ReviewerOpinion(REVIEWERS[place], opinion, None if opinion is Opinion.ACCEPT else WHY)
            if settle(given) is not None:
                with pytest.raises(NotPermitted, match="already decided"):
                    add_opinion(given, new)
                break
            given = add_opinion(given, new)
        counts = {opinion: [o.reviewer for o in given if o.opinion is opinion] for opinion in Opinion}
        settled = settle(given)
        if all(len(reviewers) < 2 for reviewers in counts.values()):
            assert settled is None
            continue
        assert settled is not None
        assert list(settled.by) == counts[settled.opinion]
        assert len(settled.by) == 2
        assert given[-1].opinion is settled.opinion
        assert settled.reasons == (() if settled.opinion is Opinion.ACCEPT else (WHY,))
        assert len(given) <= 1 + len(Opinion)


def test_one_opinion_decides_nothing():
    assert settle([accepts()]) is None
    assert settle([refuses()]) is None


def test_disagreement_waits_for_a_third():
    assert settle([accepts("rhea"), refuses("sol")]) is None
    settled = settle([accepts("rhea"), refuses("sol"), refuses("tove")])
    assert settled is not None
    assert (settled.opinion, settled.by) == (Opinion.REFUSE, (StaffName("sol"), StaffName("tove")))


@pytest.mark.parametrize("second", [accepts("rhea"), refuses("rhea")])
def test_second_opinion_of_the_same_person_is_not_permitted(second: ReviewerOpinion):
    with pytest.raises(NotPermitted, match="rhea has already given"):
        add_opinion([accepts("rhea")], second)


def test_refusal_by_two_names_both_reasons_each_once():
    other = ReasonCode.DOCUMENTS_DISAGREE
    both = settle([refuses("rhea", WHY), refuses("sol", other)])
    same = settle([refuses("rhea", WHY), refuses("sol", WHY)])
    assert both is not None
    assert same is not None
    assert (both.reasons, same.reasons) == ((WHY, other), (WHY,))


def test_opinion_of_the_minority_is_not_among_the_reasons():
    settled = settle([refuses("rhea"), accepts("sol"), accepts("tove")])
    assert settled is not None
    assert (settled.opinion, settled.reasons) == (Opinion.ACCEPT, ())


def test_two_opinions_of_one_reviewer_are_not_two_people():
    same = ReviewerOpinion(StaffName("rhea"), Opinion.ACCEPT, None)
    assert settle([same, same]) is None
