"""A line of an organisation is in the name of its signatory, and counts in the organisation's cap."""

import json
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError

from lineproof.decision.applicants import MinorTerms, OrganisationTerms
from lineproof.decision.attestation import SeenPapers
from lineproof.decision.decide import Verdict
from lineproof.decision.organisation import Organisation
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.correction import Cause
from lineproof.line.request import LineRequest
from lineproof.line.used_by_another import CourtReference, OrderOfCourt, WordOfHolder
from lineproof.simulate.passport import Passport
from lineproof.terms import HolderId, LineId, LineKind, Way
from tests.fakes.examiner import PERHAPS_THE_SAME
from tests.fakes.specimens import ALICE, BO
from tests.flows.corrected import ADA, RHEA, SOL
from tests.flows.test_minors import reasons, under

if TYPE_CHECKING:
    from tests.flows.desk import Desk

QUAY = Organisation.parse(name="Quay Ltd", register="Companies House", number="01234567")
MOLE = Organisation.parse(name="Mole Ltd", register="Companies House", number="07654321")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(desk: "Desk") -> "Desk":
    """The desk under a policy by which one organisation may have two mobile lines, and one person as many."""
    return capped(desk, person=2, organisation=2)


def capped(desk: "Desk", *, person: int, organisation: int | None) -> "Desk":
    policy = desk.services.policy
    terms = None
    if organisation is not None:
        terms = OrganisationTerms(MappingProxyType({LineKind.MOBILE: organisation, LineKind.FIXED: 1}))
    caps = MappingProxyType({**policy.caps, LineKind.MOBILE: person})
    desk.services = replace(desk.services, policy=replace(policy, organisations=terms, caps=caps))
    return desk


def as_signatory(
    desk: "Desk", passport: Passport = ALICE, *, of: Organisation = QUAY, **presenting: Any
) -> Any:
    """Present a signatory's passport; Ada has seen the extract, and that they may sign."""
    presentation = desk.present(passport, **presenting, attended=False)
    return desk.attest(presentation, papers=SeenPapers(organisation=of))


def mobile(last: int) -> LineRequest:
    from tests.flows.desk import a_mobile

    return a_mobile(f"+99955500100{last}")


def a_line_of(desk: "Desk", last: int = 1, passport: Passport = ALICE, *, of: Organisation = QUAY) -> LineId:
    line = desk.register(as_signatory(desk, passport, of=of), mobile(last)).line
    assert line is not None
    return line


