"""`lineproof log`: the record's log, on record and published."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.ports import Services
    from lineproof.registry.queries.log import LogHead

BROKEN, NOT_ALL_CHECKED = 3, 4


@click.group()
def log() -> None:
    """Publish and verify the record's log, and make receipts."""


@log.command()
@click.argument("place", required=False, metavar="[DIR|URL]")
@click.option("--earlier", metavar="SIZE:HASH", help="A head noted before; the log must still contain it.")
@click.option(
    "--from",
    "noted",
    type=options.FILE,
    metavar="FILE",
    help="A checkpoint kept before; the published log must still begin with it.",
)
@click.option("--key", metavar="KEY", help="The key that signs, as `lineproof log key` prints it.")
@options.record
@options.as_json
def verify(
    place: str | None,
    earlier: str | None,
    noted: Path | None,
    key: str | None,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify a published log in a folder or at an address; without one, the log on record.

    Published: every entry, hash and tile is read and computed anew, without the record. On record: the log is
    recomputed from its entries and compared with where it ends and with every head that was noted.
    Exit: 0 in order, 3 something is broken, 4 in order, but nobody said whose signature it must be, 1 error,
    2 usage.
    """
    if place is None:
        if noted is not None or key is not None:
            raise click.UsageError("--from and --key are for a published log: say where it is.")
        sys.exit(_verify_record(earlier, record, as_json=as_json))
    if earlier is not None:
        raise click.UsageError("--earlier is for the log on record; for a published one there is --from.")
    sys.exit(_verify_published(place, noted, key, as_json=as_json))


def _verify_record(earlier: str | None, record: Path | None, *, as_json: bool) -> int:
    _open(record)
    from lineproof.registry.queries.log import verify_log

    check = verify_log(earlier=None if earlier is None else _head(earlier))
    head = f"{check.size}:{check.root_hash.hex()}"
    if as_json:
        click.echo(json.dumps({"ok": not check.problems, "head": head, "problems": check.problems}))
    elif check.problems:
        click.echo("\n".join(f"broken: {problem}" for problem in check.problems))
    else:
        click.echo(f"The log is in order: {check.size} entries, {check.heads_checked} noted heads.")
        click.echo(f"Note this head, and give it to --earlier next time: {head}")
    return BROKEN if check.problems else 0


def _verify_published(place: str, noted: Path | None, key: str | None, *, as_json: bool) -> int:
    from lineproof.errors import Unavailable
    from lineproof.tiles.reading import open_source, verify_published
    from lineproof.transparency.note import NoteKey

    trusted = None if key is None else NoteKey.parse(key)
    try:
        earlier = None if noted is None else noted.read_bytes()
    except OSError as error:
        raise Unavailable(f"{noted} cannot be read: {error.strerror}.") from error
    found = verify_published(open_source(place), key=trusted, earlier=earlier)
    signed = trusted is not None
    if as_json:
        head = (
            None
            if found.checkpoint is None
            else f"{found.checkpoint.size}:{found.checkpoint.root_hash.hex()}"
        )
        click.echo(
            json.dumps(
                {
                    "ok": not found.problems,
                    "origin": None if found.checkpoint is None else found.checkpoint.origin,
                    "head": head,
                    "entries": found.entries,
                    "files": found.files,
                    "signature_verified": signed,
                    "problems": found.problems,
                }
            )
        )
    elif found.problems or found.checkpoint is None:
        click.echo("\n".join(f"broken: {problem}" for problem in found.problems))
    else:
        click.echo(
            f"The published log {found.checkpoint.origin} is in order: {found.entries} entries, "
            f"{found.files} files."
        )
        if not signed:
            click.echo("Not verified: whose signature the checkpoint has. Give the key with --key.")
        click.echo(f"Keep {place.rstrip('/')}/checkpoint, and give it to --from next time.")
    if found.problems:
        return BROKEN
    return 0 if signed else NOT_ALL_CHECKED


@log.command()
@options.record
@options.as_json
def publish(record: Path | None, as_json: bool) -> None:
    """Publish every entry, in the folder log/ of the record.

    Without a name, the log gets a random one first: see `lineproof log origin`.
    """
    services = _open(record)
    from lineproof.registry.flows.publish_log import publish_log

    done = publish_log(services)
    head = f"{done.head.size}:{done.head.root_hash.hex()}"
    if as_json:
        click.echo(json.dumps({"added": done.added, "head": head}))
    else:
        click.echo(f"{done.added} entries were published; there are {done.head.size}: {head}")


@log.command()
@click.argument("name", required=False, metavar="[NAME]")
@options.record
def origin(name: str | None, record: Path | None) -> None:
    """Print the name that the log is published under; or give it NAME, once and for all.

    NAME: a host's name of the operator's, and a path if it has several logs, as example.net/log.
    """
    _open(record)
    from lineproof.registry.flows.log_origin import set_log_origin

    click.echo(_named() if name is None else set_log_origin(name))


@log.command()
@options.record
@options.as_json
def key(record: Path | None, as_json: bool) -> None:
    """Print the key that verifies the log's checkpoints, and the log's origin: for whoever verifies it."""
    services = _open(record)
    from lineproof.registry.queries.published import log_key

    named = _named()
    text = log_key(services.keys, named).text
    if as_json:
        click.echo(json.dumps({"origin": named, "key": text}))
    else:
        click.echo(f"origin: {named}\nkey:    {text}")


@log.command()
@click.argument("position", type=click.IntRange(min=0))
@click.option("--out", type=options.FILE, required=True, metavar="FILE", help="The receipt.")
@options.record
def receipt(position: int, out: Path, record: Path | None) -> None:
    """Write a receipt for the entry at POSITION, from 0, of the published log: it is verified offline."""
    services = _open(record)
    from lineproof.registry.queries.published import make_receipt

    out.write_bytes(make_receipt(services, position))
    click.echo(f"{out}: entry {position} is in the published log.")


def _named() -> str:
    from lineproof.errors import NotFound
    from lineproof.registry.queries.log import read_origin

    named = read_origin()
    if named is None:
        raise NotFound(
            "The log has no origin yet.",
            remedy="Name it: lineproof log origin example.net/log; or publish it under a random one: "
            "lineproof log publish",
        )
    return named


def _open(record: Path | None) -> "Services":
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    return wiring.open_record(record or options.default_record(), policy=shipped_policy("generic"))


def _head(text: str) -> "LogHead":
    from lineproof.registry.queries.log import LogHead

    size, _, root = text.partition(":")
    if not re.fullmatch(r"[0-9]{1,18}", size) or not re.fullmatch(r"[0-9a-f]{64}", root):
        raise click.UsageError("--earlier wants SIZE:HASH as `lineproof log verify` prints it.")
    return LogHead(int(size), bytes.fromhex(root))
