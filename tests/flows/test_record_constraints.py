"""What the database refuses by itself, whoever writes to it."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.reasons import ReasonCode

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND = timedelta(seconds=1)


class Refused:
    """A record with Alice registered and Carol referred, into which wrong rows are written."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        desk.register()
        from tests.fakes.specimens import BO
        from tests.flows.desk import NOW, an_access

        self.case = desk.referred(desk.present(BO, attended=False), an_access())
        self.now = NOW

    def write(self, table: str, **columns: Any) -> None:
        """Write a row past all rules of the program."""
        from django.apps import apps
        from django.db import transaction

        with transaction.atomic():
            apps.get_model("registry", table).objects.create(**columns)

    def refuses(self, constraint: str, table: str, **columns: Any) -> None:
        """Write a row and see the database refuse it, for the named constraint and no other."""
        from django.db import IntegrityError

        before = self.desk.everything()
        with pytest.raises(IntegrityError, match=constraint):
            self.write(table, **columns)
        assert self.desk.everything() == before

    def decision(self, **changes: Any) -> dict[str, Any]:
        """Build the columns of an acceptance by the machine."""
        columns = {
            "session": uuid.uuid4(),
            "way": "face",
            "outcome": "accept",
            "policy": "specimen",
            "policy_digest": "0" * 64,
            "release": "0",
            "people": 0,
            "decided_at": self.now,
        }
        return columns | changes


@pytest.fixture
def record(desk: "Desk") -> Refused:
    return Refused(desk)


@pytest.mark.parametrize("outcome", ["refused_by_people", "accepted_by_people"])
@pytest.mark.parametrize("people", [0, 1])
def test_fewer_than_two_people_decide_nothing(record: Refused, outcome: str, people: int):
    record.refuses("people_decide_in_pairs", "Decision", **record.decision(outcome=outcome, people=people))


@pytest.mark.parametrize("people", [2, 3])
def test_two_people_or_more_may_refuse(record: Refused, people: int):
    record.write("Decision", **record.decision(outcome="refused_by_people", people=people))


@pytest.mark.parametrize("outcome", ["accept", "not_verified", "refer"])
def test_what_the_machine_says_no_people_said(record: Refused, outcome: str):
    record.refuses("people_decide_in_pairs", "Decision", **record.decision(outcome=outcome, people=2))


@pytest.mark.parametrize("outcome", ["refused", "refuse", "blocked", ""])
def test_machine_has_no_word_for_refusing(record: Refused, outcome: str):
    record.refuses("decision", "Decision", **record.decision(outcome=outcome))


def test_third_way_is_unknown(record: Refused):
    record.refuses("decision_way_is_known", "Decision", **record.decision(way="voice"))


def test_reason_outside_the_catalogue_is_refused(record: Refused):
    decision = record.desk.rows("Decision")[0]
    record.refuses("decisionreason_code_is_known", "DecisionReason", decision=decision, code="we_dislike_you")


def test_same_reason_twice_is_refused(record: Refused):
    reason = record.desk.rows("DecisionReason")[0]
    record.refuses("UNIQUE", "DecisionReason", decision=reason.decision, code=reason.code)


@pytest.mark.parametrize(("outcome", "reason"), [("fail", ""), ("indeterminate", ""), ("pass", "no_face")])
def test_finding_has_a_reason_exactly_when_it_is_not_a_pass(record: Refused, outcome: str, reason: str):
    record.refuses(
        "finding_has_a_reason_unless_it_passed",
        "DecisionFinding",
        decision=record.desk.rows("Decision")[0],
        check_name="live",
        outcome=outcome,
        reason=reason,
        measures={},
    )


@pytest.mark.parametrize(("check", "outcome"), [("gender", "pass"), ("live", "perhaps")])
def test_check_or_outcome_that_the_rules_do_not_know_is_refused(record: Refused, check: str, outcome: str):
    record.refuses(
        "decisionfinding",
        "DecisionFinding",
        decision=record.desk.rows("Decision")[0],
        check_name=check,
        outcome=outcome,
        reason="" if outcome == "pass" else "no_face",
        measures={},
    )


def test_line_has_one_holder_at_a_time(record: Refused):
    custody = record.desk.row("Custody")
    holder = record.desk.rows("Holder")[0]
    record.refuses("UNIQUE", "Custody", line=custody.line, holder=holder, since=record.now, until=None)


def test_custody_ends_after_it_begins(record: Refused):
    custody = record.desk.row("Custody")
    record.refuses(
        "custody_ends_after_it_begins",
        "Custody",
        line=custody.line,
        holder=custody.holder,
        since=record.now,
        until=record.now,
    )


def test_number_is_registered_once(record: Refused):
    line = record.desk.row("Line")
    record.refuses(
        "UNIQUE",
        "Line",
        kind="mobile",
        state="pending",
        identifier_index=bytes(line.identifier_index),
        sealed_identifier=b"",
        created_at=record.now,
    )


