"""A published log over http or https, as anybody reads it: `TileSource`.

An address and its paths are as C2SP tlog-tiles says: PREFIX/checkpoint, PREFIX/tile/... Nothing else is
asked, and a server that sends us elsewhere is not followed. Where a log is for inspectors, a token goes with
every request (RFC 6750, section 2.1), and to nobody but that address.
"""

import io
import ipaddress
import re
import socket
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from lineproof.errors import LineproofError, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.tile_store import MOST_CHECKPOINT_BYTES, MOST_FILE_BYTES
from lineproof.transparency.tile import parse_path

# Of silence, and for one file altogether.
SILENCE_S, FILE_S = 10, 120
_SCHEMES = ("http", "https")
_UNAUTHORIZED, _NOT_FOUND = 401, 404
# RFC 6750, section 2.1; a longer one is some other file.
_TOKEN_FORM = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")
_READ_AT_ONCE = 64 * 1024


class _Ending(io.RawIOBase):
    """Bytes of a socket, until a time: a server that sends a little again and again is not read for ever."""

    def __init__(self, received: socket.socket) -> None:
        self._socket, self._until = received, time.monotonic() + FILE_S
        self._raw = received.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no end after {FILE_S} s")
        self._socket.settimeout(min(SILENCE_S, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _EndingResponse(HTTPResponse):
    """An answer whose head, too, has to come in time."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Ending(sock))


class _EndingOpener:
    """For a handler of http or https: its answers are of the class above."""

    def do_open(self, http_class: Any, req: Request, **named: Any) -> HTTPResponse:
        def connection(*arguments: Any, **more: Any) -> HTTPConnection:
            made: HTTPConnection = http_class(*arguments, **more)
            made.response_class = _EndingResponse
            return made

        answer: HTTPResponse = super().do_open(connection, req, **named)  # type: ignore[misc]
        return answer


class _Http(_EndingOpener, HTTPHandler):
    pass


class _Https(_EndingOpener, HTTPSHandler):
    pass


class TileUrl:
    """A `TileSource` over an address. Every read is a request: at most 16 MiB, in at most two minutes."""

    def __init__(self, address: str, *, token: str | None = None) -> None:
        """Take the address of the log's folder, and the token to show there, if it wants one.

        Malformed if the address is not one of http or https, or the token is none; NotPermitted if the token
        would be sent where others can read it: anything but https and this machine's own address.
        """
        try:
            parts = urlsplit(address)
            usable = parts.scheme in _SCHEMES and bool(parts.hostname) and not (parts.query or parts.fragment)
            usable = usable and "@" not in parts.netloc
            _ = parts.port
        except ValueError:
            usable = False
        if not usable or not address.isascii() or not address.isprintable() or " " in address:
            raise Malformed(
                "The address of a log begins with https:// or http://, and has no query.",
                remedy="Give it without /checkpoint.",
            )
        if token is not None:
            _refuse_unsafe(token, scheme=parts.scheme, host=parts.hostname or "")
        self._address, self._token = address.rstrip("/"), token
        self._opener = OpenerDirector()
        handlers = [_Http(), _Https(), HTTPDefaultErrorHandler(), HTTPErrorProcessor()]
        # A proxy reads what goes through it over http; over https it sees where to, and nothing else.
        if token is None or parts.scheme == "https":
            handlers.append(ProxyHandler())
        for handler in handlers:
            self._opener.add_handler(handler)

    def read(self, path: str) -> bytes:
        """Give a tile or bundle."""
        parse_path(path)
        return self._get(path, MOST_FILE_BYTES)

    def checkpoint(self) -> bytes | None:
        """Give the signed checkpoint; None where there is none."""
        try:
            return self._get("checkpoint", MOST_CHECKPOINT_BYTES)
        except NotFound:
            return None

    def _get(self, path: str, most_bytes: int) -> bytes:
        address = f"{self._address}/{path}"
        asked = Request(address, headers={"User-Agent": "lineproof", "Accept-Encoding": "identity"})  # noqa: S310 -- http(s)
        if self._token is not None:
            asked.add_unredirected_header("Authorization", f"Bearer {self._token}")
        content = bytearray()
        try:
            with self._opener.open(asked, timeout=SILENCE_S) as answer:
                while part := answer.read1(_READ_AT_ONCE):
                    content += part
                    if len(content) > most_bytes:
                        raise Malformed(f"{address} is larger than anything that is published.")
                expected = answer.headers.get("Content-Length")
        except HTTPError as error:
            error.close()
            raise self._refusal(address, error.code) from error
        except (URLError, HTTPException, OSError) as error:
            why = str(getattr(error, "reason", "") or error or type(error).__name__)
            raise _unreachable(address, self._without_token(why)) from error
        if expected is not None and expected != str(len(content)):
            raise _unreachable(address, "it ended early")
        return bytes(content)

    def _without_token(self, text: str) -> str:
        """Leave the token out of an error: what is no HTTP is quoted there, and may quote what it answers."""
        return text if self._token is None else text.replace(self._token, "TOKEN")

    def _refusal(self, address: str, status: int) -> LineproofError:
        if status == _NOT_FOUND:
            return NotFound(f"{address} is not there.")
        if status != _UNAUTHORIZED:
            return _unreachable(address, f"HTTP {status}")
        if self._token is None:
            return NotPermitted(
                f"{self._address} is for inspectors, and wants a token.",
                remedy="Ask whoever publishes it for one, and give it with --token-file.",
            )
        return NotPermitted(
            f"{self._address} does not take this token: it is over, was revoked, or is for another log.",
            remedy="Ask whoever publishes it for another one.",
        )


def _refuse_unsafe(token: str, *, scheme: str, host: str) -> None:
    """Refuse a token that is none, or that would be sent in the clear to another machine."""
    if not _TOKEN_FORM.fullmatch(token):
        raise Malformed(
            "That is not a token.", remedy="Give it as it was printed when it was issued, and nothing else."
        )
    if scheme != "https" and not _is_loopback(host):
        raise NotPermitted(
            f"A token is not sent to {host} over http: whoever is on the way could read it.",
            remedy="Use the https:// address of the log.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unreachable(address: str, why: str) -> Unavailable:
    return Unavailable(
        f"{address} cannot be read: {why}.",
        remedy="Try again, or ask whoever publishes it.",
        retry_after_s=60,
    )
