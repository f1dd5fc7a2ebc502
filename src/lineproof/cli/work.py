"""`lineproof work`: does all that is due by itself, until it is told to stop."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lineproof.registry.flows.due import TaskName
    from lineproof.working import Turn, Worker

LEVEL_VARIABLE = "LINEPROOF_LOG_LEVEL"
INTERVAL_S = 5.0
ERROR = 1


@click.command()
@options.record
@options.policy
@click.option("--once", is_flag=True, help="Do everything that is due once, print how much, and end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=INTERVAL_S,
    show_default=True,
    metavar="S",
    help="Seconds between two rounds in which there was nothing to do.",
)
@options.as_json
def work(record: Path | None, policy: str, once: bool, interval: float, as_json: bool) -> int:
    """Send orders, erase what is due, publish the log: every few seconds, until SIGTERM or Ctrl-C.

    It may run beside lineproof serve, and more than once. Told to stop, it ends the unit in hand and exits 0.
    What it does is written on standard error, a JSON object a line, without a name or number;
    LINEPROOF_LOG_LEVEL says from which level: debug, info (unless told otherwise), warning, error.
    """
    from lineproof import structured, wiring
    from lineproof.cli.policy_file import named_policy
    from lineproof.structured import Event, Level, parse_level

    level = parse_level(os.environ.get(LEVEL_VARIABLE) or Level.INFO.name)
    services, vault = wiring.open_record_with_case_keys(
        record or options.default_record(), policy=named_policy(policy)
    )
    from lineproof.registry.flows.due import due_tasks
    from lineproof.working import Worker

    worker = Worker(services, due_tasks(vault))
    structured.start(level)
    with _stopping(worker):
        if once:
            return _say(worker.run_once(), as_json=as_json)
        structured.log(Level.INFO, Event.STARTED)
        worker.work(interval_s=interval)
    structured.log(Level.INFO, Event.DRAINED)
    return 0


@contextmanager
def _stopping(worker: "Worker") -> Iterator[None]:
    """Have SIGTERM and SIGINT stop a worker, in the midst of a round or a sleep."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: worker.stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(turns: "Mapping[TaskName, Turn]", *, as_json: bool) -> int:
    """Print how much each task did; 1 when one of them failed."""
    if as_json:
        tasks = {
            name.value: {"done": turn.done, "error": None if turn.failed is None else turn.failed.__name__}
            for name, turn in turns.items()
        }
        click.echo(json.dumps({"tasks": tasks}))
    else:
        for name, turn in turns.items():
            failed = "" if turn.failed is None else f"   failed: {turn.failed.__name__}"
            click.echo(f"{name.value:<24} {turn.done}{failed}")
    return ERROR if any(turn.failed is not None for turn in turns.values()) else 0
