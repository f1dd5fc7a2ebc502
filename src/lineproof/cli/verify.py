"""`lineproof verify`: examine a document and a face, decide, and print why."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options


@click.command()
@options.presented
def verify(
    document: Path,
    capture: Path | None,
    way: str,
    attended_by: str | None,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify that a document is in order and the face is its holder's; register nothing.

    The images are opened only in a short-lived process that answers and forgets them. The decision is
    recorded where an agent attends or --record names a record; otherwise nothing is kept.

    Exit: 0 accept, 3 not verified, 4 refer, 1 error, 2 usage.
    """
    from lineproof.cli.present import Asked, timed_booth
    from lineproof.cli.report import EXIT_CODES, decision_json, print_decision, receipt_hint

    asked = Asked.of(document=document, capture=capture, way=way, attended_by=attended_by, policy=policy)
    if record is None and attended_by is not None:
        record = options.default_record()
    with timed_booth(asked.policy, record) as timed:
        now = datetime.now(UTC)
        decision_id = None
        if record is None:
            from lineproof.decision.decide import decide
            from lineproof.ports import Assignment

            presentation = asked.present(None, timed.booth.epoch())
            assignment = Assignment(presentation.session, asked.policy, asked.way, now.date())
            examination = timed.booth.examine(presentation.evidence, assignment)
            findings = examination.findings
            decision = decide(findings, policy=asked.policy, way=asked.way)
        else:
            from lineproof import wiring

            services = wiring.open_record(record, policy=asked.policy, examiner=timed.booth)
            from lineproof.registry.flows.verify_evidence import verify_evidence

            verification = verify_evidence(services, asked.present(record, timed.booth.epoch()), now=now)
            examination, findings = verification.examination, verification.findings
            decision, decision_id = verification.decision, verification.decision_id
        timings = timed.timings(examination)
    if as_json:
        result = decision_json(decision, findings, timings)
        if decision_id is not None:
            result["decision_id"] = str(decision_id)
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print_decision(decision, findings, timings)
        if decision_id is not None:
            click.echo(f"\n{receipt_hint(decision_id)}")
    sys.exit(EXIT_CODES[decision.verdict])
