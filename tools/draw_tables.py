"""Draw every table of states as an SVG in docs/procedures, from the table itself.

    python tools/draw_tables.py            write those that are not up to date
    python tools/draw_tables.py --check    exit 1 if one is not

A row for each state: at the left the state, beside it everything that can happen in it, and the state that
follows. What is not there cannot happen.
"""

import argparse
import importlib
import sys
from collections.abc import Mapping
from enum import Enum
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "procedures"
# name of the file: (module, name of the table)
TABLES = {
    "notice": ("lineproof.line.delivery", "TABLE"),
    "correction": ("lineproof.line.correction", "TABLE"),
    "dispute": ("lineproof.line.dispute", "TABLE"),
    "line": ("lineproof.line.state", "TABLE"),
    "appeal": ("lineproof.line.appeal", "TABLE"),
    "sim": ("lineproof.line.sim", "TABLE"),
    "porting": ("lineproof.line.porting", "TABLE"),
    "transfer": ("lineproof.line.transfer", "TABLE"),
    "second_look": ("lineproof.line.second_look", "TABLE"),
    "inspection": ("lineproof.line.inspection", "TABLE"),
}

Table = Mapping[tuple[Enum, Enum], Enum]

LETTER, PAD, MARGIN, STATE_H, STEP_H, GAP = 6.9, 14, 16, 28, 30, 10
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1a1a1a; dominant-baseline: central }
  .paper { fill: #fff } .band { fill: #f4f6f8 } .state { fill: #dce6f0 } .last { fill: #e6e1d6 }
  .says { fill: #38414a } .way { stroke: #6b7680 } .tip { fill: #6b7680 }
  @media (prefers-color-scheme: dark) {
    text { fill: #eceff1 } .paper { fill: #14181c } .band { fill: #1c2126 } .state { fill: #26394b }
    .last { fill: #3d3828 } .says { fill: #cfd8dc } .way { stroke: #9aa5b0 } .tip { fill: #9aa5b0 }
  }
"""


def words(member: Enum) -> str:
    """Say a state or an event as it is read."""
    return str(member.value).replace("_", " ")


def draw(table: Table, title: str) -> str:
    """Draw a table; its states in the order in which it has them, those that are the last at the end."""
    steps: dict[str, list[tuple[str, str]]] = {}
    for (state, event), after in table.items():
        steps.setdefault(words(state), []).append((words(event), words(after)))
    last = [name for name in dict.fromkeys(map(words, table.values())) if name not in steps]
    box = PAD * 2 + LETTER * max(map(len, (*steps, *last)))
    says = PAD + LETTER * max(len(event) for found in steps.values() for event, _ in found)
    arrow_x = MARGIN * 2 + box + says
    width = arrow_x + 44 + box + MARGIN
    parts, y = [], MARGIN
    for name, found in (*steps.items(), *((name, []) for name in last)):
        height = max(1, len(found)) * STEP_H + GAP
        parts.append(f'<rect class="band" x="0" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"/>')
        parts.append(_box(MARGIN, y + GAP / 2 + STEP_H / 2, box, name, last))
        for number, (event, after) in enumerate(found):
            middle = y + GAP / 2 + STEP_H * number + STEP_H / 2
            parts.append(
                f'<text class="says" x="{MARGIN * 2 + box:.0f}" y="{middle:.0f}">{escape(event)}</text>'
            )
            parts.append(_arrow(arrow_x, arrow_x + 36, middle))
            parts.append(_box(arrow_x + 44, middle, box, after, last))
        if not found:
            x = MARGIN * 2 + box
            parts.append(f'<text class="says" x="{x:.0f}" y="{y + height / 2:.0f}">nothing follows</text>')
        y += height + 4
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {y + MARGIN:.0f}"',
            f'width="{width:.0f}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width:.0f}" height="{y + MARGIN:.0f}"/>',
            *parts,
            "</svg>\n",
        )
    )


def _box(x: float, middle: float, width: float, name: str, last: list[str]) -> str:
    kind = "last" if name in last else "state"
    return (
        f'<rect class="{kind}" x="{x:.0f}" y="{middle - STATE_H / 2 + 2:.0f}" width="{width:.0f}" '
        f'height="{STATE_H - 4}" rx="5"/>'
        f'<text x="{x + width / 2:.0f}" y="{middle:.0f}" text-anchor="middle">{escape(name)}</text>'
    )


def _arrow(x1: float, x2: float, y: float) -> str:
    return (
        f'<line class="way" x1="{x1:.0f}" y1="{y:.0f}" x2="{x2 - 6:.0f}" y2="{y:.0f}"/>'
        f'<path class="tip" d="M{x2 - 8:.0f} {y - 4:.0f}L{x2:.0f} {y:.0f}L{x2 - 8:.0f} {y + 4:.0f}z"/>'
    )


def drawn(name: str) -> str:
    """Draw the table of this name as it is now."""
    module, attribute = TABLES[name]
    return draw(getattr(importlib.import_module(module), attribute), f"States: {name.replace('_', ' ')}")


def stale() -> list[str]:
    """Name the drawings that do not show their table as it is."""
    paths = {name: FOLDER / f"{name}.svg" for name in TABLES}
    return [name for name, at in paths.items() if not at.exists() or at.read_text("utf-8") != drawn(name)]


def main() -> int:
    """Write or check the drawings."""
    parser = argparse.ArgumentParser(description="Draw every table of states.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one is not up to date")
    found, checking = stale(), parser.parse_args().check
    for name in found:
        if not checking:
            (FOLDER / f"{name}.svg").write_text(drawn(name), "utf-8")
        print(f"docs/procedures/{name}.svg {'does not show its table' if checking else 'is drawn'}")
    return 1 if checking and found else 0


if __name__ == "__main__":
    sys.exit(main())
