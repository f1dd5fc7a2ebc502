"""That a line is used by somebody other than its holder: who may say so. Nothing that is done on a line does.

A holder says it of their own line; a court says it in an order, which somebody has seen. There is no third
way: no figure, no pattern and no machine says it.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Self

from lineproof.errors import Malformed
from lineproof.terms import SessionId, StaffName

MOST_CHARACTERS = 64
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 ./:\-]{{1,{MOST_CHARACTERS - 1}}}")


class WhoSaidSo(Enum):
    """On whose word a line is said to be used by another."""

    HOLDER = "holder"
    COURT = "court"


@dataclass(frozen=True, slots=True)
class CourtReference:
    """What a court calls its order: 2 to 64 letters, digits, spaces, dots, slashes, colons or hyphens."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference; spaces are joined into one."""
        bare = " ".join(text.split())
        if not _REFERENCE.fullmatch(bare):
            raise Malformed(
                "That is not the reference of a court's order.",
                remedy=f"Copy its number as the court writes it: 2 to {MOST_CHARACTERS} letters, digits, "
                "spaces or ./:-",
            )
        return cls(bare)


@dataclass(frozen=True, slots=True)
class WordOfHolder:
    """The holder says so, who was verified in a session.

    besides_minor: that it is somebody else than the minor for whom the line is registered, if it is for one.
    """

    session: SessionId
    besides_minor: bool = False


@dataclass(frozen=True, slots=True)
class OrderOfCourt:
    """A court says so. seen_by: the agent who has read the order itself."""

    reference: CourtReference
    seen_by: StaffName


Source = WordOfHolder | OrderOfCourt
