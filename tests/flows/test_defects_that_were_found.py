"""Defects that were found in the flows, each with the test that showed it."""

import copy
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.decision.finding import Check
from lineproof.decision.policy import parse_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, Unavailable
from lineproof.line.case import Opinion
from lineproof.terms import SessionId, StaffName, StaffRole
from tests.fakes.examiner import UNSURELY_READ
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk


def test_check_done_for_one_document_does_not_count_for_the_other(desk: "Desk"):
    from lineproof.registry.flows.link_document import link_document
    from tests.flows.desk import NOW

    desk.register()
    session = SessionId(uuid.uuid4())
    bound = desk.present(ALICE, session=session, without=[Check.SAME_PERSON])
    further = desk.present(ALICES_RENEWED, session=session)
    assert (
        link_document(desk.services, bound=bound, further=further, now=NOW).decision.verdict is Verdict.REFER
    )


def test_linking_a_document_to_itself_is_no_fault_of_the_record(desk: "Desk"):
    from lineproof.registry.flows.link_document import link_document
    from tests.flows.desk import NOW

    desk.register()
    same = desk.present()
    with pytest.raises((Malformed, Conflict)):
        link_document(desk.services, bound=same, further=same, now=NOW)  # raises django IntegrityError


def test_linked_document_with_another_holders_unique_number_opens_a_case(desk: "Desk"):
    from tests.flows.desk import an_access

    content = copy.deepcopy(dict(desk.services.policy.content))
    content["documents"]["unique_personal_number"] = ["UTO"]
    desk.services = replace(desk.services, policy=parse_policy(content))
    desk.register(desk.present(replace(ALICE, personal_number="X1")))
    desk.register(desk.present(replace(BO, personal_number="Y2", born_on=ALICE.born_on)), an_access())
    link = desk.link(replace(ALICE, personal_number="X1"), replace(ALICES_RENEWED, personal_number="Y2"))
    assert link.decision.verdict is Verdict.REFER or desk.count("Case") == 1


def test_erased_holders_order_does_not_stop_the_others(desk: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy
    from tests.flows.desk import an_access

    desk.network.down = True
    done = desk.register()
    desk.network.down = False
    destroy(done.holder, Retention.LINE)
    assert desk.register(desk.present(BO), an_access()).line is not None  # raises NotFound, after the commit


def test_order_of_an_unknown_state_cannot_be_written(desk: "Desk"):
    from django.db import IntegrityError

    desk.network.down = True
    desk.register()
    order = desk.row("Order")
    order.state = "on_weekdays"
    with pytest.raises(IntegrityError, match="order_state_is_known"):
        order.save()


def test_session_that_was_attested_before_is_a_conflict(desk: "Desk"):
    from tests.flows.desk import a_mobile

    presentation = desk.present()
    desk.register(presentation)
    with pytest.raises(Conflict):
        desk.register(presentation, a_mobile("+999555001002"))  # raises django IntegrityError


def test_destroyed_key_is_gone_from_the_files_too(desk: "Desk"):
    from tests.flows.desk import RHEA, SOL

    case = desk.referred()
    wrapped = bytes(desk.row("DataKey", subject=case).wrapped)
    desk.accept(case, RHEA, SOL)
    assert wrapped not in desk.raw_files()  # still in the write-ahead log, and the vault opens it


@pytest.mark.parametrize("key", [None, b"", bytes(31), bytes(33)])
def test_agent_without_a_key_of_32_bytes_is_malformed(desk: "Desk", key):
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    with pytest.raises(Malformed):
        enrol_staff(desk.services, StaffName("bea"), StaffRole.AGENT, public_key=key, now=NOW)


def test_finding_with_a_reason_outside_the_catalogue_is_refused(desk: "Desk"):
    from django.db import IntegrityError, transaction

    from lineproof.registry.models import DecisionFinding

    desk.register()
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionFinding.objects.create(
            decision=desk.rows("Decision")[0], check_name="live", outcome="fail", reason="x", measures={}
        )


def test_case_that_cannot_be_accepted_is_returned_and_nobody_is_refused(desk: "Desk"):
    from tests.flows.desk import RHEA, SOL

    case = desk.referred(desk.present(instead=[UNSURELY_READ]))
    review = desk.return_(case, RHEA, SOL, reason=ReasonCode.DOCUMENT_READ_UNSURE)
    assert review.settlement is not None
    assert review.settlement.opinion is Opinion.RETURN
    assert review.line is None
    assert desk.row("Case").state == "returned"
    assert desk.count("Decision", outcome="returned_by_people", people=2) == 1
    assert desk.count("DataKey", subject=case) == 0


def test_head_whose_kept_range_was_changed_is_found(desk: "Desk"):
    from lineproof.registry import models
    from lineproof.registry.queries.log import read_log_end, verify_log

    desk.register()
    end = read_log_end()
    roots = bytes(32 * len(end.roots))
    models.TreeHead.objects.create(size=end.size, root_hash=end.root(), range_roots=roots)
    assert verify_log().problems


def test_referral_without_a_document_is_an_error_and_changes_nothing(desk: "Desk"):
    before = desk.everything()
    with pytest.raises(Unavailable):
        desk.register(desk.present(None, without=[Check.DOCUMENT_READ]))
    assert desk.everything() == before
