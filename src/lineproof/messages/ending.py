"""An end to every exchange: whoever sends a little again and again does not keep us for ever."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class Ending:
    """Cuts a connection off when its time is over. Use it in a `with`, around all of an exchange.

    A timeout of a socket is of silence; this is of the exchange altogether. What waits on the socket then
    meets its end, and raises as it does for any connection that is lost.
    """

    def __init__(self, after_s: float) -> None:
        """Take how long the exchange may last."""
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True
        self._socket: Callable[[], socket.socket | None] = lambda: None

    def watch(self, give_socket: Callable[[], socket.socket | None]) -> None:
        """Say which socket is cut: it is asked for then, since encryption exchanges one for another."""
        self._socket = give_socket

    def __enter__(self) -> Self:
        """Begin to count."""
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop counting."""
        self._timer.cancel()

    def _cut(self) -> None:
        found = self._socket()
        if found is not None:
            with suppress(OSError):
                # Of the connection itself, not of what encrypts it: another thread is in the midst of that.
                socket.socket.shutdown(found, socket.SHUT_RDWR)
