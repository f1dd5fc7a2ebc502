"""A notice as its holder reads it outside their page: what it says, about which line, until when.

Times are written in the jurisdiction's zone, and so that nobody has to guess: a deadline at midnight is the
end of the day before it. A line is named by the end of its number alone: whoever else sees the message learns
no more. In a language that is written from right to left, each paragraph begins with a mark that says so, and
what is put in stands apart from the words around it (Unicode Standard Annex 9: U+200F, U+2068, U+2069).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lineproof.line.correction import Cause
from lineproof.line.language import Language
from lineproof.line.notice import NoticeKind
from lineproof.line.wording import Frame, frame_of, notice_text

SHOWN_OF_LINE = 3
_RIGHT_TO_LEFT, _ISOLATE, _END_OF_ISOLATE = "\u200f", "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice in one language. subject: of a message. text: all of it, in paragraphs, the subject not."""

    subject: str
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Facts:
    """What varies in a notice. number: by which a counter finds it. line: the number or account, or "".

    cause: of the correction that it tells of; None where it tells of none, or is not to name it.
    """

    kind: NoticeKind
    number: int
    given_at: datetime
    deadline: datetime | None
    line: str = ""
    cause: Cause | None = None


def write_letter(facts: Facts, *, language: Language, zone: ZoneInfo) -> Letter:
    """Write a notice in a language, its times in a zone."""
    said, frame = notice_text(facts.kind, language, facts.cause), frame_of(language)
    put = _Putting(language)
    paragraphs = [said.happened]
    if facts.line:
        paragraphs.append(put(frame.line, tail=facts.line[-SHOWN_OF_LINE:]))
    if facts.deadline is not None:
        paragraphs.append(_until(frame, facts.deadline.astimezone(zone), put))
    paragraphs += filter(None, (said.wrong, said.remedy, said.objection))
    given = put(frame.given, date=_in_words(frame, facts.given_at.astimezone(zone)))
    paragraphs.append(f"{given} {put(frame.reference, number=str(facts.number))}")
    return Letter(said.subject, "\n\n".join(map(put.paragraph, paragraphs)), language)


def deadline_in_words(deadline: datetime, *, language: Language, zone: ZoneInfo) -> str:
    """Say until when one can act, as a letter does: a deadline at midnight is the end of the day before."""
    return _until(frame_of(language), deadline.astimezone(zone), _Putting(language))


@dataclass(frozen=True, slots=True)
class _Putting:
    """Puts values into sentences of a language."""

    language: Language

    def __call__(self, sentence: str, **values: str) -> str:
        if self.language.is_right_to_left:
            values = {name: f"{_ISOLATE}{value}{_END_OF_ISOLATE}" for name, value in values.items()}
        return sentence.format(**values)

    def paragraph(self, text: str) -> str:
        return f"{_RIGHT_TO_LEFT}{text}" if self.language.is_right_to_left else text


def _until(frame: Frame, at: datetime, put: _Putting) -> str:
    """Say a deadline: the moment at which it is over, exclusive; at midnight, the whole day before."""
    if (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0):
        return put(frame.until_end_of_day, date=_in_words(frame, at - timedelta(days=1)))
    # Rounded down: who goes by it is never late.
    return put(frame.until_moment, date=_in_words(frame, at), time=f"{at:%H:%M}", zone=_zone(at))


def _in_words(frame: Frame, at: datetime) -> str:
    return frame.date.format(day=at.day, month=frame.months[at.month - 1], year=at.year)


def _zone(at: datetime) -> str:
    """Name a zone with its offset then: an hour that comes twice, as clocks are put back, is told apart."""
    offset = at.strftime("%z")
    return f"{at.tzinfo}, UTC{offset[:3]}:{offset[3:5]}"
