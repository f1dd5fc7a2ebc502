"""Register a line in the name of the person whose document was verified."""

import copy
import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.decision.finding import Check, Measured
from lineproof.decision.policy import parse_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.notice import NoticeKind
from lineproof.ports import SwitchState
from lineproof.terms import SessionId, StaffName, Way
from tests.fakes.examiner import ANOTHER_PERSON, PERHAPS_THE_SAME, UNSURELY_READ
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, ALICES_RENEWED, BO, BOS_EXPIRED

if TYPE_CHECKING:
    from lineproof.registry.flows.register_line import Registration
    from tests.flows.desk import Desk

RECORDED = ("Holder", "Line", "Custody", "DocumentBinding", "Order", "Notice", "Case")


@pytest.fixture
def mobile():
    """Builds requests for a mobile number."""
    from tests.flows.desk import a_mobile

    return a_mobile


@pytest.fixture
def access():
    """Builds requests for an internet access."""
    from tests.flows.desk import an_access

    return an_access


def reasons(done: "Registration") -> list[ReasonCode]:
    """List the reasons of what became of an application."""
    return [reason.code for reason in done.decision.reasons]


def measured(done: "Registration", what: Measured) -> float:
    """Give one measure of what was found."""
    (value,) = (m.value for finding in done.findings for m in finding.measures if m.what is what)
    return value


def counts(desk: "Desk") -> dict[str, int]:
    """Count what a registration enters."""
    return {table: desk.count(table) for table in RECORDED}


class TestAccepted:
    """Alice shows her passport and her face to agent Ada."""

    def test_line_of_a_verified_holder_is_registered_and_switched_on(self, desk: "Desk"):
        done = desk.register()
        assert (done.decision.verdict, done.case) == (Verdict.ACCEPT, None)
        line, custody = desk.row("Line"), desk.row("Custody")
        assert (line.id, line.kind, line.state) == (done.line, "mobile", "active")
        assert (custody.line_id, custody.holder_id, custody.until) == (done.line, done.holder, None)
        assert [order.state for order in desk.network.orders] == [SwitchState.ON]

    def test_holder_is_bound_to_the_document_and_told(self, desk: "Desk"):
        done = desk.register()
        binding, notice = desk.row("DocumentBinding"), desk.row("Notice")
        assert (binding.holder_id, binding.issuer, binding.kind, binding.contested) == (
            done.holder,
            "UTO",
            "P",
            False,
        )
        assert (notice.holder_id, notice.line_id, notice.kind) == (
            done.holder,
            done.line,
            NoticeKind.LINE_REGISTERED.value,
        )

    def test_decision_is_kept_with_its_findings_rules_and_release(self, desk: "Desk"):
        done = desk.register()
        row = desk.row("Decision")
        assert (row.outcome, row.people, row.way, row.policy) == ("accept", 0, "face", "specimen")
        assert (row.policy_digest, row.release) == (desk.services.policy.digest, desk.services.release)
        kept = {finding.check_name: finding.outcome for finding in desk.rows("DecisionFinding")}
        assert kept == {finding.check.value: finding.outcome.value for finding in done.findings}
        assert desk.count("DecisionReason") == 0

    def test_attestation_is_kept_and_counted(self, desk: "Desk"):
        first = desk.register()
        second = desk.register(desk.present(BO), request_of(desk))
        assert [measured_of(done) for done in (first, second)] == [1, 2]
        assert {row.agent.name for row in desk.rows("AttestationRecord")} == {"ada"}

    def test_log_says_what_happened_under_one_pseudonym_and_is_in_order(self, desk: "Desk"):
        from lineproof.registry.queries.log import verify_log

        before = desk.count("Entry")
        desk.register()
        bodies = [entry_of(row) for row in desk.rows("Entry")[before:]]
        assert [body["kind"] for body in bodies] == [
            *("attested", "decided", "notice_given", "line_registered", "line_switched_on"),
        ]
        assert len({body["subject"] for body in bodies}) == 1
        assert [body["stage"] for body in bodies] == [*["under_way"] * 4, "ended"]
        assert [len(body["by"]) for body in bodies] == [1, 0, 0, 0, 0]
        assert [len(body["commitments"]) for body in bodies] == [1] * 5
        assert verify_log().problems == ()

    def test_counter_way_is_accepted_without_a_capture(self, desk: "Desk"):
        done = desk.register(desk.present(way=Way.COUNTER))
        assert done.decision.verdict is Verdict.ACCEPT
        assert desk.row("Line").state == "active"
        assert desk.row("Decision").way == "counter"

    def test_fixed_line_is_ordered_without_a_sim(self, desk: "Desk", access):
        desk.register(desk.present(BO), access())
        (order,) = desk.network.orders
        assert (order.identifier, order.iccid) == (access().identifier, None)

    def test_network_that_is_away_leaves_the_line_pending_and_the_registration_done(self, desk: "Desk"):
        desk.network.down = True
        done = desk.register()
        assert done.decision.verdict is Verdict.ACCEPT
        assert desk.row("Line").state == "pending"
        assert (desk.count("Order"), desk.count("OrderDone")) == (1, 0)


