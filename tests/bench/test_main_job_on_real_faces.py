"""The measurement of the main job, small: its own exit code says whether anybody was accepted wrongly."""

import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.shared


def test_no_impostor_and_nobody_unattended_is_accepted_and_no_genuine_person_is_turned_away():
    bench = subprocess.run(
        [sys.executable, "-m", "bench.main", "--pairs", "8"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    assert "Accepted that must not be: 0" in bench.stdout
