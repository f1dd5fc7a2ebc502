"""The one place where accept, not verified or refer is said."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.decision.decide import Decision, Verdict, decide
from lineproof.decision.finding import Check, Finding, Outcome, failed, indeterminate, passed
from lineproof.decision.policy import shipped_policy
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.terms import Procedure, Way

POLICY = shipped_policy("specimen")
# Each check fails with one reason and is in doubt with another, so that a test sees whose reason it was.
CODES = list(ReasonCode)
FAILS = {check: failed(check, CODES[place]) for place, check in enumerate(Check)}
DOUBTS = {check: indeterminate(check, CODES[-2 - place]) for place, check in enumerate(Check)}
TABLES = [(way, procedure) for way in Way for procedure in Procedure]
CELLS = [
    (way, procedure, check)
    for way, procedure in TABLES
    for check in Check
    if check in POLICY.required[way] | POLICY.required_besides[procedure]
]


def all_passed(*but: Finding, without: Iterable[Check] = ()) -> tuple[Finding, ...]:
    """Build the findings of somebody who passes every check there is, but for those given."""
    instead = {finding.check: finding for finding in but}
    return tuple(instead.get(check, passed(check)) for check in Check if check not in set(without))


def codes(decision: Decision) -> tuple[ReasonCode, ...]:
    """List the codes of a decision's reasons."""
    return tuple(reason.code for reason in decision.reasons)


@pytest.mark.parametrize(("way", "procedure"), TABLES)
def test_who_passes_everything_required_is_accepted_without_reasons(way: Way, procedure: Procedure):
    required = POLICY.required[way] | POLICY.required_besides[procedure]
    found = [passed(check) for check in required]
    decision = decide(found, policy=POLICY, way=way, procedure=procedure)
    assert decision == Decision(Verdict.ACCEPT, (), POLICY.name, POLICY.digest)


@pytest.mark.parametrize(("way", "procedure", "check"), CELLS)
def test_one_required_fail_is_not_verified_for_its_own_reason(way: Way, procedure: Procedure, check: Check):
    decision = decide(all_passed(FAILS[check]), policy=POLICY, way=way, procedure=procedure)
    assert decision.verdict is Verdict.NOT_VERIFIED
    assert codes(decision) == (FAILS[check].reason,)


@pytest.mark.parametrize(("way", "procedure", "check"), CELLS)
def test_one_required_doubt_refers_for_its_own_reason(way: Way, procedure: Procedure, check: Check):
    decision = decide(all_passed(DOUBTS[check]), policy=POLICY, way=way, procedure=procedure)
    assert decision.verdict is Verdict.REFER
    assert codes(decision) == (DOUBTS[check].reason,)


@pytest.mark.parametrize(("way", "procedure", "check"), CELLS)
def test_required_check_that_was_not_done_refers(way: Way, procedure: Procedure, check: Check):
    decision = decide(all_passed(without=[check]), policy=POLICY, way=way, procedure=procedure)
    assert decision.verdict is Verdict.REFER
    assert codes(decision) == (ReasonCode.CHECK_NOT_DONE,)


@pytest.mark.parametrize(("way", "procedure"), TABLES)
def test_nothing_found_at_all_refers_and_never_accepts(way: Way, procedure: Procedure):
    decision = decide([], policy=POLICY, way=way, procedure=procedure)
    assert (decision.verdict, codes(decision)) == (Verdict.REFER, (ReasonCode.CHECK_NOT_DONE,))


@pytest.mark.parametrize(("way", "procedure"), TABLES)
def test_check_that_is_not_required_changes_nothing(way: Way, procedure: Procedure):
    required = POLICY.required[way] | POLICY.required_besides[procedure]
    besides = [check for check in Check if check not in required]
    assert besides
    for check in besides:
        for finding in (FAILS[check], DOUBTS[check]):
            decision = decide(all_passed(finding), policy=POLICY, way=way, procedure=procedure)
            assert decision.verdict is Verdict.ACCEPT


