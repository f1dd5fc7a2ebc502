"""The error-versus-discard curves as a picture for docs/measurements.md."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lineproof.face.quality import QualityLimits, limit_of
from lineproof.measure.plot_style import BLUE, FAINT, QUIET, RUST, captioned, files_of, place, style, titled

if TYPE_CHECKING:
    from bench.quality import Spoiled

WIDTH_IN, ROW_IN, TOP_IN, BOTTOM_IN, SIDE_IN = 7.6, 1.75, 1.0, 0.85, 0.62
COLUMNS = 4
MOST_DISCARDED = 0.9
STEPS = 91
CAPTION = (
    "Across: share of captures discarded, worst first by the component's measure. The shipped limit marks",
    "what is left of the dotted line. Captures were spoiled to random degrees; pose is as photographed.",
)


def draw_curves(curves: "Sequence[Spoiled]", folds: tuple[int, ...]) -> bytes:
    """Draw one panel for each kind of capture; an SVG."""
    rows = -(-len(curves) // COLUMNS)
    height = TOP_IN + BOTTOM_IN + rows * ROW_IN
    with style():
        figure = Figure(figsize=(WIDTH_IN, height))
        titled(
            figure,
            "Poor captures lose genuine comparisons; discarding them first wins them back",
            f"Genuine comparisons lost at FMR 1e-4, after discarding the worst captures. People of folds "
            f"{' and '.join(map(str, folds))}.",
        )
        across = (WIDTH_IN - 2 * SIDE_IN + 0.3) / COLUMNS
        for number, curve in enumerate(curves):
            row, column = divmod(number, COLUMNS)
            left = SIDE_IN + column * across
            top = TOP_IN + row * ROW_IN
            axes = place(
                figure,
                left=left,
                right=WIDTH_IN - left - across + 0.3,
                top=top + 0.22,
                bottom=height - top - ROW_IN + 0.42,
            )
            _draw(axes, curve, first=column == 0, last=number + COLUMNS >= len(curves))
        captioned(figure, CAPTION)
        return files_of(figure)["svg"]


def _draw(axes: Axes, curve: "Spoiled", *, first: bool, last: bool) -> None:
    shares = np.linspace(0, MOST_DISCARDED, STEPS)
    lost = [100 * curve.lost[round(share * len(curve.lost)) :].mean() for share in shares]
    axes.plot(100 * shares, lost, color=BLUE, linewidth=1.4)
    name = limit_of(curve.check)
    limit = float(getattr(QualityLimits(), name)) * (-1 if name.startswith("least") else 1)
    axes.axvline(100 * float(np.mean(curve.badness > limit)), color=RUST, linewidth=1.0, linestyle=":")
    axes.set_title(curve.kind, fontsize=8.4, loc="left", pad=3)
    axes.set_xlim(0, 100 * MOST_DISCARDED)
    axes.set_ylim(0, max(1.15 * max(lost), 4))
    axes.grid(color=FAINT, linewidth=0.6)
    axes.tick_params(labelsize=7.2, length=2, color=QUIET)
    axes.set_xticks([0, 30, 60, 90])
    if last:
        axes.set_xlabel("discarded, %", fontsize=7.4)
    if first:
        axes.set_ylabel("lost, %", fontsize=7.4)
