"""What may name a key in a vault: checked before a name becomes a file's, or a label's on a token."""

import re
from collections.abc import Iterable

from lineproof.errors import Malformed, NotFound, NotPermitted

_OPENING_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST_PURPOSE_CHARACTERS = 64
_LAST_VERSION = 0xFFFF


def check_name(name: str) -> None:
    """Refuse with Malformed what cannot name an opening key."""
    if not _OPENING_NAME.fullmatch(name):
        raise Malformed(
            "An opening key's name is of 1 to 64 small letters, digits, dots, hyphens and underscores.",
            remedy="Begin it with a letter or digit.",
        )


def in_order(found: Iterable[str], *, place: str) -> tuple[str, ...]:
    """Put the names of opening keys in order; Malformed where one among them cannot be one."""
    ordered = tuple(sorted(found))
    for name in ordered:
        if not _OPENING_NAME.fullmatch(name):
            raise Malformed(
                f"Among the opening keys in {place} lies {name!r}, which is none.",
                remedy="Find out where it came from, and move it away.",
            )
    return ordered


def check_purpose(purpose: str) -> None:
    """Refuse with Malformed what cannot be a purpose."""
    if not 1 <= len(purpose.encode()) <= _MOST_PURPOSE_CHARACTERS:
        raise Malformed("A purpose has 1 to 64 characters.", remedy="Name what the key is for.")


def check_version(version: int) -> None:
    """Refuse with Malformed what cannot be a version of the wrapping and index keys."""
    if not 1 <= version <= _LAST_VERSION:
        raise Malformed("Versions of keys count from 1.", remedy="Name one that is there.")


def no_version(version: int) -> NotFound:
    """Say that a version is not there."""
    return NotFound(
        f"The vault has no keys of version {version}.",
        remedy="It was retired, or this vault is another record's: lineproof keys check",
    )


def retired(version: int) -> NotPermitted:
    """Say that a version was retired and is not made again."""
    return NotPermitted(f"Version {version} of the vault's keys was retired.", remedy="Make the next one.")


def no_opening_key(name: str) -> NotFound:
    """Say that an opening key is not there."""
    return NotFound(f"There is no opening key {name}.", remedy="It was destroyed; what it opened stays shut.")
