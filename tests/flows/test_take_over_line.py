"""Take over a line that its holder disowned: who may, who may not, and that it works on."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.applicants import MinorTerms
from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.correction import Cause
from lineproof.line.dispute import DisputeChoice, DisputeKind
from lineproof.line.request import LineRequest
from lineproof.terms import HolderId, LineId, LineKind, SessionId, StaffName
from tests.fakes.specimens import ALICE, BO
from tests.flows.corrected import ADA, RHEA, TOVE, Corrected, find
from tests.flows.test_decide_dispute import BEA, decided
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


class Disowned:
    """Alice's line, which she disowned, its correction, and Bo, who uses it."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        self.dispute = decided(desk, DisputeKind.NOT_MINE, DisputeChoice.UPHELD)
        row = desk.row("Correction")
        self.case = Corrected(desk, row.id, row.found_at + MINUTE)
        self.alice = HolderId(row.holder_id)

    @property
    def bo(self) -> HolderId:
        (custody,) = [row for row in self.desk.rows("Custody") if row.until is None]
        return HolderId(custody.holder_id)

    def take_over(self, session: SessionId | None = None, **instead: Any) -> LineId:
        """Have Bo, verified now, take the line over before Bea, who copied what is on it."""
        from lineproof.registry.flows.take_over_line import LineInHand, take_over_line
        from tests.flows.desk import a_mobile

        now, services = instead.get("now", self.case.now), self.desk.services
        shown = LineInHand(instead.get("line", a_mobile()), instead.get("seen_by", BEA))
        terms = instead.get("terms", services.policy.terms_version)
        if session is None:
            session = self.desk.verified(BO, now=now)
        return take_over_line(services, shown, session, terms_version=terms, now=now)

    def refused(self, error: type[Exception], match: str, **instead: Any) -> None:
        """Be refused, and leave everything as it was."""
        session = instead.pop("session", None) or self.desk.verified(BO, now=self.case.now)
        before = self.desk.everything()
        with pytest.raises(error, match=match):
            self.take_over(session, **instead)
        assert self.desk.everything() == before


@pytest.fixture
def disowned(desk: "Desk") -> Disowned:
    return Disowned(desk)


@pytest.mark.parametrize("state", ["found", "notified", "restricted", "suspended"])
def test_line_is_its_users_and_works_wherever_its_correction_had_come(disowned: Disowned, state: str):
    desk, case = disowned.desk, disowned.case.until(state)
    line = disowned.take_over()
    assert case.state == ("put_right", "active")
    old, new = desk.rows("Custody")
    assert (old.holder_id, old.until, new.since, new.until) == (disowned.alice, case.now, case.now, None)
    assert new.holder_id != disowned.alice
    assert (new.disowned_at, new.slot) == (None, 1)
    assert desk.row("Line").id == line
    assert desk.network.states[line].value == "on"
    assert desk.network.orders[-1].state.value == "on"
    assert monitored(desk, at=case.now + MINUTE).findings == ()


def test_line_that_was_not_cut_is_not_switched_at_all(disowned: Disowned):
    before = disowned.desk.count("Order")
    disowned.take_over()
    assert disowned.desk.count("Order") == before


def test_number_is_read_with_the_new_holders_key_alone(disowned: Disowned):
    from lineproof.registry.flows.lines import unseal_line
    from tests.flows.desk import a_mobile

    disowned.take_over()
    line, services = disowned.desk.row("Line"), disowned.desk.services
    assert unseal_line(services, line, disowned.bo) == a_mobile()
    with pytest.raises(Exception, match=r"."):
        unseal_line(services, line, disowned.alice)


def test_both_are_told_and_terms_and_vouchers_are_noted(disowned: Disowned):
    disowned.take_over()
    desk = disowned.desk
    told = [(row.holder_id, row.to_line_only) for row in desk.rows("Notice") if row.kind == "line_taken_over"]
    assert told == [(disowned.alice, False), (disowned.bo, False)]
    terms = desk.row("TermsAccepted", holder=disowned.bo)
    assert terms.version == desk.services.policy.terms_version
    custody = desk.row("Custody", until=None)
    names = {row.staff.name for row in desk.rows("Vouching") if row.custody_id == custody.id}
    assert names == {"ada", "bea"}  # Ada attested Bo's verification


