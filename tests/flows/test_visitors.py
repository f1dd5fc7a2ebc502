"""A visitor's line is registered for a time: told, reminded, made longer, and never cut by a date."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.applicants import VisitorTerms
from lineproof.decision.attestation import SeenPapers
from lineproof.decision.clocks import Term
from lineproof.decision.decide import Verdict
from lineproof.errors import Malformed, NotPermitted
from lineproof.line.correction import Cause
from lineproof.terms import HolderId, LineId, Way
from tests.fakes.examiner import PERHAPS_THE_SAME
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO
from tests.flows.corrected import RHEA, SOL, Corrected, find

if TYPE_CHECKING:
    from tests.flows.desk import Desk

# The specimen policy's days are those of UTC; the desk's clock stands at noon of the 1st of July 2026.
IN_THIRTY_DAYS = datetime(2026, 8, 1, tzinfo=UTC)
HOME = VisitorTerms(frozenset({"UTO"}), Term.parse("30 days"), Term.parse("7 days"))
ABROAD = replace(HOME, home=frozenset({"PHL"}))


@pytest.fixture
def abroad(desk: "Desk") -> "Desk":
    """The desk under a policy to which every specimen passport is a visitor's."""
    return under(desk, ABROAD)


def under(desk: "Desk", visitors: VisitorTerms | None) -> "Desk":
    desk.services = replace(desk.services, policy=replace(desk.services.policy, visitors=visitors))
    return desk


def with_permit(desk: "Desk", until: date, **presenting: Any) -> Any:
    """Present Alice's passport, and a permit that Ada has seen."""
    presentation = desk.present(**presenting, attended=False)
    return desk.attest(presentation, papers=SeenPapers(permit_until=until))


def ends(desk: "Desk") -> list[datetime | None]:
    """Read until when each line is registered in the name of who holds it now."""
    return [row.registered_until for row in desk.rows("Custody") if row.until is None]


def verify_later(desk: "Desk", *, now: datetime, passport: Any = ALICE) -> None:
    assert desk.verify_holder(desk.present(passport, way=Way.COUNTER), now=now).holder is not None


def look(desk: "Desk", now: datetime) -> dict[Cause, int]:
    """Enter what is found, and give how much of each cause there was."""
    from lineproof.registry.flows.find_corrections import find_corrections

    found = find_corrections(desk.services, now=now, dry_run=False)
    return {cause: count for cause, count in found.findings.items() if count}


def remind(desk: "Desk", now: datetime, **how: Any) -> int:
    from lineproof.registry.flows.remind_holders import remind_holders

    return remind_holders(desk.services, now=now, **how)


