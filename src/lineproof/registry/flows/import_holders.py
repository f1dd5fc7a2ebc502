"""Whose the rows of a batch are: holders found by customer and by document, or made; used by `import_batch`.

What is read of a row's customer and document is read for all rows of the batch at once. What a row makes is
known to the rows after it, and written when the batch is.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from lineproof.document.usual_spelling import usual_spelling
from lineproof.holder.identity import holder_claimed
from lineproof.line.imported import MOST_NAME_BYTES, ImportedRecord
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry import blind_index, models
from lineproof.registry.blind_index import BlindIndex
from lineproof.registry.flows import holding
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.key_versions import read_key_versions
from lineproof.registry.models.choices import CaseKind, Retention
from lineproof.registry.personal import Json, Sealer
from lineproof.terms import HolderId

Birth = date | None
_IDENTITY = "holder.sealed_identity"


class ImportHolders:
    """The holders of one batch, in its transaction."""

    def __init__(
        self, services: Services, run: models.ImportRun | None, key: bytes, sealer: Sealer, *, now: datetime
    ) -> None:
        """Begin. run: None before a file's first batch. key: under which its customers are indexed."""
        self._services, self._run, self._key, self._sealer, self._now = services, run, key, sealer, now
        self._versions = read_key_versions()
        self._births: dict[HolderId, Birth] = {}
        self._customers: dict[bytes, HolderId | None] = {}
        self._bound: dict[bytes, set[HolderId]] = {}
        self._likeness: list[BlindIndex] = []
        self._contested: dict[bytes, BlindIndex] = {}
        self.made: list[models.Holder] = []
        self._bindings: list[models.DocumentBinding] = []

    @property
    def known(self) -> Iterable[HolderId]:
        """Give everybody who is on record of those whom the rows may be of."""
        return self._births.keys()

    def customer_index(self, record: ImportedRecord) -> bytes:
        """Give the keyed digest of a row's customer; b"" without one."""
        return hmac.digest(self._key, record.customer.encode(), hashlib.sha256) if record.customer else b""

    def read_customers(self, customers: set[bytes]) -> None:
        """Read whose the first lines of customers were, and when they were born."""
        if self._run is None or not customers:
            return
        first = models.ImportedLine.objects.filter(run=self._run, customer_index__in=customers)
        found = first.values_list("line_id", "customer_index")
        lines = {line: bytes(index) for line, index in found if index is not None}
        custodies = models.Custody.objects.filter(line_id__in=lines).order_by("-since", "-id")
        for line, held_by in custodies.values_list("line_id", "holder_id"):  # the first one is read last
            self._customers[lines[line]] = HolderId(held_by)
        self._read_births({each for each in self._customers.values() if each is not None})
        for customer, holder in self._customers.items():
            if (
                holder not in self._births
            ):  # Erased meanwhile: whoever the customer is, they are somebody new.
                self._customers[customer] = None

    def is_read(self, customer: bytes) -> bool:
        """Tell whether a customer has a line, on record or in an earlier row of the batch."""
        return customer in self._customers

    def birth_of(self, customer: bytes) -> Birth:
        """Give when the holder whom a customer's earlier rows made was born; None where it is not known."""
        holder = self._customers.get(customer)
        return None if holder is None else self._births[holder]

    def read_documents(self, records: Iterable[ImportedRecord]) -> list[tuple[BlindIndex, ...]]:
        """Give the indexes of each row's document, and read to whom they are bound."""
        documents = [self._document_indexes(record) for record in records]
        for position, column in enumerate(("blind_index", "personal_number_index")):
            indexes = [each[position] for each in documents if len(each) > position]
            macs = [mac for index in indexes for _, mac in index.macs]
            for name in (column, f"{column}_next") if macs else ():
                found = models.DocumentBinding.objects.filter(**{f"{name}__in": macs})
                for mac, holder in found.values_list(name, "holder_id"):
                    self._bound.setdefault(bytes(mac), set()).add(HolderId(holder))
        self._read_births({holder for bound in self._bound.values() for holder in bound})
        return documents

    def choose(self, record: ImportedRecord, customer: bytes, indexes: tuple[BlindIndex, ...]) -> HolderId:
        """Give whose a row is, made if need be, and bind its document to them."""
        bound = {holder for index in indexes for holder in self._holders_bound(index)}
        holder = holder_claimed(
            customer=self._customers.get(customer),
            bound={each: self._births[each] for each in bound},
            born_on=record.born_on,
        ) or self._make(record)
        if customer and self._customers.get(customer) is None:
            self._customers[customer] = holder
        self._bind(record, holder, indexes)
        return holder

    def write(self, log: LogWriter) -> tuple[int, int]:
        """Write holders and bindings; tell those whose document is contested now, one case for each document.

        Gives how many new holders have the name and birth of somebody else, and how many such cases opened.
        """
        alike = _alike(self._likeness)
        models.Holder.objects.bulk_create(self.made)
        models.DocumentBinding.objects.bulk_create(self._bindings)
        for index in self._contested.values():
            _contest(index, log)
        return alike, len(self._contested)

    def _read_births(self, holders: set[HolderId]) -> None:
        unread = holders - self._births.keys()
        if not unread:
            return
        self._sealer.know(unread)
        recognised = models.Holder.objects.filter(id__in=unread, likeness_index__isnull=False)
        for holder, sealed in recognised.values_list("id", "sealed_identity"):
            value = self._sealer.unseal(
                bytes(sealed or b""), subject=holder, retention=Retention.IDENTITY, place=_IDENTITY
            )
            born_on = value["born_on"]
            self._births[HolderId(holder)] = date.fromisoformat(born_on) if born_on else None

    def _document_indexes(self, record: ImportedRecord) -> tuple[BlindIndex, ...]:
        """Give the index of a row's document, and of its personal number where that is one person's."""
        keys, document = self._services.keys, record.document
        if document is None:
            return ()
        issuer, number = document.issuer, document.personal_number
        index = blind_index.document_index(
            keys, issuer=issuer, kind=document.kind, number=document.number, versions=self._versions
        )
        if not number or issuer not in self._services.policy.unique_personal_number_issuers:
            return (index,)
        return index, blind_index.personal_number_index(
            keys, issuer=issuer, personal_number=number, versions=self._versions
        )

    def _holders_bound(self, index: BlindIndex) -> set[HolderId]:
        return set().union(*(self._bound.get(mac, ()) for _, mac in index.macs))

    def _make(self, record: ImportedRecord) -> HolderId:
        """Make a holder of the person whom a row names, spelled as their document's zone would."""
        name = _spelled(record.full_name)
        born_on = "" if record.born_on is None else record.born_on.isoformat()
        index = blind_index.likeness_index(
            self._services.keys, full_name=name, born_on=born_on, versions=self._versions
        )
        row = models.Holder(created_at=self._now, **index.columns("likeness_index"))
        self._sealer.know([row.id], new=True)
        identity: Json = {
            "full_name": name,
            "born_on": born_on,
            "sex": record.sex,
            "nationality": record.nationality,
        }
        row.sealed_identity = self._sealer.seal(
            identity, subject=row.id, retention=Retention.IDENTITY, place=_IDENTITY
        )
        self.made.append(row)
        self._births[HolderId(row.id)] = record.born_on
        if born_on:
            self._likeness.append(index)
        return HolderId(row.id)

    def _bind(self, record: ImportedRecord, holder: HolderId, indexes: tuple[BlindIndex, ...]) -> None:
        """Bind a row's document to its holder, once; it is contested if somebody else has it."""
        document = record.document
        if document is None or holder in self._holders_bound(indexes[0]):
            return
        index, *personal = indexes
        if self._holders_bound(index):
            self._contested[index.macs[0][1]] = index
        for each in indexes:
            for _, mac in each.macs:
                self._bound.setdefault(mac, set()).add(holder)
        expires_on = None if document.expires_on is None else document.expires_on.isoformat()
        sealed: Json = {"number": document.number, "expires_on": expires_on}
        if personal:  # kept where it is indexed, so that the index can be computed anew
            sealed["personal_number"] = document.personal_number
        self._bindings.append(
            models.DocumentBinding(
                holder_id=holder,
                issuer=document.issuer,
                kind=document.kind,
                key_version=index.versions.written[0],
                **index.columns("blind_index"),
                **(personal[0].columns("personal_number_index") if personal else {}),
                sealed_document=self._sealer.seal(
                    sealed,
                    subject=holder,
                    retention=Retention.IDENTITY,
                    place="documentbinding.sealed_document",
                ),
                contested=False,
                bound_at=self._now,
            )
        )


