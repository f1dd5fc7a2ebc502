"""Fuzz one parser under atheris: `python -m tests.fuzz.harness NAME [libFuzzer's options and folders]`.

Run by tools/fuzz, which bounds time and memory. An input that makes a parser raise what it may not is written
to a file by libFuzzer, and this process ends with a traceback and another status than 0.
"""

import sys

import atheris

with atheris.instrument_imports(include=["lineproof"]):
    # Imported here, so that atheris sees which branches an input takes.
    from tests.fuzz.parser import outcome_of
    from tests.fuzz.parsers import PARSERS


def main() -> None:
    """Fuzz the parser named by the first argument; the others are libFuzzer's."""
    parser = PARSERS[sys.argv[1]]
    outcome_of(parser, b"")  # loads what is loaded once, before anything is timed

    def one_input(data: bytes) -> None:
        outcome_of(parser, data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
