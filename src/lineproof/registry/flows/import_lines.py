"""Bring an operator's existing base into the record: a dry run first, then in batches, stopped and resumed.

1. read the whole file once: its digest, and that it is UTF-8; a file that was brought in before is done
2. take the next rows after the cursor; parse them
3. one transaction: what of them is registered already, and whose the others are (import_batch.py)
4. enter the others; note the rows that were not, and why; move the cursor
5. at the end of the file: forget by what its customers were told apart; note that it is done
A dry run does 1 to 3, and changes nothing.

A batch is one transaction, and moves the cursor in it: killed anywhere, the next run of the file goes on.
Nobody is verified by it: that a row claims no verification is noted, and held against nobody. The lines are
on already, so no order goes out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import BinaryIO, assert_never

from django.db import transaction

from lineproof.errors import Conflict, Malformed
from lineproof.line.clock import find_zone
from lineproof.line.import_csv import parse_csv
from lineproof.line.import_rows import digest_of
from lineproof.line.import_tmf import parse_tmf
from lineproof.line.imported import ImportedRecord, ProblemKind, RowProblem
from lineproof.ports import Services
from lineproof.registry.flows.import_batch import Batch, Counts, Seen, count
from lineproof.registry.models import ImportedLine, ImportProblem, ImportRun

BATCH_ROWS = 500
_FORGET_AT_ONCE = 5000
_CUSTOMER_KEY = "import customer v1"


class SourceFormat(Enum):
    """How a base is written: docs/procedures/import_lines.md."""

    CSV = "csv"
    TMF = "tmf"


@dataclass(frozen=True, slots=True)
class ImportSource:
    """The files of a base, open and seekable. parties: to which products of TMF637 refer, if they do."""

    format: SourceFormat
    rows: BinaryIO
    parties: BinaryIO | None = None

    def __post_init__(self) -> None:
        """Refuse a file of parties where none can be referred to, and a stream that cannot be read twice."""
        if self.parties is not None and self.format is not SourceFormat.TMF:
            raise Malformed("A file of parties goes with TMF products.", remedy="Leave it out.")
        if not all(stream.seekable() for stream in self._streams):
            raise Malformed("The base is read twice.", remedy="Give a file, not a pipe.")

    @property
    def _streams(self) -> tuple[BinaryIO, ...]:
        return (self.rows,) if self.parties is None else (self.rows, self.parties)

    def digest(self) -> bytes:
        """Give the digest of all files, from end to end; Malformed where one is not UTF-8."""
        return digest_of(*self._streams)


@dataclass(frozen=True, slots=True)
class ImportStep:
    """What one batch found. counts: of the whole file so far, those of earlier runs included.

    problems: of this batch; of rows that an earlier run had done, they are given first, again. finished: the
    file is at its end.
    """

    counts: Counts
    problems: tuple[RowProblem, ...]
    finished: bool


class LineImport:
    """One file that is brought in, or looked at; `step` until a step is the last.

    earlier: when the same file was brought in before, wholly; then nothing is left to do. resumed_after: the
    row after which it goes on, 0 from the beginning.
    """

    def __init__(
        self, services: Services, source: ImportSource, *, write: bool, now: datetime, batch_rows: int
    ) -> None:
        """Read the file once, and find out how far it is."""
        self._services, self._write, self._batch_rows = services, write, batch_rows
        self._digest = source.digest()  # 1
        run = ImportRun.objects.filter(source_digest=self._digest).first()
        if run is not None and run.finished_at is None and run.policy_digest != services.policy.digest:
            raise Conflict(
                "The import of this file was begun under another policy.",
                remedy="Go on with it under that one: --policy.",
            )
        self._run = run
        self._counts = Counts() if run is None else _counts_of(run)
        self.earlier = None if run is None else run.finished_at
        self.resumed_after = 0 if run is None else run.cursor
        self._key = services.keys.mac(self._digest, purpose=_CUSTOMER_KEY)
        self._seen = Seen()
        self._told_earlier = _earlier_problems(run, batch_rows)
        self._rows = _after(self._parsed(source, now), self.resumed_after)

    def _parsed(self, source: ImportSource, now: datetime) -> Iterator[ImportedRecord | RowProblem]:
        today = now.astimezone(find_zone(self._services.policy.calendar.zone)).date()
        match source.format:
            case SourceFormat.CSV:
                return parse_csv(source.rows, today=today)
            case SourceFormat.TMF:
                return parse_tmf(source.rows, source.parties, today=today)
            case _ as never:
                assert_never(never)

    @property
    def counts(self) -> Counts:
        """Give how many there are so far, those of earlier runs of the file included."""
        return replace(self._counts)

    def step(self, *, now: datetime) -> ImportStep:
        """Do the next batch, committed when this returns.

        Raises Conflict when another process brings in the same file; what it did stands.
        """
        problems = next(self._told_earlier, None)
        if problems is not None:
            return ImportStep(self.counts, problems, finished=False)
        if self.earlier is not None:
            return ImportStep(self.counts, (), finished=True)
        rows = list(islice(self._rows, self._batch_rows))  # 2
        if rows:
            found = self._enter(rows, now) if self._write else self._look(rows, now)
            return ImportStep(self.counts, found, finished=False)
        if self._write:
            self._finish(now)  # 5
        return ImportStep(self.counts, (), finished=True)

    def _look(self, rows: list[ImportedRecord | RowProblem], now: datetime) -> tuple[RowProblem, ...]:
        with transaction.atomic():  # so that all is read at one moment
            batch = Batch(self._services, self._run, self._key, now=now)
            checked, found = batch.check(_records(rows), self._seen)  # 3
        for row in checked:
            count(row.record, self._counts, today=now.date())
        self._counts.rows += len(rows)
        return _in_order(rows, found)

    def _enter(self, rows: list[ImportedRecord | RowProblem], now: datetime) -> tuple[RowProblem, ...]:
        counts = replace(self._counts)
        with transaction.atomic(), self._begun(now) as run:
            batch = Batch(self._services, run, self._key, now=now)
            checked, found = batch.check(_records(rows), Seen())  # 3
            batch.enter(run, checked, counts)  # 4
            counts.rows += len(rows)
            problems = _in_order(rows, found)
            ImportProblem.objects.bulk_create(
                ImportProblem(run=run, row=each.row, kind=each.kind.value) for each in problems
            )
            run.cursor = rows[-1].row
            for name, value in asdict(counts).items():
                setattr(run, name, value)
        self._run, self._counts = run, counts
        return problems

    @contextmanager
    def _begun(self, now: datetime) -> Iterator[ImportRun]:
        """Give the run as it is in this transaction, made at the first batch, and save it at the end.

        Conflict if it is not where this process left it.
        """
        known = 0 if self._run is None else self._run.cursor
        run = ImportRun.objects.select_for_update().filter(source_digest=self._digest).first()
        if (0 if run is None else run.cursor) != known or (run is not None and run.finished_at is not None):
            raise Conflict(
                "Another process brings in the same file.", remedy="Let it; or end it, and start again."
            )
        if run is None:
            run = ImportRun.objects.create(
                source_digest=self._digest, policy_digest=self._services.policy.digest, started_at=now
            )
        yield run
        run.save(force_update=True)

    def _finish(self, now: datetime) -> None:
        while self._forget_customers():
            pass
        with transaction.atomic(), self._begun(now) as run:
            run.finished_at = now
        self._run = run

    def _forget_customers(self) -> int:
        """Empty the index of some customers: it serves only to bring in the rest of the file."""
        if self._run is None:
            return 0
        indexed = ImportedLine.objects.filter(run=self._run, customer_index__isnull=False)
        some = list(indexed.values_list("pk", flat=True)[:_FORGET_AT_ONCE])
        return ImportedLine.objects.filter(pk__in=some).update(customer_index=None)


def import_lines(
    services: Services, source: ImportSource, *, write: bool, now: datetime, batch_rows: int = BATCH_ROWS
) -> LineImport:
    """Begin to bring in a base, go on with one that was stopped, or only look at it.

    write: False looks, and changes nothing; what it finds is what would be found. Time passes while a base is
    brought in: each step is told the time anew. Raises Malformed for a file that is not UTF-8, and Conflict
    for one that was begun under another policy.
    """
    return LineImport(services, source, write=write, now=now, batch_rows=batch_rows)


def _records(rows: Iterable[ImportedRecord | RowProblem]) -> list[ImportedRecord]:
    return [row for row in rows if isinstance(row, ImportedRecord)]


def _in_order(
    rows: Iterable[ImportedRecord | RowProblem], found: Iterable[RowProblem]
) -> tuple[RowProblem, ...]:
    """Give the problems of parsing and those found on record, by their rows."""
    parsed = [row for row in rows if isinstance(row, RowProblem)]
    return tuple(sorted([*parsed, *found], key=lambda each: each.row))


def _after(rows: Iterator[ImportedRecord | RowProblem], cursor: int) -> Iterator[ImportedRecord | RowProblem]:
    return (row for row in rows if row.row > cursor)


def _earlier_problems(run: ImportRun | None, at_once: int) -> Iterator[tuple[RowProblem, ...]]:
    """Give, in their order, the problems that an earlier run of the file found."""
    if run is None:
        return
    rows = run.problems.order_by("row").values_list("row", "kind").iterator(chunk_size=at_once)
    while some := tuple(RowProblem(row, ProblemKind(kind)) for row, kind in islice(rows, at_once)):
        yield some


def _counts_of(run: ImportRun) -> Counts:
    return Counts(**{name: getattr(run, name) for name in asdict(Counts())})