class TestRegistered:
    """Alice's passport is of another country."""

    @pytest.mark.parametrize("way", Way)
    def test_applicant_is_told_until_when_by_either_way(self, abroad: "Desk", way: Way):
        done = abroad.register(abroad.present(way=way))
        assert (done.decision.verdict, done.registered_until) == (Verdict.ACCEPT, IN_THIRTY_DAYS)
        assert ends(abroad) == [IN_THIRTY_DAYS]
        (notice,) = abroad.rows("Notice")
        assert (notice.kind, notice.deadline) == ("line_registered", IN_THIRTY_DAYS)

    def test_page_and_letter_say_the_day(self, abroad: "Desk"):
        from lineproof.line.language import Language
        from lineproof.registry.queries.holder import read_holder_page
        from lineproof.registry.queries.notices import read_letter

        holder = abroad.register().holder
        assert holder is not None
        (line,) = read_holder_page(abroad.services.keys, holder).lines
        assert line.registered_until == IN_THIRTY_DAYS
        letter = read_letter(abroad.services, abroad.rows("Notice")[0].id, Language.ENGLISH)
        assert "until the end of 31 July 2026" in letter.text

    def test_who_is_at_home_or_under_a_policy_without_visitors_has_no_end(self, desk: "Desk"):
        from tests.flows.desk import an_access

        assert desk.register().registered_until is None
        under(desk, HOME).register(desk.present(BO), an_access())
        assert ends(desk) == [None, None]
        assert [row.deadline for row in desk.rows("Notice")] == [None, None]

    def test_log_says_neither_the_end_nor_that_there_is_one(self, desk: "Desk"):
        """The end may be the day on which a document expires: the same in all its holder's procedures."""
        from tests.flows.desk import a_mobile

        before = desk.count("Entry")
        desk.register()
        middle = desk.count("Entry")
        under(desk, ABROAD).register(desk.present(BO), a_mobile("+999555001002"))
        bodies = [json.loads(bytes(row.body)) for row in desk.rows("Entry")[before:]]
        shown = [(body["kind"], body["outcome"], body["due_at"], len(body["commitments"])) for body in bodies]
        assert shown[: middle - before] == shown[middle - before :]
        assert not any(body["due_at"] for body in bodies)

    def test_permit_that_the_agent_has_seen_takes_the_place_of_the_term(self, abroad: "Desk"):
        from tests.flows.desk import an_access

        assert abroad.register(with_permit(abroad, date(2027, 3, 1))).registered_until == datetime(
            2027, 3, 2, tzinfo=UTC
        )
        short = abroad.register(with_permit(abroad, date(2026, 7, 1), passport=BO), an_access())
        assert short.registered_until == datetime(2026, 7, 2, tzinfo=UTC)
        assert [row.permit_until for row in abroad.rows("AttestationRecord")] == [
            date(2027, 3, 1),
            date(2026, 7, 1),
        ]

    def test_no_permit_makes_it_longer_than_the_document_is_in_date(self, abroad: "Desk"):
        done = abroad.register(with_permit(abroad, date(2040, 1, 1)))
        assert done.registered_until == datetime(2034, 3, 15, tzinfo=UTC)

    def test_permit_that_is_over_is_not_taken_and_nothing_changes(self, abroad: "Desk"):
        before = abroad.everything()
        with pytest.raises(Malformed, match="good until 2026-06-30"):
            abroad.register(with_permit(abroad, date(2026, 6, 30)))
        with pytest.raises(Malformed, match="good until 2026-06-30"):
            abroad.verify_holder(with_permit(abroad, date(2026, 6, 30)))
        assert abroad.everything() == before

    def test_permit_under_a_policy_without_visitors_is_not_taken_and_nothing_changes(self, desk: "Desk"):
        before = desk.everything()
        with pytest.raises(Malformed, match="no permit makes a difference"):
            desk.register(with_permit(desk, date(2027, 3, 1)))
        assert desk.everything() == before

    def test_permit_that_was_not_signed_for_is_not_taken_and_nothing_changes(self, abroad: "Desk"):
        presentation = abroad.present()
        attestation = presentation.attestation
        assert attestation is not None
        claimed = replace(attestation, papers=SeenPapers(permit_until=date(2027, 3, 1)))
        before = abroad.everything()
        with pytest.raises(NotPermitted, match="not signed"):
            abroad.register(replace(presentation, attestation=claimed))
        assert abroad.everything() == before

    def test_permit_travels_sealed_with_the_case_and_counts_when_two_people_accept(self, abroad: "Desk"):
        doubted = abroad.attest(
            abroad.present(attended=False, instead=[PERHAPS_THE_SAME]),
            papers=SeenPapers(permit_until=date(2027, 3, 1)),
        )
        referred = abroad.register(doubted)
        assert (referred.decision.verdict, referred.registered_until) == (Verdict.REFER, None)
        assert referred.case is not None
        assert b"2027-03-01" not in bytes(abroad.row("Case").sealed_application)
        abroad.accept(referred.case, RHEA, SOL)
        assert ends(abroad) == [datetime(2027, 3, 2, tzinfo=UTC)]

    def test_number_that_comes_from_another_operator_is_registered_for_as_long(self, abroad: "Desk"):
        from lineproof.line.porting import OperatorName
        from lineproof.registry.flows.port_in import ask_port_in
        from tests.flows.desk import NOW, a_mobile

        done = ask_port_in(
            abroad.services, a_mobile(), OperatorName.parse("Utopia Mobile"), abroad.present(), now=NOW
        )
        assert done.registered_until == IN_THIRTY_DAYS
        assert ends(abroad) == [IN_THIRTY_DAYS]


