"""The DET curve: false non-matches against false matches, on normal deviate axes (ISO/IEC 19795-1)."""

from collections.abc import Callable
from itertools import groupby
from statistics import NormalDist

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lineproof.measure.bootstrap import Estimate
from lineproof.measure.plot_style import (
    BLUE,
    FAINT,
    QUIET,
    RUST,
    captioned,
    files_of,
    place,
    style,
    titled,
)
from lineproof.measure.rates import Misses, OperatingPoint
from lineproof.measure.report import FaceReport

SIZE_IN = (7.2, 6.1)
TICKS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99)
# With fewer than this inside, the axis reaches to the next ticks outside.
LEAST_TICKS = 2
# Beyond this share of false matches nobody works.
MOST_FMR = 0.4
CAPTION = (
    "Per identity every person weighs the same, per pair every comparison. Shaded: 95 % interval of the rate",
    "per identity, by resampling people; without shade it is not known. Dots: the similarity to be",
    "reached. Thin line: fewer than 30 false matches, or fewer than 30 people with a non-match.",
    "Axes: normal deviates, ISO/IEC 19795-1.",
)

Weighting = Callable[[Misses], Estimate]


def draw_det(report: FaceReport) -> dict[str, bytes]:
    """Draw both weightings, the interval of the one to quote, and the thresholds of the usual FMRs."""
    counts = report.counts
    with style():
        figure = Figure(figsize=SIZE_IN)
        titled(
            figure,
            "How often face comparison errs",
            f"{report.pack.name}, {report.made.protocol}, {counts.identities:,} people: "
            f"{counts.genuine_completed:,} comparisons\nof people with themselves, "
            f"{counts.impostor_completed:,} of people with others",
        )
        captioned(figure, CAPTION)
        axes = place(figure, left=0.98, right=0.35, top=1.1, bottom=1.42)
        _draw_curves(axes, report)
        return files_of(figure)


def _draw_curves(axes: Axes, report: FaceReport) -> None:
    people = [point for point in report.rates.det if _may_be_drawn(point, _per_identity)]
    pairs = [point for point in report.rates.det if _may_be_drawn(point, _per_pair)]
    axes.set_xlabel("False match rate: different people taken for one", labelpad=8)
    axes.set_ylabel("False non-match rate: one person not recognised", labelpad=8)
    if not people:
        axes.set_xticks([])
        axes.set_yticks([])
        text = "At every threshold all people are recognised, or none: no curve."
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=QUIET)
        return
    _set_limits(axes, people, pairs)
    banded = [point for point in people if _band(point) is not None]
    low, high = zip(*(_band(point) or (0.0, 0.0) for point in banded), strict=True) if banded else ((), ())
    floor = axes.get_ylim()[0]
    axes.fill_between(
        [_deviate(_fmr(point)) for point in banded],
        [max(floor, _deviate(rate)) for rate in low],
        [_deviate(rate) for rate in high],
        color=BLUE,
        alpha=0.16,
        linewidth=0,
    )
    _draw_line(axes, pairs, _per_pair, colour=RUST, dashes=(0, (5, 2)))
    _draw_line(axes, people, _per_identity, colour=BLUE, dashes="-")
    _mark_thresholds(axes, report.rates.at_targets)
    axes.legend(
        [
            Line2D([], [], color=BLUE, linewidth=2.2),
            Patch(color=BLUE, alpha=0.16, linewidth=0),
            Line2D([], [], color=RUST, linewidth=2.2, linestyle=(0, (5, 2))),
        ],
        ["per identity: the rate to quote", "its 95 % interval", "per pair"],
        loc="upper right",
        fontsize=8.6,
        handlelength=2.7,
        frameon=True,
        facecolor="white",
        edgecolor="none",
        framealpha=0.85,
    )


