"""What has come of an application and is not examined yet: a sealed document, the frames of a head turn.

It is in the memory of the process that serves the pages, and nowhere else: as long as the booth has the key
that opens it, some minutes. A browser that was killed meanwhile goes on with the document that it had sent.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from lineproof.errors import Conflict, Malformed, TooMany
from lineproof.head_turn import Turns

# A page sends less: it makes larger ones smaller.
MOST_DOCUMENT_BYTES = 4 * 1024 * 1024
# Of all of them together: twice what one network address can send in an hour (`line/draft.py`).
MOST_BYTES = 256 * 1024 * 1024
_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class SentDocument:
    """Head and first part of sealed evidence. nonce: of the terms that it is sealed to. until: their end."""

    nonce: bytes
    content: bytes
    until: datetime


class SentDocuments:
    """The documents that have come, by who sent them: one each. Safe for several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._sent: dict[UUID, SentDocument] = {}
        self._changing = threading.Lock()

    def keep(self, who: UUID, document: SentDocument, *, now: datetime) -> None:
        """Keep a document in place of any other of theirs; those whose time is over are forgotten.

        Raises Malformed for one that is too large, TooMany where there is no room.
        """
        if len(document.content) > MOST_DOCUMENT_BYTES:
            raise Malformed(
                "The photograph of the document is too large.", remedy="Take it again with this page."
            )
        with self._changing:
            others = {each: it for each, it in self._sent.items() if now < it.until and each != who}
            if sum(len(it.content) for it in others.values()) + len(document.content) > MOST_BYTES:
                raise TooMany(
                    "Too many people are sending photographs.",
                    remedy="Send again in a minute.",
                    retry_after_s=_WAIT_S,
                )
            self._sent = {**others, who: document}

    def has(self, who: UUID, nonce: bytes, *, now: datetime) -> bool:
        """Tell whether a document is there that was sealed to these terms."""
        document = self._sent.get(who)
        return document is not None and document.nonce == nonce and now < document.until

    def of(self, who: UUID, nonce: bytes, *, now: datetime) -> bytes:
        """Give what was sealed to these terms. Conflict where it is not there any more."""
        document = self._sent.get(who)
        if document is None or document.nonce != nonce or now >= document.until:
            raise Conflict(
                "The photograph of the document is not here any more: it is kept for some minutes only.",
                remedy="Take it again.",
            )
        return document.content

    def forget(self, who: UUID) -> None:
        """Forget somebody's document."""
        with self._changing:
            self._sent.pop(who, None)

    def forget_over(self, *, now: datetime) -> None:
        """Forget those whose time is over."""
        with self._changing:
            self._sent = {each: it for each, it in self._sent.items() if now < it.until}


@dataclass(frozen=True, slots=True)
class Arriving:
    """All that is on its way to the booth."""

    documents: SentDocuments = field(default_factory=SentDocuments)
    turns: Turns = field(default_factory=Turns)

    def forget(self, who: UUID) -> None:
        """Forget whatever somebody sent."""
        self.documents.forget(who)
        self.turns.end(who)

    def forget_over(self, *, now: datetime) -> None:
        """Forget whatever nobody can open any more."""
        self.documents.forget_over(now=now)
        self.turns.forget_over(now=now)
