"""A report as a table for people."""

from collections.abc import Callable, Iterator

from lineproof.measure.bootstrap import LEAST_IDENTITIES, Estimate
from lineproof.measure.differentials import GroupReport, GroupsAtThreshold
from lineproof.measure.rates import OperatingPoint, rate_name
from lineproof.measure.report import FaceReport

NOTES = (
    "FMR: false match rate, of people with others. FNMR: false non-match rate, of people with themselves.",
    "Per identity every person weighs the same: the number to quote. GFRR: the same, where no face was found",
    "counted as a non-match. In brackets: 95 % intervals, by resampling people. Thresholds were set and read",
    "on the same comparisons.",
)
FEW = (
    "* fewer than 30 false matches, or 30 people with a non-match, stand behind this rate: it is not yet",
    "  known well (rule of 30).",
)


def report_lines(report: FaceReport) -> Iterator[str]:
    """Write the report line by line."""
    counts = report.counts
    yield f"Face comparison, {report.pack.name}, {report.made.protocol}"
    yield ""
    rows = (
        ("photographs", f"{counts.photographs:,} of {counts.identities:,} people"),
        ("genuine comparisons", f"{counts.genuine_completed:,} of {counts.genuine_identities:,} people"),
        ("impostor comparisons", f"{counts.impostor_completed:,}"),
        ("failure to enrol", _failures(counts.failed_to_enrol, counts.references, "references")),
        ("failure to acquire", _failures(counts.failed_to_acquire, counts.probes, "probes")),
    )
    for name, value in rows:
        yield f"  {name:<22}{value}"
    yield ""
    yield from _points("FMR at most", report.rates.at_targets)
    if report.claims:
        yield ""
        yield f"At the thresholds of the pack's calibration (version {report.pack.calibration_version}):"
        yield ""
        names = [rate_name(claim.claimed_fmr) for claim in report.claims]
        yield from _points("FMR claimed", tuple(claim.measured for claim in report.claims), names)
    if report.groups is not None:
        yield ""
        yield from _groups(report.groups)
    yield ""
    yield from NOTES
    if _any_few(report):
        yield from FEW
    made = report.made
    yield f"Seed {made.seed}, {made.replicates:,} replicates, lineproof {made.code_version}."


def _any_few(report: FaceReport) -> bool:
    points = (*report.rates.at_targets, *report.rates.at_thresholds)
    if any(point.few_false_matches or point.few_non_matches for point in points):
        return True
    shown = () if report.groups is None else report.groups.at_thresholds
    return any(group.few_false_matches or group.few_non_matches for each in shown for group in each.groups)


def _points(first: str, points: tuple[OperatingPoint, ...], names: list[str] | None = None) -> Iterator[str]:
    yield _row(
        *((f"  {first}", 14), ("threshold", 11), ("false matches", 15), ("FMR [95 %]", 33)),
        *(("FNMR per identity, %", 24), ("per pair, %", 24), ("GFRR per identity, %", 22)),
    )
    for place, point in enumerate(points):
        name = names[place] if names else rate_name(point.target_fmr or 0.0)
        if point.misses is None or point.threshold is None:
            yield f"  {name:<12}{point.why}"
            continue
        misses, few = point.misses, point.few_non_matches
        yield _row(
            *((f"  {name}", 14), (f"{point.threshold:.6f}", 11), (f"{point.false_matches:,}", 15)),
            (_scientific(point.fmr, few=point.few_false_matches), 33),
            (_per_cent(misses.per_identity, few=few), 24),
            (_per_cent(misses.per_pair, few=few), 24),
            (_per_cent(misses.generalized_per_identity, few=few), 22),
        )


def _row(*cells: tuple[str, int]) -> str:
    """Set cells of given widths side by side; one that is too long still has a space after it."""
    return "".join(f"{text:<{width - 1}} " for text, width in cells).rstrip()


def _groups(report: GroupReport) -> Iterator[str]:
    yield "Groups, as the operator's file names them; nothing here is inferred from a face."
    for each in report.at_thresholds:
        yield ""
        yield from _at_threshold(each)
    if not report.at_thresholds:
        yield "  There are too few comparisons of different people to set a threshold."
    if report.suppressed_groups:
        groups = "1 group" if report.suppressed_groups == 1 else f"{report.suppressed_groups} groups"
        yield (
            f"  Not shown: {groups} of fewer than {LEAST_IDENTITIES} people, {report.suppressed_identities} "
            "people in all."
        )
    if report.identities_without_group:
        yield f"  In no group: {report.identities_without_group:,} people."


def _at_threshold(each: GroupsAtThreshold) -> Iterator[str]:
    yield f"  At {each.threshold:.6f}, where the FMR of all is at most {rate_name(each.target_fmr)}:"
    if each.why:
        yield f"    {each.why}"
        return
    if not each.groups:
        yield f"    No group has {LEAST_IDENTITIES} people."
        return
    # As wide as the longest name; what stands between it and the last two columns is 63 wide.
    name = 6 + max(len("largest to least"), *(len(group.group) for group in each.groups))
    yield _row(
        *(("    group", name), ("people", 8), ("no face", 9), ("FNMR per identity, %", 24)),
        *(("to the mean", 22), ("FMR within the group", 33), ("to the mean", 22)),
    )
    for group in each.groups:
        yield _row(
            *((f"    {group.group}", name), (f"{group.identities:,}", 8), (f"{group.without_face:,}", 9)),
            *((_per_cent(group.fnmr, few=group.few_non_matches), 24), (_ratio(group.fnmr_differential), 22)),
            (_scientific(group.fmr, few=group.few_false_matches), 33),
            (_ratio(group.fmr_differential), 22),
        )
    for pair in each.cross:
        yield _row((f"    {pair.group} with {pair.other}", name + 63), (_scientific(pair.fmr), 33))
    yield _row(
        *(("    largest to least", name + 41), (_ratio(each.largest_fnmr_differential), 22 + 33)),
        (_ratio(each.largest_fmr_differential), 22),
    )


def _failures(failed: int, of: int, what: str) -> str:
    return f"{failed:,} of {of:,} {what} ({100 * failed / of:.2f} %)"


def _per_cent(estimate: Estimate | None, *, few: bool = False) -> str:
    return _with_interval(estimate, lambda rate: f"{100 * rate:.2f}", few=few)


def _scientific(estimate: Estimate | None, *, few: bool = False) -> str:
    return _with_interval(estimate, lambda rate: f"{rate:.2e}" if rate else "0", few=few)


def _ratio(estimate: Estimate | None) -> str:
    return _with_interval(estimate, "{:.2f}".format, few=False)


def _with_interval(estimate: Estimate | None, write: Callable[[float], str], *, few: bool) -> str:
    """Write a figure, a star if few errors stand behind it, and its interval; - for what is not known."""
    if estimate is None:
        return "-"
    ends = ["-" if end is None else write(end) for end in (estimate.low, estimate.high)]
    interval = "-" if ends == ["-", "-"] else ", ".join(ends)
    return f"{write(estimate.value)}{'*' if few else ''} [{interval}]"
