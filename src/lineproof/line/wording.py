"""The sentences of every notice in every language, and those around them; read once from `notices/`.

English stands in `notice.NOTICES` and `correction.CAUSES`. A file of another language has a table for each
kind, `[line_registered]`, with the four sentences of a `NoticeText`; one for each cause of a correction,
`[causes.cap_exceeded]`, with what is wrong and what puts it right; and `[frame]`. The translations are ours:
no native reader has gone over them yet (docs/procedures/deliver_notices.md).
"""

import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from typing import Any

from lineproof.line.correction import BY_VERIFICATION, CAUSES, Cause
from lineproof.line.language import Language
from lineproof.line.notice import NOTICES, OF_CORRECTION, NoticeKind, NoticeText

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Frame:
    """The sentences around a notice's own. In braces stands what varies.

    line: which line it is about, by the end of its number. until_end_of_day, until_moment: the deadline,
    where it is the end of a day, and otherwise. given: when the notice was given. reference: by which a
    counter finds it. wrong: before the cause of a correction. on_appeal: how a line can be given back that
    ended for a cause which verification does not put right. date: a day in words, of {day}, {month} and
    {year}. months: from January on.
    """

    line: str
    until_end_of_day: str
    until_moment: str
    given: str
    reference: str
    wrong: str
    on_appeal: str
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


@dataclass(frozen=True, slots=True)
class CauseWords:
    """A cause of a correction in a language: what is wrong, and what puts it right; neither may be empty."""

    says: str
    remedy: str

    def __post_init__(self) -> None:
        """Refuse a cause that leaves one out."""
        if not self.says or not self.remedy:
            raise ValueError("a cause says what is wrong and what puts it right")


_NEEDED = {
    "line": ("tail",),
    "until_end_of_day": ("date",),
    "until_moment": ("date", "time", "zone"),
    "given": ("date",),
    "reference": ("number",),
    "wrong": ("says",),
    "on_appeal": (),
    "date": ("day", "month", "year"),
}
ENGLISH = Frame(
    line="This is about your line that ends in {tail}.",
    until_end_of_day="The time given here: until the end of {date}.",
    until_moment="The time given here: {date}, {time} ({zone}).",
    given="Given on {date}.",
    reference="Number of this notice: {number}.",
    wrong="What is wrong: {says}",
    on_appeal="The line can be given back only on appeal, and as long as its number is nobody's.",
    date="{day} {month} {year}",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
)


def notice_text(kind: NoticeKind, language: Language | str, cause: Cause | None = None) -> NoticeText:
    """Give the sentences of a notice in a language, or of a tag; in English where there is none of ours.

    cause: of the correction that it tells of. It says what is wrong then, and what puts that right instead of
    what may; ValueError for a notice that tells of no correction.
    """
    language = Language.of(language) if isinstance(language, str) else language
    wording = _read(language)
    said = wording.notices[kind]
    if cause is None:
        return said
    if kind not in OF_CORRECTION:
        raise ValueError(f"a notice of {kind.value} has no cause")
    words = wording.causes[cause]
    remedy = words.remedy
    if kind is NoticeKind.LINE_TERMINATED:
        remedy = said.remedy if cause in BY_VERIFICATION else wording.frame.on_appeal
    return replace(said, wrong=wording.frame.wrong.format(says=words.says), remedy=remedy)


def frame_of(language: Language) -> Frame:
    """Give the sentences around a notice."""
    return _read(language).frame


@dataclass(frozen=True, slots=True)
class _Wording:
    notices: dict[NoticeKind, NoticeText]
    causes: dict[Cause, CauseWords]
    frame: Frame


@cache
def _read(language: Language) -> _Wording:
    if language is Language.ENGLISH:
        causes = {cause: CauseWords(text.says, text.remedy) for cause, text in CAUSES.items()}
        return _Wording(NOTICES, causes, ENGLISH)
    name = f"{language.value}.toml"
    return _parse(resources.files("lineproof.line").joinpath("notices", name).read_text("utf-8"))


def _parse(text: str) -> _Wording:
    """Read the sentences of one language; ValueError, KeyError or TypeError for one too few or too many."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    frame, causes = tables.pop("frame"), tables.pop("causes")
    months = tuple(frame.pop("months"))
    if tables.keys() != {kind.value for kind in NoticeKind}:
        raise ValueError("a language has the sentences of every kind of notice, and no other")
    names = {field.name for field in fields(NoticeText)} - {"wrong"}
    if any(table.keys() != names for table in tables.values()):
        raise ValueError(f"a notice has {', '.join(sorted(names))}")
    if causes.keys() != {cause.value for cause in Cause}:
        raise ValueError("a language has the sentences of every cause of a correction, and no other")
    notices = {kind: NoticeText(**tables[kind.value]) for kind in NoticeKind}
    said = {cause: CauseWords(**causes[cause.value]) for cause in Cause}
    return _Wording(notices, said, Frame(**frame, months=months))