def test_entry_shows_the_agent_and_nobody_else(disowned: Disowned):
    disowned.take_over()
    bodies = [bytes(row.body) for row in disowned.desk.rows("Entry")]
    (entry,) = [json.loads(body) for body in bodies if json.loads(body)["kind"] == "line_taken_over"]
    assert (entry["stage"], entry["outcome"], len(entry["by"]), len(entry["commitments"])) == (
        *("ended", ""),
        *(1, 2),
    )
    assert b'"bea"' not in b"".join(bodies)


def test_what_else_was_to_be_corrected_was_wrong_with_anothers_registration(disowned: Disowned):
    """A ladder that began before the dispute: the line is restricted by it."""
    desk = disowned.desk
    earlier = find(desk, desk.row("Line"), Cause.MISSING_VERIFICATION)
    case = Corrected(desk, earlier, disowned.case.now).until("restricted")
    disowned.case.now = case.now
    disowned.take_over()
    assert {row.state for row in desk.rows("Correction")} == {"put_right"}
    assert desk.row("Line").state == "active"
    assert monitored(desk, at=case.now + MINUTE).findings == ()


def test_internet_access_is_taken_over_by_its_account_and_address(desk: "Desk"):
    from lineproof.line.dispute import DisputeReason, Statement
    from lineproof.registry.flows.decide_dispute import give_opinion
    from lineproof.registry.flows.dispute_line import hear_user, open_dispute
    from tests.flows.corrected import SOL
    from tests.flows.desk import NOW, an_access

    line = desk.register(request=an_access()).line
    assert line is not None
    desk.enrol_agent(BEA)
    dispute = open_dispute(desk.services, line, DisputeKind.NOT_MINE, desk.verified(), now=NOW).id
    hear_user(desk.services, dispute, Statement.OTHER, BEA, now=NOW)
    for who in (RHEA, SOL):
        reason = DisputeReason.DOCUMENT_WAS_MISUSED
        give_opinion(desk.services, dispute, who, DisputeChoice.UPHELD, reason, now=NOW + SECOND)
    user = Disowned.__new__(Disowned)
    row = desk.row("Correction")
    user.desk, user.case, user.alice = desk, Corrected(desk, row.id, NOW + MINUTE), HolderId(row.holder_id)
    user.refused(NotPermitted, "as it was copied", line=an_access("another.one"))
    assert user.take_over(line=an_access()) == line


# Who may not


def test_line_that_is_somebodys_is_not_taken_over_with_its_sim_in_hand(desk: "Desk"):
    """The same answer as for a line that is not there, and for another SIM."""
    from tests.flows.desk import NOW, a_mobile

    desk.register()
    desk.enrol_agent(BEA)
    thief = Disowned.__new__(Disowned)
    thief.desk, thief.case = desk, Corrected(desk, desk.row("Line").id, NOW)
    for line in (a_mobile(), a_mobile("+999555001009")):
        thief.refused(NotPermitted, "as it was copied here", line=line)


def test_other_sim_is_no_proof_of_the_line(disowned: Disowned):
    from tests.flows.desk import a_mobile

    other = LineRequest(a_mobile().identifier, a_mobile("+999555001002").iccid)
    disowned.refused(NotPermitted, "as it was copied here", line=other)


def test_line_that_has_ended_is_not_taken_over(disowned: Disowned):
    disowned.case.until("terminated")
    disowned.refused(NotPermitted, "as it was copied here")


def test_line_is_taken_over_once(disowned: Disowned):
    disowned.take_over()
    disowned.refused(NotPermitted, "as it was copied here")


def test_who_disowned_it_does_not_take_it_over(disowned: Disowned):
    session = disowned.desk.verified(ALICE, now=disowned.case.now)
    disowned.refused(Conflict, "they said that it is not theirs", session=session)


def test_who_was_not_verified_now_does_not(disowned: Disowned):
    session = disowned.desk.verified(BO, now=disowned.case.now)
    disowned.refused(NotPermitted, "Nobody was verified", session=session, now=disowned.case.now + 30 * DAY)


