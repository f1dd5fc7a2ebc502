"""`lineproof import`: an operator's existing base, looked at first and then brought in."""

import csv
import json
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from _csv import Writer
    from collections.abc import Iterator

    from lineproof.line.imported import RowProblem
    from lineproof.registry.flows.import_lines import ImportStep, LineImport

SOME_ROWS_LEFT_OUT = 3
FIRST_SHOWN = 10
_SHOWN_BY_ENTERING = ("holders", "alike", "over_cap", "contested")
_PROGRESS_ROWS = 20_000
# After a batch, so that whoever registers a line meanwhile has a turn at the record.
_PAUSE_S = 0.05


@click.command("import")
@click.argument("file", type=options.FILE)
@click.option(
    "--format",
    "written_as",
    type=click.Choice(["csv", "tmf"]),
    default="csv",
    show_default=True,
    help="CSV, or products of TMF637 as JSON.",
)
@click.option("--parties", type=options.FILE, help="With tmf: individuals of TMF632, to whom products refer.")
@click.option("--write", is_flag=True, help="Bring the lines in. Without it nothing is changed.")
@click.option("--report", type=options.FILE, help="Write the rows that are left out, and why, to this file.")
@options.policy
@options.record
@options.as_json
def command(
    file: Path,
    written_as: str,
    parties: Path | None,
    write: bool,
    report: Path | None,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> int:
    """Look at an operator's existing base, or bring it in with --write.

    Stopped, it goes on where it was when run again with the same FILE. A row that cannot be entered is left
    out and counted; exit 3 says that there are some. Nothing of what a row says is printed or reported.
    """
    from lineproof import wiring
    from lineproof.cli.policy_file import named_policy

    with ExitStack() as files:
        rows, others = files.enter_context(_open(file)), None
        if parties is not None:
            others = files.enter_context(_open(parties))
        services = wiring.open_record(
            record or options.default_record(), policy=named_policy(policy), keeps_referrals=False
        )
        from lineproof.registry.flows.import_lines import ImportSource, SourceFormat, import_lines

        source = ImportSource(SourceFormat(written_as), rows, others)
        importing = import_lines(services, source, write=write, now=datetime.now(UTC))
        done = _Done(importing, write=write)
        if report is None:
            for _ in done.steps():
                pass
        else:
            with options.writing(report) as reported:
                _report(done, csv.writer(reported))
    click.echo(done.as_json() if as_json else done.as_text(file))
    return SOME_ROWS_LEFT_OUT if done.kinds else 0


class _Done:
    """What an import did, gathered from its steps."""

    def __init__(self, importing: "LineImport", *, write: bool) -> None:
        self._importing, self._write = importing, write
        self.kinds: Counter[str] = Counter()
        self._first: list[RowProblem] = []

    def steps(self) -> "Iterator[ImportStep]":
        """Go through all batches, and say on standard error how far it is."""
        said: int | None = None
        while True:
            step = self._importing.step(now=datetime.now(UTC))
            self.kinds.update(problem.kind.value for problem in step.problems)
            self._first += step.problems[: FIRST_SHOWN - len(self._first)]
            yield step
            # In a step that gives earlier problems again, the rows are those that were done before.
            said = step.counts.rows if said is None else said
            if step.finished:
                return
            if step.counts.rows - said >= _PROGRESS_ROWS:
                said = step.counts.rows
                click.echo(f"{said} rows ...", err=True)
            if self._write:
                time.sleep(_PAUSE_S)

    def as_json(self) -> str:
        """Give one object."""
        earlier = self._importing.earlier
        return json.dumps(
            {
                "written": self._write and earlier is None,
                "imported_earlier_at": None if earlier is None else earlier.isoformat(),
                "resumed_after_row": self._importing.resumed_after,
                **self._counts(),
                "problems": dict(self.kinds.most_common()),
            },
            indent=2,
        )

    def as_text(self, file: Path) -> str:
        """Give sentences."""
        counts, left_out = self._importing.counts, sum(self.kinds.values())
        return "\n".join(
            [
                self._began(file),
                f"Rows: {counts.rows}. Lines: {counts.lines}. Left out: {left_out}.",
                f"Without a claimed verification: {counts.unverified}.",
                f"Without a document: {counts.without_document}; expired: {counts.document_expired}.",
                *self._entered(),
                *self._problems(),
            ]
        )

    @property
    def _has_entered(self) -> bool:
        return self._write or self._importing.resumed_after > 0

    def _counts(self) -> dict[str, int | None]:
        """Give the counts by name; what only entering shows is null where nothing was entered."""
        counts: dict[str, int | None] = asdict(self._importing.counts)
        if not self._has_entered:
            counts |= dict.fromkeys(_SHOWN_BY_ENTERING)
        return counts

    def _began(self, file: Path) -> str:
        earlier, resumed = self._importing.earlier, self._importing.resumed_after
        if earlier is not None:
            return f"{file.name} was brought in on {earlier:%Y-%m-%d %H:%M} UTC. Nothing was done now."
        if not self._write:
            return f"{file.name} was looked at, and nothing was changed. With --write it is brought in."
        return f"{file.name} is brought in" + (f"; it went on after row {resumed}." if resumed else ".")

    def _entered(self) -> list[str]:
        if not self._has_entered:
            return []
        counts = self._importing.counts
        return [
            f"New holders: {counts.holders}; with the name and birth of somebody else: {counts.alike}.",
            f"Lines beyond the policy's cap: {counts.over_cap}.",
            f"Documents that two holders have, for each of which a case is open: {counts.contested}.",
        ]

    def _problems(self) -> list[str]:
        from lineproof.line.imported import PROBLEMS, ProblemKind

        lines: list[str] = []
        for kind, number in self.kinds.most_common():
            text = PROBLEMS[ProblemKind(kind)]
            lines += [f"{number:>8}  {kind}: {text.says}", f"{'':>10}{text.remedy}"]
        if self._first:
            shown = ", ".join(f"{each.row} {each.kind.value}" for each in self._first)
            lines.append(f"The first rows: {shown}.")
        return lines


def _report(done: _Done, writer: "Writer") -> None:
    """Write each row that is left out, and why; nothing of what it says."""
    from lineproof.line.imported import PROBLEMS

    writer.writerow(("row", "problem", "says", "remedy"))
    for step in done.steps():
        for each in step.problems:
            text = PROBLEMS[each.kind]
            writer.writerow((each.row, each.kind.value, text.says, text.remedy))


def _open(file: Path) -> BinaryIO:
    from lineproof.errors import NotFound, Unavailable

    try:
        return file.open("rb")
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.", remedy="Check its name.") from None
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror}.", remedy="Give a file.") from error
