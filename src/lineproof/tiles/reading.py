"""Verify a published log wherever it is, without any access to the record that it is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineproof.errors import Malformed, NotPermitted
from lineproof.tile_store import TileSource
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.url import TileUrl
from lineproof.transparency.audit import Visit, audit_log
from lineproof.transparency.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from lineproof.transparency.note import NoteKey


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying a published log found: problems is empty when everything is in order.

    checkpoint: None where there is none that can be read. entries, files: how many were verified.
    """

    checkpoint: Checkpoint | None
    entries: int
    files: int
    problems: tuple[str, ...]


def open_source(place: str, *, token: str | None = None) -> TileSource:
    """Give the published log in a folder, or at an address of http or https; Malformed for another scheme.

    token: to show at an address; see `TileUrl`.
    """
    return TileUrl(place, token=token) if "://" in place else TileFolder(Path(place))


def verify_published(
    source: TileSource,
    *,
    keys: Sequence[NoteKey],
    earlier: bytes | None = None,
    visit: Visit | None = None,
) -> Verified:
    """Verify the checkpoint, every file under it, and that the log still begins with an earlier one.

    keys: those of the log, all of its name: one must have signed, and no signature by any may be wrong. Of
    none, signatures are not verified; everything else is.
    earlier: a checkpoint as it was published before. visit: is given the entries, as `audit_log` says.
    Raises Malformed or NotPermitted for an `earlier` that is none of this log, Malformed for keys of several
    names; Unavailable when the source cannot be reached, NotPermitted when it wants a token.
    """
    if len({key.name for key in keys}) > 1:
        raise Malformed("The keys are of logs with different names.", remedy="Give those of one log.")
    noted = None if earlier is None else _open(earlier, keys)
    content = source.checkpoint()
    if content is None:
        return Verified(None, 0, 0, ("checkpoint: it is not there",))
    problems = []
    try:
        checkpoint = _open(content, keys)
    except NotPermitted as error:
        problems.append(f"checkpoint: {error.what}")
    except Malformed as error:
        return Verified(None, 0, 0, (f"checkpoint: {error.what}",))
    if problems:
        try:
            checkpoint = _parse_unverified(content)
        except Malformed as error:
            return Verified(None, 0, 0, (*problems, f"checkpoint: {error.what}"))
    if noted is not None and noted.origin != checkpoint.origin:
        problems.append(
            f"checkpoint: it is of {checkpoint.origin}, and the one noted before of {noted.origin}"
        )
        noted = None
    found = audit_log(source.read, checkpoint=checkpoint, earlier=noted, visit=visit)
    return Verified(checkpoint, found.entries, found.files, (*problems, *found.problems))


def _open(content: bytes, keys: Sequence[NoteKey]) -> Checkpoint:
    if not keys:
        return _parse_unverified(content)
    return open_checkpoint(content, keys=keys, origin=keys[0].name)


def _parse_unverified(content: bytes) -> Checkpoint:
    """Read what a checkpoint says, whoever signed it."""
    try:
        return parse_checkpoint(content.decode().rpartition("\n\n")[0] + "\n")
    except UnicodeDecodeError as error:
        raise Malformed("A checkpoint is text in UTF-8.") from error
