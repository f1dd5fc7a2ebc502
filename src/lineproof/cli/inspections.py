"""`lineproof inspections`: a random sample of what was done, drawn so that nobody could choose it."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TypeVar

import click

from lineproof.cli import options
from lineproof.cli.opened import open_named

_Choice = TypeVar("_Choice", bound=Enum)


@click.group()
def inspections() -> None:
    """Open an inspection, draw its sample, disclose what was drawn, and answer what is found."""


@inspections.command("open")
@click.option("--as", "inspector", required=True, metavar="INSPECTOR", help="Who inspects.")
@click.option("--kind", required=True, metavar="KIND", help="The kind of entries, as docs/log.md names it.")
@click.option("--count", "asked", type=int, default=10, show_default=True, help="How many, 60 at most.")
@click.option("--commitment", required=True, metavar="HEX", help="SHA-256 of the inspector's nonce.")
@options.policy
@options.record
def open_(inspector: str, kind: str, asked: int, commitment: str, policy: str, record: Path | None) -> None:
    """Take an inspector's commitment to a nonce, before anybody knows the sample."""
    from lineproof.terms import StaffName
    from lineproof.transparency.entry import EntryKind

    if kind not in [one.value for one in EntryKind]:
        raise click.UsageError(f"There is no kind of entry {kind!r}.")
    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import open_inspection

    inspection = open_inspection(
        services,
        StaffName.parse(inspector),
        kind=EntryKind(kind),
        asked=asked,
        commitment=_hex(commitment, "--commitment"),
        now=datetime.now(UTC),
    )
    click.echo(f"Inspection {inspection} is open.")
    click.echo("When the log is published again, draw with: lineproof inspections draw ID --nonce HEX")


@inspections.command()
@click.argument("inspection", type=click.UUID)
@click.option("--nonce", required=True, metavar="HEX", help="The inspector's nonce, 32 bytes.")
@options.policy
@options.record
def draw(inspection: uuid.UUID, nonce: str, policy: str, record: Path | None) -> None:
    """Draw the sample from the nonce and the first checkpoint published since."""
    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import draw_inspected

    now = datetime.now(UTC)
    sample = draw_inspected(services, inspection, _hex(nonce, "--nonce"), now=now)
    click.echo(f"Drawn from the first {sample.checkpoint.size} entries: {len(sample.positions)}")
    click.echo("  " + " ".join(map(str, sample.positions)))
    click.echo(
        "Anybody draws the same from the published log: lineproof log sample DIR|URL --kind KIND "
        f"--nonce HEX --size {sample.checkpoint.size} --count N"
    )


@inspections.command()
@click.argument("inspection", type=click.UUID)
@click.argument("position", type=int)
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who agrees to it.")
@click.option("--out", type=options.FILE, required=True, metavar="FILE.zip", help="Where it is written.")
@options.policy
@options.record
def disclose(
    inspection: uuid.UUID, position: int, reviewer: str, out: Path, policy: str, record: Path | None
) -> None:
    """Agree to disclose what an entry of the sample is about; the second reviewer's command writes it."""
    from lineproof.errors import Conflict
    from lineproof.terms import StaffName

    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import disclose as disclose_

    if out.exists():
        raise Conflict(f"{out} exists already.", remedy="Choose another name.")
    now = datetime.now(UTC)
    receipt = disclose_(services, inspection, position, StaffName.parse(reviewer), now=now)
    if receipt is None:
        click.echo("Recorded. A second reviewer must agree.")
        return
    out.write_bytes(receipt.packed())
    click.echo(f"{out}: what entry {position} is about, with the proof that the log has it.")


@inspections.command()
@click.argument("inspection", type=click.UUID)
@click.argument("judgements", nargs=-1, metavar="ENTRY=kept|not_kept|cannot_tell...")
@options.policy
@options.record
def report(inspection: uuid.UUID, judgements: tuple[str, ...], policy: str, record: Path | None) -> None:
    """Enter the inspector's judgement of every entry of the sample."""
    from lineproof.line.inspection import Judgement

    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import report_inspection

    given = _pairs(judgements, Judgement)
    due = report_inspection(services, inspection, given, now=datetime.now(UTC))
    click.echo(f"Reported. The operator answers by {due:%Y-%m-%d %H:%M} UTC.")


@inspections.command()
@click.argument("inspection", type=click.UUID)
@click.argument("answers", nargs=-1, metavar="ENTRY=put_right|will_be_put_right|kept_after_all...")
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="Who answers.")
@options.policy
@options.record
def answer(
    inspection: uuid.UUID, answers: tuple[str, ...], reviewer: str, policy: str, record: Path | None
) -> None:
    """Answer every entry of which the inspector says that the rules were not kept."""
    from lineproof.line.inspection import OperatorAnswer
    from lineproof.terms import StaffName

    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import answer_inspection

    given, now = _pairs(answers, OperatorAnswer), datetime.now(UTC)
    answer_inspection(services, inspection, given, StaffName.parse(reviewer), now=now)
    click.echo("Answered.")


@inspections.command()
@click.argument("inspection", type=click.UUID)
@options.policy
@options.record
def close(inspection: uuid.UUID, policy: str, record: Path | None) -> None:
    """Close an inspection that is answered, or that comes to nothing."""
    services = open_named(record, policy)
    from lineproof.registry.flows.inspect import close_inspection

    close_inspection(services, inspection, now=datetime.now(UTC))
    click.echo("Closed.")


@inspections.command("list")
@options.record
@options.as_json
def list_(record: Path | None, as_json: bool) -> None:
    """List the inspections, the newest first."""
    open_named(record, "generic")
    from lineproof.registry.queries.inspections import read_inspections

    rows = read_inspections()
    if as_json:
        named = [
            {
                "inspection": str(row.id),
                "inspector": row.inspector,
                "kind": row.kind,
                "state": row.state.value,
                "entries": row.positions,
                "disclosed": row.disclosed,
                "not_kept": row.not_kept,
                "due_at": None if row.due_at is None else row.due_at.isoformat(),
            }
            for row in rows
        ]
        click.echo(json.dumps(named))
        return
    for row in rows:
        drawn = f"drawn {len(row.positions)}, disclosed {row.disclosed}, not kept {row.not_kept}"
        due = "" if row.due_at is None else f", answer due {row.due_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{row.id}  {row.state.value}  {row.kind} by {row.inspector}: {drawn}{due}")
    if not rows:
        click.echo("There is no inspection.")


def _pairs(said: Sequence[str], kind: type[_Choice]) -> dict[int, _Choice]:
    """Read ENTRY=WORD pairs."""
    known = ", ".join(str(one.value) for one in kind)
    found: dict[int, _Choice] = {}
    for pair in said:
        entry, _, word = pair.partition("=")
        if not entry.isdecimal() or word not in [one.value for one in kind]:
            raise click.UsageError(f"{pair!r} is not ENTRY=WORD, with one of: {known}.")
        found[int(entry)] = kind(word)
    return found


def _hex(text: str, option: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"{option} is in hexadecimal digits.") from None
