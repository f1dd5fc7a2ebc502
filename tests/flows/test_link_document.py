"""Link a further document to a holder who is freshly verified with both."""

import uuid
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed, NotFound
from lineproof.terms import SessionId, Way
from tests.fakes.examiner import ANOTHER_PERSON
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO, MALLORY

if TYPE_CHECKING:
    from tests.flows.desk import Desk

BOS_OF_ALICES_BIRTH = replace(BO, born_on=ALICE.born_on)


def test_renewed_passport_is_linked_to_its_holder_who_is_told(desk: "Desk"):
    holder = desk.register().holder
    link = desk.link(ALICE, ALICES_RENEWED)
    assert (link.decision.verdict, link.holder, link.case) == (Verdict.ACCEPT, holder, None)
    assert desk.count("DocumentBinding", holder=holder, contested=False) == 2
    assert [notice.kind for notice in desk.rows("Notice")] == ["line_registered", "document_linked"]


def test_line_asked_for_with_the_linked_passport_is_the_same_holders(desk: "Desk"):
    from tests.flows.desk import a_mobile

    first = desk.register()
    desk.link(ALICE, ALICES_RENEWED)
    assert desk.register(desk.present(ALICES_RENEWED), a_mobile("+999555001002")).holder == first.holder


@pytest.mark.parametrize("way", Way)
def test_either_way_links_alike(desk: "Desk", way: Way):
    desk.register()
    assert desk.link(ALICE, ALICES_RENEWED, way=way).decision.verdict is Verdict.ACCEPT


def test_document_linked_twice_is_bound_once(desk: "Desk"):
    desk.register()
    desk.link(ALICE, ALICES_RENEWED)
    desk.link(ALICE, ALICES_RENEWED)
    assert desk.count("DocumentBinding") == 2


def test_document_of_another_birth_is_referred(desk: "Desk"):
    desk.register()
    link = desk.link(ALICE, BO)
    assert (link.decision.verdict, [reason.code for reason in link.decision.reasons]) == (
        Verdict.REFER,
        [ReasonCode.DOCUMENTS_DISAGREE],
    )
    assert link.case == desk.row("Case").id
    assert desk.count("DocumentBinding") == 1


def test_change_of_name_is_no_obstacle(desk: "Desk"):
    desk.register()
    married = replace(ALICES_RENEWED, surname="OTARRIN")
    assert desk.link(ALICE, married).decision.verdict is Verdict.ACCEPT


def test_unattended_link_is_referred_and_two_people_complete_it(desk: "Desk"):
    from tests.flows.desk import RHEA, SOL

    holder = desk.register().holder
    link = desk.link(ALICE, ALICES_RENEWED, attended=False)
    assert link.decision.verdict is Verdict.REFER
    assert link.case is not None
    review = desk.accept(link.case, RHEA, SOL)
    assert (review.holder, review.line) == (holder, None)
    assert desk.count("DocumentBinding", holder=holder) == 2


def test_face_that_is_not_the_portraits_links_nothing(desk: "Desk"):
    desk.register()
    link = desk.link(ALICE, ALICES_RENEWED, instead=[ANOTHER_PERSON])
    assert link.decision.verdict is Verdict.NOT_VERIFIED
    assert (link.case, desk.count("DocumentBinding"), desk.count("Case")) == (None, 1, 0)


def test_one_of_the_two_documents_failing_is_enough(desk: "Desk"):
    desk.register()
    link = desk.link(ALICE, replace(ALICES_RENEWED, expires_on=date(2026, 6, 30)))
    assert [reason.code for reason in link.decision.reasons] == [ReasonCode.DOCUMENT_EXPIRED]


def test_document_of_another_holder_is_contested_both_are_told_and_nothing_is_taken_away(desk: "Desk"):
    from tests.flows.desk import an_access

    alice = desk.register().holder
    bo = desk.register(desk.present(BOS_OF_ALICES_BIRTH), an_access()).holder
    desk.link(ALICE, BOS_OF_ALICES_BIRTH)
    contested = desk.rows("DocumentBinding")
    assert [(row.holder_id, row.contested) for row in contested] == [
        (alice, False),
        (bo, True),
        (alice, True),
    ]
    told = {notice.holder_id for notice in desk.rows("Notice") if notice.kind == "document_contested"}
    assert told == {alice, bo}
    assert [case.kind for case in desk.rows("Case")] == ["contested_document"]
    assert {line.state for line in desk.rows("Line")} == {"active"}


def test_holder_of_a_contested_document_is_not_guessed(desk: "Desk"):
    from tests.flows.desk import an_access

    desk.register()
    desk.register(desk.present(BOS_OF_ALICES_BIRTH), an_access())
    desk.link(ALICE, BOS_OF_ALICES_BIRTH)
    before = desk.everything()
    with pytest.raises(NotFound, match="one holder"):
        desk.link(BOS_OF_ALICES_BIRTH, replace(ALICES_RENEWED, number="R30030009"))
    assert desk.everything() == before


def test_document_that_nobody_registered_with_links_nothing(desk: "Desk"):
    desk.register()
    before = desk.everything()
    with pytest.raises(NotFound, match="not bound"):
        desk.link(MALLORY, ALICES_RENEWED)
    assert desk.everything() == before


def test_two_sessions_are_not_one(desk: "Desk"):
    from lineproof.registry.flows.link_document import link_document
    from tests.flows.desk import NOW

    desk.register()
    before = desk.everything()
    for first, second in (
        (desk.present(ALICE), desk.present(ALICES_RENEWED)),
        tuple(
            desk.present(passport, way=way, session=SessionId(uuid.UUID(int=1)))
            for passport, way in ((ALICE, Way.FACE), (ALICES_RENEWED, Way.COUNTER))
        ),
    ):
        with pytest.raises(Malformed, match="one session"):
            link_document(desk.services, bound=first, further=second, now=NOW)
    assert desk.everything() == before
