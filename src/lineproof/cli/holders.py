"""`lineproof holders`: verify who somebody is, for what is done next with lines in their name."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from lineproof.cli import options


@click.group()
def holders() -> None:
    """Verify who somebody is, before something is done with lines in their name."""


@holders.command()
@options.presented
@options.permit_until
@options.for_organisation
def verify(
    document: Path,
    capture: Path | None,
    way: str,
    attended_by: str | None,
    permit_until: datetime | None,
    for_organisation: str | None,
    register_name: str | None,
    register_number: str | None,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify a person, and print the session in which they were, to be given to other commands.

    It holds for as long as the policy says, and for who is before you alone.

    Exit: 0 verified, 3 not verified, 4 referred to people, 1 error, 2 usage.
    """
    from lineproof.cli.present import Asked, timed_booth
    from lineproof.cli.report import EXIT_CODES, decision_json, end_in_words, print_decision, receipt_hint

    asked = Asked.of(
        document=document,
        capture=capture,
        way=way,
        attended_by=attended_by,
        policy=policy,
        papers=options.papers_seen(
            permit_until,
            organisation=for_organisation,
            register=register_name,
            number=register_number,
        ),
    )
    folder = record or options.default_record()
    with timed_booth(asked.policy, folder) as timed:
        from lineproof import wiring

        services = wiring.open_record(folder, policy=asked.policy, examiner=timed.booth)
        from lineproof.cli.registered import print_kept
        from lineproof.registry.flows.verify_holder import verify_holder

        presentation = asked.present(folder, timed.booth.epoch())
        done = verify_holder(services, presentation, now=datetime.now(UTC))
        timings = timed.whole()
    session = None if done.holder is None else str(presentation.session)
    if as_json:
        result = decision_json(done.decision, done.findings, timings)
        result["decision_id"] = str(done.decision_id)
        result["session"] = session
        ends = done.registered_until
        result["registered_until"] = None if ends is None else ends.isoformat()
        result["case"] = None if done.case is None else str(done.case)
        until = done.evidence_until
        result["photographs_until"] = None if until is None else until.isoformat()
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print_decision(done.decision, done.findings, timings)
        click.echo(f"\n{receipt_hint(done.decision_id)}")
        if session is not None:
            click.echo(f"\nSession {session}: holds for {asked.policy.clocks.verified_within}.")
        if done.registered_until is not None:
            what = "Lines of theirs that were registered for a time are so now, at least"
            click.echo("\n" + end_in_words(what, done.registered_until, asked.policy))
        if done.case is not None:
            click.echo(f"\nCase {done.case} waits for two reviewers: lineproof cases list")
            print_kept(done.evidence_until, asked.policy)
            click.echo(f"When they accept it, this session holds from then on: {presentation.session}")
    sys.exit(EXIT_CODES[done.decision.verdict])
