"""What carries a notice to its holder: the message, and the Protocol of a channel.

A channel is told an address and a text, and says nothing back but that it took them: whether the message was
read, where, and on what, nobody asks. What the holder can always do is look at their page.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType, Protocol
from uuid import UUID

from lineproof.line.language import Language
from lineproof.terms import EmailAddress, Msisdn

MessageId = NewType("MessageId", UUID)
Address = EmailAddress | Msisdn


@dataclass(frozen=True, slots=True)
class Message:
    """A notice on its way to one address.

    id: the idempotency key, the same however often this notice is sent to this address. subject: one line,
    which a channel without such lines puts before the text. sent_at: of this attempt.
    """

    id: MessageId
    to: Address = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    language: Language
    sent_at: datetime


class Messages(Protocol):
    """A channel. It keeps nothing itself, and may be used by several threads at once."""

    def send(self, message: Message) -> None:
        """Hand a message on, and return once the next system has taken it over.

        Called at least once for each message: after a crash, or where an answer was lost, the same id comes
        again, and whoever takes it over can drop what they have. Nothing is retried here.
        Raises Unavailable, in bounded time, whenever it was not taken over: nobody answers, or they refuse
        the message or the address. What it says names neither address nor text.
        Raises Malformed for an address of another channel.
        """
        ...
