"""Reading the published log of this record: its checkpoint, receipts from it."""

import json
from dataclasses import dataclass
from datetime import datetime

from lineproof.errors import Conflict, NotFound, NotPermitted, Unavailable
from lineproof.ports import KeyService, Services
from lineproof.registry.queries.log import read_bodies, read_origin
from lineproof.registry.queries.log_keys import read_log_keys
from lineproof.tile_store import TileStore
from lineproof.transparency.checkpoint import Checkpoint, open_signed
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import Receipt, TileHashes, inclusion_proof, receipt_bytes, verify_receipt
from lineproof.transparency.tile import TilePlace
from lineproof.transparency.tree import HASH_BYTES

SEE = (
    "Nothing was published. Find out which of the two was restored or changed: docs/procedures/publish_log.md"
)


@dataclass(frozen=True, slots=True)
class PublishedCheckpoint:
    """What is published, signatures and origin verified.

    content: its bytes. signed_by: the keys of this record that signed it, retired ones too. up_to_date:
    whether these are the keys that sign now, all of them and no other.
    """

    checkpoint: Checkpoint
    content: bytes
    signed_by: tuple[NoteKey, ...]
    up_to_date: bool


def read_published(tiles: TileStore, keys: KeyService) -> PublishedCheckpoint | None:
    """Read the published checkpoint; None before the first.

    A key that is retired does not speak for the log any more: one that signs now must have signed.
    Raises NotPermitted when none did, or a signature by a key of this record is wrong; Conflict when the
    record has no log of that name, Malformed when it is no checkpoint, Unavailable when the store cannot be
    reached.
    """
    # The checkpoint before the keys: a key that was added in between has signed nothing yet, and one that was
    # retired in between left others that had signed (flows/rotate_log_key.py).
    content = tiles.checkpoint()
    if content is None:
        return None
    origin = read_origin()
    if origin is None:
        raise Conflict("A log is published here, and this record has published none.", remedy=SEE)
    known = read_log_keys(keys, origin)
    signing = {one.key for one in known if one.signs}
    try:
        checkpoint, signed_by = open_signed(content, keys=[one.key for one in known], origin=origin)
    except NotPermitted as error:
        raise NotPermitted(
            f"The published checkpoint is not signed by this record's key as {origin}.", remedy=SEE
        ) from error
    if signing.isdisjoint(signed_by):
        raise NotPermitted(
            "The published checkpoint is signed by a key that was retired, and by none that signs now.",
            remedy=SEE,
        )
    return PublishedCheckpoint(checkpoint, content, signed_by, up_to_date=signing == set(signed_by))


def read_waiting_since(services: Services) -> datetime | None:
    """Read when the first entry that is not published yet was written; None where all are published.

    Raises as `read_published`.
    """
    published = None if services.tiles is None else read_published(services.tiles, services.keys)
    size = 0 if published is None else published.checkpoint.size
    for body in read_bodies(size, size + 1):
        return entered_at(body)
    return None


def entered_at(body: bytes) -> datetime:
    """Read when an entry of this record was written."""
    return datetime.fromisoformat(json.loads(body)["at"])


def make_receipt(services: Services, position: int) -> bytes:
    """Make a receipt for an entry of the published log (C2SP tlog-proof), verified before it is given out.

    Raises NotFound where the entry is not published, Conflict where what is published does not prove it, and
    as `read_published`; Unavailable where nothing is published by this process.
    """
    tiles = services.tiles
    if tiles is None:
        raise Unavailable("This process publishes no log.")
    published = read_published(tiles, services.keys)
    if published is None or position >= published.checkpoint.size:
        raise NotFound(
            f"Entry {position} is not published.", remedy="Publish it first: lineproof log publish"
        )
    checkpoint = published.checkpoint
    tree = TileHashes(lambda place: read_tile(tiles, place), checkpoint.size)
    receipt = Receipt(position, inclusion_proof(position, checkpoint.size, tree.hash_at), published.content)
    for entry in read_bodies(position, position + 1):
        try:
            verify_receipt(receipt, entry, published.signed_by, checkpoint.origin)
        except NotPermitted as error:
            raise Conflict(
                f"The published log does not prove entry {position} of the record.",
                remedy="See what is broken: lineproof log verify, for the record and for what is published.",
            ) from error
        return receipt_bytes(receipt)
    raise NotFound(f"Entry {position} is not on record.")


def read_tile(tiles: TileStore, place: TilePlace) -> bytes:
    """Read a tile of hashes, or as much of the full one, where the part is gone since it is full.

    NotFound where neither is there.
    """
    try:
        return tiles.read(place.path)
    except NotFound:
        return tiles.read(TilePlace(place.level, place.index).path)[: place.width * HASH_BYTES]
