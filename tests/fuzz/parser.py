"""One parser of data from outside, as fuzzing sees it: a function of bytes, what it may raise and cost."""

from collections.abc import Callable
from dataclasses import dataclass

MOST_INPUT_BYTES = 4096
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Parser:
    """One parser under test.

    run: parses, and asserts what holds of every result. refuses: all that it may raise. seconds,
    memory_bytes: what one input of at most MOST_INPUT_BYTES may cost: CPU time, and memory as Python and
    numpy count it.
    examples: how many generated inputs the ordinary tests try.
    """

    name: str
    run: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    seconds: float = 1.0
    memory_bytes: int = 16 * MEBIBYTE
    examples: int = 200


def outcome_of(parser: Parser, data: bytes) -> bool:
    """Run a parser; True where it took the input, False where it refused. Anything else is raised on."""
    try:
        parser.run(data)
    except parser.refuses:
        return False
    return True
