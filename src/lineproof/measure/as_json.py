"""A report as the one JSON object that is printed; docs/commands.md names its fields."""

from typing import Any

from lineproof.measure.bootstrap import Estimate
from lineproof.measure.differentials import CrossRate, GroupRates, GroupReport, GroupsAtThreshold
from lineproof.measure.rates import OperatingPoint, rate_name
from lineproof.measure.report import FaceReport

DIGITS = 6


def report_json(report: FaceReport) -> dict[str, Any]:
    """Give the report as plain values. Rates have six significant digits; what is not measured is null."""
    counts, made, pack = report.counts, report.made, report.pack
    return {
        "fnmr_at_fmr": {
            rate_name(point.target_fmr or 0.0): _point(point) for point in report.rates.at_targets
        },
        "counts": {name: getattr(counts, name) for name in type(counts).__slots__},
        "failure_to_enrol": _round(counts.failed_to_enrol / counts.references),
        "failure_to_acquire": _round(counts.failed_to_acquire / counts.probes),
        "det": [_det(point) for point in report.rates.det],
        "groups": None if report.groups is None else _groups(report.groups),
        "pack": {
            "name": pack.name,
            "licence": pack.licence,
            "detector_sha256": pack.detector_sha256,
            "embedder_sha256": pack.embedder_sha256,
        },
        "calibration": {
            "version": pack.calibration_version,
            "source": pack.calibration_source,
            "points": [
                {"claimed_fmr": claim.claimed_fmr, **_point(claim.measured)} for claim in report.claims
            ],
        },
        "protocol": made.protocol,
        "seed": made.seed,
        "replicates": made.replicates,
        "code_version": made.code_version,
        "pairs_sha256": made.pairs_sha256,
        "groups_sha256": made.groups_sha256,
    }


def _point(point: OperatingPoint) -> dict[str, Any]:
    misses = point.misses
    return {
        "threshold": point.threshold,
        "per_identity": None if misses is None else _value(misses.per_identity),
        "ci95": None if misses is None else _interval(misses.per_identity),
        "per_pair": None if misses is None else _value(misses.per_pair),
        "per_pair_ci95": None if misses is None else _interval(misses.per_pair),
        "gfrr_per_identity": None if misses is None else _value(misses.generalized_per_identity),
        "gfrr_ci95": None if misses is None else _interval(misses.generalized_per_identity),
        "gfrr_per_pair": None if misses is None else _value(misses.generalized_per_pair),
        "fmr": _value(point.fmr),
        "fmr_ci95": _interval(point.fmr),
        "gfar": None if point.generalized_fmr is None else _round(point.generalized_fmr),
        "false_matches": point.false_matches,
        "few_false_matches": point.few_false_matches,
        "non_matches": point.non_matches,
        "people_not_matched": point.people_not_matched,
        "few_non_matches": point.few_non_matches,
        "why": point.why,
    }


def _det(point: OperatingPoint) -> dict[str, Any]:
    misses = point.misses
    return {
        "target_fmr": _round(point.target_fmr or 0.0),
        "fmr": _value(point.fmr),
        "threshold": point.threshold,
        "per_identity": None if misses is None else _value(misses.per_identity),
        "ci95": None if misses is None else _interval(misses.per_identity),
        "per_pair": None if misses is None else _value(misses.per_pair),
    }


def _groups(report: GroupReport) -> dict[str, Any]:
    return {
        "at_fmr": {rate_name(each.target_fmr): _at_threshold(each) for each in report.at_thresholds},
        "suppressed_groups": report.suppressed_groups,
        "suppressed_identities": report.suppressed_identities,
        "identities_without_group": report.identities_without_group,
    }


def _at_threshold(each: GroupsAtThreshold) -> dict[str, Any]:
    return {
        "threshold": each.threshold,
        "groups": [_group(group) for group in each.groups],
        "cross": [_cross(pair) for pair in each.cross],
        "largest_fnmr_differential": _value(each.largest_fnmr_differential),
        "largest_fnmr_differential_ci95": _interval(each.largest_fnmr_differential),
        "largest_fmr_differential": _value(each.largest_fmr_differential),
        "largest_fmr_differential_ci95": _interval(each.largest_fmr_differential),
        "why": each.why,
    }


def _group(group: GroupRates) -> dict[str, Any]:
    return {
        "group": group.group,
        "identities": group.identities,
        "photographs": group.photographs,
        "without_face": group.without_face,
        "fnmr_identities": group.fnmr_identities,
        "genuine_comparisons": group.genuine_comparisons,
        "non_matches": group.non_matches,
        "impostor_identities": group.impostor_identities,
        "impostor_comparisons": group.impostor_comparisons,
        "false_matches": group.false_matches,
        "fnmr": _value(group.fnmr),
        "fnmr_ci95": _interval(group.fnmr),
        "fmr": _value(group.fmr),
        "fmr_ci95": _interval(group.fmr),
        "fnmr_differential": _value(group.fnmr_differential),
        "fnmr_differential_ci95": _interval(group.fnmr_differential),
        "fmr_differential": _value(group.fmr_differential),
        "fmr_differential_ci95": _interval(group.fmr_differential),
        "few_non_matches": group.few_non_matches,
        "few_false_matches": group.few_false_matches,
    }


def _cross(pair: CrossRate) -> dict[str, Any]:
    return {
        "groups": [pair.group, pair.other],
        "impostor_comparisons": pair.impostor_comparisons,
        "false_matches": pair.false_matches,
        "fmr": _value(pair.fmr),
        "fmr_ci95": _interval(pair.fmr),
    }


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else _round(estimate.value)


def _interval(estimate: Estimate | None) -> list[float | None] | None:
    if estimate is None or (estimate.low is None and estimate.high is None):
        return None
    return [None if end is None else _round(end) for end in (estimate.low, estimate.high)]


def _round(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
