"""Settle a case of a document that two holders presented, or of two holders who may be one person."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.appeal import AppealKind, AppealReason, AppealState
from lineproof.line.case import Whose
from lineproof.terms import CaseId, StaffName
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, BO
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL, TOVE = (StaffName(name) for name in ("rhea", "sol", "tove"))
SOON = timedelta(minutes=30)


@pytest.fixture
def alike(desk: "Desk") -> CaseId:
    """The case of Alice and her namesake, who hold a line each."""
    from tests.flows.desk import a_mobile

    desk.register()
    desk.register(desk.present(ALICES_NAMESAKE), a_mobile("+999555001002"))
    return CaseId(desk.row("Case").id)


@pytest.fixture
def contested(desk: "Desk") -> CaseId:
    """The case of Bo's passport, which Alice linked to herself."""
    from tests.flows.desk import a_mobile, an_access

    desk.register(desk.present(BO), an_access())
    desk.register(desk.present(ALICE), a_mobile())
    case = desk.link(ALICE, BO).case
    assert case is not None
    desk.accept(case, RHEA, SOL)
    return CaseId(desk.row("Case", kind="contested_document").id)


def say(desk: "Desk", case: CaseId, whose: Whose, *reviewers: StaffName, holder=None):
    """Have reviewers give an opinion, and give what the last one led to."""
    from lineproof.registry.flows.settle_identity import WhoseOpinion, settle_identity
    from tests.flows.desk import NOW

    return [
        settle_identity(desk.services, case, WhoseOpinion(who, whose, holder), now=NOW) for who in reviewers
    ][-1]


def holder_of(desk: "Desk", kind: str):
    return desk.row("Custody", line__kind=kind).holder_id


@pytest.mark.parametrize(
    ("whose", "state"), [(Whose.AS_THEY_ARE, "accepted"), (Whose.COME_AND_SHOW, "returned")]
)
def test_two_who_agree_settle_it_and_both_holders_are_told(
    desk: "Desk", alike: CaseId, whose: Whose, state: str
):
    from tests.flows.desk import NOW

    assert say(desk, alike, whose, RHEA) is None
    assert say(desk, alike, whose, SOL) is whose
    assert desk.row("Case").state == state
    assert desk.count("Notice", kind="document_settled") == 2
    assert desk.count("Holder") == desk.count("Line") == 2
    assert monitored(desk, at=NOW + SOON).findings == ()


def test_one_person_does_not_settle_it_and_two_who_disagree_do_not(desk: "Desk", alike: CaseId):
    say(desk, alike, Whose.AS_THEY_ARE, RHEA)
    with pytest.raises(NotPermitted, match="rhea has already"):
        say(desk, alike, Whose.COME_AND_SHOW, RHEA)
    assert say(desk, alike, Whose.COME_AND_SHOW, SOL) is None
    assert desk.row("Case").state == "open"
    assert say(desk, alike, Whose.COME_AND_SHOW, TOVE) is Whose.COME_AND_SHOW


def test_document_that_is_one_holders_is_not_the_others_any_more_and_lines_stay(
    desk: "Desk", contested: CaseId
):
    from tests.flows.desk import NOW

    bo, lines = holder_of(desk, "fixed"), [row.state for row in desk.rows("Line")]
    assert say(desk, contested, Whose.ONE_HOLDERS, RHEA, SOL, holder=bo) is Whose.ONE_HOLDERS
    ended = [row.holder_id for row in desk.rows("DocumentBinding") if row.ended_at is not None]
    assert ended == [holder_of(desk, "mobile")]
    assert desk.count("DocumentBinding", contested=True, ended_at=None) == 0
    assert [row.state for row in desk.rows("Line")] == lines
    assert desk.verify_holder(desk.present(BO)).holder == bo
    assert monitored(desk, at=NOW + SOON).findings == ()


def test_document_that_was_settled_is_not_linked_again_by_the_other(desk: "Desk", contested: CaseId):
    say(desk, contested, Whose.ONE_HOLDERS, RHEA, SOL, holder=holder_of(desk, "fixed"))
    case = desk.link(ALICE, BO).case
    assert case is not None
    with pytest.raises(Conflict, match="another holder's"):
        desk.accept(case, RHEA, SOL)