def _spelled(name: str) -> str:
    """Spell a name as a zone would, cut as one would; in capitals where no table has its letters."""
    spelled = usual_spelling(name) or name.upper()
    return spelled.encode()[:MOST_NAME_BYTES].decode("utf-8", "ignore").rstrip()


def _alike(likeness: Sequence[BlindIndex]) -> int:
    """Count the new holders whose name and birth are somebody's who is on record, or came earlier here.

    No case opens for them: in a base that is brought in there are more than people can look at.
    """
    macs = [mac for index in likeness for _, mac in index.macs]
    known: set[bytes] = set()
    for column in ("likeness_index", "likeness_index_next"):
        rows = models.Holder.objects.filter(**{f"{column}__in": macs}).values_list(column, flat=True)
        known |= {bytes(mac) for mac in rows}
    alike = 0
    for index in likeness:
        alike += any(mac in known for _, mac in index.macs)
        known |= {mac for _, mac in index.macs}
    return alike


def _contest(index: BlindIndex, log: LogWriter) -> None:
    """Open the case of a document that several holders have; tell each of them who was not told before."""
    bound = models.DocumentBinding.objects.filter(index.matches("blind_index"), contested=False)
    holders = [HolderId(holder) for holder in sorted(set(bound.values_list("holder_id", flat=True)))]
    bound.update(contested=True)
    case = holding.open_case(CaseKind.CONTESTED_DOCUMENT, log, holders=holders)
    for holder in holders:
        holding.give_notice(
            NoticeKind.DOCUMENT_CONTESTED, holder, log, line=None, subject=bytes(case.subject)
        )
