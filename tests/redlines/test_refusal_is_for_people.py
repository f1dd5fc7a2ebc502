"""The product never refuses a person by machine, and lets no one member of staff decide against a person."""

import ast
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Decision, Verdict
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.line.case import EYES
from lineproof.terms import StaffName
from tests.redlines.source import SOURCE, names_in, trees

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL = StaffName("rhea"), StaffName("sol")


def test_machine_has_three_words_and_none_refuses():
    assert {verdict.value for verdict in Verdict} == {"accept", "not_verified", "refer"}


@pytest.mark.parametrize("verdict", [Verdict.NOT_VERIFIED, Verdict.REFER])
def test_no_decision_against_somebody_without_a_catalogued_reason(verdict: Verdict):
    with pytest.raises(ValueError, match="reasons"):
        Decision(verdict, (), "specimen", "0")
    assert Decision(verdict, (CATALOGUE[ReasonCode.NO_FACE],), "specimen", "0").reasons


def test_only_reviews_by_two_people_write_that_somebody_was_refused():
    """The two words of people are written where two opinions that agree give them."""
    writing = {
        path.relative_to(SOURCE).as_posix()
        for path, tree in trees().items()
        if names_in(tree) & {"REFUSED_BY_PEOPLE", "ACCEPTED_BY_PEOPLE"}
        and any(isinstance(n, ast.Attribute) and n.attr.endswith("_BY_PEOPLE") for n in ast.walk(tree))
    }
    assert writing == {"registry/flows/review_case.py", "registry/flows/settle_identity.py"}


def test_decisions_are_made_in_one_place():
    making = {
        path.relative_to(SOURCE).as_posix()
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Decision"
    }
    assert making == {"decision/decide.py"}


def test_database_refuses_a_refusal_by_one(desk: "Desk"):
    import uuid

    from django.db import IntegrityError, transaction

    from lineproof.registry.models import Decision as Row
    from tests.flows.desk import NOW

    def refuse(people: int) -> None:
        with transaction.atomic():
            Row.objects.create(
                session=uuid.uuid4(),
                way="face",
                outcome="refused_by_people",
                policy="specimen",
                policy_digest="0" * 64,
                release="0",
                people=people,
                decided_at=NOW,
            )

    for alone in (0, 1):
        with pytest.raises(IntegrityError, match="people_decide_in_pairs"):
            refuse(alone)
    refuse(EYES)
    assert EYES == 2


def test_one_reviewer_alone_refuses_nobody_however_often(desk: "Desk"):
    from lineproof.errors import NotPermitted

    case = desk.referred()
    desk.refuse(case, RHEA)
    for _ in range(3):
        with pytest.raises(NotPermitted):
            desk.refuse(case, RHEA)
    assert desk.row("Case").state == "open"
    assert desk.count("Decision", outcome="refused_by_people") == 0


def test_lateness_refuses_and_accepts_nobody(desk: "Desk"):
    from datetime import timedelta

    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    desk.referred()
    before = desk.everything()
    for days in (3, 4, 4000):
        provision(desk.services, now=NOW + timedelta(days=days))
    assert desk.everything() == before


def test_queue_does_not_tell_the_second_reviewer_what_the_first_said(desk: "Desk"):
    from lineproof.registry.queries.case import read_open_cases

    first, second = desk.referred(), desk.referred()
    desk.accept(first, RHEA)
    desk.refuse(second, RHEA)
    shown = [repr(case).replace(str(case.id), "") for case in read_open_cases()]
    assert shown[0] == shown[1]
    assert "rhea" not in shown[0]