def _set_limits(axes: Axes, people: list[OperatingPoint], pairs: list[OperatingPoint]) -> None:
    """Show what there is: across, a little more; upward, from the tick below to the tick above."""
    matches = [_fmr(point) for point in people]
    across = [tick for tick in TICKS if min(matches) <= tick <= max(matches)]
    if len(across) < LEAST_TICKS:
        across = _ticks_around(min(matches), max(matches))
    ends = [_deviate(rate) for rate in (*matches, *across)]
    room = 0.03 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - room, max(ends) + room)
    axes.set_xticks([_deviate(tick) for tick in across], [_per_cent(tick) for tick in across])
    misses = [_miss(point, _per_identity).value for point in people]
    misses += [_miss(point, _per_pair).value for point in pairs]
    misses += [band[1] for point in people if (band := _band(point)) is not None]
    upward = _ticks_around(min(misses), max(misses))
    axes.set_yticks([_deviate(tick) for tick in upward], [_per_cent(tick) for tick in upward])
    axes.set_ylim(_deviate(upward[0]), _deviate(upward[-1]))
    axes.grid(visible=True, color=FAINT, linewidth=0.7)
    axes.tick_params(length=3)


def _ticks_around(least: float, most: float) -> list[float]:
    low = max((tick for tick in TICKS if tick < least), default=TICKS[0])
    high = min((tick for tick in TICKS if tick > most), default=TICKS[-1])
    return [tick for tick in TICKS if low <= tick <= high]


def _draw_line(
    axes: Axes,
    points: list[OperatingPoint],
    weighting: Weighting,
    *,
    colour: str,
    dashes: str | tuple[int, tuple[int, int]],
) -> None:
    """Draw a curve: thin where few errors stand behind it, bold elsewhere."""
    for few, group in groupby(enumerate(points), key=lambda item: _few(item[1])):
        # Each piece begins where the one before it ends.
        places = [place for place, _ in group]
        piece = points[max(0, places[0] - 1) : places[-1] + 1]
        axes.plot(
            [_deviate(_fmr(point)) for point in piece],
            [_deviate(_miss(point, weighting).value) for point in piece],
            color=colour,
            linewidth=0.9 if few else 2.2,
            linestyle=dashes,
            solid_capstyle="round",
        )


def _mark_thresholds(axes: Axes, points: tuple[OperatingPoint, ...]) -> None:
    """Mark the thresholds of the usual false match rates on the curve per identity."""
    for point in points:
        if not _may_be_drawn(point, _per_identity):
            continue
        at = (_deviate(_fmr(point)), _deviate(_miss(point, _per_identity).value))
        axes.plot(*at, marker="o", markersize=5.5, color=BLUE, markeredgecolor="white", clip_on=False)
        text = f"{point.threshold:.3f}"
        axes.annotate(text, at, xytext=(5, 6), textcoords="offset points", fontsize=8, color=BLUE)


def _may_be_drawn(point: OperatingPoint, weighting: Weighting) -> bool:
    """Tell whether both rates have a place on an axis that knows neither 0 nor 1."""
    if point.misses is None or point.fmr is None:
        return False
    return 0 < point.fmr.value <= MOST_FMR and 0 < weighting(point.misses).value < 1


def _per_identity(misses: Misses) -> Estimate:
    return misses.per_identity


def _per_pair(misses: Misses) -> Estimate:
    return misses.per_pair


def _fmr(point: OperatingPoint) -> float:
    return 0.0 if point.fmr is None else point.fmr.value


def _miss(point: OperatingPoint, weighting: Weighting) -> Estimate:
    return Estimate(0.0, None, None) if point.misses is None else weighting(point.misses)


def _band(point: OperatingPoint) -> tuple[float, float] | None:
    rate = _miss(point, _per_identity)
    return None if rate.low is None or rate.high is None else (rate.low, rate.high)


def _few(point: OperatingPoint) -> bool:
    return point.few_false_matches or point.few_non_matches


def _deviate(rate: float) -> float:
    return NormalDist().inv_cdf(min(max(rate, TICKS[0] / 10), 1 - TICKS[0] / 10))


def _per_cent(rate: float) -> str:
    return f"{100 * rate:.7f}".rstrip("0").rstrip(".") + " %"
