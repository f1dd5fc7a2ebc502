"""A batch of rows of an existing base: whose each is, and what it makes; used by `import_lines`.

    1. each line's index; one that is registered, or was in an earlier row, is a problem
    2. each customer's and each document's holder; another birth for the same customer is a problem
    3. a holder for each row that has none, and its document bound (import_holders.py)
    4. its line, custody, notice and claim, gathered; an entry and a notice for each line
    5. all written, table by table; a document that two holders have now: both stay and are told, a case opens

What a row of its own would ask the database is asked here once for all rows of the batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from lineproof.line.clock import find_zone
from lineproof.line.custody import free_slot, within_cap
from lineproof.line.imported import ImportedRecord, ProblemKind, RowProblem
from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.ports import Services
from lineproof.registry import blind_index, models
from lineproof.registry.blind_index import BlindIndex
from lineproof.registry.flows.import_holders import Birth, ImportHolders
from lineproof.registry.flows.log import LogWriter, SaltOwner, new_subject
from lineproof.registry.key_versions import read_key_versions
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import Sealer
from lineproof.terms import HolderId, Origin
from lineproof.transparency.entry import EntryKind, Stage

_SHORT = 16


@dataclass(slots=True)
class Counts:
    """How many there are so far. Every name is a column of `ImportRun`."""

    rows: int = 0
    lines: int = 0
    unverified: int = 0
    without_document: int = 0
    document_expired: int = 0
    holders: int = 0
    over_cap: int = 0
    alike: int = 0
    contested: int = 0


@dataclass(slots=True)
class Seen:
    """Lines and customers of rows that were checked and are not on record: of this batch, or of a dry run."""

    lines: set[bytes] = field(default_factory=set)
    births: dict[bytes, Birth] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """One row that may be entered, with its indexes. customer: b"" without one."""

    record: ImportedRecord
    line: BlindIndex
    customer: bytes


@dataclass(slots=True)
class _Rows:
    """What is to be written, table by table."""

    lines: list[models.Line] = field(default_factory=list)
    custodies: list[models.Custody] = field(default_factory=list)
    notices: list[models.Notice] = field(default_factory=list)
    imported: list[models.ImportedLine] = field(default_factory=list)

    def write(self) -> None:
        models.Line.objects.bulk_create(self.lines)
        models.Custody.objects.bulk_create(self.custodies)
        models.Notice.objects.bulk_create(self.notices)
        models.ImportedLine.objects.bulk_create(self.imported)


class Batch:
    """The rows of one batch, in the transaction that enters them or only looks."""

    def __init__(
        self, services: Services, run: models.ImportRun | None, key: bytes, *, now: datetime
    ) -> None:
        """Begin. run: None before a file's first batch. key: under which its customers are indexed."""
        self._services = services
        self._now = now
        self._versions = read_key_versions()
        self._sealer = Sealer(services.keys)
        self._holders = ImportHolders(services, run, key, self._sealer, now=now)
        self._slots: dict[tuple[HolderId, str], set[int]] = {}
        self._rows = _Rows()

    def check(self, records: Sequence[ImportedRecord], seen: Seen) -> tuple[list[Checked], list[RowProblem]]:
        """Find the rows that may be entered, and why the others may not; nothing is changed but `seen`."""
        checked, problems = [], []
        rows = [Checked(each, self._line_index(each), self._holders.customer_index(each)) for each in records]
        registered = _registered([row.line for row in rows])  # 1
        self._holders.read_customers({row.customer for row in rows if row.customer})  # 2
        for row in rows:
            kind = self._problem(row, registered, seen)
            if kind is None:
                seen.lines.add(_short(row.line))
                checked.append(row)
            else:
                problems.append(RowProblem(row.record.row, kind))
        return checked, problems

    def enter(self, run: models.ImportRun, rows: Sequence[Checked], counts: Counts) -> None:
        """Enter rows that were checked in this very transaction, and count them."""
        documents = self._holders.read_documents(row.record for row in rows)
        self._read_slots()
        with LogWriter(self._services, None, now=self._now, sealer=self._sealer) as log:
            for row, indexes in zip(rows, documents, strict=True):
                first = bool(row.customer) and not self._holders.is_read(row.customer)
                holder = self._holders.choose(row.record, row.customer, indexes)  # 3
                line = self._line(row, holder, counts)  # 4
                self._rows.imported.append(_claims(row, line, run, first=first))
                self._tell(line, holder, row.record, log)
                count(row.record, counts, today=self._now.date())
            alike, contested = self._holders.write(log)  # 5
            self._rows.write()
        self._sealer.save()  # after the entries, which need keys and salts too
        counts.holders += len(self._holders.made)
        counts.alike += alike
        counts.contested += contested

    def _read_slots(self) -> None:
        held = models.Custody.objects.filter(holder_id__in=self._holders.known, until=None)
        for holder, kind, slot in held.values_list("holder_id", "kind", "slot"):
            if slot is not None:
                self._slots.setdefault((HolderId(holder), kind), set()).add(slot)

    def _line(self, row: Checked, holder: HolderId, counts: Counts) -> models.Line:
        """Make the line, in its holder's name: beyond the cap too, which is found and put right later."""
        record, kind = row.record, row.record.request.kind
        line = models.Line(
            kind=kind.value,
            state=next_state(LineState.APPLIED, LineEvent.IMPORTED).value,
            origin=Origin.IMPORTED.value,
            **row.line.columns("identifier_index"),
            sealed_identifier=self._sealer.seal(
                {"identifier": record.request.name, "detail": record.request.detail},
                subject=holder,
                retention=Retention.LINE,
                place="line.sealed_identifier",
            ),
            created_at=self._now,
        )
        self._rows.lines.append(line)
        slots = self._slots.setdefault((holder, kind.value), set())
        slot = free_slot(slots)
        counts.over_cap += not within_cap(held=len(slots), cap=self._services.policy.caps[kind])
        slots.add(slot)
        self._rows.custodies.append(
            models.Custody(
                line=line, holder_id=holder, kind=kind.value, slot=slot, since=self._since(record), until=None
            )
        )
        return line

    def _tell(self, line: models.Line, holder: HolderId, record: ImportedRecord, log: LogWriter) -> None:
        """Leave a notice for the holder, and enter that they were told and that the line was brought in."""
        subject, parties = new_subject(), [SaltOwner(holder, Retention.IDENTITY)]
        told = NoticeKind.LINE_IMPORTED
        self._rows.notices.append(
            models.Notice(holder_id=holder, line=line, kind=told.value, given_at=self._now, subject=subject)
        )
        notice: dict[str, object] = {"holder": str(holder), "kind": told.value}
        log.enter(EntryKind.NOTICE_GIVEN, notice, outcome=told.value, parties=parties, subject=subject)
        log.enter(
            EntryKind.LINE_IMPORTED,
            {
                "line": str(line.id),
                "holder": str(holder),
                "kind": line.kind,
                "identifier": record.request.name,
            },
            stage=Stage.ENDED,
            outcome="verification_missing" if record.verified is None else "verification_claimed",
            parties=parties,
            subject=subject,
            about=line.id,
        )

    def _since(self, record: ImportedRecord) -> datetime:
        """Give since when the line is its holder's: the beginning of that day, or now."""
        if record.registered_on is None:
            return self._now
        zone = find_zone(self._services.policy.calendar.zone)
        began = datetime.combine(record.registered_on, time(), zone).astimezone(UTC)
        return min(began, self._now)

    def _problem(self, row: Checked, registered: set[bytes], seen: Seen) -> ProblemKind | None:
        if _short(row.line) in seen.lines or any(mac in registered for _, mac in row.line.macs):
            return ProblemKind.ALREADY_REGISTERED
        if not row.customer:
            return None
        born_on, is_read = row.record.born_on, self._holders.is_read(row.customer)
        known = self._holders.birth_of(row.customer) if is_read else seen.births.get(row.customer)
        if known is not None and born_on is not None and known != born_on:
            return ProblemKind.CUSTOMER_DIFFERS
        if not is_read:
            seen.births.setdefault(row.customer, born_on)
        return None

    def _line_index(self, record: ImportedRecord) -> BlindIndex:
        request = record.request
        return blind_index.line_index(
            self._services.keys,
            kind=request.kind.value,
            identifier=request.name,
            versions=self._versions,
        )