class TestNotVerified:
    """What fails is not verified this way: a decision with its reasons, and nothing else."""

    @pytest.mark.parametrize(
        ("passport", "finding", "reason"),
        [
            (ALICE, ANOTHER_PERSON, ReasonCode.FACE_NOT_MATCHED),
            (BOS_EXPIRED, None, ReasonCode.DOCUMENT_EXPIRED),
            (replace(ALICE, issuer="D"), None, ReasonCode.DOCUMENT_NOT_ACCEPTED),
            (None, None, ReasonCode.DOCUMENT_NOT_CLEAR),
        ],
        ids=["another face", "expired", "another issuer", "unreadable"],
    )
    def test_nothing_is_registered_and_the_reason_is_kept(self, desk: "Desk", passport, finding, reason):
        presentation = desk.present(passport, instead=[] if finding is None else [finding])
        done = desk.register(presentation)
        assert (done.decision.verdict, reasons(done)) == (Verdict.NOT_VERIFIED, [reason])
        assert (done.holder, done.line, done.case) == (None, None, None)
        assert set(counts(desk).values()) == {0}
        assert (desk.row("Decision").outcome, desk.row("DecisionReason").code) == (
            "not_verified",
            reason.value,
        )

    def test_number_stays_free_for_its_holder(self, desk: "Desk"):
        desk.register(desk.present(instead=[ANOTHER_PERSON]))
        assert desk.register().decision.verdict is Verdict.ACCEPT

    def test_document_that_expired_yesterday_is_seen_and_one_of_today_is_good(self, desk: "Desk", access):
        today = date(2026, 7, 1)
        good = desk.present(replace(BO, expires_on=today))
        old = desk.present(replace(BO, expires_on=today - timedelta(days=1)))
        assert desk.register(old, access()).decision.verdict is Verdict.NOT_VERIFIED
        assert desk.register(good, access()).decision.verdict is Verdict.ACCEPT


class TestReferred:
    """What is in doubt is for people, with the application sealed until they decide."""

    @pytest.mark.parametrize("way", Way)
    def test_unattended_application_is_never_accepted_by_the_machine(self, desk: "Desk", way: Way):
        done = desk.register(desk.present(way=way, attended=False))
        unproven = ReasonCode.NOT_PROVEN_LIVE if way is Way.FACE else ReasonCode.HOLDER_NOT_ATTESTED
        assert done.decision.verdict is Verdict.REFER
        assert reasons(done) == [ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE, unproven]

    @pytest.mark.parametrize(
        ("finding", "reason"),
        [
            (PERHAPS_THE_SAME, ReasonCode.FACE_MATCH_UNSURE),
            (UNSURELY_READ, ReasonCode.DOCUMENT_READ_UNSURE),
        ],
    )
    def test_doubt_that_no_agent_can_settle_is_referred(self, desk: "Desk", finding, reason):
        done = desk.register(desk.present(instead=[finding]))
        assert (done.decision.verdict, reasons(done)) == (Verdict.REFER, [reason])

    def test_check_that_was_not_done_is_referred(self, desk: "Desk"):
        done = desk.register(desk.present(without=[Check.SAME_PERSON]))
        assert (done.decision.verdict, reasons(done)) == (Verdict.REFER, [ReasonCode.CHECK_NOT_DONE])

    def test_case_is_opened_with_its_deadline_and_nothing_is_registered(self, desk: "Desk"):
        done = desk.register(desk.present(attended=False))
        case = desk.row("Case")
        assert (case.id, case.kind, case.state) == (done.case, "referral", "open")
        assert (case.opened_at, case.due_at) == (case.opened_at, datetime(2026, 7, 5, tzinfo=UTC))
        assert counts(desk) == dict.fromkeys(RECORDED, 0) | {"Case": 1}
        assert desk.network.orders == []

    def test_deadline_is_in_the_log(self, desk: "Desk"):
        desk.register(desk.present(attended=False))
        opened, kept = map(entry_of, desk.rows("Entry")[-2:])
        assert (opened["kind"], opened["due_at"]) == ("case_opened", "2026-07-05T00:00:00Z")
        assert (kept["kind"], kept["due_at"]) == ("evidence_kept", "2026-07-06T12:00:00Z")

    def test_machine_says_nothing_more_when_the_deadline_passes(self, desk: "Desk"):
        from lineproof.registry.flows.provision import provision
        from tests.flows.desk import NOW

        case = desk.referred()
        provision(desk.services, now=NOW + timedelta(days=400))
        assert desk.row("Case", id=case).state == "open"


