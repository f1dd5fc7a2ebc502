"""Change the signatory of an organisation's line: who may be, who may not, and who is told."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.applicants import MinorTerms
from lineproof.decision.attestation import SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.decision.policy import AgentTerms
from lineproof.errors import Conflict, NotPermitted
from lineproof.line.appeal import AppealKind
from lineproof.line.correction import Cause
from lineproof.line.dispute import DisputeKind
from lineproof.line.second_look import LookResult, WrongReason
from lineproof.simulate.passport import Passport
from lineproof.terms import HolderId, LineId, SessionId, StaffName, Way
from tests.fakes.specimens import ALICE, BO, MALLORY
from tests.flows.corrected import ADA, Corrected, find
from tests.flows.test_minors import CHILD, under
from tests.flows.test_monitored import monitored
from tests.flows.test_organisations import MOLE, QUAY, a_line_of, capped, mobile
from tests.flows.test_second_look import finish

if TYPE_CHECKING:
    from tests.flows.desk import Desk

BEA = StaffName("bea")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Office:
    """Alice's line for Quay Ltd, which Ada registered; Bo is to sign for it, before Bea."""

    def __init__(self, desk: "Desk") -> None:
        from tests.flows.desk import NOW

        self.desk, self.now = capped(desk, person=2, organisation=2), NOW + HOUR
        desk.enrol_agent(BEA)
        self.line = a_line_of(desk)
        self.alice = HolderId(desk.row("Custody").holder_id)
        assert desk.row("Line").state == "active"

    def session(
        self,
        passport: Passport = BO,
        *,
        agent: StaffName = BEA,
        of: Organisation | None = QUAY,
        now: datetime | None = None,
    ) -> SessionId:
        """Have somebody verified, before an agent who saw an organisation's papers; None: none."""
        presentation = self.desk.present(passport, way=Way.COUNTER, attended=False)
        papers = SeenPapers(organisation=of)
        presentation = self.desk.attest(presentation, agent=agent, papers=papers)
        assert self.desk.verify_holder(presentation, now=now or self.now).holder is not None
        return presentation.session

    def change(
        self,
        session: SessionId | None = None,
        *,
        of: Organisation = QUAY,
        line: LineId | None = None,
        terms: str = "1",
        now: datetime | None = None,
    ) -> None:
        """Change the signatory to Bo."""
        from lineproof.registry.flows.change_signatory import NewSignatory, change_signatory

        signatory = NewSignatory(of, session or self.session())
        change_signatory(
            self.desk.services, line or self.line, signatory, terms_version=terms, now=now or self.now
        )

    def refused(self, error: type[Exception], match: str, **instead: Any) -> None:
        """Be refused, and leave everything as it was."""
        session = instead.pop("session", None) or self.session()
        before = self.desk.everything()
        with pytest.raises(error, match=match):
            self.change(session, **instead)
        assert self.desk.everything() == before


@pytest.fixture
def office(desk: "Desk") -> Office:
    return Office(desk)


def test_line_is_in_the_new_signatorys_name_for_the_same_organisation(office: Office):
    from lineproof.registry.queries.holder import read_lines

    desk = office.desk
    office.change()
    old, new = desk.rows("Custody")
    assert (old.holder_id, old.until, new.since, new.until) == (office.alice, office.now, office.now, None)
    assert new.holder_id != office.alice
    assert old.organisation_id == new.organisation_id == desk.row("Organisation").id
    (line,) = read_lines(desk.services.keys, HolderId(new.holder_id))
    assert (line.label, line.organisation) == ("+999555001001", "Quay Ltd")
    assert line.detail == mobile(1).detail
    assert read_lines(desk.services.keys, office.alice) == ()
    assert desk.row("Line").state == "active"
    assert [row.version for row in desk.rows("TermsAccepted")] == ["1"]
    assert [row.staff.name for row in desk.rows("Vouching")] == ["ada", "bea"]
    assert monitored(desk, at=office.now + HOUR).findings == ()


def test_both_are_told_and_the_former_of_nothing_else(office: Office):
    office.change()
    old, new = office.desk.rows("Custody")
    told = {row.holder_id: row for row in office.desk.rows("Notice") if row.kind == "signatory_changed"}
    assert set(told) == {old.holder_id, new.holder_id}
    assert told[old.holder_id].deadline is None


