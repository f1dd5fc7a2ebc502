"""Reading a published log from a command: where it lies, whose key, a checkpoint kept before, a token."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.tiles.reading import Verified
    from lineproof.transparency.audit import Visit

TOKEN_VARIABLE = "LINEPROOF_LOG_TOKEN"  # noqa: S105 -- the name of a variable
_MOST_TOKEN_CHARACTERS = 1024

keys: options.Decorator = click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="A key that signs, as `lineproof log key` prints it; several times: any of them.",
)
noted: options.Decorator = click.option(
    "--from",
    "noted",
    type=options.FILE,
    metavar="FILE",
    help="A checkpoint kept before; the published log must still begin with it.",
)
token_file: options.Decorator = click.option(
    "--token-file",
    type=options.FILE,
    metavar="FILE",
    help="The token that reads a log for inspectors. [default: the token in LINEPROOF_LOG_TOKEN]",
)


def verify(
    place: str,
    *,
    keys: tuple[str, ...],
    noted: Path | None,
    token_file: Path | None,
    visit: "Visit | None" = None,
) -> "Verified":
    """Verify a published log in a folder or at an address, as `tiles.reading.verify_published` does."""
    from lineproof.tiles.reading import open_source, verify_published
    from lineproof.transparency.note import NoteKey

    if token_file is not None and "://" not in place:
        raise click.UsageError("--token-file is for a log at an address: a folder wants no token.")
    trusted = [NoteKey.parse(key) for key in keys]
    earlier = None if noted is None else _read(noted)
    token = os.environ.get(TOKEN_VARIABLE) or None
    if token_file is not None:
        token = _read(token_file, most=_MOST_TOKEN_CHARACTERS).decode("ascii", "replace").strip()
    source = open_source(place, token=token)
    return verify_published(source, keys=trusted, earlier=earlier, visit=visit)


def as_object(log: "Verified", *, signed: bool) -> dict[str, Any]:
    """Give what verifying found as the documented JSON. signed: whether the signature was verified."""
    checkpoint = log.checkpoint
    return {
        "ok": not log.problems,
        "origin": None if checkpoint is None else checkpoint.origin,
        "head": None if checkpoint is None else f"{checkpoint.size}:{checkpoint.root_hash.hex()}",
        "entries": log.entries,
        "files": log.files,
        "signature_verified": signed,
        "problems": log.problems,
    }


def echo(log: "Verified") -> None:
    """Print what verifying found."""
    if log.problems or log.checkpoint is None:
        click.echo("\n".join(f"broken: {problem}" for problem in log.problems))
        return
    click.echo(
        f"The published log {log.checkpoint.origin} is in order: {log.entries} entries, {log.files} files."
    )


def echo_unsigned() -> None:
    """Print that nobody said whose signature it must be."""
    click.echo("Not verified: whose signature the checkpoint has. Give the key with --key.")


def echo_keep(place: str) -> None:
    """Print what to keep for the next time."""
    click.echo(f"Keep {place.rstrip('/')}/checkpoint, and give it to --from next time.")


def _read(file: Path, *, most: int | None = None) -> bytes:
    from lineproof.errors import Unavailable

    try:
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.") from error