class TestVerifiedAgain:
    """A fresh examination makes it longer, by the same rule, and never shorter."""

    def test_it_is_registered_by_the_same_rule_from_then_on(self, abroad: "Desk"):
        abroad.register()
        verify_later(abroad, now=IN_THIRTY_DAYS - timedelta(seconds=1))
        assert ends(abroad) == [datetime(2026, 8, 31, tzinfo=UTC)]

    def test_it_is_so_too_when_the_time_is_over(self, abroad: "Desk"):
        abroad.register()
        verify_later(abroad, now=IN_THIRTY_DAYS)
        assert ends(abroad) == [datetime(2026, 9, 1, tzinfo=UTC)]

    def test_who_shows_a_permit_is_told_the_new_end(self, abroad: "Desk"):
        abroad.register()
        done = abroad.verify_holder(with_permit(abroad, date(2026, 12, 31)))
        assert done.registered_until == datetime(2027, 1, 1, tzinfo=UTC)
        assert ends(abroad) == [datetime(2027, 1, 1, tzinfo=UTC)]

    def test_who_shows_no_permit_this_time_keeps_the_end_that_the_last_gave(self, abroad: "Desk"):
        abroad.register(with_permit(abroad, date(2027, 3, 1)))
        verify_later(abroad, now=IN_THIRTY_DAYS)
        assert ends(abroad) == [datetime(2027, 3, 2, tzinfo=UTC)]

    def test_second_line_makes_the_first_longer_as_well(self, abroad: "Desk"):
        from lineproof.registry.flows.register_line import register_line
        from tests.flows.desk import NOW, a_mobile

        abroad.register()
        later = NOW + timedelta(days=3)
        register_line(abroad.services, a_mobile("+999555001002"), abroad.present(), now=later)
        assert ends(abroad) == [IN_THIRTY_DAYS + timedelta(days=3)] * 2

    def test_document_of_an_issuer_at_home_takes_the_end_away(self, desk: "Desk"):
        under(desk, ABROAD).register()
        under(desk, HOME).link(ALICE, ALICES_RENEWED)
        assert ends(desk) == [None]

    def test_line_that_was_registered_without_an_end_does_not_get_one(self, desk: "Desk"):
        from tests.flows.desk import NOW

        desk.register()
        under(desk, ABROAD)
        verify_later(desk, now=NOW)
        assert ends(desk) == [None]

    def test_who_is_not_verified_has_nothing_made_longer(self, abroad: "Desk"):
        abroad.register()
        later = IN_THIRTY_DAYS - timedelta(days=1)
        referred = abroad.verify_holder(abroad.present(attended=False), now=later)
        assert referred.case is not None
        assert ends(abroad) == [IN_THIRTY_DAYS]
        abroad.accept(referred.case, RHEA, SOL)
        # The desk's clock stands still: two people accept it on the first day.
        assert ends(abroad) == [IN_THIRTY_DAYS]