def test_agent_who_vouched_for_the_registration_and_who_is_none_do_not_see_it(disowned: Disowned):
    disowned.refused(NotPermitted, "ada vouched", seen_by=ADA)
    disowned.refused(NotFound, "no agent named rhea", seen_by=RHEA)
    disowned.refused(NotFound, "no agent named nemo", seen_by=StaffName("nemo"))


def test_other_terms_are_refused(disowned: Disowned):
    disowned.refused(Conflict, "terms in force", terms="1999-01")


@pytest.mark.parametrize("room", [0, 1])
def test_cap_holds_for_who_takes_a_line_over(disowned: Disowned, room: int):
    policy = disowned.desk.services.policy
    caps = {**policy.caps, LineKind.MOBILE: room}
    disowned.desk.services = replace(disowned.desk.services, policy=replace(policy, caps=caps))
    if room:
        disowned.take_over()
    else:
        disowned.refused(Conflict, "as many lines of this kind")


@pytest.mark.parametrize("kind", [AppealKind.DISPUTE, AppealKind.CORRECTION])
def test_while_an_appeal_is_open_it_waits(disowned: Disowned, kind: AppealKind):
    from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal

    services, case = disowned.desk.services, disowned.case
    about = disowned.dispute if kind is AppealKind.DISPUTE else case.id
    row = open_appeal(services, kind, about, now=case.now)
    disowned.refused(Conflict, "An appeal about this line is open")
    hear_appeal(services, row, TOVE, AppealReason.DECIDED_BY_THE_RULES, now=case.now)
    disowned.take_over()


def test_hold_keeps_it_until_it_is_over(disowned: Disowned):
    from lineproof.registry.models import Hold

    line, now = disowned.desk.row("Line"), disowned.case.now
    until = now + timedelta(hours=1)
    Hold.objects.create(line=line, kind="transfer", since=now - DAY, until=until, subject=b"s" * 16)
    disowned.refused(Conflict, "cannot be done with the line until", now=until - SECOND)
    session = disowned.desk.verified(BO, now=now)
    disowned.take_over(session, now=until)


def test_appeal_that_is_won_later_leaves_it_with_its_new_holder(disowned: Disowned):
    from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal

    desk, now = disowned.desk, disowned.case.now
    disowned.take_over()
    row = open_appeal(desk.services, AppealKind.DISPUTE, disowned.dispute, now=now + MINUTE)
    hear_appeal(desk.services, row, TOVE, AppealReason.DECIDED_WRONGLY, now=now + 2 * MINUTE)
    assert disowned.bo != disowned.alice
    assert desk.row("Line").state == "active"
    assert disowned.case.row.state == "put_right"
    assert monitored(desk, at=now + 3 * MINUTE).findings == ()


def test_new_holder_may_pass_it_on_and_nothing_of_the_old_is_theirs(disowned: Disowned):
    from lineproof.registry.flows.transfer_line import offer_line
    from lineproof.registry.queries.disputes import is_disputed
    from lineproof.registry.queries.holder import read_holder_page

    desk, line = disowned.desk, disowned.take_over()
    assert not is_disputed(line)
    assert read_holder_page(desk.services.keys, disowned.alice).lines == ()
    page = read_holder_page(desk.services.keys, disowned.bo)
    assert [(row.id, row.disowned) for row in page.lines] == [(line, False)]
    offer_line(desk.services, line, desk.verified(BO, now=disowned.case.now), now=disowned.case.now + SECOND)


def test_visitor_has_it_for_a_time_and_alone_is_told_until_when(disowned: Disowned):
    from tests.flows.test_visitors import ABROAD, ends, under

    under(disowned.desk, ABROAD)
    disowned.take_over()
    (until,) = ends(disowned.desk)
    assert until is not None
    told = {
        row.holder_id: row.deadline for row in disowned.desk.rows("Notice") if row.kind == "line_taken_over"
    }
    assert told == {disowned.alice: None, disowned.bo: until}


def test_who_is_too_young_does_not_take_it_over(disowned: Disowned):
    from tests.flows.test_minors import CHILD, under

    session = disowned.desk.verified(CHILD, now=disowned.case.now)
    under(disowned.desk, MinorTerms(18))
    disowned.refused(Conflict, "too young", session=session)
