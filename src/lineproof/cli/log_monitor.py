"""`lineproof log monitor`: were the rules kept, by a published log alone? For whoever watches an operator."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineproof.cli import options, published_log
from lineproof.cli.report import WIDTH
from lineproof.transparency.monitor_entry import moment_text

if TYPE_CHECKING:
    from lineproof.tiles.reading import Verified
    from lineproof.transparency.monitor import Report, Summary

BROKEN, NOT_ALL_JUDGED = 3, 4
_WAITS = {
    "under_way": "under way",
    "waits_for_people": "waiting for people",
    "waits_for_party": "waiting for the applicant or holder",
}


@click.command()
@click.argument("place", metavar="DIR|URL")
@published_log.keys
@published_log.noted
@published_log.token_file
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    metavar="TIME",
    help="Judge deadlines as of this time, as 2026-07-01T12:00:00Z. [default: now]",
)
@options.as_json
def monitor(
    *,
    place: str,
    keys: tuple[str, ...],
    noted: Path | None,
    token_file: Path | None,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Verify a published log, and compute from its entries whether the rules were kept.

    It needs nothing but the log: every rule is in docs/log.md, with what is tolerated. Of each rule the first
    20 findings are printed, and how many there are.
    Exit: 0 in order, 3 the log or a rule is broken, 4 in order, but something could not be judged: nobody
    said whose signature it must be, or there are entries of a version or kind that is not known here;
    1 error, 2 usage.
    """
    from lineproof.transparency.monitor import Monitor

    signed = bool(keys)
    as_of = datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)
    watching = Monitor(at=as_of)
    log = published_log.verify(place, keys=keys, noted=noted, token_file=token_file, visit=watching.add)
    report = watching.finish()
    if as_json:
        click.echo(json.dumps(_as_object(log, report, as_of, signed=signed)))
    else:
        _print_log(log)
        _print_findings(report)
        _print_not_judged(report, signed=signed)
        _print_summary(report.summary)
        if not log.problems:
            published_log.echo_keep(place)
    if log.problems or report.broken:
        sys.exit(BROKEN)
    sys.exit(0 if signed and not report.not_judged else NOT_ALL_JUDGED)


def _as_object(log: "Verified", report: "Report", as_of: datetime, *, signed: bool) -> dict[str, Any]:
    summary = report.summary
    return published_log.as_object(log, signed=signed) | {
        "ok": not log.problems and not report.broken,
        "at": moment_text(as_of),
        "entries_read": report.entries,
        "findings": [
            {"rule": one.rule.value, "entry": one.index, "subject": one.subject, "what": one.what}
            for one in report.findings
        ],
        "broken": {rule.value: count for rule, count in report.broken.items()},
        "not_judged": report.not_judged,
        "first_at": None if summary.first_at is None else moment_text(summary.first_at),
        "last_at": None if summary.last_at is None else moment_text(summary.last_at),
        "kinds": summary.kinds,
        "decisions": summary.decisions,
        "waiting": [
            {"stage": one.stage, "procedures": one.procedures, "since": moment_text(one.since)}
            for one in summary.waiting
        ],
        "policies": summary.policies,
        "releases": summary.releases,
    }


def _print_log(log: "Verified") -> None:
    published_log.echo(log)
    if log.problems:
        click.echo(
            "The log itself is broken. What follows is of the entries that could be read, as they are."
        )


def _print_findings(report: "Report") -> None:
    for one in report.findings:
        subject = f" of {one.subject}" if one.subject else ""
        click.echo(f"broken: {one.rule.value}: entry {one.index}{subject}: {one.what}")
    if not report.broken:
        click.echo("No rule is broken, as far as entries were judged.")
        return
    click.echo(_listed("Broken:", {rule.value: count for rule, count in report.broken.items()}))
    if sum(report.broken.values()) > len(report.findings):
        click.echo("Of each rule, the first 20 are above.")


def _print_not_judged(report: "Report", *, signed: bool) -> None:
    if report.not_judged:
        click.echo(_listed("Not judged, since not known here:", report.not_judged))
    if not signed:
        published_log.echo_unsigned()


def _print_summary(summary: "Summary") -> None:
    if summary.first_at is None or summary.last_at is None:
        return
    click.echo()
    click.echo(f"Time:      {moment_text(summary.first_at)} to {moment_text(summary.last_at)}")
    click.echo(_listed("Entries:", summary.kinds))
    if summary.decisions:
        click.echo(_listed("Decisions:", summary.decisions))
    for one in summary.waiting:
        click.echo(
            f"Not ended: {one.procedures} {_WAITS[one.stage]}, the oldest since {moment_text(one.since)}"
        )
    for policy, count in summary.policies.items():
        click.echo(f"Policy:    {policy}, in {count} entries")
    click.echo(_listed("Releases:", summary.releases))
    click.echo()


def _listed(title: str, counts: Mapping[str, int]) -> str:
    """Give the names and how often each is counted, most often first, in lines that part no name."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{name}: {count}".replace(" ", "\N{NO-BREAK SPACE}") for name, count in ordered)
    text = click.wrap_text(f"{title:<10} {listed}", width=WIDTH, subsequent_indent=" " * 11)
    return text.replace("\N{NO-BREAK SPACE}", " ")
