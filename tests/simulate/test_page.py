"""The page about simulations has every invariant as it is in the code, in its order, and no other."""

import re
from pathlib import Path

from lineproof.simulate.invariants_of_lines import OF_LINES
from lineproof.simulate.invariants_of_people import OF_PEOPLE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulate.md"


def test_every_invariant_is_on_its_page_with_its_sentence_and_no_other():
    said = re.findall(r"(?m)^\| `([a-z_]+)` \| (.+) \|$", PAGE.read_text("utf-8"))
    assert said == [(name, says) for name, says, _ in (*OF_LINES, *OF_PEOPLE)]


def test_no_query_uses_the_rules_that_it_checks():
    folder = PAGE.parents[1] / "src" / "lineproof" / "simulate"
    for module in ("invariants", "invariants_of_lines", "invariants_of_people"):
        imported = re.findall(r"(?m)^(?:from|import) (\S+)", (folder / f"{module}.py").read_text("utf-8"))
        assert not [name for name in imported if name.startswith(("lineproof.line", "lineproof.registry"))]
