"""An organisation: what is one, and when two that are written otherwise are the same."""

import pytest

from lineproof.decision.organisation import Organisation
from lineproof.errors import Malformed


def an_organisation(
    name: str = "Quay Ltd", register: str = "Companies House", number: str = "01234567"
) -> Organisation:
    return Organisation.parse(name=name, register=register, number=number)


def test_spaces_are_made_single():
    assert an_organisation(" Quay   Ltd ", "Companies  House", " 0123 4567") == Organisation(
        "Quay Ltd", "Companies House", "0123 4567"
    )


@pytest.mark.parametrize(
    ("register", "number"),
    [
        ("companies house", "01234567"),
        ("Companies-House", "0123 4567"),
        ("COMPANIES HOUSE", "01.234.567"),
        ("Companies House", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17"),  # full width
    ],
)
def test_case_and_signs_make_no_other_organisation(register: str, number: str):
    assert an_organisation(register=register, number=number).place == an_organisation().place


def test_fold_that_adds_signs_is_made_plain_again():
    """The capital I with a dot folds to two signs, of which the second is none of a word."""
    assert an_organisation(number="\u0130stanbul 7").place == an_organisation(number="istanbul 7").place


@pytest.mark.parametrize(
    "other",
    [
        an_organisation(number="01234568"),
        an_organisation(register="Handelsregister Berlin"),
        # What is the register's is not the number's.
        an_organisation(register="Companies House 0", number="1234567"),
    ],
)
def test_other_register_or_number_is_another(other: Organisation):
    assert other.place != an_organisation().place
    assert other.digest != an_organisation().digest


def test_digest_is_of_the_name_too_and_not_of_how_the_number_is_written():
    assert an_organisation("Quay Plc").digest != an_organisation().digest
    assert an_organisation(number="0123 4567").digest == an_organisation().digest
    assert len(an_organisation().digest) == 32


@pytest.mark.parametrize("length", [1, 120])
def test_name_of_any_length_within_bounds_is_one(length: int):
    assert len(an_organisation("Q" * length).name) == length


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "the name of an organisation"),
        ({"name": "Q" * 121}, "the name of an organisation"),
        ({"name": "..."}, "the name of an organisation"),
        ({"name": "Quay\u202eLtd"}, "the name of an organisation"),
        ({"register": "C"}, "the name of a register"),
        ({"register": "C" * 61}, "the name of a register"),
        ({"number": " "}, "a number in a register"),
        ({"number": "--"}, "a number in a register"),
        ({"number": "1" * 31}, "a number in a register"),
    ],
)
def test_what_is_none_is_refused_with_what_to_do(wrong: dict[str, str], says: str):
    with pytest.raises(Malformed, match=says) as error:
        an_organisation(**wrong)
    assert "as its extract has it" in error.value.remedy
