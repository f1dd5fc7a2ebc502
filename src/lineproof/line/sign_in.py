"""How often a code to sign in may be asked for and tried, and for how long it is good."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Self

from lineproof.errors import Malformed, TooMany

CODE_DIGITS = 6
# NIST SP 800-63B, 5.1.3.2: a code sent out of band is good for ten minutes and once.
GOOD_FOR = timedelta(minutes=10)
# With three codes an hour and five tries each, a stranger is right once in 66,666 hours.
MOST_TRIES = 5
PER_HOLDER, PER_ADDRESS = 3, 30
COUNTED_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The number of a document as somebody typed it: letters A to Z and digits, 3 to 22 of them."""

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number; small letters, spaces and hyphens are as good."""
        bare = re.sub(r"[\s\-./]", "", text).upper()
        if not re.fullmatch(r"[A-Z0-9]{3,22}", bare):
            raise Malformed(
                "That is not the number of a document.",
                remedy="Copy it from the document: letters from A to Z and digits, nothing else.",
            )
        return cls(bare)


def parse_code(text: str) -> str:
    """Read a code, with or without spaces between its digits; Malformed where it is none."""
    bare = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", bare, re.ASCII):
        raise Malformed("The code has six digits.", remedy="Copy it from the message.")
    return bare


def refuse_too_many(asked_at: Sequence[datetime], *, most: int, now: datetime) -> None:
    """Raise TooMany where a code was asked for so often in the last hour, saying after how long it may be.

    asked_at: when it was asked for, in any order.
    """
    wait = wait_of(asked_at, most=most, now=now)
    if wait is not None:
        raise TooMany(
            "A code was asked for too often in the last hour.",
            remedy="Come back later, or go to any counter: there is no waiting there.",
            retry_after_s=wait,
        )


def wait_of(done_at: Sequence[datetime], *, most: int, now: datetime) -> int | None:
    """Give after how many seconds something may be done again that was done so often in the last hour.

    None: now. done_at: in any order.
    """
    counted = sorted(at for at in done_at if at > now - COUNTED_FOR)
    if len(counted) < most:
        return None
    return max(1, ceil((counted[-most] + COUNTED_FOR - now).total_seconds()))
