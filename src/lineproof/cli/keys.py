"""`lineproof keys`: the keys that the record is wrapped and found with."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.ports import KeyService

WRONG = 3


@click.group()
def keys() -> None:
    """Make, rotate and check the keys of a record."""


@keys.command()
@options.record
@click.option("--token", metavar="LABEL", help="Keep the keys on this PKCS#11 token, not in files.")
@click.option("--module", metavar="FILE", help="The library that speaks to the token.")
@click.option("--pin-file", metavar="FILE", help="The file whose first line is the token's PIN.")
@click.option(
    "--prefix",
    default="lineproof",
    show_default=True,
    metavar="TEXT",
    help="What this record's labels begin with.",
)
def init(
    record: Path | None, token: str | None, module: str | None, pin_file: str | None, prefix: str
) -> None:
    """Make the first keys of a new record, and say where they are.

    Without --token they are files in the record, for a demonstration and development. Keys cannot be moved
    later. Run again, it changes nothing.
    """
    from lineproof import wiring

    folder = record or options.default_record()
    if token is not None and module is not None and pin_file is not None:
        pin = Path(pin_file).absolute()
        place = wiring.make_keys_on_token(folder, module=module, token=token, prefix=prefix, pin_file=pin)
    elif token is None and module is None and pin_file is None:
        place = wiring.make_keys(folder)
    else:
        raise click.UsageError("--token, --module and --pin-file go together.")
    click.echo(f"The keys of this record are {place}.")


@keys.command()
@options.record
@options.as_json
def check(record: Path | None, as_json: bool) -> None:
    """Open every data key and sealed value, and compute every blind index anew.

    Exit: 0 in order, 3 something is wrong, 1 error, 2 usage.
    """
    services_keys = _keys_of(record)
    from lineproof.registry.queries.keys import check_keys

    found = check_keys(services_keys)
    if as_json:
        click.echo(json.dumps({"ok": not found.problems, **asdict(found)}))
    else:
        for problem in found.problems:
            click.echo(f"wrong: {problem}")
        click.echo(
            f"Version {found.version}: {found.data_keys} data keys, {found.sealed_values} sealed values and "
            f"{found.indexes} indexes looked at; {found.erased} values erased; "
            f"{len(found.problems)} problems."
        )
        if found.rotating_to is not None:
            click.echo(f"A rotation to version {found.rotating_to} is on: lineproof keys rotate ends it.")
    sys.exit(WRONG if found.problems else 0)


@keys.command()
@options.record
@options.as_json
@click.option("--batch", type=click.IntRange(1, 10_000), default=200, help="Rows at once.  [default: 200]")
def rotate(record: Path | None, as_json: bool, batch: int) -> None:
    """Replace the wrapping key and the index keys, while the record stays in use.

    Stopped at any moment, it goes on when it is run again. At its end the old keys are destroyed: a backup of
    the record from before opens only with a backup of the vault from before.
    """
    services_keys = _keys_of(record)
    from lineproof.registry.flows.rotate_keys import rotate_keys

    rows: dict[str, int] = {}
    version = 0
    for step in rotate_keys(services_keys, batch_rows=batch):
        version = step.version
        rows[step.stage.value] = rows.get(step.stage.value, 0) + step.rows
    if as_json:
        click.echo(json.dumps({"version": version, "rows": rows}))
    else:
        click.echo(
            f"The record uses version {version} of its keys: {rows.get('filling', 0)} indexes computed anew, "
            f"{rows.get('rewrapping', 0)} data keys wrapped anew, the keys before destroyed."
        )


def _keys_of(record: Path | None) -> "KeyService":
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    folder = record or options.default_record()
    return wiring.open_record(folder, policy=shipped_policy("generic")).keys
