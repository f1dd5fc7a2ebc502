"""The sentences of every notice in every language, and those around them; read once from `notices/`.

English stands in `notice.NOTICES`. A file of another language has a table for each kind, `[line_registered]`,
with the four sentences of a `NoticeText`, and `[frame]`. The translations are ours: no native reader has gone
over them yet (docs/procedures/deliver_notices.md).
"""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

from lineproof.line.language import Language
from lineproof.line.notice import NOTICES, NoticeKind, NoticeText

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Frame:
    """The sentences around a notice's own. In braces stands what varies.

    line: which line it is about, by the end of its number. until_end_of_day, until_moment: the deadline,
    where it is the end of a day, and otherwise. given: when the notice was given. reference: by which a
    counter finds it. date: a day in words, of {day}, {month} and {year}. months: from January on.
    """

    line: str
    until_end_of_day: str
    until_moment: str
    given: str
    reference: str
    date: str
    months: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a frame that leaves out what has to be said in it."""
        for sentence, names in _NEEDED.items():
            said: str = getattr(self, sentence)
            if not all(f"{{{name}}}" in said for name in names) or said.count("{") != len(names):
                raise ValueError(f"{sentence} says exactly {', '.join(names)}")
        if len(self.months) != MONTHS or not all(self.months):
            raise ValueError("a year has twelve months")


_NEEDED = {
    "line": ("tail",),
    "until_end_of_day": ("date",),
    "until_moment": ("date", "time", "zone"),
    "given": ("date",),
    "reference": ("number",),
    "date": ("day", "month", "year"),
}
ENGLISH = Frame(
    line="This is about your line that ends in {tail}.",
    until_end_of_day="The time given here: until the end of {date}.",
    until_moment="The time given here: {date}, {time} ({zone}).",
    given="Given on {date}.",
    reference="Number of this notice: {number}.",
    date="{day} {month} {year}",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
)


def notice_text(kind: NoticeKind, language: Language | str) -> NoticeText:
    """Give the sentences of a notice in a language, or of a tag; in English where there is none of ours."""
    language = Language.of(language) if isinstance(language, str) else language
    return _read(language).notices[kind]


def frame_of(language: Language) -> Frame:
    """Give the sentences around a notice."""
    return _read(language).frame


@dataclass(frozen=True, slots=True)
class _Wording:
    notices: dict[NoticeKind, NoticeText]
    frame: Frame


@cache
def _read(language: Language) -> _Wording:
    if language is Language.ENGLISH:
        return _Wording(NOTICES, ENGLISH)
    name = f"{language.value}.toml"
    return _parse(resources.files("lineproof.line").joinpath("notices", name).read_text("utf-8"))


def _parse(text: str) -> _Wording:
    """Read the sentences of one language; ValueError or KeyError where one is missing or too many."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    frame = tables.pop("frame")
    months = tuple(frame.pop("months"))
    if tables.keys() != {kind.value for kind in NoticeKind}:
        raise ValueError("a language has the sentences of every kind of notice, and no other")
    names = {field.name for field in fields(NoticeText)}
    if any(table.keys() != names for table in tables.values()):
        raise ValueError(f"a notice has {', '.join(sorted(names))}")
    notices = {kind: NoticeText(**tables[kind.value]) for kind in NoticeKind}
    return _Wording(notices, Frame(**frame, months=months))
