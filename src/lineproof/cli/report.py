"""How a decision is printed: for people, and as the documented JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from lineproof.decision.decide import Decision, Verdict
from lineproof.decision.finding import Finding, Measure, Outcome
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import Reason
from lineproof.line.clock import last_day

WIDTH = 96
EXIT_CODES = {Verdict.ACCEPT: 0, Verdict.NOT_VERIFIED: 3, Verdict.REFER: 4}

_HEADLINES = {
    Verdict.ACCEPT: ("green", "ACCEPT", "verified"),
    Verdict.NOT_VERIFIED: ("yellow", "NOT VERIFIED", "not verified this way; other ways are open"),
    Verdict.REFER: ("cyan", "REFER", "a person decides; nothing is accepted or refused by the machine"),
}
_MARKS = {Outcome.PASS: ("green", "+"), Outcome.INDETERMINATE: ("cyan", "?"), Outcome.FAIL: ("yellow", "-")}


def decision_json(
    decision: Decision, findings: Sequence[Finding], timings_ms: Mapping[str, int]
) -> dict[str, Any]:
    """Give the JSON object of a verification: decision, reasons, findings, policy, timings_ms."""
    return {
        "decision": decision.verdict.value,
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "findings": findings_json(findings),
        "policy": {"name": decision.policy, "sha256": decision.policy_digest},
        "timings_ms": dict(timings_ms),
    }


def reason_json(reason: Reason) -> dict[str, Any]:
    """Give one reason: code, says, remedy, other_ways, appeal."""
    return {
        "code": reason.code.value,
        "says": reason.says,
        "remedy": reason.remedy,
        "other_ways": [way.value for way in reason.other_ways],
        "appeal": reason.appeal,
    }


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Give the findings: check, outcome, reason (null for a pass), measures by name."""
    return [
        {
            "check": finding.check.value,
            "outcome": finding.outcome.value,
            "reason": None if finding.reason is None else finding.reason.value,
            "measures": {measure.what.value: measure.value for measure in finding.measures},
        }
        for finding in findings
    ]


def receipt_hint(decision_id: UUID) -> str:
    """Say how to get the receipt of a decision that is on record."""
    return wrapped(
        f"Decision {decision_id}. Proof that it is in the log, once that is published: "
        f"lineproof log receipt {decision_id} --out receipt.zip"
    )


def end_in_words(what: str, ends: datetime, policy: Policy) -> str:
    """Say to a visitor until when a line is registered, and what keeps it so. what: how it begins."""
    day = last_day(ends, policy.calendar)
    return wrapped(
        f"{what} until the end of {day}. Nothing is cut by that alone. To be verified again makes "
        "it longer, before or after: lineproof holders verify"
    )


def print_decision(decision: Decision, findings: Sequence[Finding], timings_ms: Mapping[str, int]) -> None:
    """Print a decision, its findings with their measures, its reasons and the time of each stage."""
    colour, word, meaning = _HEADLINES[decision.verdict]
    click.echo(f"{click.style(word, fg=colour, bold=True)}  {meaning}   (policy {decision.policy})\n")
    print_findings(findings)
    for remedy in dict.fromkeys(reason.remedy for reason in decision.reasons):
        click.echo()
        for reason in decision.reasons:
            if reason.remedy == remedy:
                click.echo(click.style(wrapped(reason.says), bold=True))
        click.echo(wrapped(f"What to do: {remedy}", indent="  "))
    if decision.reasons:
        ways = sorted({way.value for reason in decision.reasons for way in reason.other_ways})
        click.echo(f"\nOther ways: {', '.join(ways)}; same outcome, same price.")
        click.echo(wrapped(decision.reasons[0].appeal))
    print_timings(timings_ms)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print one line for each finding."""
    for finding in findings:
        colour, mark = _MARKS[finding.outcome]
        measures = ", ".join(_measure(measure) for measure in finding.measures)
        line = f"  {mark} {finding.check.value:<18} {finding.outcome.value:<14} {measures}"
        click.echo(click.style(line.rstrip(), fg=colour))


def print_timings(timings_ms: Mapping[str, int]) -> None:
    """Print the time of each stage on one line."""
    click.echo(
        "\nTime: " + ", ".join(f"{stage.replace('_', ' ')} {ms} ms" for stage, ms in timings_ms.items())
    )


def wrapped(text: str, *, indent: str = "") -> str:
    """Break a sentence into lines that fit a terminal."""
    return click.wrap_text(text, width=WIDTH, initial_indent=indent, subsequent_indent=indent)


def _measure(measure: Measure) -> str:
    unit = measure.what.unit.symbol
    value = f"{measure.value:g}"
    name = measure.what.value.replace("_", " ")
    if unit and unit in name:
        unit = ""
    return f"{name} {value} {unit}".strip()