class TestRegistered:
    """Alice registers a line for Quay Ltd, before Ada."""

    @pytest.mark.parametrize("way", Way)
    def test_line_is_in_the_signatorys_name_and_names_the_organisation(self, office: "Desk", way: Way):
        done = office.register(as_signatory(office, way=way))
        custody = office.row("Custody")
        assert done.decision.verdict is Verdict.ACCEPT
        assert (custody.holder_id, custody.organisation) == (done.holder, office.row("Organisation"))
        assert office.row("AttestationRecord").organisation

    def test_organisation_is_entered_once_however_it_is_written(self, office: "Desk"):
        from lineproof.registry.sealed_organisation import read_organisation

        a_line_of(office)
        written = Organisation.parse(name="Quay Plc", register="COMPANIES-HOUSE", number="0123 4567")
        a_line_of(office, 2, BO, of=written)
        row = office.row("Organisation")
        assert read_organisation(office.services.keys, row) == written
        assert {each.organisation_id for each in office.rows("Custody")} == {row.id}

    def test_policy_without_organisations_takes_no_such_papers_and_nothing_changes(self, desk: "Desk"):
        before = desk.everything()
        with pytest.raises(Malformed, match="nobody registers a line for an organisation"):
            desk.register(as_signatory(desk))
        with pytest.raises(Malformed, match="nobody registers a line for an organisation"):
            desk.verify_holder(as_signatory(desk))
        assert desk.everything() == before

    def test_line_is_not_for_a_minor_and_an_organisation_at_once(self, office: "Desk"):
        under(office, MinorTerms(18))
        papers = SeenPapers(guardianship=True, organisation=QUAY)
        presentation = office.attest(office.present(attended=False), papers=papers)
        before = office.everything()
        with pytest.raises(Malformed, match="not for both"):
            office.register(presentation)
        assert office.everything() == before

    def test_other_organisation_is_not_put_in_the_place_of_that_signed_for(self, office: "Desk"):
        presentation = as_signatory(office)
        claimed = replace(presentation.attestation, papers=SeenPapers(organisation=MOLE))
        before = office.everything()
        with pytest.raises(NotPermitted, match="not signed"):
            office.register(replace(presentation, attestation=claimed))
        assert office.everything() == before

    def test_who_no_agent_attests_registers_a_line_of_their_own(self, office: "Desk"):
        """Without an attestation nothing says for which organisation it would be."""
        case = office.referred()
        office.accept(case, RHEA, SOL)
        assert office.row("Custody").organisation is None
        assert office.count("Organisation") == 0

    def test_case_carries_it(self, office: "Desk"):
        done = office.register(as_signatory(office, instead=[PERHAPS_THE_SAME]))
        assert done.case is not None
        assert office.count("Organisation") == 0
        office.accept(done.case, RHEA, SOL)
        assert office.row("Custody").organisation == office.row("Organisation")

    def test_nothing_of_it_is_plain_in_the_record(self, office: "Desk"):
        office.register(as_signatory(office, instead=[PERHAPS_THE_SAME]))
        a_line_of(office, 2, BO)
        kept = office.raw_files()
        for text in (b"Quay Ltd", b"Companies House", b"companieshouse", b"01234567", QUAY.digest):
            assert text not in kept
        assert QUAY.digest.hex().encode() not in kept

    def test_log_shows_nothing_of_it(self, office: "Desk"):
        begun = office.count("Entry")
        office.register()
        middle = office.count("Entry")
        a_line_of(office, 2, BO)
        before, after = (
            [(body["kind"], body["outcome"], body["stage"], sorted(body)) for body in bodies]
            for bodies in (
                [json.loads(bytes(row.body)) for row in office.rows("Entry")[begun:middle]],
                [json.loads(bytes(row.body)) for row in office.rows("Entry")[middle:]],
            )
        )
        assert before == after

    def test_signatorys_page_names_it(self, office: "Desk"):
        from lineproof.registry.queries.holder import read_lines

        a_line_of(office)
        holder = office.register(office.present(), mobile(2)).holder
        assert holder is not None
        lines = read_lines(office.services.keys, holder)
        assert [line.organisation for line in lines] == ["Quay Ltd", ""]


