"""Verify who somebody is, so that they can do something with lines in their name."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.decision.finding import Check
from lineproof.errors import Conflict, NotPermitted
from lineproof.terms import StaffName, Way
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL = (StaffName(name) for name in ("rhea", "sol"))


def test_holder_is_found_by_their_document(desk: "Desk"):
    registered = desk.register()
    verified = desk.verify_holder()
    assert (verified.decision.verdict, verified.holder) == (Verdict.ACCEPT, registered.holder)
    assert desk.count("Holder") == desk.count("DocumentBinding") == 1
    assert desk.count("Line") == 1


@pytest.mark.parametrize("way", Way)
def test_who_holds_no_line_can_be_verified_by_either_way(desk: "Desk", way: Way):
    verified = desk.verify_holder(desk.present(BO, way=way))
    assert verified.holder == desk.row("Holder").id
    assert desk.count("Line") == desk.count("Custody") == 0


def test_who_is_not_verified_is_nobody(desk: "Desk"):
    from lineproof.registry.flows.verify_holder import verified_holder
    from tests.flows.desk import NOW

    presentation = desk.present(None)
    assert desk.verify_holder(presentation).decision.verdict is Verdict.NOT_VERIFIED
    assert desk.count("Holder") == desk.count("HolderVerification") == 0
    with pytest.raises(NotPermitted, match="Nobody was verified in this session"):
        verified_holder(desk.services, presentation.session, now=NOW)


def test_who_is_referred_is_verified_once_two_people_accept(desk: "Desk"):
    from lineproof.registry.flows.verify_holder import verified_holder
    from tests.flows.desk import NOW

    presentation = desk.present(attended=False)
    referred = desk.verify_holder(presentation)
    assert referred.case is not None
    assert (referred.decision.verdict, referred.holder) == (Verdict.REFER, None)
    with pytest.raises(NotPermitted):
        verified_holder(desk.services, presentation.session, now=NOW)
    desk.accept(referred.case, RHEA, SOL)
    holder = verified_holder(desk.services, presentation.session, now=NOW)
    assert holder == desk.row("Holder").id
    assert desk.row("HolderVerification").decision.people == 2


def test_refused_by_two_people_nobody_is_verified(desk: "Desk"):
    referred = desk.verify_holder(desk.present(attended=False))
    assert referred.case is not None
    desk.refuse(referred.case, RHEA, SOL)
    assert desk.count("HolderVerification") == desk.count("Holder") == 0


@pytest.mark.parametrize(("late", "holds"), [(timedelta(seconds=-1), True), (timedelta(), False)])
def test_verification_holds_for_as_long_as_the_policy_says(desk: "Desk", late: timedelta, holds: bool):
    from lineproof.registry.flows.verify_holder import verified_holder
    from tests.flows.desk import NOW

    session = desk.verified(ALICE)
    then = NOW + timedelta(hours=24) + late
    if holds:
        assert verified_holder(desk.services, session, now=then) == desk.row("Holder").id
    else:
        with pytest.raises(NotPermitted, match="within 24 hours"):
            verified_holder(desk.services, session, now=then)


def test_document_of_two_holders_is_referred(desk: "Desk"):
    from lineproof.registry.models import DocumentBinding

    desk.register()
    binding = DocumentBinding.objects.get()
    other = desk.verify_holder(desk.present(BO)).holder
    binding.pk, binding.holder_id = None, other
    binding.save(force_insert=True)
    verified = desk.verify_holder()
    assert verified.decision.verdict is Verdict.REFER
    assert {finding.check for finding in verified.findings if finding.reason is not None} >= {
        Check.HOLDER_CERTAIN
    }


def test_presentation_that_was_attested_before_is_refused_and_nothing_changes(desk: "Desk"):
    presentation = desk.present()
    desk.verify_holder(presentation)
    before = desk.everything()
    with pytest.raises(Conflict, match="attested already"):
        desk.verify_holder(presentation)
    assert desk.everything() == before
