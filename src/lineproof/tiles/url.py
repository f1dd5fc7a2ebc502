"""A published log over http or https, as anybody reads it: `TileSource`.

An address and its paths are as C2SP tlog-tiles says: PREFIX/checkpoint, PREFIX/tile/... Nothing else is
asked, and a server that sends us elsewhere is not followed.
"""

import time
from http.client import HTTPException
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

from lineproof.errors import Malformed, NotFound, Unavailable
from lineproof.tile_store import MOST_CHECKPOINT_BYTES, MOST_FILE_BYTES
from lineproof.transparency.tile import parse_path

# Of silence, and for one file altogether.
SILENCE_S, FILE_S = 10, 120
_SCHEMES = ("http", "https")
_NOT_FOUND = 404
_READ_AT_ONCE = 64 * 1024


class TileUrl:
    """A `TileSource` over an address. Every read is a request: at most 16 MiB, in at most two minutes."""

    def __init__(self, address: str) -> None:
        """Take the address of the log's folder; Malformed if it is not one of http or https."""
        try:
            parts = urlsplit(address)
            usable = parts.scheme in _SCHEMES and bool(parts.hostname) and not (parts.query or parts.fragment)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable or not address.isascii() or not address.isprintable() or " " in address:
            raise Malformed(
                "The address of a log begins with https:// or http://, and has no query.",
                remedy="Give it without /checkpoint.",
            )
        self._address = address.rstrip("/")
        self._opener = OpenerDirector()
        for handler in (
            *(ProxyHandler(), HTTPHandler(), HTTPSHandler()),
            *(HTTPDefaultErrorHandler(), HTTPErrorProcessor()),
        ):
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
        until = time.monotonic() + FILE_S
        content = bytearray()
        try:
            with self._opener.open(asked, timeout=SILENCE_S) as answer:
                while part := answer.read1(_READ_AT_ONCE):
                    content += part
                    if len(content) > most_bytes:
                        raise Malformed(f"{address} is larger than anything that is published.")
                    if time.monotonic() > until:
                        raise TimeoutError(f"no end after {FILE_S} s")
                expected = answer.headers.get("Content-Length")
        except HTTPError as error:
            error.close()
            if error.code == _NOT_FOUND:
                raise NotFound(f"{address} is not there.") from error
            raise _unreachable(address, f"HTTP {error.code}") from error
        except (URLError, HTTPException, OSError) as error:
            raise _unreachable(
                address, str(getattr(error, "reason", "") or error or type(error).__name__)
            ) from error
        if expected is not None and expected != str(len(content)):
            raise _unreachable(address, "it ended early")
        return bytes(content)


def _unreachable(address: str, why: str) -> Unavailable:
    return Unavailable(
        f"{address} cannot be read: {why}.",
        remedy="Try again, or ask whoever publishes it.",
        retry_after_s=60,
    )
