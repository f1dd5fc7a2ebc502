"""`lineproof log`: the record's log, on record and published."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from lineproof.cli import options, published_log
from lineproof.cli.log_monitor import monitor
from lineproof.cli.log_sample import sample

if TYPE_CHECKING:
    from lineproof.ports import Services
    from lineproof.registry.queries.log import LogHead
    from lineproof.tiles.reading import Verified

BROKEN, NOT_ALL_CHECKED = 3, 4


@click.group()
def log() -> None:
    """Publish and verify the record's log, and make receipts."""


log.add_command(monitor)
log.add_command(sample)


@log.command()
@click.argument("place", required=False, metavar="[DIR|URL]")
@click.option("--earlier", metavar="SIZE:HASH", help="A head noted before; the log must still contain it.")
@published_log.noted
@published_log.keys
@published_log.token_file
@options.record
@options.as_json
def verify(
    *,
    place: str | None,
    earlier: str | None,
    noted: Path | None,
    keys: tuple[str, ...],
    token_file: Path | None,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify a published log in a folder or at an address; without one, the log on record.

    Published: every entry, hash and tile is read and computed anew, without the record. On record: the log is
    recomputed from its entries and compared with every head that was noted.
    Exit: 0 in order, 3 something is broken, 4 in order, but nobody said whose signature it must be, 1 error,
    2 usage.
    """
    if place is None:
        if noted is not None or keys or token_file is not None:
            raise click.UsageError("--from, --key and --token-file are for a published log: say where it is.")
        sys.exit(_verify_record(earlier, record, as_json=as_json))
    if earlier is not None:
        raise click.UsageError("--earlier is for the log on record; for a published one there is --from.")
    found = published_log.verify(place, keys=keys, noted=noted, token_file=token_file)
    sys.exit(_show_published(found, place, signed=bool(keys), as_json=as_json))


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


def _show_published(found: "Verified", place: str, *, signed: bool, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(published_log.as_object(found, signed=signed)))
    else:
        published_log.echo(found)
        if not found.problems:
            if not signed:
                published_log.echo_unsigned()
            published_log.echo_keep(place)
    if found.problems:
        return BROKEN
    return 0 if signed else NOT_ALL_CHECKED


@log.command()
@options.record
@options.as_json
def publish(record: Path | None, as_json: bool) -> None:
    """Publish every entry, in the folder log/ of the record, or where LINEPROOF_LOG_STORE says.

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
    from lineproof.registry.queries.log import read_given_origin

    click.echo(read_given_origin() if name is None else set_log_origin(name))


@log.command()
@options.record
@options.as_json
def key(record: Path | None, as_json: bool) -> None:
    """Print the log's origin, and the keys that sign its checkpoints: for whoever verifies it.

    Any of them verifies it. Before a key is retired, whoever has only that one needs another.
    """
    services = _open(record)
    from lineproof.registry.queries.log import read_given_origin
    from lineproof.registry.queries.log_keys import read_log_keys

    named = read_given_origin()
    signing = [one for one in read_log_keys(services.keys, named) if one.signs]
    if as_json:
        keys = [
            {"version": one.version, "algorithm": one.algorithm.value, "key": one.key.text} for one in signing
        ]
        click.echo(json.dumps({"origin": named, "keys": keys}))
    else:
        click.echo(f"origin: {named}")
        click.echo("\n".join(f"key {one.version}:  {one.key.text}" for one in signing))


@log.command("rotate-key")
@click.option(
    "--add",
    "algorithm",
    type=click.Choice(["ed25519", "ml-dsa-44"]),
    help="What the next key signs with.  [default: ed25519]",
)
@click.option(
    "--retire", type=click.IntRange(min=1), metavar="VERSION", help="End this key; it signs no more."
)
@options.record
@options.as_json
def rotate_key(algorithm: str | None, retire: int | None, record: Path | None, as_json: bool) -> None:
    """Add the next key that signs the log's checkpoints, beside those that do; or retire one.

    Every checkpoint is signed by all keys that are not retired. Give those who verify the log time to learn
    of a new key before the old one is retired. ML-DSA-44 is made to withstand quantum computers; not every
    verifier knows it, so a key for Ed25519 always signs beside it.
    """
    if algorithm is not None and retire is not None:
        raise click.UsageError("--add and --retire are two steps, with a publication in between.")
    services = _open(record)
    from lineproof.ports import SigningAlgorithm
    from lineproof.registry.flows.rotate_log_key import add_log_key, retire_log_key

    now = datetime.now(UTC)
    if retire is None:
        changed = add_log_key(services, algorithm=SigningAlgorithm(algorithm or "ed25519"), now=now)
        said = f"Key {changed.version} signs from the next publication on: {changed.key.text}"
    else:
        changed = retire_log_key(services, retire, now=now)
        said = f"Key {changed.version} signs no more. What it signed stays valid under it: {changed.key.text}"
    if as_json:
        click.echo(json.dumps({"version": changed.version, "key": changed.key.text}))
    else:
        click.echo(said)


@log.command()
@click.argument("entry", metavar="POSITION|ID")
@click.option("--out", type=options.FILE, required=True, metavar="FILE", help="The receipt.")
@options.record
def receipt(entry: str, out: Path, record: Path | None) -> None:
    """Write a receipt for an entry of the published log, which is verified offline.

    POSITION: of any entry, from 0; the receipt alone. ID: of a decision or a line; a ZIP archive for its
    holder, with the entry, what it is about, and the program that checks it.
    """
    if entry.isdecimal() and entry.isascii():
        services = _open(record)
        from lineproof.registry.queries.published import make_receipt

        out.write_bytes(make_receipt(services, int(entry)))
        click.echo(f"{out}: entry {entry} is in the published log.")
        return
    try:
        about = UUID(entry)
    except ValueError:
        raise click.UsageError(
            "POSITION is a whole number from 0; ID is that of a decision or a line."
        ) from None
    services = _open(record)
    from lineproof.registry.queries.receipts import read_receipt

    out.write_bytes(read_receipt(services, about).packed())
    click.echo(
        f"{out}: the entry about it is in the published log. READ-ME.txt in it says how that is checked."
    )


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