class TestLapsed:
    """When it is over nothing happens, but that the line can be found and corrected as any other."""

    def test_date_by_itself_cuts_nothing(self, abroad: "Desk"):
        from lineproof.registry.flows.due import due_tasks

        abroad.register()
        for task in due_tasks(abroad.services.referrals.keys):  # type: ignore[arg-type]
            task.run(abroad.services, IN_THIRTY_DAYS + timedelta(days=400))
        assert abroad.row("Line").state == "active"
        assert abroad.count("Correction") == 0

    def test_it_is_found_from_the_end_on_and_not_before(self, abroad: "Desk"):
        abroad.register()
        assert look(abroad, IN_THIRTY_DAYS - timedelta(seconds=1)) == {}
        assert look(abroad, IN_THIRTY_DAYS) == {Cause.REGISTRATION_LAPSED: 1}
        assert look(abroad, IN_THIRTY_DAYS + timedelta(days=1)) == {}
        assert (abroad.row("Correction").state, abroad.row("Line").state) == ("found", "active")

    def test_it_is_not_found_under_a_policy_that_makes_no_difference_any_more(self, abroad: "Desk"):
        abroad.register()
        assert look(under(abroad, None), IN_THIRTY_DAYS) == {}

    def test_ladder_runs_with_its_notices_and_two_people(self, abroad: "Desk"):
        abroad.register()
        case = Corrected.found(abroad, Cause.REGISTRATION_LAPSED, line=abroad.row("Line")).announce()
        assert case.row.due_at > case.now
        assert case.sign(RHEA).decided is None
        assert case.state == ("notified", "active")
        case.sign(SOL, at=case.now)
        assert case.state == ("restricted", "restricted")

    @pytest.mark.parametrize("state", ["found", "notified", "restricted", "suspended", "terminated"])
    def test_who_is_verified_has_it_undone_at_once_and_registered_for_longer(
        self, abroad: "Desk", state: str
    ):
        abroad.register()
        case = Corrected.found(abroad, Cause.REGISTRATION_LAPSED, line=abroad.row("Line")).until(state)
        then = max(case.now, IN_THIRTY_DAYS) + timedelta(hours=1)
        verify_later(abroad, now=then)
        assert case.state == ("put_right", "active")
        (until,) = ends(abroad)
        assert until is not None
        assert until.date() == then.date() + timedelta(days=31)

    def test_the_next_end_can_lapse_again(self, abroad: "Desk"):
        abroad.register()
        look(abroad, IN_THIRTY_DAYS)
        verify_later(abroad, now=IN_THIRTY_DAYS + timedelta(hours=1))
        until = datetime(2026, 9, 1, tzinfo=UTC)
        assert ends(abroad) == [until]
        assert look(abroad, until - timedelta(seconds=1)) == {}
        assert look(abroad, until) == {Cause.REGISTRATION_LAPSED: 1}
        assert look(abroad, until + timedelta(days=1)) == {}

    def test_what_an_appeal_gives_back_has_the_end_that_it_had_and_is_not_found_again(self, abroad: "Desk"):
        from django.db import transaction

        from lineproof.line.correction import CorrectionEvent
        from lineproof.registry.flows.corrections import party_of
        from lineproof.registry.flows.giving_back import undo
        from lineproof.registry.flows.log import LogWriter

        abroad.register()
        look(abroad, IN_THIRTY_DAYS)
        row = abroad.row("Correction")
        case = Corrected(abroad, row.id, IN_THIRTY_DAYS).until("terminated")
        writer = LogWriter(abroad.services, party_of(row), now=case.now, subject=bytes(row.subject))
        with transaction.atomic(), writer as log:
            undo(case.row, CorrectionEvent.OVERTURNED, log)
        assert ends(abroad) == [IN_THIRTY_DAYS]
        assert look(abroad, case.now + timedelta(days=1)) == {}


class TestReminded:
    """A week before the end, once."""

    FROM = datetime(2026, 7, 25, tzinfo=UTC)

    def test_it_is_a_week_before_the_end_and_not_sooner(self, abroad: "Desk"):
        abroad.register()
        before = abroad.everything()
        assert remind(abroad, self.FROM - timedelta(seconds=1)) == 0
        assert abroad.everything() == before
        assert remind(abroad, self.FROM) == 1
        notice = abroad.rows("Notice")[-1]
        assert (notice.kind, notice.deadline) == ("registration_ends", IN_THIRTY_DAYS)
        assert notice.line_id == abroad.row("Line").id

    def test_it_is_once_for_each_end(self, abroad: "Desk"):
        abroad.register()
        assert [remind(abroad, self.FROM) for _ in range(3)] == [1, 0, 0]
        verify_later(abroad, now=self.FROM)
        assert remind(abroad, self.FROM) == 0
        assert remind(abroad, datetime(2026, 8, 18, tzinfo=UTC)) == 1
        assert abroad.count("Notice", kind="registration_ends") == 2

    def test_what_is_over_is_not_told_of(self, abroad: "Desk"):
        abroad.register()
        assert remind(abroad, IN_THIRTY_DAYS) == 0

    def test_nobody_else_is_reminded(self, desk: "Desk"):
        from lineproof.registry.models import Custody
        from tests.flows.desk import a_mobile

        desk.register()
        under(desk, ABROAD).register(desk.present(BO), a_mobile("+999555001002"))
        Custody.objects.filter(registered_until__isnull=False).update(disowned_at=self.FROM, slot=None)
        assert remind(desk, self.FROM) == 0
        Custody.objects.update(disowned_at=None)
        assert remind(under(desk, None), self.FROM) == 0
        assert remind(under(desk, ABROAD), self.FROM) == 1

    def test_those_that_end_first_are_told_first(self, abroad: "Desk"):
        from tests.flows.desk import a_mobile

        abroad.register(with_permit(abroad, date(2026, 7, 20)))
        abroad.register(abroad.present(BO), a_mobile("+999555001002"))
        assert remind(abroad, datetime(2026, 7, 20, tzinfo=UTC), most_at_once=1) == 1
        assert [row.reminded_at is not None for row in abroad.rows("Custody")] == [True, False]

    def test_entry_says_that_somebody_was_told_and_not_the_end(self, abroad: "Desk"):
        from tests.flows.test_monitored import monitored

        abroad.register()
        remind(abroad, self.FROM)
        body = json.loads(bytes(abroad.rows("Entry")[-1].body))
        assert (body["kind"], body["outcome"], body["due_at"], body["stage"]) == (
            *("notice_given", "registration_ends"),
            *(None, "ended"),
        )
        assert monitored(abroad, at=self.FROM).findings == ()