@pytest.mark.parametrize(("kind", "state"), [("mobile", "blocked"), ("satellite", "active")])
def test_line_has_no_state_or_kind_of_its_own(record: Refused, kind: str, state: str):
    record.refuses(
        "line_",
        "Line",
        kind=kind,
        state=state,
        identifier_index=bytes(32),
        sealed_identifier=b"",
        created_at=record.now,
    )


def test_holder_is_bound_to_a_document_once(record: Refused):
    binding = record.desk.row("DocumentBinding")
    columns = {
        f.attname: getattr(binding, f.attname) for f in binding._meta.concrete_fields if f.attname != "id"
    }
    record.refuses("UNIQUE", "DocumentBinding", **columns)


def test_holder_who_is_erased_is_not_recognised(record: Refused):
    record.refuses(
        "an_erased_holder_is_not_recognised", "Holder", created_at=record.now, likeness_index=bytes(32)
    )
    record.write("Holder", created_at=record.now)


def test_document_that_is_not_recognised_is_not_by_its_personal_number(record: Refused):
    binding = record.desk.row("DocumentBinding")
    columns = {
        f.attname: getattr(binding, f.attname) for f in binding._meta.concrete_fields if f.attname != "id"
    } | {"blind_index": None}
    record.refuses(
        "a_binding_without_index_has_none",
        "DocumentBinding",
        **columns | {"personal_number_index": bytes(32)},
    )
    record.write("DocumentBinding", **columns)


@pytest.mark.parametrize("column", ["identifier_index", "sealed_identifier"])
def test_line_is_erased_whole(record: Refused, column: str):
    columns = {"kind": "mobile", "state": "active", "created_at": record.now}
    record.refuses("a_line_is_erased_whole", "Line", **columns, **{column: bytes(32)})
    for _ in range(2):  # two erased lines are not one line
        record.write("Line", **columns)


@pytest.mark.parametrize("column", ["document_digest", "signature"])
def test_attestation_is_erased_whole(record: Refused, column: str):
    row = record.desk.row("AttestationRecord")
    columns = {"agent": row.agent, "session": row.session, "given_at": record.now}
    record.refuses("an_attestation_is_erased_whole", "AttestationRecord", **columns, **{column: bytes(32)})
    for _ in range(2):  # two documents of one session
        record.write("AttestationRecord", **columns)


def test_open_referral_has_what_was_applied_for(record: Refused):
    record.refuses(
        "an_open_referral_has_its_application",
        "Case",
        kind="referral",
        state="open",
        subject=bytes(16),
        sealed_application=None,
        opened_at=record.now,
        due_at=record.now,
    )


@pytest.mark.parametrize(("kind", "state"), [("punishment", "open"), ("contested_document", "lost")])
def test_case_has_no_kind_or_state_of_its_own(record: Refused, kind: str, state: str):
    record.refuses(
        "case_", "Case", kind=kind, state=state, subject=bytes(16), opened_at=record.now, due_at=record.now
    )


@pytest.mark.parametrize(
    ("opinion", "reason"),
    [("refuse", ""), ("refuse", "we_dislike_you"), ("accept", ReasonCode.NO_FACE.value), ("perhaps", "")],
)
def test_opinion_that_refuses_names_a_catalogued_reason(record: Refused, opinion: str, reason: str):
    record.refuses(
        "an_opinion_against_names_its_reason|caseopinion_opinion_is_known",
        "CaseOpinion",
        case_id=record.case,
        reviewer=record.desk.row("Staff", name="rhea"),
        opinion=opinion,
        reason=reason,
        given_at=record.now,
    )


def test_reviewer_gives_one_opinion_on_a_case(record: Refused):
    rhea = record.desk.row("Staff", name="rhea")
    columns = {"case_id": record.case, "reviewer": rhea, "given_at": record.now}
    record.write("CaseOpinion", opinion="accept", reason="", **columns)
    record.refuses("UNIQUE", "CaseOpinion", opinion="refuse", reason="no_face", **columns)


def test_document_is_attested_once_in_a_session(record: Refused):
    row = record.desk.row("AttestationRecord")
    record.refuses(
        "UNIQUE",
        "AttestationRecord",
        agent=row.agent,
        session=row.session,
        document_digest=bytes(row.document_digest),
        signature=bytes(64),
        given_at=record.now,
    )


def test_agent_has_a_key(record: Refused):
    record.refuses(
        "an_agent_has_a_key", "Staff", name="bea", role="agent", public_key=None, enrolled_at=record.now
    )


def test_member_of_staff_has_one_of_the_roles(record: Refused):
    record.refuses("staff_role_is_known", "Staff", name="bea", role="owner", enrolled_at=record.now)


@pytest.mark.parametrize("state", ["throttle", "watch", ""])
def test_order_is_on_or_off(record: Refused, state: str):
    line = record.desk.row("Line")
    record.refuses(
        "order_state_is_known", "Order", line=line, state=state, subject=bytes(16), ordered_at=record.now
    )


