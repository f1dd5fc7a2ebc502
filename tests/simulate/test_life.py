"""A simulated operator lives through the real procedures, the same life from the same seed, and all holds."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from lineproof.decision.policy import policy_names


def simulated(folder: Path, *arguments: str, expected: int = 0) -> dict[str, Any]:
    """Run the command in a process of its own, which has a record of its own."""
    command = [sys.executable, "-m", "lineproof", "simulate", "--json", *arguments]
    env = {name: value for name, value in os.environ.items() if not name.startswith("LINEPROOF_")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, check=False)
    assert done.returncode == expected, done.stdout[-3000:] + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.long
def test_the_same_seed_gives_the_same_life_and_another_seed_another(tmp_path: Path) -> None:
    arguments = ("--lines", "24", "--days", "25", "--busy", "20", "--policy", "in", "--seed")
    first, again, other = (simulated(tmp_path, *arguments, seed) for seed in ("5", "5", "6"))
    for said in (first, again, other):
        assert said.pop("seconds") > 0
    assert first == again
    assert first["events"] != other["events"]
    assert first["ok"]
    assert first["late"]["made"] == first["late"]["found"]


@pytest.mark.long
@pytest.mark.parametrize("policy", policy_names())
def test_under_every_shipped_pack_all_holds(tmp_path: Path, policy: str) -> None:
    said = simulated(tmp_path, "--lines", "30", "--days", "40", "--busy", "20", "--policy", policy)
    assert said["ok"]
    assert said["lines"] >= 30
    assert said["broken"] == []
    assert said["findings"] == {}


@pytest.mark.long
def test_organisations_live_where_the_pack_knows_them_and_all_holds(tmp_path: Path) -> None:
    text = (files("lineproof.decision") / "policies" / "specimen.toml").read_text("utf-8")
    table = '[organisations]\nmobile = 3\nfixed = 1\n\n[sources]\norganisations = "ours"\n'
    own = tmp_path / "own.toml"
    text = text.replace('name = "specimen"', 'name = "own"', 1).replace("[sources]\n", table, 1)
    own.write_text(text, "utf-8")
    said = simulated(tmp_path, "--lines", "60", "--days", "60", "--busy", "10", "--policy", str(own))
    assert said["ok"]
    assert said["events"]["a signatory changes"] >= 1
    assert said["broken"] == []
    assert said["findings"] == {}


@pytest.mark.long
def test_a_record_that_is_named_stays_and_can_be_read(tmp_path: Path) -> None:
    named = tmp_path / "record"
    simulated(tmp_path, "--lines", "3", "--days", "4", "--record", str(named))
    assert (named / "log" / "checkpoint").exists()
    said = simulated(tmp_path, "--lines", "3", "--days", "4", "--record", str(named), expected=1)
    assert "is not empty" in said["error"]
