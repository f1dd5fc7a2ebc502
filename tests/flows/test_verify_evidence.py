"""Verify a person's evidence and record the decision; register nothing."""

import uuid
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.errors import Malformed, NotPermitted, Unavailable
from lineproof.terms import SessionId, Way
from tests.fakes.examiner import ANOTHER_PERSON
from tests.fakes.specimens import ALICE, BOS_EXPIRED

if TYPE_CHECKING:
    from tests.flows.desk import Desk

REGISTERED = ("Holder", "Line", "Custody", "DocumentBinding", "Order", "Notice", "Case")


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("attended", "verdict"), [(True, Verdict.ACCEPT), (False, Verdict.REFER)], ids=["attended", "alone"]
)
def test_verification_says_what_registration_would(desk: "Desk", way: Way, attended: bool, verdict: Verdict):
    done = desk.verify(desk.present(way=way, attended=attended))
    assert done.decision.verdict is verdict
    assert desk.register(desk.present(way=way, attended=attended)).decision.verdict is verdict


@pytest.mark.parametrize("case", ["accepted", "not verified", "referred"])
def test_decision_is_recorded_and_nothing_registered(desk: "Desk", case: str):
    presentation = {
        "accepted": desk.present,
        "not verified": lambda: desk.present(BOS_EXPIRED),
        "referred": lambda: desk.present(attended=False),
    }[case]()
    done = desk.verify(presentation)
    row = desk.row("Decision")
    assert (row.outcome, row.session) == (done.decision.verdict.value, presentation.session)
    assert row.reasons.count() == len(done.decision.reasons)
    assert row.findings.count() == len(done.findings)
    assert {table: desk.count(table) for table in REGISTERED} == dict.fromkeys(REGISTERED, 0)
    assert desk.network.orders == []


def test_record_is_not_asked_whose_document_it_is(desk: "Desk"):
    """Caps and holders are no part of a verification: it says the same before and after registering."""
    from tests.flows.desk import a_mobile

    for number in ("+999555001001", "+999555001002"):
        desk.register(desk.present(), a_mobile(number))
    assert desk.verify(desk.present(ALICE)).decision.verdict is Verdict.ACCEPT


def test_face_of_another_is_not_verified_however_attested(desk: "Desk"):
    assert desk.verify(desk.present(instead=[ANOTHER_PERSON])).decision.verdict is Verdict.NOT_VERIFIED


def test_wrong_attestation_leaves_nothing(desk: "Desk"):
    presentation = desk.attest(desk.present(attended=False), session=SessionId(uuid.uuid4()))
    before = desk.everything()
    with pytest.raises(NotPermitted):
        desk.verify(presentation)
    assert desk.everything() == before


def test_what_the_booth_cannot_take_leaves_nothing(desk: "Desk"):
    presentation = desk.present(no_image=desk.booth.photograph_that_is_none())
    before = desk.everything()
    with pytest.raises(Malformed):
        desk.verify(presentation)
    assert desk.everything() == before


def test_process_without_a_booth_verifies_nobody(desk: "Desk"):
    from dataclasses import replace

    from lineproof.wiring import NoBooth

    desk.services = replace(desk.services, examiner=NoBooth())
    before = desk.everything()
    with pytest.raises(Unavailable, match="no booth"):
        desk.verify(desk.present())
    assert desk.everything() == before
