"""Two people decide a referred case, each without knowing the other's opinion."""

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.terms import CaseId, StaffName
from tests.fakes.examiner import UNSURELY_READ
from tests.fakes.specimens import ALICES_NAMESAKE

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL, TOVE = (StaffName(name) for name in ("rhea", "sol", "tove"))


def test_one_opinion_decides_nothing(desk: "Desk"):
    for decide in (desk.accept, desk.refuse):
        case = desk.referred()
        assert decide(case, RHEA).settlement is None
        assert desk.row("Case", id=case).state == "open"
    assert (desk.count("Line"), desk.count("Decision")) == (0, 2)


def test_two_who_accept_register_the_line_and_switch_it_on(desk: "Desk"):
    case = desk.referred()
    review = desk.accept(case, RHEA, SOL)
    assert review.settlement is not None
    assert review.settlement.by == (RHEA, SOL)
    line, custody = desk.row("Line"), desk.row("Custody")
    assert (line.id, line.state) == (review.line, "active")
    assert (custody.holder_id, desk.row("Case").state) == (review.holder, "accepted")
    decision = desk.row("Decision", outcome="accepted_by_people")
    assert (decision.people, decision.reasons.count()) == (2, 0)


def test_line_by_review_is_the_same_as_by_machine(desk: "Desk"):
    """Alice alone at home, accepted by two, is known again at the counter with the same passport."""
    from tests.flows.desk import a_mobile

    review = desk.accept(desk.referred(), RHEA, SOL)
    assert desk.register(desk.present(), a_mobile("+999555001002")).holder == review.holder


@pytest.mark.parametrize("decide", ["accept", "refuse"])
def test_decided_case_keeps_no_application_and_no_key_to_one(desk: "Desk", decide: str):
    case = desk.referred()
    sealed = bytes(desk.row("Case").sealed_application)
    assert desk.count("DataKey", subject=case, retention="case") == 1
    getattr(desk, decide)(case, RHEA, SOL)
    assert desk.row("Case").sealed_application is None
    assert desk.count("DataKey", subject=case) == 0
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    with pytest.raises(NotFound, match="erased"):
        unseal(
            desk.services.keys,
            sealed,
            subject=case,
            retention=Retention.CASE,
            place="case.sealed_application",
        )


