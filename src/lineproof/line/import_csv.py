"""A base as CSV: UTF-8, the names of FIELDS in the first row, quoted as RFC 4180 says.

A quoted cell may have line ends in it, a few. A quote that is not closed spoils the row in which it stands,
and none after it.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import BinaryIO

from lineproof.errors import Malformed
from lineproof.line.import_rows import read_lines
from lineproof.line.imported import FIELDS, ImportedRecord, ProblemKind, RowProblem, Unusable, record_of

MOST_LINES_OF_A_ROW = 8
_QUOTE = '"'


def parse_csv(stream: BinaryIO, *, today: date) -> Iterator[ImportedRecord | RowProblem]:
    """Read a base row by row: of each, the record, or why it is not entered.

    Raises Malformed when the first row is not one of names, naming what is missing: nothing was given then.
    """
    rows = _rows(stream)
    names = _names(rows)
    for row, cells in rows:
        if isinstance(cells, ProblemKind):
            yield RowProblem(row, cells)
            continue
        try:
            if len(cells) != len(names):
                raise Unusable(ProblemKind.CELLS_DIFFER)  # noqa: TRY301 -- one way for every problem
            yield record_of(dict(zip(names, cells, strict=True)), row=row, today=today)
        except Unusable as problem:
            yield RowProblem(row, problem.kind)


def _names(rows: Iterator[tuple[int, Sequence[str] | ProblemKind]]) -> list[str]:
    _, cells = next(rows, (1, ()))
    names = () if isinstance(cells, ProblemKind) else [cell.strip().lower() for cell in cells]
    known = f"The columns are: {', '.join(FIELDS)}."
    if not set(names) & set(FIELDS):
        raise Malformed("The first row has no name of a column.", remedy=known)
    for place, name in enumerate(names, 1):
        # The cell is not repeated: in a file without names it is somebody's.
        if name not in FIELDS:
            raise Malformed(
                f"Column {place} has a name that is not known.",
                remedy=f"Leave out what is not asked for. {known}",
            )
        if name in names[: place - 1]:
            raise Malformed(f"There are two columns {name}.", remedy="Leave one out.")
    for one_of in (("msisdn", "account"), ("surname", "given_names")):
        if not set(one_of) & set(names):
            raise Malformed(f"There is no column {' or '.join(one_of)}.", remedy=known)
    for name, needs in (("msisdn", "iccid"), ("account", "address")):
        if name in names and needs not in names:
            raise Malformed(f"There is no column {needs}, which {name} needs.", remedy=known)
    return list(names)


def _rows(stream: BinaryIO) -> Iterator[tuple[int, Sequence[str] | ProblemKind]]:
    """Give the cells of each row, or its problem, with the number of its first line; empty lines are none."""
    lines = read_lines(stream)
    waiting: deque[tuple[int, str | None]] = deque()
    while waiting or (waiting := deque(_some(lines, 1))):
        number, first = waiting.popleft()
        if first is None:
            yield number, ProblemKind.ROW_TOO_LONG
        elif first.count(_QUOTE) % 2 == 0:
            if first.strip():
                yield number, _cells(first)
        else:
            waiting.extend(_some(lines, MOST_LINES_OF_A_ROW - 1 - len(waiting)))
            taken, text = _closed(first, waiting)
            for _ in range(taken):
                waiting.popleft()
            yield number, ProblemKind.ROW_BROKEN if text is None else _cells(text)


def _some(lines: Iterator[tuple[int, str | None]], most: int) -> list[tuple[int, str | None]]:
    return list(islice(lines, max(0, most)))


def _closed(first: str, following: Sequence[tuple[int, str | None]]) -> tuple[int, str | None]:
    """Join a row with the lines after it until its quotes are closed: how many it took, and the text."""
    text = first
    for taken, (_, line) in enumerate(following, 1):
        if line is None:
            break
        text += "\n" + line
        if line.count(_QUOTE) % 2:
            return taken, text
    return 0, None


def _cells(text: str) -> Sequence[str] | ProblemKind:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return ProblemKind.ROW_BROKEN