class TestPassedOn:
    """Whose it is then has it registered by what they were verified with."""

    def _transferred(self, desk: "Desk", receiver: VisitorTerms) -> None:
        from tests.flows.test_transfer_line import COOLING, Counter

        done = desk.register()
        counter = Counter(desk, LineId(done.line), HolderId(done.holder))  # type: ignore[arg-type]
        code = counter.offer().code
        under(desk, receiver)
        counter.accept(code)
        assert counter.complete(COOLING) == 1

    def test_visitor_who_takes_a_line_over_has_it_for_a_time(self, desk: "Desk"):
        self._transferred(desk, ABROAD)
        assert ends(desk) == [IN_THIRTY_DAYS]
        told = [row.deadline for row in desk.rows("Notice") if row.kind == "line_transferred"]
        assert told == [None, IN_THIRTY_DAYS]
        entries = [json.loads(bytes(row.body)) for row in desk.rows("Entry")]
        assert {body["due_at"] for body in entries if body["outcome"] == "line_transferred"} == {None}

    def test_who_is_at_home_and_takes_a_visitors_line_over_has_it_without_an_end(self, abroad: "Desk"):
        self._transferred(abroad, HOME)
        assert ends(abroad) == [None]

    def test_visitor_who_takes_their_line_back_has_the_longer_end(self, abroad: "Desk"):
        from lineproof.registry.flows.surrender_line import surrender_line, take_back
        from tests.flows.desk import NOW

        line = abroad.register(with_permit(abroad, date(2026, 8, 15))).line
        assert line is not None
        surrender_line(abroad.services, line, abroad.verified(), now=NOW + timedelta(hours=1))
        soon, late = NOW + timedelta(days=1), NOW + timedelta(days=60)
        take_back(abroad.services, line, abroad.verified(now=soon), now=soon)
        assert ends(abroad) == [datetime(2026, 8, 16, tzinfo=UTC)]
        surrender_line(abroad.services, line, abroad.verified(now=soon), now=soon + timedelta(hours=1))
        take_back(abroad.services, line, abroad.verified(now=late), now=late)
        assert ends(abroad) == [datetime(2026, 9, 30, tzinfo=UTC)]


def test_day_is_forgotten_with_the_holder(abroad: "Desk"):
    from tests.flows.desk import NOW

    holder = abroad.register(with_permit(abroad, date(2027, 3, 1))).holder
    abroad.end_lines(holder, until=NOW + timedelta(days=1))
    abroad.erase(holder, now=NOW + timedelta(days=2))
    assert [(row.registered_until, row.reminded_at) for row in abroad.rows("Custody")] == [(None, None)]


def test_day_of_a_permit_is_forgotten_with_the_attestation(abroad: "Desk"):
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import NOW

    abroad.register(with_permit(abroad, date(2027, 3, 1)))
    kept = timedelta(days=abroad.services.policy.retention.decision.days)
    erase_due(abroad.services, now=NOW + kept - timedelta(seconds=1))
    assert abroad.row("AttestationRecord").permit_until == date(2027, 3, 1)
    erase_due(abroad.services, now=NOW + kept)
    row = abroad.row("AttestationRecord")
    assert (row.permit_until, row.signature) == (None, None)
    assert ends(abroad) == [datetime(2027, 3, 2, tzinfo=UTC)]


def test_what_was_found_by_hand_of_another_holder_does_not_hide_it(abroad: "Desk"):
    """Once for each end, and an end is one holder's."""
    abroad.register()
    find(abroad, abroad.row("Line"), Cause.CAP_EXCEEDED)
    assert look(abroad, IN_THIRTY_DAYS) == {Cause.REGISTRATION_LAPSED: 1}