def test_undecided_case_keeps_its_application_sealed(desk: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    case = desk.referred()
    desk.accept(case, RHEA)
    sealed = bytes(desk.row("Case").sealed_application)
    place = "case.sealed_application"
    application = unseal(desk.services.keys, sealed, subject=case, retention=Retention.CASE, place=place)
    assert application["surname"] == "ABELARD"
    assert b"ABELARD" not in sealed


def test_two_who_refuse_name_their_reasons_and_nothing_is_registered(desk: "Desk"):
    case = desk.referred()
    desk.refuse(case, RHEA, reason=ReasonCode.NOT_PROVEN_LIVE)
    review = desk.refuse(case, SOL, reason=ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE)
    assert (review.holder, review.line) == (None, None)
    decision = desk.row("Decision", outcome="refused_by_people")
    assert decision.people == 2
    assert {reason.code for reason in decision.reasons.all()} == {
        "not_proven_live",
        "document_not_proven_genuine",
    }
    assert (desk.row("Case").state, desk.count("Line"), desk.count("Holder")) == ("refused", 0, 0)


def test_person_refused_may_apply_again(desk: "Desk"):
    """No list is kept: a refusal is about this application, not about the person."""
    desk.refuse(desk.referred(), RHEA, SOL)
    assert desk.register().line is not None


def test_disagreement_waits_for_a_third(desk: "Desk"):
    case = desk.referred()
    desk.accept(case, RHEA)
    assert desk.refuse(case, SOL).settlement is None
    assert desk.row("Case").state == "open"
    review = desk.accept(case, TOVE)
    assert review.settlement is not None
    assert review.settlement.by == (RHEA, TOVE)
    assert desk.row("Line").state == "active"
    assert desk.row("Decision", outcome="accepted_by_people").reasons.count() == 0


@pytest.mark.parametrize("second", [Opinion.ACCEPT, Opinion.REFUSE])
def test_second_opinion_of_the_same_reviewer_is_not_permitted(desk: "Desk", second: Opinion):
    case = desk.referred()
    desk.accept(case, RHEA)
    before = desk.everything()
    with pytest.raises(NotPermitted, match="another person"):
        (desk.accept if second is Opinion.ACCEPT else desk.refuse)(case, RHEA)
    assert desk.everything() == before


@pytest.mark.parametrize("name", ["nobody", "ada"])
def test_only_an_enrolled_reviewer_gives_an_opinion(desk: "Desk", name: str):
    case = desk.referred()
    before = desk.everything()
    with pytest.raises(NotFound, match=f"no reviewer named {name}"):
        desk.accept(case, StaffName(name))
    assert desk.everything() == before


def test_unknown_case_is_not_found(desk: "Desk"):
    with pytest.raises(NotFound, match="no such case"):
        desk.accept(CaseId(uuid.uuid4()), RHEA)


@pytest.mark.parametrize("decide", ["accept", "refuse"])
def test_decided_case_takes_no_further_opinion(desk: "Desk", decide: str):
    case = desk.referred()
    getattr(desk, decide)(case, RHEA, SOL)
    before = desk.everything()
    with pytest.raises(Conflict, match="already decided"):
        desk.accept(case, TOVE)
    assert desk.everything() == before


def test_unsurely_read_document_cannot_be_accepted_since_nobody_can_read_it_again(desk: "Desk"):
    case = desk.referred(desk.present(instead=[UNSURELY_READ]))
    desk.accept(case, RHEA)
    before = desk.everything()
    with pytest.raises(Conflict, match="not read with certainty"):
        desk.accept(case, SOL)
    assert desk.everything() == before
    assert desk.refuse(case, SOL, reason=ReasonCode.DOCUMENT_READ_UNSURE).settlement is None


def test_line_over_the_cap_may_be_accepted_by_people(desk: "Desk"):
    from tests.flows.desk import a_mobile

    for number in ("+999555001001", "+999555001002"):
        desk.register(desk.present(), a_mobile(number))
    case = desk.referred(desk.present(), a_mobile("+999555001003"))
    desk.accept(case, RHEA, SOL)
    assert desk.count("Line", state="active") == 3


def test_cap_that_was_reached_since_the_referral_is_not_passed_over(desk: "Desk"):
    """The specimen's cap is two mobile lines; the case was referred for another reason, at one."""
    from tests.flows.desk import a_mobile

    desk.register(desk.present(), a_mobile("+999555001001"))
    case = desk.referred(request=a_mobile("+999555001003"))
    desk.register(desk.present(), a_mobile("+999555001002"))
    desk.accept(case, RHEA)
    before = desk.everything()
    with pytest.raises(Conflict, match="as many lines of this kind as one may"):
        desk.accept(case, SOL)
    assert desk.everything() == before
    again = desk.register(desk.present(), a_mobile("+999555001003"))
    assert again.case is not None
    desk.accept(again.case, RHEA, SOL)
    assert desk.count("Line", state="active") == 3


def test_question_of_the_same_holder_is_not_settled_here(desk: "Desk"):
    from tests.flows.desk import a_mobile

    desk.register()
    desk.register(desk.present(ALICES_NAMESAKE), a_mobile("+999555001002"))
    with pytest.raises(Conflict, match="is not a referral"):
        desk.accept(CaseId(desk.row("Case").id), RHEA)


def test_log_counts_the_people_and_names_none_of_them(desk: "Desk"):
    case = desk.referred()
    before = desk.count("Entry")
    desk.refuse(case, RHEA, SOL)
    bodies = [bytes(row.body) for row in desk.rows("Entry")[before:]]
    entries = [json.loads(body) for body in bodies]
    shown = [(entry["kind"], len(entry["by"]), entry["outcome"], entry["stage"]) for entry in entries]
    assert shown == [
        ("opinion_given", 1, "", "waits_for_people"),
        ("opinion_given", 1, "", "under_way"),
        ("evidence_destroyed", 0, "at_decision", "under_way"),
        ("case_decided", 2, "refused_by_people", "ended"),
    ]
    assert entries[3]["by"] == entries[0]["by"] + entries[1]["by"]
    assert len(set(entries[3]["by"])) == 2
    assert not any(name.encode() in body for body in bodies for name in ("rhea", "sol", str(case)))


def test_reviewer_has_another_pseudonym_in_every_case(desk: "Desk"):
    before = desk.count("Entry")
    for _ in range(2):
        desk.refuse(desk.referred(), RHEA, SOL)
    entries = [json.loads(bytes(row.body)) for row in desk.rows("Entry")[before:]]
    decided = [entry["by"] for entry in entries if entry["kind"] == "case_decided"]
    assert len({*decided[0], *decided[1]}) == 4


def test_accepted_case_registers_after_it_was_decided(desk: "Desk"):
    case = desk.referred()
    before = desk.count("Entry")
    desk.accept(case, RHEA, SOL)
    entries = [json.loads(bytes(row.body)) for row in desk.rows("Entry")[before:]]
    assert [(entry["kind"], entry["stage"]) for entry in entries[2:]] == [
        *(("evidence_destroyed", "under_way"), ("case_decided", "under_way")),
        *(("notice_given", "under_way"), ("line_registered", "under_way"), ("line_switched_on", "ended")),
    ]
    assert len({entry["subject"] for entry in entries}) == 1


def test_queue_shows_how_many_opinions_but_neither_whose_nor_which(desk: "Desk"):
    from lineproof.registry.queries.case import OpenCase, read_open_cases

    case = desk.referred()
    desk.refuse(case, RHEA)
    (waiting,) = read_open_cases()
    assert (waiting.id, waiting.opinions) == (case, 1)
    assert set(OpenCase.__dataclass_fields__) == {
        "id",
        "kind",
        "due_at",
        "opinions",
        "reasons",
        "evidence_until",
    }


def test_opinion_against_somebody_without_a_reason_cannot_be_given():
    with pytest.raises(Malformed):
        replace(ReviewerOpinion(RHEA, Opinion.ACCEPT, None), opinion=Opinion.REFUSE)
