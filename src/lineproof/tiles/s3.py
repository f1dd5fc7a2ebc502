"""The published log in an object store that speaks S3's protocol: `TileStore`, an object for each file.

    PREFIX/checkpoint            the signed checkpoint
    PREFIX/tile/...              tiles and bundles, under the paths of C2SP tlog-tiles
    PREFIX/.conditions/RANDOM    what the store is tried with, before the first write; removed afterwards

Nothing is ever put without a condition: `If-None-Match: *` for what must not be there yet, `If-Match` for the
checkpoint that was read. There are stores that ignore these headers, and stores that heed them one request
at a time but let several at once through (seaweedfs#8800, versitygw#2288): with either, one of two publishers
would replace what the other wrote, and neither would know. So a store is tried before it is written to.
"""

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lineproof.errors import Conflict, Malformed, NotFound, Unavailable
from lineproof.tile_store import FULL_KEPT_S, MOST_CHECKPOINT_BYTES, MOST_FILE_BYTES, PART_KEPT_S
from lineproof.tiles.bucket import Bucket, Found, Headers, parse_bucket_place
from lineproof.transparency.tile import TILE_WIDTH, parse_path

RACERS = 4
_CHECKPOINT, _CONDITIONS = "checkpoint", ".conditions"
_MOST_CONDITION_BYTES = 64
# Neither public nor private: who may read them, the store's settings say.
_FULL = Headers("application/octet-stream", f"max-age={FULL_KEPT_S}, immutable")
_PART = Headers("application/octet-stream", f"max-age={PART_KEPT_S}")
_NO_STORE = Headers("text/plain; charset=utf-8", "no-store")


class TileBucket:
    """A `TileStore` under a prefix of a bucket. What the store has answered is as durable as it makes it."""

    def __init__(self, place: str, *, endpoint: str | None = None) -> None:
        """Take the place, s3://BUCKET/PREFIX, and the store's address if it is not AWS's; Malformed if none.

        Nothing is asked of the store yet.
        """
        self._bucket = Bucket(parse_bucket_place(place, endpoint=endpoint))
        self._trying = threading.Lock()
        self._heeds_conditions = False

    def read(self, path: str) -> bytes:
        """Give a tile or bundle."""
        parse_path(path)
        return self._bucket.get(path, MOST_FILE_BYTES).content

    def checkpoint(self) -> bytes | None:
        """Give the signed checkpoint; None before the first."""
        found = self._checkpoint()
        return None if found is None else found.content

    def write(self, path: str, content: bytes) -> None:
        """Keep a tile or bundle: one request, and a second one where it is there already."""
        full = parse_path(path).width == TILE_WIDTH
        if len(content) > MOST_FILE_BYTES:
            raise Malformed(f"A tile or bundle is of at most {MOST_FILE_BYTES} bytes, not {len(content)}.")
        self._try_conditions()
        if self._bucket.put(path, content, _FULL if full else _PART, replacing=None):
            return
        try:
            present = self.read(path)
        except NotFound as error:
            raise self._unsettled() from error
        if present != content:
            raise Conflict(
                f"{self._bucket.place}/{path} is published already, with other bytes; it stays as it is.",
                remedy="Find out which of the two was changed: docs/procedures/publish_log.md",
            )

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        """Replace the checkpoint, if it is still the object whose bytes were compared with `old`."""
        if not 1 <= len(new) <= MOST_CHECKPOINT_BYTES:
            raise Malformed(f"A checkpoint is of 1 to {MOST_CHECKPOINT_BYTES} bytes, not {len(new)}.")
        self._try_conditions()
        present = self._checkpoint()
        if (None if present is None else present.content) == old:
            replacing = None if present is None else present.version
            if self._bucket.put(_CHECKPOINT, new, _NO_STORE, replacing=replacing):
                return
        raise Conflict(
            "Somebody else has published meanwhile.", remedy="Read the checkpoint again, and go on."
        )

    def discard_partials(self, path: str) -> None:
        """Remove the objects of a full tile's parts."""
        if parse_path(path).width != TILE_WIDTH:
            raise Malformed(f"{path} is itself a part.", remedy="Name the full tile or bundle.")
        # One request for both: the full one, and what stands below its name.
        there = self._bucket.names(path)
        if path not in there:
            raise NotFound(f"{path} is not in the published log in {self._bucket.place}.")
        for name in sorted(there):
            if name.startswith(f"{path}.p/"):
                self._bucket.remove(name)

    def _checkpoint(self) -> Found | None:
        try:
            return self._bucket.get(_CHECKPOINT, MOST_CHECKPOINT_BYTES)
        except NotFound:
            return None

    def _try_conditions(self) -> None:
        """See once that of several requests at the same time, with the same condition, one alone holds.

        Two races, of four each, for an object of their own: to make it, and to replace it. A store that
        ignores a condition lets all win. One that is only sometimes wrong may pass: nothing can show that
        it is always right.
        """
        with self._trying:
            if self._heeds_conditions:
                return
            name = f"{_CONDITIONS}/{secrets.token_hex(16)}"
            try:
                self._race("If-None-Match", lambda content: self._put_condition(name, content, None))
                made = self._bucket.get(name, _MOST_CONDITION_BYTES)
                self._race("If-Match", lambda content: self._put_condition(name, content, made.version))
            finally:
                self._bucket.remove(name)
            self._heeds_conditions = True

    def _put_condition(self, name: str, content: bytes, replacing: str | None) -> bool:
        return self._bucket.put(name, content, _NO_STORE, replacing=replacing)

    def _race(self, header: str, put: Callable[[bytes], bool]) -> None:
        """Let several put other bytes each, at the same time; one must have done so.

        A store that is busy may fail some of them: that says nothing, as long as one has won.
        """
        start = threading.Barrier(RACERS)

        def run(content: bytes) -> bool | Unavailable:
            start.wait()
            try:
                return put(content)
            except Unavailable as error:
                return error

        with ThreadPoolExecutor(RACERS) as racers:
            bodies = [f"{header} {secrets.token_hex(8)}".encode() for _ in range(RACERS)]
            outcomes = list(racers.map(run, bodies))
        won = outcomes.count(True)
        if won > 1:
            raise Unavailable(
                f"The object store of {self._bucket.place} does not heed {header}: of {RACERS} requests at "
                f"once that exclude each other it let {won} through.",
                remedy="Nothing was published. Use a store, or a release of it, with conditional writes.",
            )
        if won == 0:
            failed = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
            raise failed[0] if failed else self._unsettled()

    def _unsettled(self) -> Unavailable:
        return Unavailable(
            f"The object store of {self._bucket.place} refused to write what was not there.",
            remedy="Try again: others may write, or remove, at the same time.",
            retry_after_s=5,
        )
