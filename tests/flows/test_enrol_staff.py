"""Enrol agents and reviewers."""

import json
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound
from lineproof.terms import StaffName, StaffRole

if TYPE_CHECKING:
    from tests.flows.desk import Desk

KEY = bytes(range(32))


@pytest.fixture
def enrol(desk: "Desk"):
    """Enrols somebody, an agent unless told otherwise."""
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    def enrol(name: str, role: StaffRole = StaffRole.AGENT, key: bytes | None = KEY) -> None:
        enrol_staff(desk.services, StaffName(name), role, public_key=key, now=NOW)

    return enrol


def test_agent_is_enrolled_with_the_public_key_alone(desk: "Desk", enrol):
    enrol("bea")
    row = desk.row("Staff", name="bea")
    assert (row.role, bytes(row.public_key)) == ("agent", KEY)


def test_reviewer_has_no_key(desk: "Desk", enrol):
    enrol("vic", StaffRole.REVIEWER, None)
    assert desk.row("Staff", name="vic").public_key is None


@pytest.mark.parametrize("role", StaffRole)
@pytest.mark.parametrize("taken", ["ada", "rhea"])
def test_name_that_is_taken_by_anybody_is_a_conflict(desk: "Desk", enrol, taken: str, role: StaffRole):
    before = desk.everything()
    with pytest.raises(Conflict, match=f"already a member of staff named {taken}"):
        enrol(taken, role)
    assert desk.everything() == before


def test_enrolment_is_an_entry_that_names_nobody(desk: "Desk", enrol):

    before = desk.count("Entry")
    enrol("vic")
    (row,) = desk.rows("Entry")[before:]
    assert json.loads(bytes(row.body))["kind"] == "staff_enrolled"
    assert b"vic" not in bytes(row.body)


@pytest.mark.parametrize(
    ("name", "role"), [("ada", StaffRole.REVIEWER), ("rhea", StaffRole.AGENT), ("nobody", StaffRole.AGENT)]
)
def test_member_of_staff_is_found_only_in_their_own_role(desk: "Desk", name: str, role: StaffRole):
    from lineproof.registry.flows.enrol_staff import staff_of

    with pytest.raises(NotFound, match=f"lineproof {role.value}s add {name}"):
        staff_of(StaffName(name), role)


def test_everybodys_acts_are_counted(desk: "Desk"):
    from lineproof.registry.queries.staff import StaffRow, read_staff
    from tests.flows.desk import RHEA, SOL

    desk.accept(desk.referred(), RHEA, SOL)
    desk.verify(desk.present())
    assert read_staff(StaffRole.AGENT) == (StaffRow("ada", 1),)
    assert read_staff(StaffRole.REVIEWER) == (StaffRow("rhea", 1), StaffRow("sol", 1), StaffRow("tove", 0))