def _short(index: BlindIndex) -> bytes:
    """Give enough of an index to tell things of one file apart."""
    return index.macs[0][1][:_SHORT]


def _registered(indexes: Sequence[BlindIndex]) -> set[bytes]:
    """Read which of these lines are registered: their indexes, of any version."""
    macs = [mac for index in indexes for _, mac in index.macs]
    found: set[bytes] = set()
    for column in ("identifier_index", "identifier_index_next"):
        rows = models.Line.objects.filter(**{f"{column}__in": macs}).values_list(column, flat=True)
        found |= {bytes(mac) for mac in rows}
    return found


def _claims(row: Checked, line: models.Line, run: models.ImportRun, *, first: bool) -> models.ImportedLine:
    """Keep what a row claims. first: of its customer's lines, so that the others find their holder by it."""
    claimed = row.record.verified
    return models.ImportedLine(
        line=line,
        run=run,
        source_row=row.record.row,
        verified_on=None if claimed is None else claimed.on,
        verified_how="" if claimed is None else claimed.way.value,
        customer_index=row.customer if first else None,
    )


def count(record: ImportedRecord, counts: Counts, *, today: date) -> None:
    """Count a line that is entered, or would be, and what will be found of it."""
    document = record.document
    counts.lines += 1
    counts.unverified += record.verified is None
    counts.without_document += document is None
    expires_on = None if document is None else document.expires_on
    counts.document_expired += expires_on is not None and expires_on < today
