"""Run a parser on one input within bounds of time and memory."""

import time
import tracemalloc

from tests.fuzz.parser import Parser, outcome_of


class TooCostly(AssertionError):
    """An input that costs more than the parser's bounds."""


def bounded_outcome_of(parser: Parser, data: bytes) -> bool:
    """Run as `outcome_of` does; TooCostly where an input costs more CPU time or memory than it may.

    Memory is what Python and numpy allocate; the process as a whole is bounded when atheris runs.
    """
    tracemalloc.start(1)
    try:
        started = time.process_time()
        outcome = outcome_of(parser, data)
        seconds = time.process_time() - started
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if seconds > parser.seconds:
        raise TooCostly(f"{parser.name}: {seconds:.1f} s of CPU time for {len(data)} bytes")
    if peak > parser.memory_bytes:
        raise TooCostly(f"{parser.name}: {peak >> 20} MiB for {len(data)} bytes")
    return outcome
