"""The product bars nobody by score, list, opinion or group, and infers nothing about a person from a face."""

import re
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.finding import Check, Measured
from lineproof.decision.reasons import CATALOGUE, Reason
from lineproof.terms import StaffName

if TYPE_CHECKING:
    from tests.flows.desk import Desk

JUDGING = {
    *(
        "block",
        "blocked",
        "blocklist",
        "blacklist",
        "ban",
        "banned",
        "barred",
        "watch",
        "watchlist",
        "wanted",
    ),
    *(
        "suspect",
        "suspected",
        "fraud",
        "score",
        "rating",
        "rank",
        "risk",
        "credit",
        "trust",
        "flag",
        "flagged",
    ),
    *("reputation", "denied", "deny", "denylist", "strike", "strikes", "penalty", "sanction", "sanctions"),
    *("tier", "profile", "segment", "tag", "tags", "class", "group", "behaviour", "refusals", "warnings"),
}
INFERRING = {
    *(
        "gender",
        "sex",
        "age",
        "aged",
        "emotion",
        "emotions",
        "mood",
        "expression",
        "smile",
        "ethnic",
        "ethnicity",
    ),
    *("race", "racial", "skin", "nationality", "religion", "beauty", "attractiveness", "honesty", "intent"),
    *("health", "disability", "demographic", "demographics"),
}
HOLDERS = {"id", "created_at", "sealed_identity", "likeness_index", "likeness_index_next"}


def words_of(name: str) -> set[str]:
    """Take a name in any of our spellings apart: StagedEntry, same_image_twice, a sentence."""
    return set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))


def judging(models: Any) -> list[str]:
    """Find tables and columns that judge a person."""
    return [
        name
        for model in models
        for name in (
            model.__name__,
            *(f"{model.__name__}.{field.name}" for field in model._meta.local_fields),
        )
        if JUDGING & words_of(name.split(".")[-1])
    ]


def test_no_table_and_no_column_judges_a_person(desk: "Desk"):
    from django.apps import apps

    assert judging(apps.get_app_config("registry").get_models()) == []


def test_record_knows_nothing_of_a_holder_but_who_it_is(desk: "Desk"):
    from lineproof.registry.models import Holder

    assert {field.name for field in Holder._meta.local_fields} == HOLDERS


def test_what_points_at_a_holder_is_a_line_a_document_a_notice_a_link_a_session_or_a_case(desk: "Desk"):
    """A table about people would have to point at them; whoever adds one adds it here, and says why.

    A transfer is of a line, between two who both asked for it; terms are accepted for a line.
    """


def test_what_points_at_a_holder_is_a_line_a_document_a_notice_where_it_goes_a_link_or_a_session(
    desk: "Desk",
):
    """A table about people would have to point at them; whoever adds one adds it here, and says why."""
    from django.apps import apps

    from lineproof.registry.models import Holder

    pointing = {
        model.__name__
        for model in apps.get_app_config("registry").get_models()
        for field in model._meta.local_fields
        if field.related_model is Holder
    }
    assert pointing == {
        *("CaseParty", "Custody", "DocumentBinding", "HolderVerification", "Notice", "PageLink"),
        *("Transfer", "TermsAccepted"),
        # A correction is of one of their lines: what is wrong with its registration. It ends with the line.
        "Correction",
        # A contact point: where this holder, who asked for it, is told what happens to their lines.
        "ContactPoint",
        # A code that this holder asked for, to see their pages: gone after an hour.
        "SignIn",
        # A passkey that this holder made, to see their pages.
        "HolderPasskey",
    }


def test_refused_application_leaves_nothing_that_is_found_by_its_person(desk: "Desk"):
    """Nothing of a refusal can be looked up by document, name or number when the person comes again."""
    desk.refuse(desk.referred(), StaffName("rhea"), StaffName("sol"))
    tables = ("Holder", "DocumentBinding", "Line", "Custody", "Notice")
    assert {table: desk.count(table) for table in tables} == dict.fromkeys(tables, 0)
    assert desk.register().line is not None


def test_erased_holder_is_a_stranger_when_they_come_again(desk: "Desk"):
    """The same findings as anybody new, another holder, no case: there is no list of who was erased."""
    from datetime import timedelta

    from tests.flows.desk import NOW

    first = desk.register()
    desk.end_lines(first.holder, until=NOW + timedelta(seconds=1))
    desk.erase(first.holder, now=NOW + timedelta(days=desk.services.policy.retention.identity.days + 1))
    again = desk.register()
    assert [(each.check, each.outcome) for each in again.findings] == [
        (each.check, each.outcome) for each in first.findings
    ]
    assert again.holder != first.holder
    assert desk.count("Case") == 0


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=lambda reason: reason.code.value)
def test_every_reason_is_about_a_document_a_photograph_or_a_line_with_remedy_and_appeal(reason: Reason):
    about = ("document", "passport", "page", "photograph", "face", "portrait", "line", "check", "agent")
    assert any(word in reason.says.lower() for word in about)
    assert reason.remedy
    assert "Somebody who did not take part decides" in reason.appeal
    assert not INFERRING & words_of(f"{reason.code.value} {reason.says}")


def test_no_check_and_no_measure_infers_anything_from_a_face():
    assert not [check for check in Check if INFERRING & words_of(check.value)]
    assert not [measured for measured in Measured if INFERRING & words_of(measured.value)]


def test_checks_are_the_closed_list_of_this_version():
    assert {check.value for check in Check} == {
        *("evidence_distinct", "document_read", "check_digits", "document_accepted", "document_in_date"),
        *("document_genuine", "portrait_found", "one_face", "same_person", "live"),
        *("passive_liveness", "holder_present", "holder_certain", "within_cap"),
        # by the date of birth in the document, never by a face
        "adult_by_document",
        *("one_document", "barcode_agrees", "portrait_original"),
        *("printed_name_agrees", "printed_number_agrees", "printed_dates_agree"),
        # of the photograph, by the names of ISO/IEC 29794-5
        *("face_occlusion_prevention", "inter_eye_distance", "sharpness", "under_exposure_prevention"),
        *("over_exposure_prevention", "dynamic_range", "illumination_uniformity", "head_pose_yaw"),
        *("head_pose_pitch", "head_pose_roll", "compression_artifacts"),
    }


@pytest.mark.parametrize(
    "name", ["gender", "age", "apparent_age", "AgeGroup", "emotion", "ethnicity", "sex_of_face"]
)
def test_looking_finds_an_inference(name: str):
    """The control."""
    assert INFERRING & words_of(name)


def test_looking_finds_a_list_of_people(desk: "Desk"):
    """The control."""
    from django.db import models
    from django.test.utils import isolate_apps

    with isolate_apps("lineproof.registry"):

        class Blocklist(models.Model):  # noqa: DJ008 -- never shown
            risk_score = models.IntegerField()
            trust_level = models.IntegerField()
            banned_until = models.DateTimeField()

            class Meta:
                app_label = "registry"

    assert judging([Blocklist]) == [
        *("Blocklist", "Blocklist.risk_score", "Blocklist.trust_level", "Blocklist.banned_until"),
    ]
