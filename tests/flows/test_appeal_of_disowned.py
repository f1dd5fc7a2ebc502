"""Who uses a line that was disowned appeals against its correction: the dispute stands or falls with it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from lineproof.errors import Conflict, Erased, NotPermitted
from lineproof.line.appeal import AppealKind, AppealReason, AppealState
from lineproof.line.correction import Cause
from lineproof.line.dispute import DisputeChoice, DisputeKind
from lineproof.line.ladder import Wait
from lineproof.terms import StaffRole
from tests.flows.corrected import RHEA, SOL, TOVE, UMA, Corrected
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WON, STANDS = AppealReason.DECIDED_WRONGLY, AppealReason.DECIDED_BY_THE_RULES


def disowned(desk: "Desk") -> tuple[UUID, Corrected]:
    """Have Alice's dispute upheld, and give it with the correction that carries it out."""
    from tests.flows.test_decide_dispute import decided

    dispute = decided(desk, DisputeKind.NOT_MINE, DisputeChoice.UPHELD)
    row = desk.row("Correction")
    return dispute, Corrected(desk, row.id, row.found_at)


def appeal(case: Corrected, *, kind: AppealKind = AppealKind.CORRECTION, about: UUID | None = None) -> UUID:
    from lineproof.registry.flows.appeal_decision import open_appeal

    return open_appeal(case.desk.services, kind, about or case.id, now=case.now)


def hear(case: Corrected, row: UUID, reason: AppealReason = WON, by: Any = TOVE) -> AppealState:
    from lineproof.registry.flows.appeal_decision import hear_appeal

    case.now += SECOND
    return hear_appeal(case.desk.services, row, by, reason, now=case.now)


def enrol(desk: "Desk", name: Any = UMA) -> None:
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    enrol_staff(desk.services, name, StaffRole.REVIEWER, public_key=None, now=NOW)


@pytest.mark.parametrize("state", ["found", "notified", "restricted", "suspended", "terminated"])
def test_appeal_that_is_won_leaves_no_line_in_nobodys_name(desk: "Desk", state: str):
    dispute, case = disowned(desk)
    case.until(state)
    row = appeal(case)
    assert (desk.row("Appeal").kind, desk.row("Appeal").about) == ("dispute", dispute)
    assert hear(case, row) is AppealState.OVERTURNED
    assert desk.row("Dispute").state == "dismissed"
    assert case.state == ("overturned", "active")
    custody = desk.row("Custody", until=None)
    assert (custody.holder_id, custody.disowned_at, custody.slot) == (case.row.holder_id, None, 1)
    assert monitored(desk, at=case.now + timedelta(minutes=1)).findings == ()


def test_appeal_that_is_not_won_leaves_the_correction_to_go_on(desk: "Desk"):
    _, case = disowned(desk)
    enrol(desk)
    case.until("notified")
    hear(case, appeal(case), STANDS)
    case.sign(RHEA, SOL)
    assert case.state == ("restricted", "restricted")
    assert desk.row("Dispute").state == "upheld"
    with pytest.raises(Conflict, match="appealed already"):
        appeal(case)


def test_who_heard_the_appeal_about_the_dispute_signs_nothing_of_its_correction(desk: "Desk"):
    dispute, case = disowned(desk)
    enrol(desk)
    hear(case, appeal(case, kind=AppealKind.DISPUTE, about=dispute), STANDS)
    case.announce()
    with pytest.raises(NotPermitted, match="tove heard an appeal about this"):
        case.sign(TOVE)
    case.sign(RHEA, SOL)
    assert case.state == ("restricted", "restricted")


def test_it_can_be_appealed_as_long_as_the_correction_lasts(desk: "Desk"):
    """The dispute itself only within seven days; its user may hear of it later than that."""
    dispute, case = disowned(desk)
    case.until("restricted")
    assert case.now > desk.row("Dispute").ended_at + 8 * DAY
    with pytest.raises(Conflict, match="more than 7 days ago"):
        appeal(case, kind=AppealKind.DISPUTE, about=dispute)
    assert hear(case, appeal(case)) is AppealState.OVERTURNED


@pytest.mark.parametrize("late", [False, True])
def test_once_it_ended_the_line_it_can_be_appealed_for_as_long_as_a_decision(desk: "Desk", late: bool):
    _, case = disowned(desk)
    case.until("terminated")
    case.now = desk.row("Notice", kind="line_terminated").deadline - (timedelta() if late else SECOND)
    if not late:
        assert hear(case, appeal(case)) is AppealState.OVERTURNED
        return
    before = desk.everything()
    with pytest.raises(Conflict, match="more than 7 days ago"):
        appeal(case)
    assert desk.everything() == before


@pytest.mark.parametrize("first", [AppealKind.DISPUTE, AppealKind.CORRECTION])
@pytest.mark.parametrize("reason", [None, STANDS, WON])
def test_one_matter_is_appealed_once_whichever_way(
    desk: "Desk", first: AppealKind, reason: AppealReason | None
):
    dispute, case = disowned(desk)
    about = {AppealKind.DISPUTE: dispute, AppealKind.CORRECTION: case.id}
    row = appeal(case, kind=first, about=about[first])
    if reason is not None:
        hear(case, row, reason)
    before = desk.everything()
    for kind, each in about.items():
        with pytest.raises(Conflict, match=r"appealed already|correction is overturned"):
            appeal(case, kind=kind, about=each)
    assert desk.everything() == before


