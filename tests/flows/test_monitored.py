"""A monitor finds that what the procedures write to the log keeps the rules, and what they leave undone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.clocks import Term, TermUnit
from lineproof.decision.reasons import ReasonCode
from lineproof.line.clock import deadline
from lineproof.line.delivery import Channel
from lineproof.line.dispute import DisputeChoice, DisputeKind
from lineproof.line.ladder import Choice
from lineproof.line.language import Language
from lineproof.ports import SwitchState
from lineproof.terms import DisputeId, EmailAddress, HolderId, StaffName, StaffRole, Way
from lineproof.transparency.monitor import Monitor, Report
from tests.fakes.messages import FakeMessages
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, ALICES_RENEWED, BO, MALLORY, Passport
from tests.flows.changes import (
    UTOPIA,
    ask_port_out,
    ask_sim,
    confirm_port_out,
    end_due_ports,
    stop_port_out,
    stop_sim,
    switch_due,
)
from tests.flows.corrected import Corrected, entries_of
from tests.flows.test_decide_dispute import opine
from tests.flows.test_dispute_line import BEA, hear
from tests.flows.test_import_lines import bring_in
from tests.flows.test_keeping import settle
from tests.flows.test_open_evidence import an_offer, answer, enrolled, open_
from tests.line.imported_rows import BOS, ROW, a_number, a_row

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL = (StaffName(name) for name in ("rhea", "sol"))
# Rhea and Sol accepted Bo's line.
DECIDING = [StaffName(name) for name in ("una", "vera")]
SOON = timedelta(minutes=30)


def monitored(desk: "Desk", *, at: datetime) -> Report:
    """Judge every entry of the record, as if it were published."""
    watching = Monitor(at=at)
    for row in desk.rows("Entry"):
        watching.add(row.position, bytes(row.body))
    return watching.finish()


def hand_over_and_give_up(desk: "Desk") -> None:
    """Mallory's line is offered to Bo and taken back by each, given up and taken back, within the minute.

    What takes days, the tests of transfer and surrender hold against the monitor themselves.
    """
    from lineproof.registry.flows.surrender_line import surrender_line, take_back
    from lineproof.registry.flows.transfer_line import accept_line, cancel_transfer, offer_line
    from tests.flows.desk import NOW, a_mobile

    services = desk.services
    line = desk.register(desk.present(MALLORY), a_mobile("+999555001009")).line
    assert line is not None
    giver, receiver = desk.verified(MALLORY), desk.verified(BO)
    for who in (giver, receiver):
        offer = offer_line(services, line, giver, now=NOW)
        accept_line(services, offer.code, receiver, terms_version="1", now=NOW)
        cancel_transfer(services, offer.transfer, who, now=NOW)
    offer_line(services, line, giver, now=NOW)
    for second in (1, 3):
        surrender_line(services, line, giver, now=NOW + timedelta(seconds=second))
        take_back(services, line, giver, now=NOW + timedelta(seconds=second + 1))


def disputes_of_every_kind(desk: "Desk") -> None:
    """Alice disputes both lines in her name, and Bo two times his: each with another end."""
    from lineproof.line.used_by_another import CourtReference, OrderOfCourt
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
    from lineproof.registry.flows.dispute_line import open_dispute, withdraw_dispute
    from lineproof.registry.flows.enrol_staff import enrol_staff, limit_agent
    from lineproof.registry.queries.holder import find_line_by_name
    from tests.flows.desk import NOW

    desk.enrol_agent(BEA)
    for name in DECIDING:
        enrol_staff(desk.services, name, StaffRole.REVIEWER, public_key=None, now=NOW)
    now, keys = NOW + timedelta(seconds=1), desk.services.keys

    def opened(passport: Passport, name: str, kind: DisputeKind) -> DisputeId:
        session = desk.verified(passport, now=now)
        return open_dispute(desk.services, find_line_by_name(keys, name), kind, session, now=now).id

    taken_back = opened(BO, "bo.brannoch", DisputeKind.NOT_MINE)
    withdraw_dispute(desk.services, taken_back, desk.verified(BO, now=now), now=now)
    order = OrderOfCourt(CourtReference.parse("2 K 17/26"), BEA)
    report_used_by_another(desk.services, find_line_by_name(keys, "bo.brannoch"), source=order, now=now)
    for passport, name, kind, choice in (
        (ALICE, "+999555001001", DisputeKind.NOT_MINE, DisputeChoice.UPHELD),
        (ALICE, "+999555001002", DisputeKind.NOT_NEEDED, DisputeChoice.DISMISSED),
        (BO, "bo.brannoch", DisputeKind.NOT_NEEDED, DisputeChoice.UPHELD),
    ):
        dispute = opened(passport, name, kind)
        hear(desk, dispute, now=now)
        assert opine(desk, dispute, *DECIDING, choice=choice, now=now) is not None
    limit_agent(desk.services, BEA, per_day=10, now=now)


def given_up_before_it_is_on(desk: "Desk") -> None:
    """Register a line while the network is away, and end it: its first order is overtaken by its last."""
    from django.db import transaction

    from lineproof.line.state import LineEvent
    from lineproof.registry.flows.lines import end_custody, move
    from lineproof.registry.flows.log import LogWriter
    from lineproof.registry.flows.orders import order
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW, a_mobile

    desk.network.down = True
    line = desk.row("Line", id=desk.register(desk.present(BO), a_mobile("+999555001008")).line)
    desk.network.down = False
    with transaction.atomic(), LogWriter(desk.services, None, now=NOW + timedelta(seconds=1)) as log:
        end_custody(line, log)
        move(line, LineEvent.SURRENDERED)
        order(line, SwitchState.OFF, log)
    assert provision(desk.services, now=NOW + timedelta(minutes=1)) == 1
    assert desk.row("Line", id=line.id).state == "quarantine"


@pytest.fixture
def busy(desk: "Desk") -> "Desk":
    """A record in which every procedure has been through its ways, at one time."""
    from lineproof.registry.flows.inspector_access import issue_inspector_token, revoke_inspector_tokens
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.flows.rotate_log_key import add_log_key
    from tests.flows.desk import NOW, a_mobile, an_access

    alice = desk.register()
    assert alice.holder is not None
    desk.register(desk.present(way=Way.COUNTER), a_mobile("+999555001002"))
    desk.register(desk.present(ALICES_NAMESAKE), a_mobile("+999555001003"))
    desk.link(ALICE, ALICES_RENEWED)
    desk.verify(desk.present())
    desk.verify_holder()
    passkey = enrolled(desk, RHEA, NOW)
    seen = desk.referred(desk.present(BO, attended=False), an_access())
    offer = an_offer(seen, NOW)
    open_(desk, offer, answer(passkey, offer), NOW)
    desk.accept(seen, RHEA, SOL)
    desk.refuse(desk.referred(desk.present(BO, attended=False), an_access("bbb")), RHEA, SOL)
    returned = desk.referred(desk.present(BO, attended=False), an_access("ccc"))
    desk.return_(returned, RHEA, SOL, reason=ReasonCode.DOCUMENT_READ_UNSURE)
    _change_lines(desk)
    bring_in(desk, [a_row(**a_number(2)), a_row(**a_number(3)), {**BOS, "account": "ddd"}, ROW])
    given_up_before_it_is_on(desk)
    issue_page_link(desk.services, alice.holder, now=NOW)
    _tell(desk, alice.holder)
    set_log_origin()
    add_log_key(desk.services, now=NOW)
    issue_inspector_token(desk.services, StaffName("ines"), now=NOW)
    revoke_inspector_tokens(desk.services, StaffName("ines"), now=NOW)
    hand_over_and_give_up(desk)
    disputes_of_every_kind(desk)
    desk.end_lines(alice.holder, until=NOW + timedelta(seconds=1))
    desk.erase(alice.holder, now=NOW + timedelta(seconds=2))
    return desk


def _change_lines(desk: "Desk") -> None:
    """Have changes asked for that their holders can object to, and have them do so."""
    from lineproof.registry.flows.port_in import ask_port_in, refuse_port_in
    from tests.flows.desk import NOW, a_mobile

    line = desk.register(desk.present(MALLORY), a_mobile("+999555001004")).line
    leaving = ask_port_out(desk, by=MALLORY, line=line, now=NOW)
    stop_port_out(desk, leaving.porting, by=MALLORY, now=NOW)
    asked = ask_sim(desk, by=MALLORY, line=line, now=NOW)
    stop_sim(desk, asked.replacement, by=MALLORY, now=NOW)
    coming = a_mobile("+999555001005")
    ask_port_in(desk.services, coming, UTOPIA, desk.present(MALLORY), now=NOW)
    refuse_port_in(desk.services, desk.row("Porting", state="coming").id, now=NOW + timedelta(seconds=1))


def test_changes_that_nobody_objects_to_keep_the_rules_for_as_long_as_they_take(desk: "Desk"):
    """Another SIM, switched late; then the number goes, is not taken in time, goes, and comes back."""
    from lineproof.registry.flows.port_in import ask_port_in, confirm_port_in
    from tests.flows.desk import NOW, a_mobile

    desk.register()
    asked = ask_sim(desk, now=NOW)
    assert switch_due(desk, now=asked.due_at + timedelta(hours=1)) == 1
    first = ask_port_out(desk, now=NOW + timedelta(days=10))
    assert end_due_ports(desk, now=first.closes_at) == 1
    second = ask_port_out(desk, now=first.closes_at)
    confirm_port_out(desk, second.porting, now=second.due_at)
    ask_port_in(desk.services, a_mobile(), UTOPIA, desk.present(), now=second.closes_at)
    end = second.closes_at + timedelta(days=1)
    confirm_port_in(desk.services, desk.row("Porting", state="coming").id, now=end)
    report = monitored(desk, at=end)
    assert (report.findings, report.not_judged, report.summary.waiting) == ((), {}, ())


def test_card_that_is_switched_on_early_behind_the_rules_is_found(desk: "Desk"):
    """Its time is changed in the record: the log shows that its holder had time left."""
    from lineproof.registry.models import SimReplacement
    from tests.flows.desk import NOW

    desk.register()
    ask_sim(desk, now=NOW)
    SimReplacement.objects.update(due_at=NOW)
    assert switch_due(desk, now=NOW) == 1
    report = monitored(desk, at=NOW + SOON)
    assert [one.rule.value for one in report.findings] == ["holder_could_object"] * 2
    assert "had time to object until 2026-07-01T16:00:00Z" in report.findings[0].what


@pytest.mark.parametrize(("signed_by", "found"), [(3, []), (2, ["notice_before_cut"])])
def test_third_signature_where_a_notice_did_not_arrive_is_seen_in_the_log(
    desk: "Desk", signed_by: int, found: list[str]
):
    """Two suffice for the procedure only where the record is changed behind its back."""
    from lineproof.registry.flows.deliver_notices import deliver_notices
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    enrol_staff(desk.services, StaffName("uma"), StaffRole.REVIEWER, public_key=None, now=NOW)
    case = Corrected.found(desk).announce().deliver("given")
    terms = replace(desk.services.policy.notices, apart=Term(0, TermUnit.HOURS))
    given_up = replace(desk.services, policy=replace(desk.services.policy, notices=terms))
    assert deliver_notices(given_up, now=NOW).undelivered > 0
    assert case.row.notice.state == "undelivered"
    for reviewer in (RHEA, SOL, StaffName("tove"))[:signed_by]:
        case.deliver("undelivered" if signed_by > 2 else "delivered")
        case.sign(reviewer)
    assert case.row.state == "restricted"
    report = monitored(desk, at=case.now + SOON)
    assert [one.rule.value for one in report.findings] == found


def test_line_that_is_handed_over_and_a_card_that_is_switched_on_late_are_found(desk: "Desk"):
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers, offer_line
    from tests.flows.desk import NOW, a_mobile

    desk.register()
    card = ask_sim(desk, now=NOW)
    other = desk.register(desk.present(MALLORY), a_mobile("+999555001009")).line
    assert other is not None
    offer = offer_line(desk.services, other, desk.verified(MALLORY), now=NOW)
    accepted = accept_line(desk.services, offer.code, desk.verified(BO), terms_version="1", now=NOW)
    late = timedelta(hours=24, seconds=1)
    report = monitored(desk, at=card.due_at + late)
    assert [(one.rule.value, "is not done" in one.what) for one in report.findings] == [
        ("deadline_kept", True)
    ]
    assert switch_due(desk, now=card.due_at + late) == 1
    assert complete_due_transfers(desk.services, now=accepted.complete_at + late) == 1
    report = monitored(desk, at=accepted.complete_at + late)
    assert [(one.rule.value, "done late" in one.what) for one in report.findings] == [
        ("deadline_kept", True)
    ] * 2


def _tell(desk: "Desk", alice: HolderId) -> None:
    """Change where notices go; deliver by a channel, hand one over, show her the others, give one up."""
    from lineproof.registry.flows.contact_points import add_contact_point, remove_contact_point
    from lineproof.registry.flows.deliver_notices import deliver_notices, hand_over
    from lineproof.registry.flows.page_link import issue_page_link, open_page_link
    from tests.flows.desk import ADA, NOW

    session, terms = desk.verified(), desk.services.policy.notices
    point = add_contact_point(
        desk.services, session, EmailAddress("alice@example.org"), Language.HINDI, now=NOW
    )
    remove_contact_point(desk.services, session, point, now=NOW)
    hand_over(desk.services, desk.rows("Notice")[0].id, ADA, now=NOW)
    sms = replace(desk.services, messages={Channel.SMS: FakeMessages()})
    assert deliver_notices(sms, now=NOW).delivered > 1
    open_page_link(desk.services, issue_page_link(desk.services, alice, now=NOW), now=NOW)
    given_up = replace(desk.services.policy, notices=replace(terms, apart=Term(0, TermUnit.HOURS)))
    assert deliver_notices(replace(desk.services, policy=given_up), now=NOW).undelivered > 0


def test_every_procedure_keeps_the_rules(busy: "Desk"):
    from tests.flows.desk import NOW

    report = monitored(busy, at=NOW + SOON)
    assert report.findings == ()
    assert (report.not_judged, report.entries) == ({}, busy.count("Entry"))
    assert report.entries > 60


STATES = ["found", "notified", "restricted", "suspended", "terminated"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("ending", ["verified", "withdrawn", "given up", "longer and put off"])
def test_correction_keeps_the_rules_however_far_it_goes_and_however_it_ends(
    desk: "Desk", state: str, ending: str
):
    case = Corrected.found(desk).until(state)
    case.now += SOON
    end(case, ending)
    report = monitored(desk, at=case.now + SOON)
    assert (report.findings, report.not_judged) == ((), {})
    kinds = {each["kind"]: each["stage"] for each in entries_of(desk, case.id)}
    if ending in {"verified", "withdrawn", "given up"} and (state, ending) != ("terminated", "given up"):
        assert list(kinds.values())[-1] == "ended"


def end(case: Corrected, ending: str) -> None:
    """End a correction in one of its ways, or have its next step put off and then carried out, if any."""
    from django.db import transaction

    from lineproof.registry.flows.correct_lines import extend, withdraw
    from lineproof.registry.flows.lines import end_custody
    from lineproof.registry.flows.log import LogWriter

    desk = case.desk
    match ending:
        case "verified":
            desk.verified(now=case.now)
        case "withdrawn":
            withdraw(desk.services, case.id, SOL, now=case.now)
        case "given up" if case.row.state != "terminated":
            with transaction.atomic(), LogWriter(desk.services, None, now=case.now) as log:
                end_custody(case.row.line, log)
        case "longer and put off" if case.row.step:
            extend(desk.services, case.id, "abroad", StaffName("ada"), now=case.now)
            case.sign(RHEA, SOL, choice=Choice.PUT_OFF)
            case.sign(RHEA, SOL)


def test_what_is_left_undone_is_found_when_it_is_due(busy: "Desk"):
    """The case of possibly the same holder, which cannot be closed in this version: the monitor says so."""
    from tests.flows.desk import NOW

    policy = busy.services.policy
    due = deadline(NOW, policy.clocks.case, policy.calendar)
    assert monitored(busy, at=due).broken == {}
    report = monitored(busy, at=due + timedelta(seconds=1))
    assert [(one.rule.value, "is not decided" in one.what) for one in report.findings] == [
        ("deadline_kept", True)
    ]


def test_photographs_that_nobody_destroys_are_found_and_those_destroyed_at_their_end_are_not(desk: "Desk"):
    from tests.flows.desk import NOW

    assert desk.services.referrals is not None
    desk.referred()
    until = NOW + timedelta(days=desk.services.policy.retention.evidence.days)
    late = until + timedelta(hours=1, seconds=1)
    assert "evidence_destroyed_in_time" in {rule.value for rule in monitored(desk, at=late).broken}
    settle(desk, desk.services.referrals.keys, until)
    assert {rule.value for rule in monitored(desk, at=late).broken} == {"deadline_kept"}


def test_case_that_one_person_decides_behind_the_rules_is_found(desk: "Desk", monkeypatch):
    """The guard of the rules is taken away: the record would take it, and the log shows it."""
    from lineproof.line import case as rules
    from lineproof.registry.flows import review_case
    from tests.flows.desk import NOW

    case = desk.referred()
    monkeypatch.setattr(rules, "EYES", 1)
    monkeypatch.setattr(review_case.models.Decision._meta, "constraints", [])
    real = review_case.models.Decision.objects.create

    def create(**values: object) -> object:
        return real(**{**values, "people": 2})

    monkeypatch.setattr(review_case.models.Decision.objects, "create", create)
    desk.refuse(case, RHEA)
    report = monitored(desk, at=NOW + SOON)
    assert [(one.rule.value, one.what) for one in report.findings] == [
        ("two_people", "A case is decided by two people, and this one by 1.")
    ]
