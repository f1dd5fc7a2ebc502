"""`lineproof read`: what it says is what was drawn."""

import pytest

from lineproof.specimen.document import compose_mrz
from lineproof.specimen.people import ALICE

# Each step is a process of its own; tests/cli/test_demo.py runs the main job in the shorter tier.
pytestmark = pytest.mark.long


def test_what_is_read_is_what_was_printed(lineproof, pictures):
    ran = lineproof("read", pictures / "alice-document.jpg", "--policy", "specimen", "--json")
    assert ran.code == 0, ran
    answer, drawn = ran.json, ALICE.fields
    assert set(answer) == {"mrz", "check_digits_valid", "repaired", "fields", "findings", "timings_ms"}
    assert answer["mrz"] == list(compose_mrz(drawn))
    assert answer["check_digits_valid"] is True
    assert answer["repaired"] == []
    fields = answer["fields"]
    assert fields["surname"] == drawn.surname.upper()
    assert fields["given_names"] == drawn.given_names.upper()
    assert fields["number"] == drawn.number
    assert (fields["issuer"], fields["nationality"]) == (drawn.issuer, drawn.nationality)
    assert (fields["born_on"], fields["expires_on"]) == (
        drawn.born_on.isoformat(),
        drawn.expires_on.isoformat(),
    )
    assert fields["sex"] == drawn.sex
    assert (fields["personal_number"] or "") == drawn.personal_number
    assert ran.outcomes["document_read"] == ran.outcomes["document_accepted"] == "pass"
    stages = {"decode", "read_document", "portrait", "barcodes", "printed_fields"}
    assert {"start", *stages, "total"} == set(answer["timings_ms"])
    page = {name: ran.outcomes[f"printed_{name}"] for name in ("name_agrees", "number_agrees", "dates_agree")}
    assert page == dict.fromkeys(page, "pass")


def test_wrong_check_digits_are_read_and_said_to_be_wrong(lineproof, pictures):
    ran = lineproof("read", pictures / "wrong-check-digit.jpg", "--json")
    assert ran.code == 0, ran
    assert ran.json["check_digits_valid"] is False
    assert ran.outcomes["check_digits"] == "fail"
    # Nothing is repaired into agreement: the digit is given as it stands on the page.
    upper, lower = compose_mrz(ALICE.fields)
    assert ran.json["mrz"][0] == upper
    assert [at for at in range(44) if ran.json["mrz"][1][at] != lower[at]] == [9]
