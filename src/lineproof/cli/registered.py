"""How what became of an application is printed: for people, and as the documented JSON."""

import json
from collections.abc import Mapping
from datetime import datetime

import click

from lineproof.cli.report import decision_json, end_in_words, print_decision, receipt_hint
from lineproof.decision.policy import Policy
from lineproof.registry.flows.register_line import Registration


def print_registration(
    done: Registration, timings_ms: Mapping[str, int], *, policy: Policy, registered: str, as_json: bool
) -> None:
    """Print it. registered: what is said to people of a line that was registered."""
    until, ends = done.evidence_until, done.registered_until
    if as_json:
        result = decision_json(done.decision, done.findings, timings_ms)
        result["decision_id"] = str(done.decision_id)
        result["line"] = None if done.line is None else str(done.line)
        result["registered_until"] = None if ends is None else ends.isoformat()
        result["case"] = None if done.case is None else str(done.case)
        result["photographs_until"] = None if until is None else until.isoformat()
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    print_decision(done.decision, done.findings, timings_ms)
    click.echo(f"\n{receipt_hint(done.decision_id)}")
    if done.line is not None:
        click.echo(f"\n{registered}")
    if ends is not None:
        click.echo("\n" + end_in_words("It is registered", ends, policy))
    if done.case is not None:
        click.echo(f"\nCase {done.case} waits for two reviewers: lineproof cases list")
    print_kept(until, policy)


def print_kept(until: datetime | None, policy: Policy) -> None:
    """Say until when the photographs of a case are kept, if they are: to whoever they are of."""
    if until is not None:
        click.echo(
            "The photographs are kept sealed for them until they have decided, at most until "
            f"{until:%Y-%m-%d %H:%M} UTC, because {policy.retention.evidence.because}."
        )
