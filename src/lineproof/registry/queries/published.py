"""Reading the published log of this record: its key, its checkpoint, receipts from it."""

from lineproof.errors import Conflict, NotFound, NotPermitted, Unavailable
from lineproof.ports import KeyService, Services
from lineproof.registry.queries.log import read_bodies, read_origin
from lineproof.tile_store import TileStore
from lineproof.transparency.checkpoint import Checkpoint, open_checkpoint
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import Receipt, TileHashes, inclusion_proof, receipt_bytes, verify_receipt
from lineproof.transparency.tile import TilePlace
from lineproof.transparency.tree import HASH_BYTES

# The key that signs checkpoints, and nothing else.
LOG_KEY = "log v1"
SEE = (
    "Nothing was published. Find out which of the two was restored or changed: docs/procedures/publish_log.md"
)


def log_key(keys: KeyService, origin: str) -> NoteKey:
    """Give the key that verifies the log's checkpoints."""
    return NoteKey(origin, public_key=keys.public_key(purpose=LOG_KEY))


def read_published(tiles: TileStore, keys: KeyService) -> tuple[Checkpoint, bytes] | None:
    """Read the published checkpoint and its bytes, signature and origin verified; None before the first.

    Raises NotPermitted when the signature is not by this record's key, Conflict when the record has no log of
    that name, Malformed when it is no checkpoint, Unavailable when the store cannot be reached.
    """
    content = tiles.checkpoint()
    if content is None:
        return None
    origin = read_origin()
    if origin is None:
        raise Conflict("A log is published here, and this record has published none.", remedy=SEE)
    try:
        return open_checkpoint(content, keys=(log_key(keys, origin),), origin=origin), content
    except NotPermitted as error:
        raise NotPermitted(
            f"The published checkpoint is not signed by this record's key as {origin}.", remedy=SEE
        ) from error


def make_receipt(services: Services, position: int) -> bytes:
    """Make a receipt for an entry of the published log (C2SP tlog-proof), verified before it is given out.

    Raises NotFound where the entry is not published, Conflict where what is published does not prove it, and
    as `read_published`; Unavailable where nothing is published by this process.
    """
    tiles = services.tiles
    if tiles is None:
        raise Unavailable("This process publishes no log.")
    published = read_published(tiles, services.keys)
    if published is None or position >= published[0].size:
        raise NotFound(
            f"Entry {position} is not published.", remedy="Publish it first: lineproof log publish"
        )
    checkpoint, content = published
    tree = TileHashes(lambda place: read_tile(tiles, place), checkpoint.size)
    receipt = Receipt(position, inclusion_proof(position, checkpoint.size, tree.hash_at), content)
    key = log_key(services.keys, checkpoint.origin)
    for entry in read_bodies(position, position + 1):
        try:
            verify_receipt(receipt, entry, (key,), checkpoint.origin)
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
