"""A channel for messages in memory, for simulations. It passes tests/ports/test_messages.py."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lineproof.errors import Unavailable
from lineproof.messages_port import Message


@dataclass(slots=True)
class SimulatedMessages:
    """A `Messages` that keeps nothing of what it took over.

    refused: addresses that nothing is taken over for. down: whether nothing is taken over at all. told: is
    called with each message that is.
    """

    refused: set[str] = field(default_factory=set)
    down: bool = False
    told: Callable[[Message], None] = lambda _: None

    def send(self, message: Message) -> None:
        """Take a message over as `messages_port.Messages` says."""
        if self.down or message.to.text in self.refused:
            raise Unavailable("The channel is down.", remedy="Try again.", retry_after_s=30)
        self.told(message)