def test_fail_beats_every_doubt_and_names_only_the_fail():
    for fails, doubts in permutations(sorted(POLICY.required[Way.FACE], key=list(Check).index), 2):
        decision = decide(all_passed(FAILS[fails], DOUBTS[doubts]), policy=POLICY, way=Way.FACE)
        assert decision.verdict is Verdict.NOT_VERIFIED
        assert codes(decision) == (FAILS[fails].reason,)


def test_fail_beats_a_check_that_was_not_done():
    findings = all_passed(FAILS[Check.DOCUMENT_READ], without=[Check.SAME_PERSON])
    decision = decide(findings, policy=POLICY, way=Way.FACE)
    assert decision.verdict is Verdict.NOT_VERIFIED
    assert codes(decision) == (FAILS[Check.DOCUMENT_READ].reason,)


@pytest.mark.parametrize("worse", [FAILS[Check.SAME_PERSON], DOUBTS[Check.SAME_PERSON]])
@pytest.mark.parametrize("order", [1, -1])
def test_check_found_twice_counts_at_its_worst(worse: Finding, order: int):
    findings = (*all_passed(), worse)[::order]
    assert decide(findings, policy=POLICY, way=Way.FACE).verdict is not Verdict.ACCEPT


def test_reasons_come_in_the_order_of_the_checks_each_once():
    findings = (
        *all_passed(FAILS[Check.SAME_PERSON], FAILS[Check.DOCUMENT_READ]),
        FAILS[Check.SAME_PERSON],
    )[::-1]
    decision = decide(findings, policy=POLICY, way=Way.FACE)
    assert codes(decision) == (FAILS[Check.DOCUMENT_READ].reason, FAILS[Check.SAME_PERSON].reason)


@given(
    way=st.sampled_from(Way),
    procedure=st.sampled_from(Procedure),
    found=st.fixed_dictionaries({check: st.sampled_from([*Outcome, None]) for check in Check}),
    data=st.data(),
)
def test_every_mixture_of_findings_is_decided_by_the_one_rule(way, procedure, found, data):
    make = {Outcome.PASS: passed, Outcome.FAIL: FAILS.get, Outcome.INDETERMINATE: DOUBTS.get}
    findings = [make[outcome](check) for check, outcome in found.items() if outcome is not None]
    findings = data.draw(st.permutations(findings))
    decision = decide(findings, policy=POLICY, way=way, procedure=procedure)
    required = {found[check] for check in POLICY.required[way] | POLICY.required_besides[procedure]}
    if Outcome.FAIL in required:
        assert decision.verdict is Verdict.NOT_VERIFIED
    elif required != {Outcome.PASS}:
        assert decision.verdict is Verdict.REFER
    else:
        assert decision.verdict is Verdict.ACCEPT
    assert all(CATALOGUE[reason.code] is reason for reason in decision.reasons)
    assert bool(decision.reasons) is (decision.verdict is not Verdict.ACCEPT)


def test_decision_names_the_policy_and_the_digest_it_was_made_by():
    generic = shipped_policy("generic")
    decision = decide(all_passed(), policy=generic, way=Way.COUNTER)
    assert (decision.policy, decision.policy_digest) == ("generic", generic.digest)


@pytest.mark.parametrize("verdict", [Verdict.NOT_VERIFIED, Verdict.REFER])
def test_decision_against_somebody_without_a_reason_cannot_be_made(verdict: Verdict):
    with pytest.raises(ValueError, match="has reasons"):
        Decision(verdict, (), "specimen", POLICY.digest)


def test_acceptance_with_a_reason_cannot_be_made():
    with pytest.raises(ValueError, match="has reasons"):
        Decision(Verdict.ACCEPT, (CATALOGUE[ReasonCode.NO_FACE],), "specimen", POLICY.digest)


@pytest.mark.parametrize("field", ["says", "remedy", "appeal"])
def test_decision_with_a_reason_of_ones_own_words_cannot_be_made(field: str):
    invented = replace(CATALOGUE[ReasonCode.DOCUMENT_EXPIRED], **{field: "We do not like you."})
    with pytest.raises(ValueError, match="catalogue"):
        Decision(Verdict.NOT_VERIFIED, (invented,), "specimen", POLICY.digest)
