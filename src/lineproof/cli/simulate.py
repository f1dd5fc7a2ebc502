"""`lineproof simulate`: the life of an operator's lines in fast time, and whether what must hold did hold."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.simulate.life import Outcome, Plan, Progress

ERROR, BROKEN = 1, 3
_EVERY_DAYS = 10


@click.command()
@click.option("--lines", type=click.IntRange(1), default=200, show_default=True, help="How many lines.")
@click.option("--days", type=click.IntRange(1, 3650), default=100, show_default=True, help="How many days.")
@options.policy
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same life.")
@click.option(
    "--busy",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="How much more often than usual something happens to a line.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="An empty folder for the record, which stays. [default: one that is removed at the end]",
)
@options.as_json
def simulate(
    *, lines: int, days: int, policy: str, seed: int, busy: float, record: Path | None, as_json: bool
) -> None:
    """Live the life of an operator's lines in fast time, through the real procedures.

    People, documents, the booth, the network and the channels of messages are simulated; the record, its keys
    and its log are real. Every ten days, and at the end, the invariants of docs/simulate.md are looked for in
    its tables, and at the end a monitor judges the published log.
    Exit: 0 all holds, 3 an invariant is broken, or the monitor found something; 1 error, 2 usage.
    """
    from lineproof.cli.policy_file import named_policy
    from lineproof.simulate.agenda import Stopped
    from lineproof.simulate.life import Plan
    from lineproof.simulate.life import simulate as live

    plan = Plan(lines, days, named_policy(policy), seed, busy=busy)
    os.environ.pop("LINEPROOF_LOG_STORE", None)
    with _folder(record) as folder:
        try:
            outcome = live(folder, plan, tell=_tell)
        except Stopped as stopped:
            if os.environ.get("LINEPROOF_DEBUG"):
                raise
            _say_stopped(stopped, as_json=as_json)
            sys.exit(ERROR)
    if as_json:
        click.echo(json.dumps(as_object(outcome, plan)))
    else:
        _print(outcome, plan)
    sys.exit(0 if outcome.holds else BROKEN)


@contextmanager
def _folder(record: Path | None) -> Iterator[Path]:
    from lineproof.errors import Conflict

    if record is None:
        with tempfile.TemporaryDirectory(prefix="lineproof-simulate-") as folder:
            yield Path(folder) / "record"
        return
    if record.exists() and any(record.iterdir()):
        raise Conflict(f"{record} is not empty.", remedy="Name a folder that is empty, or not there yet.")
    yield record


def _tell(progress: "Progress") -> None:
    if progress.day % _EVERY_DAYS == 0:
        rate = progress.acts / progress.seconds if progress.seconds else 0.0
        click.echo(f"day {progress.day}: {progress.lines} lines, {rate:.0f} acts a second", err=True)


def _say_stopped(stopped: Exception, *, as_json: bool) -> None:
    remedy = "Run it again with LINEPROOF_DEBUG=1 in the environment to see where, and report it."
    if as_json:
        click.echo(json.dumps({"error": str(stopped), "remedy": remedy}))
    click.echo(f"The simulation stopped at {stopped}. {remedy}", err=True)


def as_object(outcome: "Outcome", plan: "Plan") -> dict[str, Any]:
    """Give what is printed as JSON: but for `seconds`, the same for the same seed."""
    return {
        "ok": outcome.holds,
        "seed": plan.seed,
        "policy": plan.policy.name,
        "days": outcome.day,
        "lines": outcome.lines,
        "people": outcome.people,
        "events": outcome.events,
        "refused": outcome.refused,
        "states": outcome.states,
        "invariants": outcome.invariants,
        "checks": outcome.checks,
        "broken": [
            {"invariant": one.invariant.name, "says": one.invariant.says, "rows": [list(r) for r in one.rows]}
            for one in outcome.broken
        ],
        "log_entries": outcome.entries,
        "findings": outcome.findings,
        "late": {"made": outcome.late_made, "found": outcome.late_found},
        "seconds": round(outcome.seconds, 3),
    }


def _print(outcome: "Outcome", plan: "Plan") -> None:
    click.echo(f"{outcome.day} days, {outcome.lines} lines, {outcome.people} people; seed {plan.seed}")
    _print_counts("What happened:", outcome.events)
    _print_counts("What a procedure refused, as it must:", outcome.refused)
    _print_counts("Lines at the end:", outcome.states)
    click.echo(f"Invariants: {outcome.invariants}, each looked for {outcome.checks} times")
    for one in outcome.broken:
        click.echo(f"broken: {one.invariant.name}: {one.invariant.says}")
        for row in one.rows:
            click.echo(f"    {row}")
    click.echo(f"Log: {outcome.entries} entries; found by a monitor: {sum(outcome.findings.values())}")
    for rule, count in outcome.findings.items():
        click.echo(f"broken: {rule}: {count}")
    click.echo(f"Late decisions: {outcome.late_made} made, {outcome.late_found} found by the monitor")
    rate = outcome.lines / outcome.seconds if outcome.seconds else 0.0
    click.echo(f"{outcome.seconds:.1f} s, {rate:.1f} lines a second")
    click.echo("All holds." if outcome.holds else "Not all holds.")


def _print_counts(title: str, counts: Mapping[str, int]) -> None:
    click.echo(title)
    for name, count in counts.items():
        click.echo(f"  {count:>7}  {name}")