class TestCaps:
    """The organisation's and its signatory's are apart."""

    def test_organisations_lines_leave_the_signatorys_cap_alone(self, office: "Desk"):
        for last in (1, 2):
            a_line_of(office, last)
        for last in (3, 4):
            assert office.register(request=mobile(last)).decision.verdict is Verdict.ACCEPT
        assert reasons(office.register(request=mobile(5))) == [ReasonCode.CAP_REACHED]

    def test_signatorys_own_leave_the_organisations_alone_and_at_its_cap_people_decide(self, office: "Desk"):
        for last in (1, 2):
            office.register(request=mobile(last))
        for last in (3, 4):
            a_line_of(office, last)
        done = office.register(as_signatory(office), mobile(5))
        assert (done.decision.verdict, reasons(done)) == (Verdict.REFER, [ReasonCode.CAP_REACHED])
        assert done.case is not None
        assert office.accept(done.case, RHEA, SOL).line is not None

    def test_it_counts_whoever_signs(self, office: "Desk"):
        a_line_of(office)
        a_line_of(office, 2, BO)
        assert reasons(office.register(as_signatory(office, BO), mobile(3))) == [ReasonCode.CAP_REACHED]

    def test_another_organisation_has_its_own(self, office: "Desk"):
        for last in (1, 2):
            a_line_of(office, last)
        a_line_of(office, 3, of=MOLE)
        assert office.count("Organisation") == 2

    def test_kinds_are_apart(self, office: "Desk"):
        from tests.flows.desk import an_access

        for last in (1, 2):
            a_line_of(office, last)
        assert office.register(as_signatory(office), an_access()).decision.verdict is Verdict.ACCEPT

    def test_cap_reached_since_the_case_was_referred_stops_its_acceptance(self, office: "Desk"):
        done = office.register(as_signatory(office, instead=[PERHAPS_THE_SAME]), mobile(5))
        for last in (1, 2):
            a_line_of(office, last, BO)
        assert done.case is not None
        office.accept(done.case, RHEA)
        with pytest.raises(Conflict, match="Since the case was referred"):
            office.accept(done.case, SOL)

    def test_case_is_not_accepted_under_a_pack_that_knows_organisations_no_more(self, office: "Desk"):
        done = office.register(as_signatory(office, instead=[PERHAPS_THE_SAME]))
        capped(office, person=2, organisation=None)
        assert done.case is not None
        office.accept(done.case, RHEA)
        with pytest.raises(Conflict, match="Since the case was referred"):
            office.accept(done.case, SOL)

    def test_two_lines_of_one_organisation_are_not_in_one_slot_though_two_people_sign(self, office: "Desk"):
        a_line_of(office)
        a_line_of(office, 2, BO)
        first, second = office.rows("Custody")
        assert {first.slot, second.slot} == {1, 2}
        second.slot = 1
        with pytest.raises(IntegrityError):
            second.save()

    def test_one_persons_own_line_and_the_one_they_sign_for_may_have_the_same_slot(self, office: "Desk"):
        a_line_of(office)
        office.register(request=mobile(2))
        assert [each.slot for each in office.rows("Custody")] == [1, 1]

    def test_database_knows_no_line_of_a_minor_that_is_an_organisations(self, office: "Desk"):
        a_line_of(office)
        custody = office.row("Custody")
        custody.for_minor = True
        with pytest.raises(IntegrityError):
            custody.save()

    def _given_up(self, desk: "Desk", line: LineId) -> Any:
        from lineproof.registry.flows.surrender_line import surrender_line, take_back
        from tests.flows.desk import NOW

        surrender_line(desk.services, line, desk.verified(now=NOW + HOUR), now=NOW + HOUR)
        return lambda: take_back(desk.services, line, desk.verified(now=NOW + 2 * HOUR), now=NOW + 2 * HOUR)

    def test_line_that_is_taken_back_is_the_organisations_again(self, office: "Desk"):
        self._given_up(office, a_line_of(office))()
        first, again = office.rows("Custody")
        assert (again.until, again.organisation) == (None, first.organisation)
        assert again.organisation is not None

    def test_none_is_taken_back_beyond_the_organisations_cap(self, office: "Desk"):
        take_back = self._given_up(office, a_line_of(office))
        for last in (2, 3):
            a_line_of(office, last, BO)
        with pytest.raises(Conflict, match="as many lines of this kind"):
            take_back()


class TestFound:
    """Lines beyond the organisation's cap are found, and put right."""

    def _find(self, desk: "Desk") -> int:
        from lineproof.registry.flows.find_corrections import find_corrections
        from tests.flows.desk import NOW

        found = find_corrections(
            desk.services, now=NOW + DAY, dry_run=False, causes=[Cause.CAP_EXCEEDED], most_at_once=1
        )
        return found.findings[Cause.CAP_EXCEEDED]

    def test_latest_of_the_organisation_is_found_whoever_signs(self, office: "Desk"):
        a_line_of(office)
        late = a_line_of(office, 2, BO)
        office.register(request=mobile(3))
        capped(office, person=1, organisation=1)
        assert self._find(office) == 1
        assert office.row("Correction").line_id == late

    @pytest.mark.parametrize(("person", "organisation"), [(2, 2), (1, None)])
    def test_none_is_found_within_the_cap_or_where_there_is_none(
        self, office: "Desk", person: int, organisation: int | None
    ):
        a_line_of(office)
        a_line_of(office, 2)
        capped(office, person=person, organisation=organisation)
        assert self._find(office) == 0

    def test_raised_cap_puts_it_right(self, office: "Desk"):
        a_line_of(office)
        a_line_of(office, 2, BO)
        capped(office, person=2, organisation=1)
        self._find(office)
        capped(office, person=2, organisation=2)
        assert self._find(office) == 0
        assert office.row("Correction").state == "put_right"

    def test_line_that_another_signatory_gives_up_puts_it_right(self, office: "Desk"):
        from lineproof.registry.flows.surrender_line import surrender_line
        from tests.flows.desk import NOW

        first = a_line_of(office)
        a_line_of(office, 2, BO)
        capped(office, person=2, organisation=1)
        self._find(office)
        now = NOW + 2 * DAY
        surrender_line(office.services, first, office.verified(now=now), now=now)
        assert office.row("Correction").state == "put_right"


