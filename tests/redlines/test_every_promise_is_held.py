"""Each promise is held by a test that is there, or is said not to be built."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "trust.md").read_text("utf-8")
SECTION = PAGE.split("## The promises, and what holds them", 1)[1].split("\n## ", 1)[0]
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in SECTION.splitlines()
    if line[:2] == "| "
]
PROMISES = dict(ROWS[2:])


def test_there_is_a_row_for_each_of_the_eleven_promises():
    assert len(ROWS[2:]) == len(PROMISES) == 11


@pytest.mark.parametrize("promise", PROMISES)
def test_promise_is_held_by_tests_that_are_there_or_its_subject_is_not_built(promise: str):
    holds = re.findall(r"`(tests/[^`]+)`", PROMISES[promise])
    for path in holds:
        assert re.search(r"^def test_", (ROOT / path).read_text("utf-8"), re.MULTILINE), path
    assert bool(holds) != PROMISES[promise].startswith("not built: "), PROMISES[promise]


def test_every_module_of_this_folder_holds_a_promise():
    here = {f"tests/redlines/{path.name}" for path in Path(__file__).parent.glob("test_*.py")}
    named = set(re.findall(r"`(tests/redlines/[^`]+)`", SECTION))
    apart = {"tests/redlines/test_every_promise_is_held.py", "tests/redlines/test_measuring_counts_only.py"}
    assert here - apart <= named


def test_what_is_said_not_to_be_built_is_not():
    """There is no door for inspectors."""
    assert not (ROOT / "src" / "lineproof" / "oversight").exists()
