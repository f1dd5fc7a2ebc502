"""Every column that holds a blind index, and how it is computed anew from what its row has sealed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lineproof.errors import Conflict
from lineproof.ports import KeyService
from lineproof.registry.blind_index import IndexPurpose, index_mac
from lineproof.registry.models import Custody, DocumentBinding, Holder, Line, Organisation
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import Json, unseal
from lineproof.registry.sealed_organisation import read_organisation


@dataclass(frozen=True, slots=True)
class IndexedColumn:
    """One column; the one beside it has its name and `_next`.

    parts: opens what a row has sealed, and gives the parts of its index.
    """

    table: str
    rows_of: Callable[[], QuerySet[Any]]
    column: str
    purpose: IndexPurpose
    parts: Callable[[KeyService, Any], tuple[str, ...]]

    @property
    def name(self) -> str:
        """Give the column's name with its table's."""
        return f"{self.table}.{self.column}"

    @property
    def rows(self) -> QuerySet[Any]:
        """Give every row of the table."""
        return self.rows_of()

    @property
    def beside(self) -> str:
        """Give the name of the column beside it."""
        return f"{self.column}_next"

    def compute(self, keys: KeyService, row: Any, *, version: int) -> bytes:
        """Compute a row's index under a version from what it has sealed.

        Raises Erased when the data was erased, NotPermitted when it does not open where it lies, Conflict
        when an earlier release did not keep what the index is of.
        """
        return index_mac(keys, self.purpose, self.parts(keys, row), version=version)


def _of_holder(keys: KeyService, row: Holder) -> tuple[str, ...]:
    place = "holder.sealed_identity"
    value = unseal(
        keys, bytes(row.sealed_identity or b""), subject=row.id, retention=Retention.IDENTITY, place=place
    )
    return value["full_name"] or "", value["born_on"] or ""


def _of_line(keys: KeyService, row: Line) -> tuple[str, ...]:
    custody = Custody.objects.filter(line=row).order_by("-since", "-id").only("holder_id").first()
    if custody is None:
        raise Conflict(f"Nobody ever held line {row.pk}.", remedy="Its index cannot be computed.")
    value = unseal(
        keys,
        bytes(row.sealed_identifier or b""),
        subject=custody.holder_id,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    return row.kind, value["identifier"] or ""


def _of_document(keys: KeyService, row: DocumentBinding) -> tuple[str, ...]:
    return row.issuer, row.kind, _sealed_document(keys, row)["number"] or ""


def _of_personal_number(keys: KeyService, row: DocumentBinding) -> tuple[str, ...]:
    number = _sealed_document(keys, row).get("personal_number")
    if number is None:
        raise Conflict(
            f"Document binding {row.pk} has an index of a personal number that it does not keep.",
            remedy="An earlier release bound it. Present the document again to bind it anew, then go on.",
        )
    return row.issuer, number


def _of_organisation(keys: KeyService, row: Organisation) -> tuple[str, ...]:
    return read_organisation(keys, row).place


def _sealed_document(keys: KeyService, row: DocumentBinding) -> Json:
    return unseal(
        keys,
        bytes(row.sealed_document),
        subject=row.holder_id,
        retention=Retention.IDENTITY,
        place="documentbinding.sealed_document",
    )


INDEXED = (
    IndexedColumn("line", Line.objects.all, "identifier_index", IndexPurpose.LINE, _of_line),
    IndexedColumn("holder", Holder.objects.all, "likeness_index", IndexPurpose.LIKENESS, _of_holder),
    IndexedColumn(
        "documentbinding", DocumentBinding.objects.all, "blind_index", IndexPurpose.DOCUMENT, _of_document
    ),
    IndexedColumn(
        "organisation",
        Organisation.objects.all,
        "register_index",
        IndexPurpose.ORGANISATION,
        _of_organisation,
    ),
    IndexedColumn(
        "documentbinding",
        DocumentBinding.objects.all,
        "personal_number_index",
        IndexPurpose.PERSONAL_NUMBER,
        _of_personal_number,
    ),
)
