"""The first five hundred photographs of the bench are read as well as docs/measurements.md says of all."""

import json
from pathlib import Path

import pytest

from bench import document, measured

NUMBER = 500
# Shares of lines read exactly below which something broke; what was measured is higher.
LEAST_EXACT = {"easy": 0.98, "moderate": 0.98, "scene": 0.95, "hard": 0.85}


@pytest.mark.long
def test_no_reading_is_accepted_and_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    arguments = ["document", "--number", str(NUMBER), "--peers", "0", "--keep", str(tmp_path)]
    monkeypatch.setattr("sys.argv", arguments)
    assert document.main() == 0
    kept = (tmp_path / f"{measured.digest('documents')}.jsonl").read_text().splitlines()
    readings = [json.loads(line) for line in kept]
    assert len(readings) == NUMBER
    assert not [each for each in readings if each["accepted"] and not each["exact"]]
    for level, least in LEAST_EXACT.items():
        of = [each["exact"] for each in readings if each["level"] == level]
        assert sum(of) >= least * len(of), level
    assert not [each for each in readings if each["level"] == "covered" and each["accepted"]]
    # Stopped and started again, it goes on where it was.
    assert document.main() == 0
    assert len((tmp_path / f"{measured.digest('documents')}.jsonl").read_text().splitlines()) == NUMBER
