"""Which identities belong to which demographic group: what the operator's own file says, and nothing else.

The product never infers a group from a face, a name or anything else. A file is CSV, its header is
`identity,group`, and everybody in it is in the pairs file and stands in it once; who is not in it belongs to
no group.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed
from lineproof.measure.pairs import read_text

HEADER = ["identity", "group"]
NO_GROUP = -1
MOST_GROUPS = 20
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Grouping:
    """Who is in which group.

    labels: in alphabetical order; group_of: for each identity a place in labels, or NO_GROUP, shape
    (persons,). sha256: of the file.
    """

    labels: tuple[str, ...]
    group_of: npt.NDArray[np.int64]
    sha256: str


def read_groups(path: Path, identities: tuple[str, ...]) -> Grouping:
    """Read the groups of these identities, in their order.

    Raises Malformed, naming the file and the line and never a person, for anything but two columns under the
    header, somebody who is none of the identities or stands in it twice, and more than MOST_GROUPS groups.
    """
    text, sha256 = read_text(path, called="groups file")
    rows = _rows(path, text)
    _refuse_repeated(path, rows)
    _refuse_unknown(path, rows, set(identities))
    labels = sorted({group for _, _, group in rows})
    if not labels:
        raise Malformed(f"{path}, line 2: there is nobody in it.", remedy="Write a line for each person.")
    if len(labels) > MOST_GROUPS:
        raise Malformed(
            f"{path} has {len(labels)} groups; at most {MOST_GROUPS} are compared.",
            remedy="Join groups that belong together.",
        )
    group_of = {identity: labels.index(group) for _, identity, group in rows}
    places = [group_of.get(identity, NO_GROUP) for identity in identities]
    return Grouping(tuple(labels), np.array(places, np.int64), sha256)


def _rows(path: Path, text: str) -> list[tuple[int, str, str]]:
    """Read the lines under the header: number of the line, identity, group."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, str, str]] = []
    try:
        _require_header(f"{path}, line 1", next(reader, []))
        rows.extend((reader.line_num, *_row(f"{path}, line {reader.line_num}", row)) for row in reader if row)
    except csv.Error as error:
        raise Malformed(
            f"{path}, line {max(reader.line_num, 1)}: this is not CSV ({error}).",
            remedy="Write identity,group with a comma; put what has a comma in it between double quotes.",
        ) from error
    return rows


def _require_header(where: str, row: list[str]) -> None:
    if [field.strip() for field in row] != HEADER:
        raise Malformed(f"{where}: the header is not identity,group.", remedy="Begin with: identity,group")


def _row(where: str, row: list[str]) -> tuple[str, str]:
    if len(row) != len(HEADER):
        raise Malformed(
            f"{where}: two columns are due, and there are {len(row)}.", remedy="Write identity,group"
        )
    identity, group = (field.strip() for field in row)
    if not identity or not group:
        raise Malformed(
            f"{where}: the identity or its group is empty.", remedy="Leave out who belongs to no group."
        )
    if len(group) > LONGEST_LABEL or not group.isprintable():
        raise Malformed(
            f"{where}: a group's name is longer than {LONGEST_LABEL} characters, or cannot be printed.",
            remedy="Shorten it, on one line.",
        )
    return identity, group


def _refuse_repeated(path: Path, rows: list[tuple[int, str, str]]) -> None:
    seen: dict[str, int] = {}
    for line, identity, _ in rows:
        earlier = seen.setdefault(identity, line)
        if earlier != line:
            raise Malformed(
                f"{path}, line {line}: this person already stands in line {earlier}.",
                remedy="Leave one of the lines: a person is in one group.",
            )


def _refuse_unknown(path: Path, rows: list[tuple[int, str, str]], known: set[str]) -> None:
    """Refuse people who are not measured: a slip in a name would quietly put somebody in no group."""
    unknown = [line for line, identity, _ in rows if identity not in known]
    if unknown:
        others = f", and neither are those of {len(unknown) - 1:,} other lines" if len(unknown) > 1 else ""
        raise Malformed(
            f"{path}, line {unknown[0]}: this person is not in the pairs file{others}.",
            remedy="Write people as the pairs file does, and leave out who is not in it.",
        )