class TestWhoTheHolderIs:
    """By document, or by a personal number the rules name; never by name, birth or face."""

    def test_second_line_of_the_same_document_is_the_same_holders(self, desk: "Desk", mobile):
        first = desk.register()
        second = desk.register(desk.present(), mobile("+999555001002"))
        assert second.holder == first.holder
        assert (desk.count("Holder"), desk.count("DocumentBinding"), desk.count("Line")) == (1, 1, 2)
        assert [measured(done, Measured.LINES_HELD) for done in (first, second)] == [0, 1]

    def test_same_document_on_another_photograph_is_the_same_document(self, desk: "Desk", mobile):
        first, second = desk.present(), desk.present()
        assert desk.documents[first.session].read_bytes() != desk.documents[second.session].read_bytes()
        assert desk.register(first).holder == desk.register(second, mobile("+999555001002")).holder

    def test_namesake_of_equal_birth_is_not_merged_but_shown_to_a_person(self, desk: "Desk", mobile):
        first = desk.register()
        second = desk.register(desk.present(ALICES_NAMESAKE), mobile("+999555001002"))
        assert second.decision.verdict is Verdict.ACCEPT
        assert second.holder != first.holder
        assert [(case.kind, case.state) for case in desk.rows("Case")] == [("possible_same_holder", "open")]

    @pytest.mark.parametrize("other", [replace(ALICES_NAMESAKE, born_on=date(1990, 8, 13)), BO])
    def test_another_name_or_birth_raises_no_question(self, desk: "Desk", mobile, other):
        desk.register()
        desk.register(desk.present(other), mobile("+999555001002"))
        assert desk.count("Case") == 0

    def test_document_bound_to_two_holders_is_referred(self, desk: "Desk", mobile, access):
        bos = replace(BO, born_on=ALICE.born_on)
        desk.register()
        desk.register(desk.present(bos), access())
        desk.link(ALICE, bos)
        done = desk.register(desk.present(bos), mobile("+999555001002"))
        assert done.decision.verdict is Verdict.REFER
        assert ReasonCode.DOCUMENT_CONTESTED in reasons(done)
        assert (done.holder, desk.count("Line")) == (None, 2)

    def test_personal_number_that_the_policy_names_makes_the_same_holder(self, desk: "Desk", mobile):
        name_personal_number(desk)
        first = desk.register(desk.present(replace(ALICE, personal_number="ZE184226B")))
        renewed = desk.present(replace(ALICES_RENEWED, personal_number="ZE184226B"))
        second = desk.register(renewed, mobile("+999555001002"))
        assert second.holder == first.holder
        assert (desk.count("DocumentBinding"), desk.count("Case")) == (2, 0)

    def test_personal_number_that_no_policy_names_makes_nobody_the_same(self, desk: "Desk", mobile):
        first = desk.register(desk.present(replace(ALICE, personal_number="ZE184226B")))
        renewed = desk.present(replace(ALICES_RENEWED, personal_number="ZE184226B"))
        second = desk.register(renewed, mobile("+999555001002"))
        assert second.holder != first.holder
        assert {row.personal_number_index for row in desk.rows("DocumentBinding")} == {None}

    def test_empty_personal_number_makes_nobody_the_same(self, desk: "Desk", mobile):
        name_personal_number(desk)
        first = desk.register()
        assert desk.register(desk.present(BO), mobile("+999555001002")).holder != first.holder

    def test_document_and_number_of_two_holders_is_referred(self, desk: "Desk", mobile, access):
        name_personal_number(desk)
        desk.register(desk.present(replace(ALICE, personal_number="")))
        desk.register(desk.present(replace(BO, personal_number="ZE184226B")), access())
        done = desk.register(
            desk.present(replace(ALICE, personal_number="ZE184226B")), mobile("+999555001002")
        )
        assert done.decision.verdict is Verdict.REFER
        assert ReasonCode.DOCUMENT_CONTESTED in reasons(done)


