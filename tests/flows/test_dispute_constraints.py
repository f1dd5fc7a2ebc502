"""What the database refuses of disputes by itself, whoever writes to it."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.flows.test_record_constraints import Refused

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def record(desk: "Desk") -> Refused:
    return Refused(desk)


def a_dispute(record: Refused, **changes: Any) -> dict[str, Any]:
    """Build the columns of an open dispute about Alice's line."""
    columns = {
        "custody": record.desk.row("Custody"),
        "kind": "not_mine",
        "state": "open",
        "subject": bytes(16),
        "opened_at": record.now,
        "answer_by": record.now,
        "due_at": record.now,
    }
    return columns | changes


@pytest.mark.parametrize("state", ["open", "heard"])
def test_dispute_that_is_open_has_not_ended(record: Refused, state: str):
    wrong = a_dispute(record, state=state, ended_at=record.now)
    record.refuses("a_dispute_that_ended_says_when", "Dispute", **wrong)


@pytest.mark.parametrize("state", ["upheld", "dismissed", "withdrawn"])
def test_dispute_that_ended_says_when(record: Refused, state: str):
    record.refuses("a_dispute_that_ended_says_when", "Dispute", **a_dispute(record, state=state))
    record.write("Dispute", **a_dispute(record, state=state, ended_at=record.now))


def test_kind_state_and_statement_are_of_the_closed_lists(record: Refused):
    record.refuses("dispute_kind_is_known", "Dispute", **a_dispute(record, kind="unwanted"))
    record.refuses(
        "dispute_state_is_known", "Dispute", **a_dispute(record, state="closed", ended_at=record.now)
    )
    record.write("Dispute", **a_dispute(record))
    statement = {"agent": record.desk.row("Staff", name="ada"), "heard_at": record.now}
    record.refuses(
        "disputestatement_statement_is_known",
        "DisputeStatement",
        dispute=record.desk.row("Dispute"),
        statement="a rude man",
        **statement,
    )


def test_custody_has_one_open_dispute_whichever_way_it_is_open(record: Refused):
    record.write("Dispute", **a_dispute(record))
    record.refuses("UNIQUE", "Dispute", **a_dispute(record, state="heard", kind="not_needed"))
    record.write("Dispute", **a_dispute(record, state="withdrawn", ended_at=record.now))


def test_somebody_vouches_for_a_custody_once(record: Refused):
    custody, ada = record.desk.row("Custody"), record.desk.row("Staff", name="ada")
    record.refuses("UNIQUE", "Vouching", custody=custody, staff=ada)


def test_disowned_line_takes_no_place_under_the_cap(record: Refused):
    from django.db import IntegrityError, transaction

    custody = record.desk.row("Custody")
    custody.disowned_at = record.now
    with pytest.raises(IntegrityError, match="a_disowned_line_has_no_slot"), transaction.atomic():
        custody.save()
    custody.slot = None
    custody.save()
