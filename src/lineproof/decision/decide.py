"""The one place where accept, not verified or refer is said."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from lineproof.decision.finding import Check, Finding, Outcome, indeterminate
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.terms import Procedure, Way


class Verdict(Enum):
    """What the machine may say. There is no refusal here, and there must never be one."""

    ACCEPT = "accept"
    NOT_VERIFIED = "not_verified"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its catalogued reasons. Anything but an acceptance has at least one."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    policy: str
    policy_digest: str

    def __post_init__(self) -> None:
        """Refuse a decision against somebody without a reason from the catalogue."""
        if (self.verdict is Verdict.ACCEPT) != (not self.reasons):
            raise ValueError("a decision has reasons exactly when it is not an acceptance")
        for reason in self.reasons:
            if CATALOGUE.get(reason.code) is not reason:
                raise ValueError(f"{reason.code} is not the catalogue's reason")


def decide(
    findings: Iterable[Finding], *, policy: Policy, way: Way, procedure: Procedure = Procedure.VERIFICATION
) -> Decision:
    """Decide on findings: a required fail is not verified; else a required indeterminate refers; else accept.

    A required check without a finding counts as indeterminate. A check found twice counts at its worst.
    """
    required = policy.required[way] | policy.required_besides[procedure]
    found = [finding for finding in findings if finding.check in required]
    missing = required - {finding.check for finding in found}
    failures = _reasons(found, Outcome.FAIL)
    doubts = _reasons(found, Outcome.INDETERMINATE)
    if missing and not failures:
        doubts.append(CATALOGUE[ReasonCode.CHECK_NOT_DONE])
    if failures:
        return Decision(Verdict.NOT_VERIFIED, tuple(failures), policy.name, policy.digest)
    if doubts:
        return Decision(Verdict.REFER, tuple(doubts), policy.name, policy.digest)
    return Decision(Verdict.ACCEPT, (), policy.name, policy.digest)


def fill_missing(findings: Iterable[Finding], *, policy: Policy, way: Way) -> tuple[Finding, ...]:
    """Add an indeterminate finding for each check that the way requires and nobody carried out.

    Where the findings of several documents are decided on together, a check that was carried out for one must
    not count for another.
    """
    found = tuple(findings)
    missing = policy.required[way] - {finding.check for finding in found}
    return found + tuple(indeterminate(c, ReasonCode.CHECK_NOT_DONE) for c in Check if c in missing)


def _reasons(findings: Iterable[Finding], outcome: Outcome) -> list[Reason]:
    """Collect the reasons of findings with this outcome, in the order of the checks, each once."""
    order = list(Check)
    chosen = sorted((f for f in findings if f.outcome is outcome), key=lambda f: order.index(f.check))
    return list({f.reason: CATALOGUE[f.reason] for f in chosen if f.reason is not None}.values())