class TestCap:
    """A cap is a rule about lines: over it people decide, and the machine does not refuse."""

    def test_line_over_the_cap_is_referred(self, desk: "Desk", mobile):
        desk.register()
        desk.register(desk.present(), mobile("+999555001002"))
        done = desk.register(desk.present(), mobile("+999555001003"))
        assert (done.decision.verdict, reasons(done)) == (Verdict.REFER, [ReasonCode.CAP_REACHED])
        assert (measured(done, Measured.LINES_HELD), measured(done, Measured.CAP)) == (2, 2)

    def test_each_kind_of_line_has_its_own_cap(self, desk: "Desk", mobile, access):
        desk.register(desk.present(), access())
        assert desk.register().decision.verdict is Verdict.ACCEPT
        over = desk.register(desk.present(), access("alice.second"))
        assert reasons(over) == [ReasonCode.CAP_REACHED]

    def test_lines_of_others_do_not_count(self, desk: "Desk", mobile):
        desk.register()
        desk.register(desk.present(), mobile("+999555001002"))
        assert desk.register(desk.present(BO), mobile("+999555001003")).decision.verdict is Verdict.ACCEPT


class TestNothingChanges:
    """What the caller must put right leaves the record as it was, to the last byte."""

    def test_number_that_is_registered_is_a_conflict(self, desk: "Desk", mobile):
        desk.register()
        before = desk.everything()
        with pytest.raises(Conflict, match="already registered"):
            desk.register(desk.present(BO), mobile())
        assert desk.everything() == before

    def test_account_that_is_registered_is_a_conflict_however_it_is_written(self, desk: "Desk", access):
        desk.register(desk.present(BO), access("bo.brannoch"))
        with pytest.raises(Conflict):
            desk.register(desk.present(), access("Bo.Brannoch"))

    def test_number_in_a_case_is_still_free_and_who_is_accepted_first_has_it(self, desk: "Desk"):
        case = desk.referred(desk.present(BO, attended=False))
        desk.register()
        from tests.flows.desk import RHEA, SOL

        desk.accept(case, RHEA)
        before = desk.everything()
        with pytest.raises(Conflict, match="already registered"):
            desk.accept(case, SOL)
        assert desk.everything() == before

    def test_unknown_agent_is_not_found(self, desk: "Desk"):
        presentation = desk.present()
        assert presentation.attestation is not None
        unknown = replace(presentation.attestation, agent=StaffName("nobody"))
        before = desk.everything()
        with pytest.raises(NotFound, match="no agent named nobody"):
            desk.register(replace(presentation, attestation=unknown))
        assert desk.everything() == before

    def test_reviewer_cannot_attest(self, desk: "Desk"):
        presentation = desk.present()
        assert presentation.attestation is not None
        before = desk.everything()
        with pytest.raises(NotFound, match="no agent named rhea"):
            desk.register(
                replace(presentation, attestation=replace(presentation.attestation, agent=StaffName("rhea")))
            )
        assert desk.everything() == before

    def test_attestation_over_another_session_is_not_permitted(self, desk: "Desk"):
        presentation = desk.attest(desk.present(attended=False), session=SessionId(uuid.uuid4()))
        before = desk.everything()
        with pytest.raises(NotPermitted, match="another session"):
            desk.register(presentation)
        assert desk.everything() == before

    def test_attestation_over_another_photograph_is_not_permitted(self, desk: "Desk"):
        another = desk.booth.photograph()
        presentation = desk.attest(desk.present(attended=False), document=another)
        before = desk.everything()
        with pytest.raises(NotPermitted, match="another photograph"):
            desk.register(presentation)
        assert desk.everything() == before

    def test_attestation_with_another_agents_key_is_not_permitted(self, desk: "Desk"):
        desk.enrol_agent(StaffName("bea"))
        presentation = desk.attest(desk.present(attended=False), agent=StaffName("bea"))
        assert presentation.attestation is not None
        forged = replace(presentation.attestation, agent=StaffName("ada"))
        before = desk.everything()
        with pytest.raises(NotPermitted, match="agent ada"):
            desk.register(replace(presentation, attestation=forged))
        assert desk.everything() == before

    def test_file_that_is_no_image_is_malformed(self, desk: "Desk"):
        presentation = desk.present(no_image=desk.booth.photograph_that_is_none())
        before = desk.everything()
        with pytest.raises(Malformed):
            desk.register(presentation)
        assert desk.everything() == before

    def test_mobile_number_without_a_sim_and_account_with_one_cannot_be_asked_for(self, mobile, access):
        with pytest.raises(Malformed, match="SIM"):
            replace(mobile(), iccid=None)
        with pytest.raises(Malformed, match="SIM"):
            replace(access(), iccid=mobile().iccid)

    def test_face_way_without_a_face_and_counter_way_with_one_cannot_be_presented(self, desk: "Desk"):
        for way, other in ((Way.FACE, Way.COUNTER), (Way.COUNTER, Way.FACE)):
            with pytest.raises(Malformed, match="face way"):
                replace(desk.present(way=way), way=other)


