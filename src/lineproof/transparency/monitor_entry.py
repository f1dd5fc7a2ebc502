"""A log entry of version 3 as a monitor reads it: every key, each in its one form, or what is wrong."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

import rfc8785

from lineproof.transparency.tile import MOST_ENTRY_BYTES

VERSION = 3
UNDER_WAY, WAITS_FOR_PEOPLE, WAITS_FOR_PARTY, ENDED = STAGES = (
    "under_way",
    "waits_for_people",
    "waits_for_party",
    "ended",
)
MOST_SHOWN = 64
# What became of a notice stands beside its procedure: it may come at any time, also after the end, and its
# stage says nothing.
BESIDE = frozenset({"notice_delivered", "notice_undelivered"})


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry of version 3, well formed, whether or not its kind is known.

    index: its number in the log, from 0. by: pseudonyms of the staff who did it. due_at: the deadline that it
    sets. answers: the deadline set earlier in its procedure that it ends.
    """

    index: int
    kind: str
    at: datetime
    subject: str
    stage: str
    outcome: str
    by: frozenset[str]
    policy: str
    release: str
    due_at: datetime | None
    answers: datetime | None


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """An entry of another version: nothing can be said about it."""

    version: int


@dataclass(frozen=True, slots=True)
class IllFormed:
    """What is no entry, and why. subject: "" where it could not be read."""

    subject: str
    what: str


def read_entry(index: int, content: bytes) -> LoggedEntry | OtherVersion | IllFormed:
    """Read one entry, whatever its bytes are.

    Entries of every version are JSON objects in canonical form (RFC 8785) that say their version, a number.
    """
    if len(content) > MOST_ENTRY_BYTES:
        return IllFormed("", f"It has {len(content)} bytes, and an entry at most {MOST_ENTRY_BYTES}.")
    found = _parse_canonical(content)
    if not isinstance(found, dict):
        return IllFormed("", "It is not a JSON object in canonical form.")
    version: object = found.get("v")
    if not _is_whole_number(version):
        return IllFormed("", "It does not say its version.")
    if version != VERSION:
        return OtherVersion(version)
    wrong = _what_is_wrong(found)
    if wrong is not None:
        subject: object = found.get("subject")
        return IllFormed(subject if _is_pseudonym(subject) else "", wrong)
    return LoggedEntry(
        index=index,
        kind=found["kind"],
        at=_parse_moment(found["at"]),
        subject=found["subject"],
        stage=found["stage"],
        outcome=found["outcome"],
        by=frozenset(found["by"]),
        policy=found["policy"],
        release=found["release"],
        due_at=None if found["due_at"] is None else _parse_moment(found["due_at"]),
        answers=None if found["answers"] is None else _parse_moment(found["answers"]),
    )


def shown(text: str) -> str:
    """Give a text of an entry as it can be shown: whoever writes a log must not write on our terminal."""
    if re.fullmatch(r"[A-Za-z0-9_.+-]{1,64}", text):
        return text
    return ascii(text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "...")


def moment_text(at: datetime) -> str:
    """Write a time as entries do."""
    return at.astimezone(UTC).isoformat()[:19] + "Z"


def _parse_canonical(content: bytes) -> Any:
    """Parse JSON that is in canonical form; None for anything else.

    Writing it again and comparing finds a key that stands twice, an escape that need not be, a number that is
    too large to be exact.
    """
    try:
        found = json.loads(content.decode())
        canonical = rfc8785.dumps(found)
    except (ValueError, RecursionError):
        return None
    return found if canonical == content else None


def _what_is_wrong(found: dict[str, Any]) -> str | None:
    if found.keys() != _FORMS.keys():
        wrong = sorted(found.keys() ^ _FORMS.keys())
        missing = [shown(key) for key in wrong if key in _FORMS]
        extra = [shown(key) for key in wrong if key not in _FORMS]
        return f"Its key {missing[0]} is missing." if missing else f"It has a key too many: {extra[0]}."
    for key, (is_right, form) in _FORMS.items():
        if not is_right(found[key]):
            return f"Its {key} is not {form}."
    return None


def _is_whole_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_pseudonym(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{32}", value) is not None


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None


def _is_stage(value: object) -> bool:
    return isinstance(value, str) and value in STAGES


def _is_moment(value: object) -> bool:
    if not isinstance(value, str) or not _MOMENT_TEXT.fullmatch(value):
        return False
    try:
        _parse_moment(value)
    except ValueError:
        return False
    return True


def _is_moment_or_null(value: object) -> bool:
    return value is None or _is_moment(value)


def _are_people(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_pseudonym, value)) and len(set(value)) == len(value)


def _are_digests(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_digest, value))


def _parse_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Newer Pythons take hour 24 too.
_MOMENT_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")
_MOMENT = "a time in UTC, to the second"
_FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "v": (_is_whole_number, "a version"),
    "kind": (_is_name, "a name"),
    "at": (_is_moment, _MOMENT),
    "subject": (_is_pseudonym, "a pseudonym of 32 hexadecimal digits"),
    "stage": (_is_stage, "one of the four stages"),
    "outcome": (_is_text, "text"),
    "by": (_are_people, "a list of different pseudonyms of 32 hexadecimal digits"),
    "due_at": (_is_moment_or_null, f"{_MOMENT}, or null"),
    "answers": (_is_moment_or_null, f"{_MOMENT}, or null"),
    "policy": (_is_digest, "a digest of 64 hexadecimal digits"),
    "release": (_is_text, "text"),
    "models": (_is_text, "text"),
    "confinement": (_is_text, "text"),
    "commitments": (_are_digests, "a list of digests of 64 hexadecimal digits"),
}
