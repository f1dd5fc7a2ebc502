"""The measurement of the main job, small: too few pairs for its own verdict on the share turned away."""

import re
import subprocess
import sys

import pytest

from tests.conftest import CHECKOUT

pytestmark = pytest.mark.shared


def test_most_genuine_people_and_no_impostor_and_nobody_unattended_is_accepted():
    bench = subprocess.run(
        [sys.executable, "-m", "bench.main", "--pairs", "8"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Accepted that must not be: 0." in bench.stdout, bench.stdout + bench.stderr
    accepted = re.search(r"\| genuine \| attended \| (\d+) of 8 ", bench.stdout)
    assert accepted is not None
    assert int(accepted.group(1)) >= 6, bench.stdout