def test_notice_is_of_a_known_kind(record: Refused):
    holder = record.desk.row("Holder")
    record.refuses("notice_kind_is_known", "Notice", holder=holder, kind="warning", given_at=record.now)


def test_place_in_the_log_is_given_once(record: Refused):
    record.refuses("UNIQUE", "Entry", position=0, body=b"another story", leaf_hash=bytes(32))


def test_subject_has_one_key_of_a_class(record: Refused):
    key = record.desk.rows("DataKey")[0]
    record.refuses("UNIQUE", "DataKey", subject=key.subject, retention=key.retention, wrapped=b"")


@pytest.mark.parametrize("table", ["Holder", "Line", "Decision", "Staff"])
def test_what_others_rest_on_cannot_be_deleted(record: Refused, table: str):
    from django.apps import apps
    from django.db.models import ProtectedError

    before = record.desk.everything()
    with pytest.raises(ProtectedError):
        apps.get_model("registry", table).objects.all().delete()
    assert record.desk.everything() == before


class TestChanges:
    """What the database holds of another SIM and of numbers that go and come, whatever the program does."""

    def replacement(self, record: Refused, **changes: Any) -> dict[str, Any]:
        """Build the columns of a replacement that is cooling off."""
        custody = record.desk.rows("Custody")[0]
        columns = {
            "line": custody.line,
            "custody": custody,
            "state": "asked",
            "sealed_iccid": b"x",
            "subject": b"s" * 16,
            "asked_at": record.now,
            "due_at": record.now + SECOND,
        }
        return columns | changes

    def porting(self, record: Refused, **changes: Any) -> dict[str, Any]:
        """Build the columns of a number that is to leave."""
        columns = {
            "line": record.desk.rows("Line")[0],
            "state": "leaving",
            "other_operator": "Utopia Mobile",
            "subject": b"s" * 16,
            "asked_at": record.now,
            "due_at": record.now + SECOND,
            "closes_at": record.now + SECOND,
        }
        return columns | changes

    def test_line_has_one_open_replacement_and_any_number_that_ended(self, record: Refused):
        ended = {"state": "stopped", "sealed_iccid": None, "ended_at": record.now}
        for changes in ({}, ended, ended):
            record.write("SimReplacement", **self.replacement(record, **changes))
        record.refuses("UNIQUE constraint failed", "SimReplacement", **self.replacement(record))

    @pytest.mark.parametrize("state", ["asked", "switched", "stopped"])
    def test_only_an_open_replacement_has_its_card(self, record: Refused, state: str):
        there = {"state": state, "sealed_iccid": b"x", "ended_at": None}
        gone = {"state": state, "sealed_iccid": None, "ended_at": record.now + SECOND}
        right, wrong = (there, gone) if state == "asked" else (gone, there)
        name = "an_open_replacement_has_its_card"
        for changes in (wrong, wrong | {"sealed_iccid": right["sealed_iccid"]}):
            record.refuses(name, "SimReplacement", **self.replacement(record, **changes))
        record.write("SimReplacement", **self.replacement(record, **right))

    def test_card_is_never_switched_on_early(self, record: Refused):
        switched = {"state": "switched", "sealed_iccid": None}
        early = self.replacement(record, **switched, ended_at=record.now)
        record.refuses("a_card_is_never_switched_on_early", "SimReplacement", **early)
        record.write("SimReplacement", **early | {"ended_at": early["due_at"]})

    def test_fourth_state_is_unknown(self, record: Refused):
        row = self.replacement(record, state="lost", sealed_iccid=None, ended_at=record.now)
        record.refuses("simreplacement_state_is_known", "SimReplacement", **row)

    def test_line_has_one_open_porting(self, record: Refused):
        record.write("Porting", **self.porting(record))
        coming = self.porting(record, state="coming", due_at=None, closes_at=None)
        for columns in (self.porting(record), coming):
            record.refuses("UNIQUE constraint failed", "Porting", **columns)
        record.write("Porting", **self.porting(record, state="stayed", ended_at=record.now))

    def test_number_that_leaves_has_its_time_and_one_that_comes_has_none(self, record: Refused):
        name, none = "a_number_that_leaves_has_its_time", {"due_at": None, "closes_at": None}
        for changes in (none, {"closes_at": record.now}, {"state": "coming"}):
            record.refuses(name, "Porting", **self.porting(record, **changes))
        record.write("Porting", **self.porting(record, state="coming", **none))

    def test_number_never_leaves_early(self, record: Refused):
        early = self.porting(record, state="left", ended_at=record.now)
        record.refuses("a_number_never_leaves_early", "Porting", **early)
        record.write("Porting", **early | {"ended_at": early["due_at"]})

    @pytest.mark.parametrize(("state", "ended"), [("leaving", True), ("stayed", False)])
    def test_porting_has_an_end_when_it_ended(self, record: Refused, state: str, ended: bool):
        row = self.porting(record, state=state, ended_at=record.now + SECOND if ended else None)
        record.refuses("a_porting_ends_once", "Porting", **row)
