"""Let an inspector read the published log, and end that."""

import hashlib
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, Unavailable
from lineproof.terms import StaffName, StaffRole

if TYPE_CHECKING:
    from tests.flows.desk import Desk

INES = StaffName("ines")


@pytest.fixture
def issue(desk: "Desk"):
    """Issues a token to Ines at NOW, for 90 days unless told otherwise."""
    from lineproof.registry.flows.inspector_access import issue_inspector_token
    from tests.flows.desk import NOW

    return lambda name=INES, **days: issue_inspector_token(desk.services, name, now=NOW, **days)


@pytest.fixture
def revoke(desk: "Desk"):
    """Revokes every token of Ines, some days after NOW."""
    from lineproof.registry.flows.inspector_access import revoke_inspector_tokens
    from tests.flows.desk import NOW

    return lambda name=INES, days=1: revoke_inspector_tokens(
        desk.services, name, now=NOW + timedelta(days=days)
    )


@pytest.fixture
def opens(desk: "Desk"):
    """Tells whether a token opens the log some days after NOW."""
    from lineproof.registry.queries.inspector import may_read_log
    from tests.flows.desk import NOW

    return lambda token, days=1.0: may_read_log(token, now=NOW + timedelta(days=days))


def entries(desk: "Desk", before: int = 0) -> list[dict[str, object]]:
    """Read the entries of the log from a position on."""
    return [json.loads(bytes(row.body)) for row in desk.rows("Entry")[before:]]


def test_first_token_enrols_the_inspector_and_the_next_does_not(desk: "Desk", issue, opens):
    first, second = issue(), issue()
    assert (first.enrolled, second.enrolled) == (True, False)
    assert (desk.row("Staff", name="ines").role, desk.count("Staff", role="inspector")) == ("inspector", 1)
    assert first.token != second.token
    assert opens(first.token)
    assert opens(second.token)


def test_token_is_of_32_random_bytes_and_the_record_has_its_digest_alone(desk: "Desk", issue):
    token = issue().token
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert bytes(desk.row("InspectorToken").token_digest) == hashlib.sha256(token.encode()).digest()
    assert token.encode() not in desk.raw_files()


def test_token_is_not_shown_by_what_holds_it(issue):
    issued = issue()
    assert issued.token not in repr(issued)


@pytest.mark.parametrize(
    ("days", "after", "holds"),
    [(90, 0, True), (90, 89.999, True), (90, 90, False), (1, 0.999, True), (1, 1, False), (366, 365.9, True)],
)
def test_token_holds_for_its_days(issue, opens, days: int, after: float, holds: bool):
    assert opens(issue(days=days).token, after) is holds


@pytest.mark.parametrize("days", [0, -1, 367, 100_000])
def test_token_for_no_days_or_more_than_a_year_is_refused_and_nothing_is_changed(
    desk: "Desk", issue, days: int
):
    before = desk.everything()
    with pytest.raises(Malformed, match="1 to 366 days"):
        issue(days=days)
    assert desk.everything() == before


@pytest.mark.parametrize("name", ["ada", "rhea"])
def test_name_of_an_agent_or_reviewer_is_a_conflict_and_nothing_is_changed(desk: "Desk", issue, name: str):
    before = desk.everything()
    with pytest.raises(Conflict, match=f"already a member of staff named {name}"):
        issue(StaffName(name))
    assert desk.everything() == before


def test_enrolment_and_token_are_entries_that_name_nobody_and_say_when_it_ends(desk: "Desk", issue):
    before = desk.count("Entry")
    token = issue(days=7).token
    enrolled, issued = entries(desk, before)
    assert (enrolled["kind"], issued["kind"]) == ("staff_enrolled", "inspector_token_issued")
    assert (issued["at"], issued["due_at"]) == ("2026-07-01T12:00:00Z", "2026-07-08T12:00:00Z")
    text = json.dumps([enrolled, issued])
    assert "ines" not in text
    assert hashlib.sha256(token.encode()).hexdigest() not in text


def test_revoking_ends_every_token_of_that_name_and_no_other(desk: "Desk", issue, revoke, opens):
    mine, others = [issue().token, issue(days=7).token], issue(StaffName("iva")).token
    before = desk.count("Entry")
    assert revoke() == 2
    assert [opens(token) for token in mine] == [False, False]
    assert opens(others)
    assert [entry["kind"] for entry in entries(desk, before)] == ["inspector_token_revoked"] * 2


def test_revoked_inspector_can_be_issued_another_token(issue, revoke, opens):
    old = issue().token
    revoke()
    new = issue().token
    assert (opens(old), opens(new)) == (False, True)


def test_what_is_revoked_or_over_is_not_revoked_again(desk: "Desk", issue, revoke):
    issue(days=1)
    issue(days=30)
    assert revoke(days=2) == 1
    before = desk.everything()
    assert revoke(days=3) == 0
    assert desk.everything() == before


@pytest.mark.parametrize("name", ["nobody", "ada", "rhea"])
def test_revoking_of_somebody_who_is_no_inspector_is_not_found(desk: "Desk", issue, revoke, name: str):
    issue()
    before = desk.everything()
    with pytest.raises(NotFound, match=f"lineproof inspectors add {name}"):
        revoke(StaffName(name))
    assert desk.everything() == before


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é", "\0", "A" * 10_000])
def test_token_that_was_never_issued_opens_nothing(issue, opens, token: str):
    issue()
    assert not opens(token)


def test_token_opens_nothing_once_its_owner_is_no_inspector(desk: "Desk", issue, opens):
    token = issue().token
    row = desk.row("Staff", name="ines")
    row.role = "reviewer"
    row.save()
    assert not opens(token)


def test_inspectors_are_listed_with_the_tokens_that_hold(desk: "Desk", issue, revoke):
    from lineproof.registry.queries.inspector import InspectorRow, read_inspectors
    from lineproof.registry.queries.staff import StaffRow, read_staff
    from tests.flows.desk import NOW

    issue(days=7)
    issue(days=30)
    issue(StaffName("adrian"))
    revoke(StaffName("adrian"))
    assert read_inspectors(now=NOW + timedelta(days=2)) == (
        InspectorRow("adrian", 0, None),
        InspectorRow("ines", 2, NOW + timedelta(days=30)),
    )
    assert read_inspectors(now=NOW + timedelta(days=8))[1].tokens == 1
    assert read_staff(StaffRole.INSPECTOR) == (StaffRow("adrian", 1), StaffRow("ines", 2))


def test_token_that_ends_before_it_begins_cannot_be_recorded(desk: "Desk", issue):
    from django.db import IntegrityError, transaction

    issue()
    row = desk.row("InspectorToken")
    row.expires_at = row.issued_at
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_nothing_is_issued_where_the_entry_cannot_be_written(desk: "Desk", issue, monkeypatch):
    """The change and its entry are one transaction."""
    from django.db import DatabaseError, connection

    before = desk.everything()

    def full(execute, sql, *given):
        if sql.startswith("INSERT INTO registry_entry"):
            raise DatabaseError("disk full")
        return execute(sql, *given)

    with connection.execute_wrapper(full), pytest.raises((DatabaseError, Unavailable)):
        issue()
    assert desk.everything() == before
