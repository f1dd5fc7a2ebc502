"""Whether the record and its vault belong together: every key, every sealed value, every index."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lineproof.errors import Conflict, Erased, NotFound, NotPermitted
from lineproof.ports import KeyService
from lineproof.registry.blind_index import index_mac
from lineproof.registry.indexed import INDEXED, IndexedColumn
from lineproof.registry.key_versions import KeyVersions, read_key_versions
from lineproof.registry.models import (
    Case,
    ContactPoint,
    CorrectionExtension,
    CourtOrder,
    Custody,
    DataKey,
    DocumentBinding,
    Holder,
    Line,
    Organisation,
    SealedSalt,
    SimReplacement,
)
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import data_key_context, unseal


@dataclass(slots=True)
class KeyCheck:
    """What was found. Problems are sentences that name rows by their ids, never what is in them.

    erased: sealed values whose key was destroyed; they count for nothing else. rotating_to: None unless a
    rotation is on.
    """

    version: int
    rotating_to: int | None
    data_keys: int = 0
    sealed_values: int = 0
    erased: int = 0
    indexes: int = 0
    problems: list[str] = field(default_factory=list)


def check_keys(keys: KeyService) -> KeyCheck:
    """Open every data key and sealed value, and compute every blind index anew. Changes nothing.

    Raises Unavailable when the vault cannot be reached.
    """
    versions = read_key_versions()
    check = KeyCheck(versions.version, versions.next_version)
    there = keys.versions()
    check.problems += [f"the vault has no keys of version {v}" for v in versions.live if v not in there]
    for row in DataKey.objects.iterator():
        check.data_keys += 1
        context = data_key_context(row.subject, Retention(row.retention))
        try:
            keys.unwrap(bytes(row.wrapped), context=context, version=row.wrapping_version)
        except (NotPermitted, NotFound) as error:
            check.problems.append(f"data key {row.pk} of version {row.wrapping_version}: {error.what}")
    for value in _sealed_values():
        _check_value(keys, value, check)
    for column in INDEXED:
        for row in column.rows.exclude(**{column.column: None}).iterator():
            _check_index(keys, column, row, versions, check)
    return check


@dataclass(frozen=True, slots=True)
class _SealedValue:
    place: str
    row: object
    sealed: bytes | memoryview
    subject: UUID
    retention: Retention


def _sealed_values() -> Iterator[_SealedValue]:  # noqa: C901 -- a list of the columns
    """Give every sealed value there is, with what it is bound to."""
    for holder in Holder.objects.exclude(sealed_identity=None).iterator():
        yield _SealedValue(
            "holder.sealed_identity", holder.pk, holder.sealed_identity or b"", holder.id, Retention.IDENTITY
        )
    for binding in DocumentBinding.objects.iterator():
        yield _SealedValue(
            "documentbinding.sealed_document",
            binding.pk,
            binding.sealed_document,
            binding.holder_id,
            Retention.IDENTITY,
        )
    for point in ContactPoint.objects.exclude(sealed_address=None).iterator():
        yield _SealedValue(
            "contactpoint.sealed_address",
            point.pk,
            point.sealed_address or b"",
            point.holder_id,
            Retention.IDENTITY,
        )
    for line in Line.objects.exclude(sealed_identifier=None).iterator():
        custody = Custody.objects.filter(line=line).order_by("-since", "-id").first()
        if custody is not None:
            yield _SealedValue(
                "line.sealed_identifier",
                line.pk,
                line.sealed_identifier or b"",
                custody.holder_id,
                Retention.LINE,
            )
    for organisation in Organisation.objects.iterator():
        yield _SealedValue(
            "organisation.sealed_organisation",
            organisation.pk,
            organisation.sealed_organisation,
            organisation.id,
            Retention.LINE,
        )
    open_ones = SimReplacement.objects.exclude(sealed_iccid=None).select_related("custody")
    for replacement in open_ones.iterator():
        yield _SealedValue(
            "simreplacement.sealed_iccid",
            replacement.pk,
            replacement.sealed_iccid or b"",
            replacement.custody.holder_id,
            Retention.LINE,
        )
    for case in Case.objects.exclude(sealed_application=None).iterator():
        yield _SealedValue(
            "case.sealed_application", case.pk, case.sealed_application or b"", case.id, Retention.CASE
        )
    for extension in CorrectionExtension.objects.select_related("correction").iterator():
        yield _SealedValue(
            "correctionextension.sealed_ground",
            extension.pk,
            extension.sealed_ground,
            extension.correction.holder_id,
            Retention.IDENTITY,
        )
    for order in CourtOrder.objects.select_related("correction").iterator():
        yield _SealedValue(
            "courtorder.sealed_reference",
            order.pk,
            order.sealed_reference,
            order.correction.holder_id,
            Retention.IDENTITY,
        )
    for salt in SealedSalt.objects.iterator():
        yield _SealedValue("sealedsalt.sealed", salt.pk, salt.sealed, salt.subject, Retention(salt.retention))


def _check_value(keys: KeyService, value: _SealedValue, check: KeyCheck) -> None:
    try:
        unseal(keys, bytes(value.sealed), subject=value.subject, retention=value.retention, place=value.place)
        check.sealed_values += 1
    except Erased:
        check.erased += 1
    except (NotPermitted, NotFound) as error:
        check.problems.append(f"{value.place} of {value.row}: {error.what}")


def _check_index(
    keys: KeyService, column: IndexedColumn, row: Any, versions: KeyVersions, check: KeyCheck
) -> None:
    """Compare both columns of a row with what they must be under one of the versions in use."""
    there = {name: getattr(row, name) for name in (column.column, column.beside)}
    try:
        parts = column.parts(keys, row)
        right = {index_mac(keys, column.purpose, parts, version=version) for version in versions.live}
    except Erased:
        return
    except (NotPermitted, NotFound, Conflict) as error:
        check.problems.append(f"{column.name} of {row.pk}: {error.what}")
        return
    check.indexes += 1
    check.problems += [
        f"{name} of {row.pk} is not the index of what is sealed beside it"
        for name, index in there.items()
        if index is not None and bytes(index) not in right
    ]
