"""`lineproof attack`: frauds that others suffer, tried on the real procedures and told step by step."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options
from lineproof.cli.report import WIDTH
from lineproof.simulate.attacks.told import INCIDENTS

if TYPE_CHECKING:
    from lineproof.simulate.attacks.told import LogShows, Step, Told

POLICY, SUCCEEDED = "specimen", 3


@click.command()
@click.argument("name", required=False, type=click.Choice(list(INCIDENTS)), metavar="[NAME]")
@options.as_json
def attack(name: str | None, *, as_json: bool) -> None:
    """Try an incident on a fresh temporary record, or all of them, and tell how it went.

    The procedures, the record and the log are the real ones; people, booth and network are simulated, and
    time is turned. NAME: sim-swap, borrowed-documents, colluding-reviewers, transfer-race, cap-race,
    late-office, recycled-number or insider-cut. Exit: 3 if an attacker succeeds.
    """
    told = []
    for one in _played(list(INCIDENTS) if name is None else [name]):
        told.append(one)
        if not as_json:
            _print(one)
    succeeded = sum(one.attacker_succeeded for one in told)
    if as_json:
        click.echo(json.dumps({"succeeded": succeeded, "incidents": [one.json() for one in told]}, indent=2))
    else:
        colour = "red" if succeeded else "green"
        click.echo(click.style(f"{succeeded} of {len(told)} attackers succeeded.", fg=colour, bold=True))
    if succeeded:
        sys.exit(SUCCEEDED)


def _played(names: Iterable[str]) -> Iterator["Told"]:
    """Play incidents one after the other on a temporary record."""
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    # Nothing of an attack goes to a place that the environment names: channels and log are the scene's.
    os.environ.pop(wiring.LOG_STORE_VARIABLE, None)
    with tempfile.TemporaryDirectory(prefix="lineproof-attack-") as folder:
        services = wiring.open_record(Path(folder) / "record", policy=shipped_policy(POLICY))
        from lineproof.simulate.attacks.play import incident_called, play

        for name in names:
            yield play(incident_called(name), services, Path(folder))


def _print(told: "Told") -> None:
    incident = told.incident
    click.echo(click.style(f"{incident.name}: {incident.title}", bold=True))
    _field("Attacker", incident.attacker)
    _field("Wants", incident.wants)
    _field("Has", incident.has)
    for number, step in enumerate(told.steps, 1):
        _print_step(number, step)
    won = f"The attacker succeeded: {'; '.join(told.won)}." if told.won else "The attacker got nothing of it."
    click.echo()
    click.echo(click.style(_wrapped(won, "  ", "  "), fg="red" if told.won else "green", bold=True))
    click.echo(_wrapped(_log_sentence(told.log), "  ", "  "))
    for finding in (*told.log.problems, *told.log.findings):
        click.echo(_wrapped(finding, "    - ", "      "))
    click.echo("  What remains possible:")
    for remains in incident.remains:
        click.echo(_wrapped(remains, "    - ", "      "))
    click.echo()


def _print_step(number: int, step: "Step") -> None:
    click.echo()
    click.echo(_wrapped(step.did, f"  {number:>2}. ", "      "))
    mark = "Refused: " if step.refused else ""
    outcome = _wrapped(f"{mark}{step.outcome}", "      ", "      ")
    click.echo(click.style(outcome, fg="yellow" if step.refused else "cyan"))
    for told in step.told:
        click.echo(click.style(_wrapped(f"Told: {told}", "      ", "        "), dim=True))


def _log_sentence(log: "LogShows") -> str:
    if log.problems:
        return "The log is published, and does not verify:"
    if log.findings:
        return "The log is published, and verifies. A monitor finds in it, as everybody can:"
    return "The log is published, and verifies. A monitor finds that every rule was kept."


def _field(name: str, says: str) -> None:
    click.echo(_wrapped(f"{says[0].upper()}{says[1:]}.", f"  {name:<9}", " " * 11))


def _wrapped(text: str, first: str, then: str) -> str:
    width = min(WIDTH, shutil.get_terminal_size().columns)
    return click.wrap_text(text, width=width, initial_indent=first, subsequent_indent=then)