def test_nothing_is_announced_or_signed_while_the_dispute_is_appealed(desk: "Desk"):
    from lineproof.registry.flows.appeal_decision import withdraw_appeal
    from lineproof.registry.flows.correct_lines import announce_corrections

    dispute, case = disowned(desk)
    row = appeal(case, kind=AppealKind.DISPUTE, about=dispute)
    before = desk.everything()
    assert announce_corrections(desk.services, [case.id], RHEA, now=case.now) == ()
    assert desk.everything() == before
    withdraw_appeal(desk.services, row, now=case.now)
    case.announce()
    row = appeal(case, kind=AppealKind.DISPUTE, about=dispute)
    assert case.sign(RHEA, SOL).wait is Wait.APPEALED
    withdraw_appeal(desk.services, row, now=case.now)
    case.sign(RHEA, SOL)
    assert case.state == ("restricted", "restricted")


def test_holder_and_user_are_told_of_the_appeal_and_what_came_of_it(desk: "Desk"):
    _, case = disowned(desk)
    hear(case, appeal(case))
    told = [(row.kind, row.to_line_only) for row in desk.rows("Notice") if row.kind.startswith("appeal")]
    assert told == [
        *(("appeal_received", False), ("appeal_received", True)),
        *(("appeal_decided", False), ("appeal_decided", True)),
    ]


def test_who_had_a_part_in_the_dispute_or_its_correction_does_not_hear_it(desk: "Desk"):
    """Rhea and Sol decided the dispute; Uma announced the correction."""
    _, case = disowned(desk)
    enrol(desk)
    case.announce(UMA)
    row = appeal(case)
    before = desk.everything()
    for who in (RHEA, SOL, UMA):
        with pytest.raises(NotPermitted, match=f"{who.text} had a part"):
            hear(case, row, by=who)
    assert desk.everything() == before
    assert hear(case, row, by=TOVE) is AppealState.OVERTURNED


def test_nothing_is_signed_by_whom_nobody_would_be_left_for_the_appeal(desk: "Desk"):
    """With those who decided the dispute, it would be everybody."""
    _, case = disowned(desk)
    case.announce()
    with pytest.raises(NotPermitted, match="nobody could hear the appeal"):
        case.sign(TOVE)
    case.sign(RHEA, SOL)
    assert case.state == ("restricted", "restricted")


def test_what_the_holders_appeal_turned_its_user_may_appeal_once(desk: "Desk"):
    from tests.flows.test_decide_dispute import decided

    dispute = decided(desk, DisputeKind.NOT_MINE, DisputeChoice.DISMISSED)
    enrol(desk)
    case = Corrected(desk, dispute, desk.row("Dispute").ended_at)
    hear(case, appeal(case, kind=AppealKind.DISPUTE, about=dispute))
    assert desk.row("Dispute").state == "upheld"
    row = desk.row("Correction")
    case = Corrected(desk, row.id, row.found_at).until("restricted")
    second = appeal(case)
    with pytest.raises(NotPermitted, match="tove had a part"):
        hear(case, second)
    assert hear(case, second, by=UMA) is AppealState.OVERTURNED
    assert (desk.row("Dispute").state, case.state) == ("dismissed", ("overturned", "active"))
    assert desk.row("Custody").disowned_at is None
    with pytest.raises(Conflict, match="appealed already"):
        appeal(case, kind=AppealKind.DISPUTE, about=dispute)
    assert monitored(desk, at=case.now + timedelta(minutes=1)).findings == ()


def test_what_was_erased_is_not_appealed_any_more(desk: "Desk"):
    """Its entries would have no pseudonym, and belong to no procedure."""
    dispute, case = disowned(desk)
    row = desk.row("Dispute")
    row.subject = b""
    row.save()
    before = desk.everything()
    with pytest.raises(Erased, match="What was disputed was erased"):
        appeal(case, kind=AppealKind.DISPUTE, about=dispute)
    assert desk.everything() == before


def test_line_given_back_that_is_disputed_anew_is_corrected_anew(desk: "Desk"):
    """Else what was upheld the second time would leave it in nobody's name."""
    from lineproof.line.dispute import DisputeReason, Statement
    from lineproof.registry.flows.decide_dispute import give_opinion
    from lineproof.registry.flows.dispute_line import hear_user, open_dispute
    from lineproof.terms import LineId
    from tests.flows.test_decide_dispute import BEA

    _, case = disowned(desk)
    enrol(desk)
    case.until("terminated")
    hear(case, appeal(case))
    line, now = LineId(case.row.line_id), case.now
    session = desk.verified(now=now)
    again = open_dispute(desk.services, line, DisputeKind.NOT_MINE, session, now=now).id
    hear_user(desk.services, again, Statement.OTHER, BEA, now=now)
    for who in (RHEA, SOL):
        reason = DisputeReason.DOCUMENT_WAS_MISUSED
        give_opinion(desk.services, again, who, DisputeChoice.UPHELD, reason, now=now + SECOND)
    states = [row.state for row in desk.rows("Correction") if row.cause == Cause.HOLDER_DISPUTE.value]
    assert sorted(states) == ["found", "overturned"]