def test_former_signatory_is_told_at_every_address_that_they_gave(office: Office):
    from lineproof.line.delivery import Channel
    from lineproof.line.language import Language
    from lineproof.registry.flows.contact_points import add_contact_point
    from lineproof.registry.flows.deliver_notices import deliver_notices
    from lineproof.terms import EmailAddress
    from tests.fakes.messages import FakeMessages

    services, post = office.desk.services, FakeMessages()
    for name in ("alice", "a.abelard"):
        address = EmailAddress.parse(f"{name}@example.com")
        session = office.desk.verified(now=office.now)
        add_contact_point(services, session, address, Language.SPANISH, now=office.now)
    office.change()
    deliver_notices(replace(services, messages={Channel.EMAIL: post}), now=office.now + SECOND)
    told = [message.to.text for message in post.sent if "firma por la línea" in message.subject]
    assert sorted(told) == ["a.abelard@example.com", "alice@example.com"]


def test_entry_shows_one_person_and_nothing_of_the_line(office: Office):
    office.change()
    body = next(
        body
        for body in (json.loads(bytes(row.body)) for row in office.desk.rows("Entry"))
        if body["kind"] == "signatory_changed"
    )
    assert len(body["by"]) == 1
    assert "bea" not in json.dumps(body)
    assert (body["outcome"], body["stage"]) == ("", "ended")


def drawing(desk: "Desk", share: float) -> None:
    policy = replace(desk.services.policy, agents=AgentTerms(second_looks=share))
    desk.services = replace(desk.services, policy=policy)


def test_it_can_be_drawn_for_a_second_look_at_the_new_signatorys_custody(office: Office):
    drawing(office.desk, 1.0)
    office.change()
    _, new = office.desk.rows("Custody")
    look = office.desk.row("SecondLook", procedure="signatory_change")
    assert (look.custody_id, look.agent.name, look.state) == (new.id, "bea", "open")
    assert monitored(office.desk, at=office.now + HOUR).findings == ()


def test_look_that_finds_it_wrong_is_a_finding_about_the_line_as_it_is_now(office: Office):
    drawing(office.desk, 1.0)
    office.change()
    look = office.desk.row("SecondLook", procedure="signatory_change").id
    finish(office.desk, look, LookResult.WRONG, WrongReason.NOT_ASKED_FOR, now=office.now + DAY)
    found = office.desk.row("Correction")
    _, new = office.desk.rows("Custody")
    assert (found.holder_id, found.cause, found.state) == (new.holder_id, "attestation_wrong", "found")


def test_none_is_drawn_where_the_policy_draws_none(office: Office):
    drawing(office.desk, 0.0)
    office.change()
    assert office.desk.rows("SecondLook") == []


def test_receipt_of_the_line_is_the_new_signatorys(office: Office):
    office.change()
    place = office.desk.row("EntryPlace", about=office.line)
    assert place.subject == office.desk.row("Custody", until=None).holder_id


def test_name_that_was_seen_now_is_the_organisations(office: Office):
    from lineproof.registry.sealed_organisation import read_organisation

    renamed = replace(QUAY, name="Quay Plc")
    office.change(office.session(of=renamed), of=renamed)
    row = office.desk.row("Organisation")
    assert read_organisation(office.desk.services.keys, row) == renamed


def test_neither_cap_is_asked_for(office: Office):
    """The organisation has as many lines as before, and the line does not count among Bo's."""
    desk = office.desk
    for last in (3, 4):
        desk.register(desk.present(BO), mobile(last))
    capped(desk, person=2, organisation=1)
    office.change()
    assert desk.row("Custody", until=None, line=office.line).slot == 1


def test_other_lines_beyond_the_organisations_cap_stay_so(office: Office):
    """It has as many lines at every moment: nothing is put right by the change."""
    desk = office.desk
    a_line_of(desk, 2)
    capped(desk, person=2, organisation=1)
    (late,) = (line for line in desk.rows("Line") if line.id != office.line)
    find(desk, late, Cause.CAP_EXCEEDED)
    office.change()
    assert desk.row("Correction").state == "found"


def test_another_may_follow_the_new_one_but_not_before_who_vouched_for_them(office: Office):
    office.change()
    session = office.session(MALLORY, agent=BEA)
    office.refused(NotPermitted, "bea vouched", session=session, now=office.now + SECOND)
    office.change(office.session(MALLORY, agent=ADA), now=office.now + SECOND)
    assert len(office.desk.rows("Custody")) == 3


def test_agent_who_vouched_for_the_registration_does_not_put_in_another(office: Office):
    office.refused(NotPermitted, "ada vouched", session=office.session(agent=ADA))


@pytest.mark.parametrize("seen", [None, MOLE, replace(QUAY, name="Quay Plc")])
def test_papers_of_this_very_organisation_are_wanted(office: Office, seen: Organisation | None):
    session = office.session(of=seen)
    office.refused(NotPermitted, "No agent attested in that session", session=session)


