"""`lineproof check --booth`: whether a running server's booth is as it is described, property by property."""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.booth.inspection.observation import Observation
    from lineproof.booth.inspection.server import Serving
    from lineproof.booth.keeper_terms import Terms
    from lineproof.cli.running import Server

DOES_NOT_HOLD, NOT_CHECKED = 3, 4
# What is otherwise for a moment: a keeper that still loads, or hands a job's socket on.
_LOOKS, _BETWEEN_LOOKS_S = 3, 1.0
_PERSON = "7"
_POLICY = "generic"  # whose model pack `lineproof serve` loads


@dataclass(frozen=True, slots=True)
class Group:
    """Observations of one thing. of: its name for programs; title: for people."""

    of: str
    title: str
    observations: "list[Observation]"


@click.command()
@click.option("--booth", is_flag=True, help="Check the booth, where photographs are opened.")
@options.record
@options.as_json
def check(*, booth: bool, record: Path | None, as_json: bool) -> None:
    """Check a running server's booth: each property, how it was checked, and what was seen.

    Processes of the server are looked at from outside. What can be seen only at work is looked at in a booth
    of this command's own, of the same program and terms, which examines a drawn person.

    Exit: 0 all hold, 3 something does not hold, 4 something was not checked, 1 error, 2 usage.
    """
    from lineproof.cli.check_report import as_object, print_groups

    if not booth:
        raise click.UsageError("Say what to check: --booth")
    groups = _check_booth(record or options.default_record())
    if as_json:
        click.echo(json.dumps(as_object(groups), ensure_ascii=False, indent=2))
    else:
        print_groups(groups)
    sys.exit(_exit_code(groups))


def _check_booth(record: Path) -> list[Group]:
    """Look at every server of the record, then at a worker of a booth of our own.

    In order: (1) people are drawn meanwhile, each picture in a process of its own; (2) servers are looked at;
    (3) a booth is started on the terms of the youngest keeper, and asked.
    """
    from lineproof.booth.inspection.server import Serving, observe_no_plain_swap
    from lineproof.cli.running import running_servers

    servers = running_servers(record)
    groups = [Group("machine", "The machine", [observe_no_plain_swap()])]
    with tempfile.TemporaryDirectory(prefix="lineproof-check-") as folder:
        drawing = _draw(Path(folder))  # 1
        for server in servers:  # 2
            groups += _look_at_server(server, record)
        keepers = [keeper for server in servers for keeper in Serving.of(server.program).keepers]
        _wait_for(drawing)
        groups += _try_booth(Path(folder), _terms_like(keepers, record))  # 3
    return groups


def _look_at_server(server: "Server", record: Path) -> list[Group]:
    from lineproof import wiring
    from lineproof.booth.inspection.keeper import observe_keeper, observe_key_process
    from lineproof.booth.inspection.observation import Observation, Standing
    from lineproof.booth.inspection.server import (
        NO_KEEPER,
        Serving,
        observe_no_core_files,
        observe_release,
        observe_sees_nothing,
        observe_ways_into_keepers,
    )

    def look() -> "list[Observation]":
        now = Serving.of(server.program)
        return [
            observe_release(server.release, wiring.release()),
            observe_sees_nothing(now),
            observe_ways_into_keepers(now),
            observe_no_core_files(now, record),
        ]

    serving = Serving.of(server.program)
    groups = [Group("server", _server_title(server, serving), _settled(look))]
    for key_process in serving.key_processes:
        look_at = partial(observe_key_process, key_process, ordinary=server.program)
        groups.append(Group("key_process", f"Its key process, {key_process}", _settled(look_at)))
    for keeper in serving.keepers:
        found = _settled(partial(observe_keeper, keeper, ordinary=server.program))
        groups.append(Group("keeper", f"Its keeper, process {keeper}", found))
    if not serving.keepers:
        none = Observation(
            "keeper", "Its keeper is confined", "children of its key process", Standing.NOT_CHECKED, NO_KEEPER
        )
        groups.append(Group("keeper", "Its keeper", [none]))
    return groups


