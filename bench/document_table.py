"""The tables of bench.document: how many were read exactly, accepted, and wrong; repairs; CPU time."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bench.document import Reading


def upper_bound(wrong: int, of: int, *, sure: float = 0.95) -> float:
    """Give the one-sided upper bound of a rate after so many of so many (Clopper and Pearson, 1934)."""
    if of == 0 or wrong >= of:
        return 1.0
    low, high = wrong / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(wrong, of, middle) > 1 - sure:
            low = middle
        else:
            high = middle
    return high


def interval(hits: int, of: int) -> tuple[float, float]:
    """Give the two-sided 95 % interval of a rate (Clopper and Pearson, 1934)."""
    return 1 - upper_bound(of - hits, of, sure=0.975), upper_bound(hits, of, sure=0.975)


def _at_most(wrong: int, of: int, rate: float) -> float:
    """Give the chance of at most so many of so many at a rate."""
    logs = [
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * math.log(rate)
        + (of - k) * math.log1p(-rate)
        for k in range(wrong + 1)
    ]
    return math.fsum(math.exp(each) for each in logs)


def print_tables(readings: Sequence["Reading"]) -> None:
    """Print all tables, in the form of docs/measurements.md."""
    levels = list(dict.fromkeys(each.level for each in readings))
    print(
        "| level | photographs | lines exact | accepted | accepted but wrong | of accepted, at most (95 %) |"
    )
    print("|---|---|---|---|---|---|")
    for level in [*levels, "all"]:
        of = [each for each in readings if level in {each.level, "all"}]
        _print_rates(level, of)
    print("\n| kind | photographs | lines exact | accepted | accepted but wrong |\n|---|---|---|---|---|")
    for kind in sorted({each.kind for each in readings}):
        of = [each for each in readings if each.kind == kind and each.level != "covered"]
        accepted = [each for each in of if each.accepted]
        wrong = sum(not each.exact for each in accepted)
        shares = f"{_share(of, lambda r: r.exact)} | {_share(of, lambda r: r.accepted)}"
        print(f"| {kind} | {len(of)} | {shares} | {wrong} |")
    _print_repairs(readings)
    print("\n| not read because | photographs |\n|---|---|")
    for outcome, count in Counter(each.outcome for each in readings if each.outcome != "read").most_common():
        print(f"| {outcome} | {count} |")
    _print_times(readings, levels)


def _print_rates(level: str, of: Sequence["Reading"]) -> None:
    accepted = [each for each in of if each.accepted]
    wrong = sum(not each.exact for each in accepted)
    low, high = interval(sum(each.exact for each in of), len(of))
    bound = f"{upper_bound(wrong, len(accepted)):.5f}" if accepted else "-"
    print(
        f"| {level} | {len(of)} | {_share(of, lambda r: r.exact)} [{100 * low:.2f}, {100 * high:.2f}] | "
        f"{len(accepted)} ({_share(of, lambda r: r.accepted)}) | {wrong} | {bound} |"
    )


def _print_repairs(readings: Sequence["Reading"]) -> None:
    read = [each for each in readings if each.outcome == "read"]
    repaired = [each for each in read if each.repairs]
    right = sum(each.repairs_right for each in repaired)
    print(
        f"\nRepaired: {len(repaired)} of {len(read)} readings, "
        f"{sum(each.repairs for each in repaired)} characters, {right} of them rightly; "
        f"{sum(each.exact for each in repaired)} of the repaired readings were exact. None is accepted."
    )
    apart = [each for each in read if not each.agreed]
    exact = sum(each.exact for each in apart)
    print(f"Passes apart: {len(apart)} readings, {exact} of them exact. None is accepted.")


def _print_times(readings: Sequence["Reading"], levels: Sequence[str]) -> None:
    stages = list(dict.fromkeys(stage for each in readings for stage in each.cpu_ms))
    print(f"\n| CPU ms, median (95th percentile) | {' | '.join(stages)} | all |")
    print("|---" * (len(stages) + 2) + "|")
    for level in levels:
        of = [each for each in readings if each.level == level]
        cells = [_times([each.cpu_ms.get(stage, 0.0) for each in of]) for stage in stages]
        print(f"| {level} | {' | '.join(cells)} | {_times([sum(each.cpu_ms.values()) for each in of])} |")


def _times(values: Sequence[float]) -> str:
    return f"{np.median(values):.0f} ({np.percentile(values, 95):.0f})"


def _share(of: Sequence["Reading"], which: Callable[["Reading"], bool]) -> str:
    return f"{100 * sum(map(which, of)) / len(of):.2f} %" if of else "-"
