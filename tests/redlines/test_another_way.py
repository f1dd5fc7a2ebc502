"""A face is never the only way: every face step has a sibling with the same outcome, offered up front."""

from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.decision.finding import Check
from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.face.quality import QUALITY_CHECKS
from lineproof.terms import Procedure, Way
from tests.fakes.specimens import ALICE, ALICES_RENEWED

if TYPE_CHECKING:
    from tests.flows.desk import Desk

OF_A_FACE = {
    *(Check.EVIDENCE_DISTINCT, Check.PORTRAIT_FOUND, Check.PORTRAIT_ORIGINAL, *QUALITY_CHECKS),
    *(Check.ONE_FACE, Check.SAME_PERSON, Check.LIVE, Check.PASSIVE_LIVENESS),
}
NOT_OF_A_FACE = {
    *(
        Check.DOCUMENT_READ,
        Check.ONE_DOCUMENT,
        Check.CHECK_DIGITS,
        Check.DOCUMENT_ACCEPTED,
        Check.DOCUMENT_IN_DATE,
    ),
    *(Check.PRINTED_NAME_AGREES, Check.PRINTED_NUMBER_AGREES, Check.PRINTED_DATES_AGREE),
    Check.BARCODE_AGREES,
    *(Check.DOCUMENT_GENUINE, Check.HOLDER_PRESENT, Check.HOLDER_CERTAIN, Check.WITHIN_CAP),
    Check.ADULT_BY_DOCUMENT,
}
ABOUT_A_FACE = {
    *(ReasonCode.SAME_IMAGE_TWICE, ReasonCode.PORTRAIT_NOT_FOUND, ReasonCode.NO_FACE, ReasonCode.TWO_FACES),
    *(code for code in ReasonCode if code.value.startswith("capture_")),
    *(ReasonCode.FACE_NOT_MATCHED, ReasonCode.FACE_MATCH_UNSURE),
    *(ReasonCode.PORTRAIT_MAY_BE_REPLACED, ReasonCode.PORTRAIT_NOT_EXAMINED),
    *(ReasonCode.NOT_PROVEN_LIVE, ReasonCode.CHALLENGE_NOT_CURRENT, ReasonCode.CHALLENGE_NOT_SEEN),
    *(ReasonCode.CHALLENGE_NOT_FOLLOWED, ReasonCode.FACE_CHANGED, ReasonCode.PASSIVE_LIVENESS_UNSURE),
}


def asks_for_a_face(checks: frozenset[Check]) -> bool:
    """Tell whether a way or a procedure needs a face."""
    return bool(checks & OF_A_FACE)


@pytest.mark.parametrize("name", policy_names())
def test_every_pack_has_a_way_without_a_face(name: str):
    policy = shipped_policy(name)
    assert asks_for_a_face(policy.required[Way.FACE])
    assert [way for way in Way if not asks_for_a_face(policy.required[way])] == [Way.COUNTER]


@pytest.mark.parametrize("name", policy_names())
@pytest.mark.parametrize("procedure", Procedure)
def test_no_procedure_adds_a_face_to_a_way_without_one(name: str, procedure: Procedure):
    assert not asks_for_a_face(shipped_policy(name).required_besides[procedure])


@pytest.mark.parametrize("name", policy_names())
def test_counter_asks_nothing_of_the_document_that_the_face_way_does_not(name: str):
    policy = shipped_policy(name)
    assert policy.required[Way.COUNTER] - policy.required[Way.FACE] == {Check.HOLDER_PRESENT}


@pytest.mark.parametrize(
    "code", sorted(ABOUT_A_FACE, key=lambda code: code.value), ids=lambda code: code.value
)
def test_every_reason_about_a_face_offers_a_way_without_one(code: ReasonCode):
    assert set(CATALOGUE[code].other_ways) - {Way.FACE}


def test_every_reason_whose_words_are_about_a_face_is_among_them():
    def speaks_of_one(reason: Reason) -> bool:
        words = f"{reason.code.value} {reason.says}".lower()
        return any(word in words for word in ("face", "portrait", "capture", "person is present", "live"))

    speaking = {code for code, reason in CATALOGUE.items() if speaks_of_one(reason)}
    assert speaking <= ABOUT_A_FACE
    assert len(speaking) >= 7


def test_every_check_of_a_face_is_named_here():
    """A new check is put on one side or the other, by whoever adds it."""
    assert set(Check) == OF_A_FACE | NOT_OF_A_FACE
    assert not OF_A_FACE & NOT_OF_A_FACE
    face_words = ("face", "portrait", "capture", "head", "eye", "person", "live", "evidence_distinct")
    assert not [check for check in NOT_OF_A_FACE if any(word in check.value for word in face_words)]


def test_same_request_through_the_counter_ends_as_by_face(desk: "Desk"):
    """The flow table: each procedure by each way, with everything else the same."""
    from django.core.management import call_command

    from tests.flows.desk import NOW, RHEA, SOL, Desk

    ended = {}
    for way in Way:
        call_command("flush", verbosity=0, interactive=False)
        fresh = Desk.opened(desk.services, desk.booth.folder)
        verified = fresh.verify(fresh.present(way=way))
        registered = fresh.register(fresh.present(way=way))
        linked = fresh.link(ALICE, ALICES_RENEWED, way=way)
        alone = fresh.register(fresh.present(way=way, attended=False), other_request())
        assert alone.case is not None
        reviewed = fresh.accept(alone.case, RHEA, SOL)
        ended[way] = (
            [done.decision.verdict for done in (verified, registered, linked, alone)],
            reviewed.holder == registered.holder,
            sorted((line.kind, line.state) for line in fresh.rows("Line")),
            [(order.state.value, order.iccid) for order in fresh.network.orders],
            sorted(notice.kind for notice in fresh.rows("Notice")),
            {table: fresh.count(table) for table in ("Holder", "DocumentBinding", "Custody", "Case")},
            {row.decided_at for row in fresh.rows("Decision")} == {NOW},
        )
    assert ended[Way.FACE] == ended[Way.COUNTER]
    assert ended[Way.COUNTER][0] == [Verdict.ACCEPT, Verdict.ACCEPT, Verdict.ACCEPT, Verdict.REFER]


def test_who_came_by_face_may_go_on_at_the_counter(desk: "Desk"):
    from tests.flows.desk import a_mobile

    by_face = desk.register()
    at_counter = desk.register(desk.present(way=Way.COUNTER), a_mobile("+999555001002"))
    assert at_counter.holder == by_face.holder


def other_request():
    """Ask for an internet access."""
    from tests.flows.desk import an_access

    return an_access("alice.abelard")


def test_looking_finds_a_way_that_needs_a_face():
    """The control."""
    assert asks_for_a_face(frozenset({Check.DOCUMENT_READ, Check.LIVE}))
    assert not asks_for_a_face(frozenset(Check) - OF_A_FACE)