def test_line_of_another_organisation_or_of_nobodys_or_none_has_one_answer(office: Office):
    from uuid import uuid4

    desk = office.desk
    other, own = a_line_of(desk, 2, of=MOLE), desk.register(request=mobile(3)).line
    for line in (other, own, LineId(uuid4())):
        office.refused(NotPermitted, "No such line is registered for that organisation", line=line)
    unknown = Organisation.parse(name="Hull Ltd", register="Companies House", number="09999999")
    session = office.session(of=unknown)
    office.refused(NotPermitted, "No such line is registered", session=session, of=unknown, line=own)


def test_who_signs_already_is_not_put_in(office: Office):
    office.refused(Conflict, "signatory already", session=office.session(ALICE))


def test_verification_holds_for_its_time_and_no_longer(office: Office):
    from lineproof.line.clock import deadline

    policy, session = office.desk.services.policy, office.session()
    end = deadline(office.now, policy.clocks.verified_within, policy.calendar)
    office.refused(NotPermitted, "Nobody was verified", session=session, now=end)
    office.change(session, now=end - SECOND)


def test_other_terms_are_refused(office: Office):
    office.refused(Conflict, "terms in force", terms="1999-01")


def test_who_is_too_young_is_refused(office: Office):
    under(office.desk, MinorTerms(18))
    session = office.session(replace(CHILD, born_on=date(2010, 1, 1)))
    office.refused(Conflict, "too young", session=session)


def dispute(office: Office) -> None:
    from lineproof.registry.flows.dispute_line import open_dispute

    session = office.desk.verified(now=office.now)
    open_dispute(office.desk.services, office.line, DisputeKind.NOT_NEEDED, session, now=office.now)


def ask_sim(office: Office) -> None:
    from tests.flows.changes import ask_sim

    ask_sim(office.desk, line=office.line, now=office.now)


def offer(office: Office) -> None:
    from lineproof.registry.flows.transfer_line import offer_line

    session = office.desk.verified(now=office.now)
    offer_line(office.desk.services, office.line, session, now=office.now)


def leave(office: Office) -> None:
    from tests.flows.changes import ask_port_out

    ask_port_out(office.desk, by=ALICE, line=office.line, now=office.now)


def find_wrong(office: Office) -> None:
    find(office.desk, office.desk.row("Line"), Cause.CAP_EXCEEDED)


@pytest.mark.parametrize(
    ("begin", "says"),
    [
        (dispute, "disputed"),
        (ask_sim, "Another SIM is asked for"),
        (offer, "in transfer stays with its signatory"),
        (leave, "porting out stays with its signatory"),
        (find_wrong, "is to be corrected"),
    ],
)
def test_what_is_under_way_about_the_line_comes_first(
    office: Office, begin: Callable[[Office], None], says: str
):
    begin(office)
    office.refused(Conflict, says)


def test_while_an_appeal_is_open_it_waits(office: Office):
    from lineproof.registry.flows.appeal_decision import open_appeal

    case = Corrected.found(office.desk, line=office.desk.row("Line")).until("notified")
    open_appeal(office.desk.services, AppealKind.CORRECTION, case.id, now=case.now)
    session = office.session(now=case.now)
    office.refused(Conflict, "An appeal about this line is open", session=session, now=case.now)


def test_line_that_is_not_switched_on_yet_waits(office: Office):
    row = office.desk.row("Line")
    row.state = "pending"
    row.save()
    office.refused(Conflict, "pending stays with its signatory")


def test_line_that_was_given_up_has_no_signatory(office: Office):
    from lineproof.registry.flows.surrender_line import surrender_line

    session = office.desk.verified(now=office.now)
    surrender_line(office.desk.services, office.line, session, now=office.now)
    office.refused(NotPermitted, "No such line is registered")


def test_hold_keeps_it_until_it_is_over(office: Office):
    from lineproof.registry.models import Hold

    until = office.now + HOUR
    Hold.objects.create(
        line=office.desk.row("Line"),
        kind="transfer",
        since=office.now - DAY,
        until=until,
        subject=b"s" * 16,
    )
    session = office.session(now=until - SECOND)
    office.refused(Conflict, "cannot be done with the line until", session=session, now=until - SECOND)
    office.change(session, now=until)


def test_former_signatory_can_do_nothing_with_it_any_more(office: Office):
    from lineproof.registry.flows.surrender_line import surrender_line

    office.change()
    session = office.desk.verified(now=office.now)
    with pytest.raises(NotPermitted, match="not in the name of who was verified"):
        surrender_line(office.desk.services, office.line, session, now=office.now)


def test_former_signatory_who_is_erased_leaves_the_organisation_with_its_line(office: Office):
    desk = office.desk
    office.change()
    desk.erase(office.alice, now=office.now + DAY)
    old, new = desk.rows("Custody")
    assert (old.organisation_id, new.organisation_id) == (None, desk.row("Organisation").id)
