"""How far the error rates of groups lie from their mean, at one threshold for all (ISO/IEC 19795-10)."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lineproof.measure.bootstrap import Estimate
from lineproof.measure.differentials import GroupRates, GroupsAtThreshold
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
from lineproof.measure.rates import rate_name
from lineproof.measure.report import FaceReport

WIDTH_IN, TOP_IN, BOTTOM_IN = 7.8, 1.4, 1.62
ROW_IN, LINE_IN = 0.14, 0.15
# Names of groups stand left of both panels, rates right of each.
LABEL_IN, RATE_IN = 1.8, 0.8
LABEL_CHARACTERS = 22
TICKS = tuple(2.0**power for power in range(-12, 13))
CAPTION = (
    "Bars: 95 % intervals, by resampling people; one that crosses the line at 1 shows no difference.",
    "Dotted: interval not known. Hollow: fewer than 30 people with a non-match, or 30 false matches.",
    "Mean: the geometric mean of the groups that have a rate. Groups are the operator's own; none is",
    "inferred from a face. ISO/IEC 19795-10.",
)


@dataclass(frozen=True, slots=True)
class _Panel:
    """One kind of error. rate, ratio: of a group, None when not known; few: few errors stand behind them."""

    title: str
    axis: str
    colour: str
    rate: Callable[[GroupRates], Estimate | None]
    ratio: Callable[[GroupRates], Estimate | None]
    few: Callable[[GroupRates], bool]
    write: Callable[[float], str]


PANELS = (
    _Panel(
        title="Not recognised",
        axis="False non-match rate per identity,\ntimes the mean of the groups",
        colour=BLUE,
        rate=lambda group: group.fnmr,
        ratio=lambda group: group.fnmr_differential,
        few=lambda group: group.few_non_matches,
        write=lambda rate: f"{100 * rate:.2f} %",
    ),
    _Panel(
        title="Taken for each other",
        axis="False match rate within the group,\ntimes the mean of the groups",
        colour=RUST,
        rate=lambda group: group.fmr,
        ratio=lambda group: group.fmr_differential,
        few=lambda group: group.few_false_matches,
        write=lambda rate: rate_name(float(f"{rate:.1e}")) if rate else "0",
    ),
)


def draw_groups(report: FaceReport) -> list[tuple[str, dict[str, bytes]]]:
    """Draw the groups at each threshold at which there is a differential; each picture's name first."""
    if report.groups is None:
        return []
    return [
        (f"groups-{rate_name(each.target_fmr)}", _draw(report, each))
        for each in report.groups.at_thresholds
        if each.largest_fnmr_differential is not None or each.largest_fmr_differential is not None
    ]


def _draw(report: FaceReport, each: GroupsAtThreshold) -> dict[str, bytes]:
    rows, labels = len(each.groups), [_label(group) for group in each.groups]
    row = ROW_IN + LINE_IN * max(label.count("\n") + 1 for label in labels)
    width = (WIDTH_IN - LABEL_IN - 2 * RATE_IN - 0.2) / 2
    with style():
        figure = Figure(figsize=(WIDTH_IN, TOP_IN + BOTTOM_IN + row * rows))
        titled(
            figure,
            "How far groups differ",
            f"{report.pack.name}, {report.made.protocol}: all at similarity {each.threshold:.4f},\n"
            f"where the false match rate of everybody is at most {rate_name(each.target_fmr)}",
        )
        captioned(figure, CAPTION)
        for side, panel in enumerate(PANELS):
            left = LABEL_IN + side * (width + RATE_IN + 0.1)
            axes = place(figure, left=left, right=WIDTH_IN - left - width, top=TOP_IN, bottom=BOTTOM_IN)
            _draw_panel(axes, each.groups, panel)
            axes.set_yticks(range(rows), labels if side == 0 else [""] * rows, fontsize=8.6, linespacing=1.2)
        return files_of(figure)


def _draw_panel(axes: Axes, groups: tuple[GroupRates, ...], panel: _Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=9.4, fontweight="bold", color=panel.colour, pad=8)
    axes.set_xlabel(panel.axis, fontsize=8.4, labelpad=6, linespacing=1.3)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    beside = axes.get_yaxis_transform()
    axes.annotate("rate", (1.03, 1), (0, 8), "axes fraction", "offset points", color=QUIET, fontsize=8.4)
    for row, group in enumerate(groups):
        axes.axhline(row, color=FAINT, linewidth=0.6, zorder=0)
        rate = panel.rate(group)
        text = "-" if rate is None else panel.write(rate.value)
        axes.text(1.03, row, text, transform=beside, va="center", fontsize=8.4)
    if all(panel.ratio(group) is None for group in groups):
        axes.set_xticks([0.5], [""])
        text = "No ratio: a group\nhas no error, or no rate."
        axes.text(
            0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=QUIET, fontsize=8.4
        )
        return
    _set_scale(axes, groups, panel)
    axes.axvline(1, color=QUIET, linewidth=1)
    for row, group in enumerate(groups):
        _draw_ratio(axes, row, group, panel)


def _draw_ratio(axes: Axes, row: int, group: GroupRates, panel: _Panel) -> None:
    ratio, least = panel.ratio(group), axes.get_xlim()[0]
    if ratio is None:
        return
    if ratio.low is None or ratio.high is None:
        axes.axhline(row, color=panel.colour, linewidth=1.2, linestyle=(0, (1, 2.5)))
    else:
        axes.plot([max(ratio.low, least), ratio.high], [row, row], color=panel.colour, linewidth=2.2)
    face = "white" if panel.few(group) else panel.colour
    axes.plot(ratio.value, row, "o", markersize=6.5, markerfacecolor=face, markeredgecolor=panel.colour)


def _set_scale(axes: Axes, groups: tuple[GroupRates, ...], panel: _Panel) -> None:
    """Show powers of two around everything there is, at least from a half to two."""
    ratios = [ratio for group in groups if (ratio := panel.ratio(group)) is not None]
    ends = [end for ratio in ratios for end in (ratio.low, ratio.value, ratio.high) if end]
    least = max((tick for tick in TICKS if tick <= min(0.5, *ends)), default=TICKS[0])
    most = min((tick for tick in TICKS if tick >= max(2.0, *ends)), default=TICKS[-1])
    ticks = [tick for tick in TICKS if least <= tick <= most]
    # At most seven labels have room; the one at 1 stays.
    every = -(-len(ticks) // 7)
    ticks = [tick for tick in ticks if TICKS.index(tick) % every == TICKS.index(1.0) % every]
    axes.set_xscale("log", base=2)
    axes.set_xlim(least, most)
    axes.set_xticks(ticks, [_times(tick) for tick in ticks])
    axes.set_xticks([], minor=True)


def _times(tick: float) -> str:
    return f"{tick:.0f}" if tick >= 1 else f"1/{1 / tick:.0f}"


def _label(group: GroupRates) -> str:
    name = "\n".join(textwrap.wrap(group.group, LABEL_CHARACTERS)[:2])
    return f"{name}\n{group.identities:,} people"
