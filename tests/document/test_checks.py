"""The checks on a document that was read from a photograph."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lineproof.decision.finding import Check, Finding, Measured, Outcome
from lineproof.decision.policy import shipped_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.checks import SURE_ENOUGH, check_one_document, check_read, check_zone
from lineproof.document.fields import document_of
from lineproof.document.mrz import Mrz, Sex
from lineproof.document.mrz_format import MrzFormat
from lineproof.document.validity import check_accepted, check_in_date

TODAY = date(2026, 7, 1)
POLICY = shipped_policy("specimen")
DIGITS = ("document number", "date of birth", "date of expiry", "personal number", "composite")


def a_zone(*, wrong: tuple[str, ...] = (), **fields: object) -> Mrz:
    """Build what a valid specimen passport says."""
    zone = Mrz(
        format=MrzFormat.TD3,
        document_code="P",
        issuer="UTO",
        surname="ABELARD",
        given_names="ALICE",
        name_truncated=False,
        number="L898902C3",
        nationality="UTO",
        born_on=date(1990, 8, 12),
        sex=Sex.FEMALE,
        expires_on=date(2034, 3, 14),
        optional_data=("",),
        check_digits=tuple((name, name not in wrong) for name in DIGITS),
    )
    return replace(zone, **fields)


def found(zone: Mrz, check: Check) -> Finding:
    """Give one finding about a zone."""
    (finding,) = (f for f in check_zone(zone, POLICY, on=TODAY) if f.check is check)
    return finding


def measure(finding: Finding, what: Measured) -> float:
    """Give one measure of a finding."""
    (value,) = (m.value for m in finding.measures if m.what is what)
    return value


@pytest.mark.parametrize(
    ("days", "outcome"), [(-1, Outcome.FAIL), (0, Outcome.PASS), (1, Outcome.PASS), (3650, Outcome.PASS)]
)
def test_document_is_in_date_to_the_end_of_the_day_it_names(days: int, outcome: Outcome):
    finding = check_in_date(document_of(a_zone(expires_on=TODAY + timedelta(days=days))), on=TODAY)
    assert finding.outcome is outcome
    assert measure(finding, Measured.DAYS_TO_EXPIRY) == days
    assert finding.reason is (ReasonCode.DOCUMENT_EXPIRED if outcome is Outcome.FAIL else None)


@pytest.mark.parametrize("code", ["P", "PP", "PD", "PO"])
def test_every_kind_of_passport_is_accepted(code: str):
    assert found(a_zone(document_code=code), Check.DOCUMENT_ACCEPTED).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "fields", [{"document_code": "I"}, {"document_code": ""}, {"issuer": "D"}, {"issuer": ""}]
)
def test_document_of_another_kind_or_issuer_is_not_accepted(fields: dict[str, str]):
    finding = check_accepted(document_of(a_zone(**fields)), POLICY)
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, ReasonCode.DOCUMENT_NOT_ACCEPTED)


@pytest.mark.parametrize("kind", [MrzFormat.MRV_A, MrzFormat.MRV_B])
def test_a_visa_opens_no_line_whatever_else_is_right_about_it(kind: MrzFormat):
    zone = a_zone(format=kind, document_code="V", check_digits=tuple((name, True) for name in DIGITS[:3]))
    outcomes = {finding.check: finding.outcome for finding in check_zone(zone, POLICY, on=TODAY)}
    assert outcomes[Check.CHECK_DIGITS] is Outcome.PASS
    assert outcomes[Check.DOCUMENT_ACCEPTED] is Outcome.FAIL


def test_a_card_is_accepted_where_the_policy_names_its_kind_and_nowhere_else():
    card = a_zone(format=MrzFormat.TD1, document_code="ID", optional_data=("", ""))
    cards = replace(POLICY, document_codes=POLICY.document_codes | {"I"})
    assert check_accepted(document_of(card), cards).outcome is Outcome.PASS
    assert (
        check_accepted(document_of(card), replace(POLICY, document_codes=frozenset("P"))).outcome
        is Outcome.FAIL
    )


def test_optional_data_of_a_card_are_nobodys_personal_number():
    """An issuer may put anything there; holders are told apart by personal numbers."""
    card = a_zone(format=MrzFormat.TD1, document_code="I", optional_data=("ZE184226B", "K7"))
    assert document_of(card).personal_number == ""
    assert document_of(a_zone(optional_data=("ZE184226B",))).personal_number == "ZE184226B"


def test_specimen_passport_is_accepted_under_no_real_rules():
    finding = check_accepted(document_of(a_zone()), shipped_policy("generic"))
    assert finding.outcome is Outcome.FAIL


def test_nationality_is_not_asked_about():
    """Who issued the document counts; whose citizen the holder is does not."""
    assert {f.check: f for f in check_zone(a_zone(nationality="XXA"), POLICY, on=TODAY)} == {
        f.check: f for f in check_zone(a_zone(), POLICY, on=TODAY)
    }


@pytest.mark.parametrize("wrong", [(name,) for name in DIGITS] + [DIGITS[:2], DIGITS])
def test_one_wrong_check_digit_is_enough_to_fail_and_all_are_counted(wrong: tuple[str, ...]):
    finding = found(a_zone(wrong=wrong), Check.CHECK_DIGITS)
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, ReasonCode.CHECK_DIGITS_WRONG)
    assert measure(finding, Measured.WRONG_CHECK_DIGITS) == len(wrong)


def test_right_check_digits_pass_but_prove_no_document_genuine():
    assert found(a_zone(), Check.CHECK_DIGITS).outcome is Outcome.PASS
    genuine = found(a_zone(), Check.DOCUMENT_GENUINE)
    assert (genuine.outcome, genuine.reason) == (
        Outcome.INDETERMINATE,
        ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE,
    )


def test_zone_is_checked_in_order_each_check_once():
    assert [finding.check for finding in check_zone(a_zone(), POLICY, on=TODAY)] == [
        Check.CHECK_DIGITS,
        Check.DOCUMENT_ACCEPTED,
        Check.DOCUMENT_IN_DATE,
        Check.DOCUMENT_GENUINE,
    ]


@pytest.mark.parametrize(
    ("confidence", "repaired", "outcome"),
    [
        (1.0, 0, Outcome.PASS),
        (SURE_ENOUGH, 0, Outcome.PASS),
        (SURE_ENOUGH - 0.001, 0, Outcome.INDETERMINATE),
        (0.0, 0, Outcome.INDETERMINATE),
        (1.0, 1, Outcome.INDETERMINATE),
        (0.0, 88, Outcome.INDETERMINATE),
    ],
)
def test_unsure_or_repaired_reading_is_for_a_person_and_never_a_fail(confidence, repaired, outcome):
    finding = check_read(kind=MrzFormat.TD3, least_confidence=confidence, repaired=repaired, agreed=True)
    assert finding.outcome is outcome
    assert finding.reason is (None if outcome is Outcome.PASS else ReasonCode.DOCUMENT_READ_UNSURE)
    assert measure(finding, Measured.REPAIRED_CHARACTERS) == repaired


def test_fields_of_a_document_are_the_zones_without_fillers():
    document = document_of(a_zone(document_code="P<", issuer="D<<", nationality="D<<"))
    assert (document.kind, document.issuer, document.nationality) == ("P", "D", "D")
    assert document.full_name == "ALICE ABELARD"


def test_name_of_one_part_has_no_stray_spaces():
    assert document_of(a_zone(given_names="")).full_name == "ABELARD"


def test_two_readings_that_differ_are_for_a_person_however_sure_each_is():
    assert (
        check_read(kind=MrzFormat.TD3, least_confidence=1.0, repaired=0, agreed=False).outcome
        is Outcome.INDETERMINATE
    )


def test_of_two_documents_in_view_neither_is_taken():
    assert check_one_document(second_zone=False).outcome is Outcome.PASS
    finding = check_one_document(second_zone=True)
    assert (finding.outcome, finding.reason) == (Outcome.FAIL, ReasonCode.TWO_DOCUMENTS)


@pytest.mark.parametrize("kind", MrzFormat)
def test_a_visa_whose_length_nothing_proves_is_for_a_person(kind: MrzFormat):
    outcome = check_read(kind=kind, least_confidence=1.0, repaired=0, agreed=True).outcome
    assert outcome is (Outcome.INDETERMINATE if kind is MrzFormat.MRV_B else Outcome.PASS)