def _server_title(server: "Server", serving: "Serving") -> str:
    pages = ", ".join(map(str, serving.pages)) or "none"
    return f"The server at {server.address}, process {server.program}, its pages {pages}"


def _settled(look: "Callable[[], list[Observation]]") -> "list[Observation]":
    """Look again, up to twice, at what does not hold: it may be so for a moment only."""
    from lineproof.booth.inspection.observation import Standing

    for _ in range(_LOOKS - 1):
        found = look()
        if not any(each.standing is Standing.DOES_NOT_HOLD for each in found):
            return found
        time.sleep(_BETWEEN_LOOKS_S)
    return look()


def _terms_like(keepers: list[int], record: Path) -> "Terms":
    """Give the terms of the youngest keeper that tells them, or those that `lineproof serve` starts with."""
    from lineproof.booth.inspection.keeper import terms_of
    from lineproof.booth.inspection.observation import NotChecked
    from lineproof.booth.keeper_terms import Terms
    from lineproof.decision.policy import shipped_policy

    for keeper in reversed(keepers):
        with suppress(OSError, NotChecked):
            return terms_of(keeper)
    pack = shipped_policy(_POLICY).model_pack
    return Terms(pack, options.models_folder(record), most_workers=1, filter_required=False)


def _try_booth(folder: Path, terms: "Terms") -> list[Group]:
    """Have a drawn person examined, and look at the worker meanwhile; then give it evidence that is wrong."""
    from lineproof.booth.inspection import processes
    from lineproof.booth.inspection.evidence import Drawn, observe_evidence
    from lineproof.booth.inspection.worker import Watch, observe_worker
    from lineproof.booth.relay import Booth
    from lineproof.decision.policy import shipped_policy
    from lineproof.ports import Assignment
    from lineproof.terms import SessionId, Way

    drawn = Drawn(folder / "document.jpg", folder / "capture.jpg")
    policy = shipped_policy(_POLICY)
    now = datetime.now(UTC)
    assignment = Assignment(SessionId(uuid.uuid4()), policy, Way.FACE, now.date())
    with Booth(
        model_pack=terms.model_pack,
        models_folder=terms.models_folder,
        filter_required=terms.filter_required,
        most_computing=1,
    ) as booth:
        (keeper,) = filter(processes.is_keeper, processes.living_children(os.getpid()))
        evidence = drawn.sealed(assignment, booth)
        with Watch(keeper) as watch:
            answer = booth.examine(evidence, assignment)
        of_worker = observe_worker(watch.look)
        of_evidence = observe_evidence(booth, drawn, evidence, assignment, answer)
    return [
        Group("worker", "A worker at work, of a booth of this check's own on the same terms", of_worker),
        Group("evidence", "Evidence sealed to that booth", of_evidence),
    ]


def _draw(folder: Path) -> list[subprocess.Popen[bytes]]:
    """Draw somebody who does not exist, in processes of their own: this one loads no imaging library."""
    started = []
    for kind in ("document", "capture"):
        command = [sys.executable, "-m", "lineproof", "specimen", kind, "--seed", _PERSON]
        command += ["--out", str(folder / f"{kind}.jpg")]
        started.append(
            subprocess.Popen(  # noqa: S603 -- our own, no shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        )
    return started


def _wait_for(drawing: list[subprocess.Popen[bytes]]) -> None:
    from lineproof.errors import Unavailable

    said = [process.communicate()[1].decode(errors="replace").strip() for process in drawing]
    for process, complaint in zip(drawing, said, strict=True):
        if process.returncode != 0:
            last = " ".join(complaint.splitlines()[-1:])
            raise Unavailable(
                f"The person to check with could not be drawn: {last}",
                remedy="See that the temporary folder has room.",
            )


def _exit_code(groups: list[Group]) -> int:
    """Give 3 before 4: what is known to be wrong says more than what is not known."""
    from lineproof.booth.inspection.observation import Standing

    standings = {each.standing for group in groups for each in group.observations}
    if Standing.DOES_NOT_HOLD in standings:
        return DOES_NOT_HOLD
    return NOT_CHECKED if Standing.NOT_CHECKED in standings else 0