def test_appeal_that_is_overturned_makes_it_contested_again(desk: "Desk", contested: CaseId):
    from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal
    from tests.flows.desk import NOW

    say(desk, contested, Whose.ONE_HOLDERS, RHEA, SOL, holder=holder_of(desk, "fixed"))
    appeal = open_appeal(desk.services, AppealKind.CASE, contested, now=NOW)
    with pytest.raises(NotPermitted, match="rhea had a part"):
        hear_appeal(desk.services, appeal, RHEA, AppealReason.DECIDED_WRONGLY, now=NOW)
    heard = hear_appeal(desk.services, appeal, TOVE, AppealReason.DECIDED_WRONGLY, now=NOW)
    assert heard is AppealState.OVERTURNED
    assert desk.count("DocumentBinding", contested=True, ended_at=None) == 2
    assert monitored(desk, at=NOW + SOON).findings == ()


def test_with_fewer_than_three_reviewers_nothing_is_taken_from_anybody(desk: "Desk", contested: CaseId):
    desk.row("Staff", name="tove").delete()
    with pytest.raises(NotPermitted, match="it takes 3"):
        say(desk, contested, Whose.ONE_HOLDERS, RHEA, holder=holder_of(desk, "fixed"))
    assert say(desk, contested, Whose.COME_AND_SHOW, RHEA, SOL) is Whose.COME_AND_SHOW


def test_opinion_that_cannot_be_is_refused_and_changes_nothing(desk: "Desk", alike: CaseId):
    before = desk.everything()
    stranger = uuid.uuid4()
    with pytest.raises(Malformed, match="A holder is named where"):
        say(desk, alike, Whose.ONE_HOLDERS, RHEA)
    with pytest.raises(Malformed, match="no document is contested"):
        say(desk, alike, Whose.ONE_HOLDERS, RHEA, holder=stranger)
    with pytest.raises(NotFound, match="no such case"):
        say(desk, CaseId(stranger), Whose.AS_THEY_ARE, RHEA)
    with pytest.raises(NotFound, match="no reviewer named ada"):
        say(desk, alike, Whose.AS_THEY_ARE, StaffName("ada"))
    assert desk.everything() == before


def test_holder_who_is_none_of_the_cases_is_refused(desk: "Desk", contested: CaseId):
    with pytest.raises(Malformed, match="none of the case's"):
        say(desk, contested, Whose.ONE_HOLDERS, RHEA, holder=uuid.uuid4())


def test_settled_case_is_not_settled_again_and_a_referral_not_here(desk: "Desk", alike: CaseId):
    from tests.flows.desk import an_access

    say(desk, alike, Whose.AS_THEY_ARE, RHEA, SOL)
    with pytest.raises(Conflict, match="already settled"):
        say(desk, alike, Whose.AS_THEY_ARE, TOVE)
    with pytest.raises(Conflict, match="is a referral"):
        say(desk, desk.referred(desk.present(BO, attended=False), an_access()), Whose.AS_THEY_ARE, RHEA)


def test_case_of_which_an_earlier_release_did_not_note_the_holders_can_be_settled(
    desk: "Desk", alike: CaseId
):
    from tests.flows.desk import NOW

    for row in desk.rows("CaseParty"):
        row.delete()
    assert say(desk, alike, Whose.AS_THEY_ARE, RHEA, SOL) is Whose.AS_THEY_ARE
    assert monitored(desk, at=NOW + SOON).findings == ()


def test_erased_holder_is_not_named_by_a_case(desk: "Desk", alike: CaseId):
    from tests.flows.desk import NOW

    first = desk.rows("Holder")[0].id
    desk.end_lines(first, until=NOW + timedelta(seconds=1))
    desk.erase(first, now=NOW + timedelta(days=400))
    assert desk.count("CaseParty", holder=first) == 0
    assert say(desk, alike, Whose.AS_THEY_ARE, RHEA, SOL) is Whose.AS_THEY_ARE
