"""A minor's line is registered in the name of their guardian, whose papers an agent has seen."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.applicants import MinorTerms
from lineproof.decision.attestation import SeenPapers
from lineproof.decision.decide import Verdict
from lineproof.decision.finding import Check
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.used_by_another import CourtReference, OrderOfCourt, WordOfHolder
from lineproof.simulate.passport import Passport
from lineproof.terms import HolderId, LineId, Procedure, Way
from tests.fakes.examiner import PERHAPS_THE_SAME
from tests.fakes.specimens import ALICE, BO
from tests.flows.corrected import ADA, RHEA, SOL

if TYPE_CHECKING:
    from tests.flows.desk import Desk

# The desk's clock stands at noon of the 1st of July 2026, in UTC.
CHILD = Passport("ABELARD", "CHARLIE", "C70070007", born_on=date(2008, 7, 2))
GROWN = replace(CHILD, number="C80080008", born_on=date(2008, 7, 1))


@pytest.fixture
def eighteen(desk: "Desk") -> "Desk":
    """The desk under a policy by which nobody under eighteen has a line in their own name."""
    return under(desk, MinorTerms(18))


def under(desk: "Desk", minors: MinorTerms | None) -> "Desk":
    policy = desk.services.policy
    registration = policy.required_besides[Procedure.REGISTRATION] - {Check.ADULT_BY_DOCUMENT}
    if minors is not None:
        registration |= {Check.ADULT_BY_DOCUMENT}
    besides = MappingProxyType({**policy.required_besides, Procedure.REGISTRATION: registration})
    desk.services = replace(desk.services, policy=replace(policy, minors=minors, required_besides=besides))
    return desk


def as_guardian(desk: "Desk", passport: Passport = ALICE, **presenting: Any) -> Any:
    """Present a guardian's passport; Ada has seen the minor's, and the proof."""
    presentation = desk.present(passport, **presenting, attended=False)
    return desk.attest(presentation, papers=SeenPapers(guardianship=True))


def a_line_for_a_minor(desk: "Desk") -> LineId:
    line = desk.register(as_guardian(desk)).line
    assert line is not None
    return line


def reasons(done: Any) -> list[ReasonCode]:
    return [reason.code for reason in done.decision.reasons]


class TestInTheirOwnName:
    """A minor shows their own passport."""

    @pytest.mark.parametrize("way", Way)
    def test_it_is_referred_by_either_way_and_never_refused(self, eighteen: "Desk", way: Way):
        done = eighteen.register(eighteen.present(CHILD, way=way))
        assert (done.decision.verdict, reasons(done)) == (Verdict.REFER, [ReasonCode.GUARDIAN_NEEDED])
        assert done.case is not None
        assert eighteen.count("Line") == 0

    def test_on_the_birthday_it_is_accepted(self, eighteen: "Desk"):
        assert eighteen.register(eighteen.present(GROWN)).decision.verdict is Verdict.ACCEPT

    def test_day_is_that_of_the_policys_zone(self, eighteen: "Desk"):
        """At noon in UTC it is the 2nd of July on the Line Islands."""
        policy = eighteen.services.policy
        calendar = replace(policy.calendar, zone="Pacific/Kiritimati")
        eighteen.services = replace(eighteen.services, policy=replace(policy, calendar=calendar))
        assert eighteen.register(eighteen.present(CHILD)).decision.verdict is Verdict.ACCEPT

    def test_birth_that_the_document_leaves_open_is_looked_at_by_people(self, eighteen: "Desk"):
        from lineproof.registry.flows.minors import adult_findings
        from tests.flows.desk import NOW

        (found,) = adult_findings(eighteen.services, None, now=NOW)
        assert found.reason is ReasonCode.BIRTH_NOT_KNOWN

    def test_two_people_may_accept_it_knowingly(self, eighteen: "Desk"):
        case = eighteen.register(eighteen.present(CHILD)).case
        assert case is not None
        assert eighteen.accept(case, RHEA, SOL).line is not None
        assert not eighteen.row("Custody").for_minor

    def test_policy_without_minors_makes_no_difference(self, desk: "Desk"):
        done = desk.register(desk.present(CHILD))
        assert done.decision.verdict is Verdict.ACCEPT
        assert Check.ADULT_BY_DOCUMENT not in {finding.check for finding in done.findings}

    def test_who_is_too_young_can_be_verified_all_the_same(self, eighteen: "Desk"):
        """To say of a line that it is not theirs, for one."""
        assert eighteen.verify_holder(eighteen.present(CHILD)).decision.verdict is Verdict.ACCEPT


class TestInTheGuardiansName:
    """Alice registers a line for her child, before Ada."""

    @pytest.mark.parametrize("way", Way)
    def test_line_is_the_guardians_and_says_that_a_minor_uses_it(self, eighteen: "Desk", way: Way):
        done = eighteen.register(as_guardian(eighteen, way=way))
        custody = eighteen.row("Custody")
        assert done.decision.verdict is Verdict.ACCEPT
        assert (custody.holder_id, custody.for_minor) == (done.holder, True)
        assert eighteen.row("AttestationRecord").guardianship

    def test_it_counts_in_the_guardians_cap(self, eighteen: "Desk"):
        from lineproof.terms import LineKind
        from tests.flows.desk import a_mobile

        policy = eighteen.services.policy
        caps = MappingProxyType({**policy.caps, LineKind.MOBILE: 1})
        eighteen.services = replace(eighteen.services, policy=replace(policy, caps=caps))
        a_line_for_a_minor(eighteen)
        done = eighteen.register(as_guardian(eighteen), a_mobile("+999555001002"))
        assert reasons(done) == [ReasonCode.CAP_REACHED]

    def test_nothing_of_the_minor_is_on_record(self, eighteen: "Desk"):
        before = {name: len(rows) for name, rows in eighteen.everything().items()}
        eighteen.register()
        plain = {name: len(rows) for name, rows in eighteen.everything().items()}
        from tests.flows.desk import an_access

        eighteen.register(as_guardian(eighteen, BO), an_access())
        after = {name: len(rows) for name, rows in eighteen.everything().items()}
        added = {name: plain[name] - before[name] for name in plain}
        assert {name: after[name] - plain[name] for name in after} == added
        assert eighteen.count("Holder") == eighteen.count("DocumentBinding") == 2

    def test_log_shows_nothing_of_it(self, eighteen: "Desk"):
        from tests.flows.desk import an_access

        begun = eighteen.count("Entry")
        eighteen.register()
        middle = eighteen.count("Entry")
        eighteen.register(as_guardian(eighteen, BO), an_access())
        shown = [
            [(body["kind"], body["outcome"], body["stage"], sorted(body)) for body in bodies]
            for bodies in (
                [json.loads(bytes(row.body)) for row in eighteen.rows("Entry")[begun:middle]],
                [json.loads(bytes(row.body)) for row in eighteen.rows("Entry")[middle:]],
            )
        ]
        assert shown[0] == shown[1]

    def test_guardian_who_is_too_young_is_referred(self, eighteen: "Desk"):
        done = eighteen.register(as_guardian(eighteen, CHILD))
        assert reasons(done) == [ReasonCode.GUARDIAN_NEEDED]

    def test_case_carries_it(self, eighteen: "Desk"):
        done = eighteen.register(as_guardian(eighteen, instead=[PERHAPS_THE_SAME]))
        assert done.case is not None
        eighteen.accept(done.case, RHEA, SOL)
        assert eighteen.row("Custody").for_minor

    def test_papers_that_were_not_signed_for_are_not_taken_and_nothing_changes(self, eighteen: "Desk"):
        presentation = eighteen.present()
        attestation = presentation.attestation
        assert attestation is not None
        claimed = replace(attestation, papers=SeenPapers(guardianship=True))
        before = eighteen.everything()
        with pytest.raises(NotPermitted, match="not signed"):
            eighteen.register(replace(presentation, attestation=claimed))
        assert eighteen.everything() == before

    def test_policy_without_minors_takes_no_such_papers_and_nothing_changes(self, desk: "Desk"):
        before = desk.everything()
        with pytest.raises(Malformed, match="nobody registers a line for a minor"):
            desk.register(as_guardian(desk))
        assert desk.everything() == before

    def test_holders_page_says_it(self, eighteen: "Desk"):
        from lineproof.registry.queries.holder import read_lines
        from tests.flows.desk import a_mobile

        a_line_for_a_minor(eighteen)
        holder = eighteen.register(eighteen.present(), a_mobile("+999555001002")).holder
        assert holder is not None
        lines = read_lines(eighteen.services.keys, holder)
        assert [line.for_minor for line in lines] == [True, False]

    def test_it_is_forgotten_with_the_holder(self, eighteen: "Desk"):
        from tests.flows.desk import NOW

        holder = eighteen.register(as_guardian(eighteen)).holder
        eighteen.end_lines(holder, until=NOW + timedelta(days=1))
        eighteen.erase(holder, now=NOW + timedelta(days=2))
        assert not eighteen.row("Custody").for_minor

    def test_that_papers_were_seen_is_forgotten_with_the_attestation(self, eighteen: "Desk"):
        from lineproof.registry.flows.erase import erase_due
        from tests.flows.desk import NOW

        a_line_for_a_minor(eighteen)
        erase_due(
            eighteen.services, now=NOW + timedelta(days=eighteen.services.policy.retention.decision.days)
        )
        row = eighteen.row("AttestationRecord")
        assert (row.signature, row.guardianship) == (None, False)


class TestUsedByTheMinor:
    """That the minor uses it is what it was registered for."""

    def _report(self, desk: "Desk", line: LineId, source: Any) -> Any:
        from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
        from tests.flows.desk import NOW

        return report_used_by_another(desk.services, line, source=source, now=NOW)

    def test_on_that_ground_alone_nothing_begins_and_nothing_changes(self, eighteen: "Desk"):
        line = a_line_for_a_minor(eighteen)
        session = eighteen.verified()
        before = eighteen.everything()
        with pytest.raises(Conflict, match="registered for a minor, who may use it"):
            self._report(eighteen, line, WordOfHolder(session))
        assert eighteen.everything() == before

    def test_that_somebody_else_uses_it_can_be_said(self, eighteen: "Desk"):
        line = a_line_for_a_minor(eighteen)
        self._report(eighteen, line, WordOfHolder(eighteen.verified(), besides_minor=True))
        assert eighteen.row("Correction").cause == "used_by_another"

    def test_court_can_say_so(self, eighteen: "Desk"):
        line = a_line_for_a_minor(eighteen)
        self._report(eighteen, line, OrderOfCourt(CourtReference.parse("1 K 26"), ADA))
        assert eighteen.row("Correction").cause == "used_by_another"


class TestPassedOn:
    """To the minor by an ordinary transfer when they are of full age, and not before."""

    def _offered(self, desk: "Desk") -> tuple[Any, str]:
        from tests.flows.test_transfer_line import Counter

        done = desk.register(as_guardian(desk))
        counter = Counter(desk, LineId(done.line), HolderId(done.holder))  # type: ignore[arg-type]
        return counter, counter.offer().code

    def test_who_is_too_young_does_not_receive_it_and_nothing_changes(self, eighteen: "Desk"):
        counter, code = self._offered(eighteen)
        child = replace(CHILD, born_on=date(2010, 1, 1))
        session = eighteen.verified(child, now=counter.at(timedelta(hours=2)))
        before = eighteen.everything()
        from lineproof.registry.flows.transfer_line import accept_line

        with pytest.raises(Conflict, match="too young for a line in their own name"):
            accept_line(
                eighteen.services,
                code,
                session,
                terms_version="1",
                now=counter.at(timedelta(hours=2)),
            )
        assert eighteen.everything() == before

    def test_who_is_of_full_age_receives_it_and_nobody_uses_it_for_them(self, eighteen: "Desk"):
        from tests.flows.test_transfer_line import COOLING

        counter, code = self._offered(eighteen)
        counter.accept(code, by=GROWN)
        assert counter.complete(COOLING) == 1
        assert [row.for_minor for row in eighteen.rows("Custody")] == [True, False]

    def test_guardian_who_takes_it_back_has_it_as_it_was(self, eighteen: "Desk"):
        from lineproof.registry.flows.surrender_line import surrender_line, take_back
        from tests.flows.desk import NOW

        line = a_line_for_a_minor(eighteen)
        soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
        surrender_line(eighteen.services, line, eighteen.verified(now=soon), now=soon)
        take_back(eighteen.services, line, eighteen.verified(now=later), now=later)
        assert [row.for_minor for row in eighteen.rows("Custody")] == [True, True]


def test_minors_and_visitors_go_together(eighteen: "Desk"):
    from lineproof.decision.applicants import VisitorTerms
    from lineproof.decision.clocks import Term

    visitors = VisitorTerms(frozenset({"PHL"}), Term.parse("30 days"), Term.parse("7 days"))
    eighteen.services = replace(
        eighteen.services, policy=replace(eighteen.services.policy, visitors=visitors)
    )
    papers = SeenPapers(permit_until=date(2026, 9, 1), guardianship=True)
    done = eighteen.register(eighteen.attest(eighteen.present(attended=False), papers=papers))
    custody = eighteen.row("Custody")
    assert done.registered_until == custody.registered_until == datetime(2026, 9, 2, tzinfo=UTC)
    assert custody.for_minor