def test_two_at_once_for_one_number_register_it_once(desk: "Desk"):
    """Each in a thread with its own connection: the second meets the first's line, not a broken record."""
    from django.db import connection

    presentations = [desk.present(), desk.present(BO)]
    said: list[str] = []
    together = threading.Barrier(2)

    def register(index: int) -> None:
        together.wait()
        try:
            said.append(desk.register(presentations[index]).decision.verdict.value)
        except Conflict:
            said.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=register, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["accept", "conflict"]
    assert (desk.count("Line"), desk.count("Holder"), desk.count("Custody")) == (1, 1, 1)


def name_personal_number(desk: "Desk") -> None:
    """Change the desk's rules: the specimen state's personal number is one person's for life."""
    content = copy.deepcopy(dict(desk.services.policy.content))
    content["documents"]["unique_personal_number"] = ["UTO"]
    desk.services = replace(desk.services, policy=parse_policy(content))


def request_of(desk: "Desk"):
    """Ask for a number that is still free."""
    from tests.flows.desk import a_mobile

    return a_mobile(f"+99955500{2000 + desk.count('Line')}")


def measured_of(done: "Registration") -> float:
    """Give the count of the agent's attestations, which every attested check carries alike."""
    (count,) = {
        m.value for f in done.findings for m in f.measures if m.what is Measured.ATTESTATIONS_BY_AGENT
    }
    return count


def entry_of(row) -> dict[str, object]:
    """Read the body of an entry of the log."""
    import json

    return json.loads(bytes(row.body))


@pytest.mark.parametrize("attended", [True, False])
def test_terms_that_an_applicant_accepts_are_noted_with_the_line(desk: "Desk", attended: bool):
    """Those that were accepted, also where people decide later."""
    from lineproof.registry.flows.register_line import register_line
    from tests.flows.desk import NOW, RHEA, SOL, a_mobile

    presentation = desk.present(attended=attended)
    done = register_line(desk.services, a_mobile(), presentation, now=NOW, terms_version="1")
    if done.case is not None:
        assert desk.count("TermsAccepted") == 0
        desk.accept(done.case, RHEA, SOL)
    accepted = desk.row("TermsAccepted")
    assert (accepted.line_id, accepted.holder_id, accepted.version, accepted.accepted_at) == (
        *(desk.row("Line").id, desk.row("Holder").id),
        *("1", NOW),
    )


def test_nothing_is_registered_under_terms_that_are_not_in_force(desk: "Desk"):
    from lineproof.registry.flows.register_line import register_line
    from tests.flows.desk import NOW, a_mobile

    presentation, before = desk.present(), desk.everything()
    with pytest.raises(Conflict, match="terms in force are version 1"):
        register_line(desk.services, a_mobile(), presentation, now=NOW, terms_version="2")
    assert desk.everything() == before


def test_where_nobody_says_that_terms_were_accepted_none_are_noted(desk: "Desk"):
    assert desk.register().line is not None
    assert desk.count("TermsAccepted") == 0
