"""`lineproof read`: the reading of a document alone."""

import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.document.mrz import Mrz
    from lineproof.ports import Examination

NOT_READ = 3


@click.command()
@click.argument("file", type=options.FILE)
@options.policy
@options.as_json
@click.option(
    "--explain",
    "drawing",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also draw what was found, read and doubted into this SVG file, without a pixel of the photograph.",
)
def read(file: Path, policy: str, as_json: bool, drawing: Path | None) -> None:
    """Read the machine readable zone of a passport, card or visa in a photograph, and check it.

    Nothing is kept, but for the drawing that --explain asks for: it holds what the zone says.

    Exit: 0 read, 3 not read, 1 error, 2 usage.
    """
    from lineproof.booth.photograph_file import require_photograph
    from lineproof.booth.sealed_file import seal_files
    from lineproof.cli.explain import write_drawing
    from lineproof.cli.policy_file import named_policy
    from lineproof.cli.present import timed_booth
    from lineproof.cli.report import print_findings, print_timings
    from lineproof.document.mrz import parse_mrz
    from lineproof.ports import Assignment
    from lineproof.terms import SessionId, Way

    rules = named_policy(policy)
    require_photograph(file, called="document")
    with timed_booth(rules, None) as timed:
        today = datetime.now(UTC).date()
        session = SessionId(uuid.uuid4())
        assignment = Assignment(session, rules, Way.COUNTER, today, explain=drawing is not None)
        evidence = seal_files(document=file, capture=None, session=session, epoch=timed.booth.epoch())
        examination = timed.booth.examine(evidence, assignment)
        timings = timed.timings(examination)
    if drawing is not None:
        write_drawing(drawing, examination)
    zone = None if examination.zone is None else parse_mrz(examination.zone, read_on=today)
    if as_json:
        click.echo(json.dumps(_json(examination, zone, timings), ensure_ascii=False, indent=2))
    else:
        for line in examination.zone or ():
            click.echo(line)
        for name, value in ({} if zone is None else _fields(zone)).items():
            shown = " ".join(filter(None, value)) if isinstance(value, list) else value
            click.echo(f"  {name:<16} {shown or ''}".rstrip())
        click.echo()
        print_findings(_about_document(examination))
        print_timings(timings)
    sys.exit(0 if zone is not None else NOT_READ)


def _json(examination: "Examination", zone: "Mrz | None", timings: dict[str, int]) -> dict[str, Any]:
    from lineproof.cli.report import findings_json

    return {
        "mrz": list(examination.zone or ()),
        "check_digits_valid": None if zone is None else zone.check_digits_valid,
        "repaired": [{"line": line, "position": at} for line, at in examination.repaired],
        "fields": None if zone is None else _fields(zone),
        "findings": findings_json(_about_document(examination)),
        "timings_ms": timings,
    }


def _fields(zone: "Mrz") -> dict[str, str | list[str] | None]:
    """Give the fields; optional data as the format has them, one text or two, "" for an empty one."""
    return {
        "format": zone.format.value,
        "document_code": zone.document_code,
        "issuer": zone.issuer,
        "surname": zone.surname,
        "given_names": zone.given_names,
        "number": zone.number,
        "nationality": zone.nationality,
        "born_on": None if zone.born_on is None else zone.born_on.isoformat(),
        "sex": str(zone.sex.value),
        "expires_on": zone.expires_on.isoformat(),
        "personal_number": zone.personal_number or None,
        "optional_data": list(zone.optional_data),
    }


def _about_document(examination: "Examination") -> list[Any]:
    """Leave out that nobody attested: it is no finding about the document."""
    from lineproof.decision.finding import Check

    return [finding for finding in examination.findings if finding.check is not Check.HOLDER_PRESENT]