class TestUsedByItsPeople:
    """That the organisation's people use it is what it was registered for."""

    def _report(self, desk: "Desk", line: LineId, source: Any) -> Any:
        from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
        from tests.flows.desk import NOW

        return report_used_by_another(desk.services, line, source=source, now=NOW)

    @pytest.mark.parametrize("besides", [False, True])
    def test_on_the_signatorys_word_nothing_begins_and_nothing_changes(self, office: "Desk", besides: bool):
        line, session = a_line_of(office), office.verified()
        before = office.everything()
        with pytest.raises(Conflict, match="whose people may use it"):
            self._report(office, line, WordOfHolder(session, besides_minor=besides))
        assert office.everything() == before

    def test_court_can_say_so(self, office: "Desk"):
        self._report(office, a_line_of(office), OrderOfCourt(CourtReference.parse("1 K 26"), ADA))
        assert office.row("Correction").cause == "used_by_another"


def test_transfer_makes_it_the_receivers_own_in_their_cap(office: "Desk"):
    from lineproof.registry.queries.holder import count_lines
    from tests.flows.test_transfer_line import COOLING, Counter

    done = office.register(as_signatory(office))
    counter = Counter(office, LineId(done.line), HolderId(done.holder))  # type: ignore[arg-type]
    counter.accept(counter.offer().code)
    assert counter.complete(COOLING) == 1
    first, second = office.rows("Custody")
    assert first.organisation is not None
    assert second.organisation is None
    assert count_lines(HolderId(second.holder_id), LineKind.MOBILE) == 1


class TestForgotten:
    """What is known of an organisation goes with its last line."""

    def _ended(self, desk: "Desk", *holders: HolderId | None) -> None:
        from tests.flows.desk import NOW

        for holder in holders:
            desk.end_lines(holder, until=NOW + DAY)

    def test_it_goes_with_its_key_and_nothing_opens_it_any_more(self, office: "Desk"):
        from tests.flows.desk import NOW

        holder = office.register(as_signatory(office)).holder
        organisation = office.row("Organisation").id
        assert office.count("DataKey", subject=organisation) == 1
        self._ended(office, holder)
        office.erase(holder, now=NOW + 2 * DAY)
        assert office.count("Organisation") == office.count("DataKey", subject=organisation) == 0
        assert office.row("Custody").organisation is None

    def test_it_stays_as_long_as_another_line_names_it(self, office: "Desk"):
        from tests.flows.desk import NOW

        holder = office.register(as_signatory(office)).holder
        a_line_of(office, 2, BO)
        self._ended(office, holder)
        office.erase(holder, now=NOW + 2 * DAY)
        assert office.count("Organisation") == 1
        assert [each.organisation_id is None for each in office.rows("Custody")] == [True, False]

    @pytest.mark.parametrize(("early", "left"), [(DAY, 1), (0 * DAY, 0)])
    def test_unasked_it_goes_at_the_end_of_the_lines_time_and_not_before(
        self, office: "Desk", early: timedelta, left: int
    ):
        from lineproof.registry.flows.erase import erase_due
        from tests.flows.desk import NOW

        holder = office.register(as_signatory(office)).holder
        self._ended(office, holder)
        row = office.row("Line")
        row.state = "quarantine"
        row.save()
        periods = office.services.policy.retention
        end = NOW + DAY + timedelta(days=min(periods.line.days, periods.identity.days))
        erase_due(office.services, now=end - early)
        assert office.count("Organisation") == left

    def test_that_papers_were_seen_is_forgotten_with_the_attestation(self, office: "Desk"):
        from lineproof.registry.flows.erase import erase_due
        from tests.flows.desk import NOW

        a_line_of(office)
        decision = office.services.policy.retention.decision
        erase_due(office.services, now=NOW + timedelta(days=decision.days))
        row = office.row("AttestationRecord")
        assert (row.signature, row.organisation) == (None, False)
