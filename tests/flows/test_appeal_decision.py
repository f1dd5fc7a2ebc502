"""Appeal against what people decided, and hear the appeal."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import parse_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.appeal import AppealKind, AppealReason, AppealState
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason
from lineproof.line.ladder import Wait
from lineproof.terms import CaseId, StaffName
from tests.flows.corrected import Corrected
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL, TOVE, UMA = (StaffName(name) for name in ("rhea", "sol", "tove", "uma"))
# Noon of 1 July, and its last day counts whole; ten working days after it are over with the 15th.
CLOSES, DUE = datetime(2026, 7, 9, tzinfo=UTC), datetime(2026, 7, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def refused(desk: "Desk") -> CaseId:
    """A case that Rhea and Sol refused."""
    case = desk.referred()
    desk.refuse(case, RHEA, SOL)
    return case


@pytest.fixture
def appeal(desk: "Desk") -> Callable[..., uuid.UUID]:
    """Appeals against a case, now unless told otherwise."""
    from lineproof.registry.flows.appeal_decision import open_appeal
    from tests.flows.desk import NOW

    return lambda about, at=NOW: open_appeal(desk.services, AppealKind.CASE, about, now=at)


@pytest.fixture
def hear(desk: "Desk") -> Callable[..., AppealState]:
    """Has Tove hear an appeal, unless told otherwise."""
    from lineproof.registry.flows.appeal_decision import hear_appeal
    from tests.flows.desk import NOW

    def hear(about, reason=AppealReason.DECIDED_BY_THE_RULES, by=TOVE, at=NOW + SECOND):
        return hear_appeal(desk.services, about, by, reason, now=at)

    return hear


def keeps_cases(desk: "Desk", days: int) -> None:
    """Change the policy to keep an application so long after its case is decided."""
    content = dict(desk.services.policy.content)
    retention = dict(content["retention"])
    retention["case"] = {"days": days, "because": "the decision can be appealed"}
    desk.services = replace(desk.services, policy=parse_policy({**content, "retention": retention}))


def test_appeal_is_recorded_with_its_deadline(desk: "Desk", refused: CaseId, appeal):
    row = desk.row("Appeal", id=appeal(refused))
    assert (row.state, row.about, row.due_at) == ("open", refused, DUE)
    assert bytes(row.subject) == bytes(desk.row("Case").subject)


@pytest.mark.parametrize(("at", "taken"), [(CLOSES - SECOND, True), (CLOSES, False)])
def test_appeal_is_taken_until_the_time_for_it_is_over(
    desk: "Desk", refused: CaseId, appeal, at: datetime, taken: bool
):
    if taken:
        appeal(refused, at)
    else:
        before = desk.everything()
        with pytest.raises(Conflict, match="more than 7 days ago"):
            appeal(refused, at)
        assert desk.everything() == before


def test_returned_case_can_be_appealed_and_one_that_is_open_or_accepted_cannot(desk: "Desk", appeal):
    returned = desk.referred()
    desk.return_(returned, RHEA, SOL, reason=ReasonCode.DOCUMENT_READ_UNSURE)
    appeal(returned)
    waiting = desk.referred()
    with pytest.raises(Conflict, match="The case is open"):
        appeal(waiting)
    desk.accept(waiting, RHEA, SOL)
    with pytest.raises(Conflict, match="The case is accepted"):
        appeal(waiting)
    with pytest.raises(NotFound):
        appeal(uuid.uuid4())


def test_appeal_is_not_opened_twice_and_not_again_once_it_is_decided(refused: CaseId, appeal, hear):
    first = appeal(refused)
    with pytest.raises(Conflict, match="appealed already"):
        appeal(refused)
    hear(first)
    with pytest.raises(Conflict, match="appealed already"):
        appeal(refused)


def test_appeal_that_was_withdrawn_can_be_opened_again(desk: "Desk", refused: CaseId, appeal):
    from lineproof.registry.flows.appeal_decision import withdraw_appeal
    from tests.flows.desk import NOW

    withdraw_appeal(desk.services, appeal(refused), now=NOW)
    again = appeal(refused)
    assert {str(row.id): row.state for row in desk.rows("Appeal")}[str(again)] == "open"
    with pytest.raises(Conflict):
        withdraw_appeal(desk.services, desk.row("Appeal", state="withdrawn").id, now=NOW)
    assert monitored(desk, at=NOW + SECOND).findings == ()


@pytest.mark.parametrize("who", [RHEA, SOL])
def test_who_decided_does_not_hear_the_appeal(desk: "Desk", refused: CaseId, appeal, hear, who: StaffName):
    row = appeal(refused)
    before = desk.everything()
    with pytest.raises(NotPermitted, match=f"{who.text} had a part"):
        hear(row, by=who)
    assert desk.everything() == before


def test_agent_does_not_hear_an_appeal(refused: CaseId, appeal, hear):
    with pytest.raises(NotFound, match="no reviewer named ada"):
        hear(appeal(refused), by=StaffName("ada"))


def test_third_opinion_that_did_not_decide_was_a_part_in_it(desk: "Desk", appeal, hear):
    case = desk.referred()
    desk.accept(case, TOVE)
    desk.refuse(case, RHEA, SOL)
    with pytest.raises(NotPermitted, match="tove had a part"):
        hear(appeal(case))


def test_upheld_nothing_changes_but_that_it_was_heard(desk: "Desk", refused: CaseId, appeal, hear):
    row = appeal(refused)
    assert hear(row) is AppealState.UPHELD
    kept = desk.row("Appeal")
    assert (kept.state, kept.heard_by.name, kept.reason) == ("upheld", "tove", "decided_by_the_rules")
    assert desk.count("Line") == desk.count("Holder") == 0


def test_overturned_the_line_is_registered_while_the_application_is_kept(desk: "Desk", appeal, hear):
    from tests.flows.desk import NOW

    keeps_cases(desk, 30)
    case = desk.referred()
    desk.refuse(case, RHEA, SOL)
    assert hear(appeal(case), AppealReason.DECIDED_WRONGLY) is AppealState.OVERTURNED
    assert desk.row("Line").state == "active"
    decision = desk.row("Decision", people=1)
    assert decision.outcome == "accepted_on_appeal"
    assert desk.row("Case").sealed_application is None
    assert desk.count("DataKey", subject=case) == 0
    assert monitored(desk, at=NOW + timedelta(minutes=1)).findings == ()


def test_overturned_without_an_application_the_refusal_does_not_stand_and_nothing_else_is_done(
    desk: "Desk", refused: CaseId, appeal, hear
):
    from tests.flows.desk import NOW

    assert hear(appeal(refused), AppealReason.PROCEDURE_NOT_KEPT) is AppealState.OVERTURNED
    assert desk.count("Line") == 0
    assert monitored(desk, at=NOW + timedelta(minutes=1)).findings == ()


def test_appeal_that_is_late_stays_open_and_is_heard_all_the_same(
    desk: "Desk", refused: CaseId, appeal, hear
):
    row = appeal(refused)
    late = DUE + timedelta(days=100)
    report = monitored(desk, at=late)
    assert {rule.value for rule in report.broken} == {"deadline_kept"}
    assert hear(row, AppealReason.SOMETHING_NEW_WAS_SHOWN, at=late) is AppealState.OVERTURNED


def test_what_an_appeal_rests_on_is_not_erased_while_it_is_open(desk: "Desk", refused: CaseId, appeal, hear):
    from lineproof.registry.flows.erase import erase_due

    row = appeal(refused)
    late = DUE + timedelta(days=100)
    assert erase_due(desk.services, now=late).sessions == 0
    hear(row, at=late)
    assert erase_due(desk.services, now=late).sessions == 1


def test_decided_twice_at_once_only_the_first_counts(desk: "Desk", refused: CaseId, appeal, hear):
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffRole
    from tests.flows.desk import NOW

    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOW)
    row = appeal(refused)
    hear(row)
    with pytest.raises(Conflict, match="upheld cannot be overturned"):
        hear(row, AppealReason.DECIDED_WRONGLY, by=UMA)


def test_monitor_agrees_from_the_log_alone(desk: "Desk", refused: CaseId, appeal, hear):
    from tests.flows.desk import NOW

    hear(appeal(refused))
    assert monitored(desk, at=NOW + timedelta(minutes=1)).findings == ()


def test_monitor_finds_an_appeal_heard_by_who_decided(
    desk: "Desk", refused: CaseId, appeal, hear, monkeypatch: pytest.MonkeyPatch
):
    """The guard taken away, the log alone shows it."""
    from lineproof.registry.flows import appeal_decision
    from tests.flows.desk import NOW

    monkeypatch.setattr(appeal_decision, "refuse_involved", lambda *_: None)
    hear(appeal(refused), by=RHEA)
    report = monitored(desk, at=NOW + timedelta(minutes=1))
    assert {rule.value for rule in report.broken} == {"other_person_on_appeal"}


@pytest.mark.parametrize("state", ["notified", "restricted", "suspended", "terminated"])
def test_correction_rests_while_it_is_appealed_and_is_undone_when_overturned(desk: "Desk", hear, state: str):
    from lineproof.registry.flows.appeal_decision import open_appeal

    corrected = Corrected.found(desk).until(state)
    row = open_appeal(desk.services, AppealKind.CORRECTION, corrected.id, now=corrected.now)
    appealed_at = corrected.now
    if state != "terminated":
        assert corrected.sign(SOL, at=appealed_at + timedelta(days=100)).wait is Wait.APPEALED
        corrected.now = appealed_at
    with pytest.raises(NotPermitted, match="rhea had a part"):
        hear(row, AppealReason.DECIDED_WRONGLY, by=RHEA, at=corrected.now)
    heard = hear(row, AppealReason.DECIDED_WRONGLY, at=corrected.now)
    assert (heard, corrected.row.state) == (AppealState.OVERTURNED, "overturned")
    assert desk.row("Line").state == "active"
    assert desk.count("Custody", until=None) == 1
    assert monitored(desk, at=corrected.now + timedelta(minutes=1)).findings == ()


def test_correction_goes_on_when_its_appeal_is_upheld_and_somebody_is_left_for_another(desk: "Desk", hear):
    from lineproof.registry.flows.appeal_decision import open_appeal
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffRole
    from tests.flows.desk import NOW

    corrected = Corrected.found(desk).until("notified")
    row = open_appeal(desk.services, AppealKind.CORRECTION, corrected.id, now=corrected.now)
    hear(row, at=corrected.now)
    with pytest.raises(NotPermitted, match="There are 2 reviewers here who may decide, and it takes 3"):
        corrected.sign(RHEA)
    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOW)
    before = desk.everything()
    with pytest.raises(NotPermitted, match="tove heard an appeal about this"):
        corrected.sign(TOVE)
    assert desk.everything() == before
    corrected.sign(RHEA, SOL)
    assert corrected.row.state == "restricted"
    assert monitored(desk, at=corrected.now + timedelta(minutes=1)).findings == ()


@pytest.mark.parametrize("choice", DisputeChoice)
@pytest.mark.parametrize("kind", DisputeKind)
def test_dispute_is_turned_into_its_opposite_when_overturned(
    desk: "Desk", hear, kind: DisputeKind, choice: DisputeChoice
):
    from lineproof.registry.flows.appeal_decision import open_appeal
    from lineproof.registry.flows.decide_dispute import give_opinion
    from tests.flows.desk import NOW
    from tests.flows.test_dispute_line import a_line, opened
    from tests.flows.test_dispute_line import hear as hear_user

    dispute = opened(desk, a_line(desk), kind).id
    hear_user(desk, dispute)
    reason = next(code for code in DisputeReason if may_give(kind, choice, code))
    for reviewer in (RHEA, SOL):
        give_opinion(desk.services, dispute, reviewer, choice, reason, now=NOW + SECOND)
    row = open_appeal(desk.services, AppealKind.DISPUTE, dispute, now=NOW + SECOND)
    assert hear(row, AppealReason.DECIDED_WRONGLY) is AppealState.OVERTURNED
    now_upheld = choice is DisputeChoice.DISMISSED
    assert desk.row("Dispute").state == ("upheld" if now_upheld else "dismissed")
    theirs = desk.count("Custody", until=None, disowned_at=None)
    assert theirs == (0 if now_upheld else 1)
    assert monitored(desk, at=NOW + timedelta(minutes=30)).findings == ()


def may_give(kind: DisputeKind, choice: DisputeChoice, reason: DisputeReason) -> bool:
    from lineproof.errors import LineproofError
    from lineproof.line.dispute import refuse_wrong_reason

    try:
        refuse_wrong_reason(kind, choice, reason)
    except LineproofError:
        return False
    return True
