"""Do one thing for each of many numbers, in one process for each core, and say how far it is."""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")
TELL_EVERY = 500


@dataclass(frozen=True, slots=True)
class _Work:
    act: Callable[[Any, int], Any]
    given: Any


# What forked processes find in their memory: nothing of it is sent to them.
_work: list[_Work] = []


def each(
    act: Callable[[Given, int], Result], given: Given, numbers: Iterable[int], *, called: str
) -> Iterator[Result]:
    """Give act(given, number) in the order of the numbers. called: what it is, for the progress."""
    asked = list(numbers)
    began = time.monotonic()
    _work[:] = [_Work(act, given)]
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
        for done, result in enumerate(pool.imap(_run, asked, chunksize=8), start=1):
            if sys.stderr.isatty() or done % TELL_EVERY == 0:
                left = (time.monotonic() - began) / done * (len(asked) - done)
                ending = "\r" if sys.stderr.isatty() else "\n"
                print(f"{called}: {done} of {len(asked)}, {left:.0f} s left   ", end=ending, file=sys.stderr)
            yield result


def _run(number: int) -> Any:
    (work,) = _work
    return work.act(work.given, number)
