"""Rotate the vault's wrapping and index keys while the record is in use, stopped and resumed at any point.

1. make the keys of the next version in the vault; from here on the record knows that it goes there
2. filling:    compute every blind index anew in the column beside; new rows get both
3. switching:  put the new index in the place of the old one, and leave it beside as well
4. clearing:   empty the column beside; at the end the next version becomes the one in use
5. rewrapping: wrap every data key with the new key
6. retire the versions before in the vault

A batch is one transaction, and moves the cursor in it. A stage ends only when no row is left for it, whatever
the cursor says. (2) before (3): until every row has the new index, each is found by the old one. (3) before
(4): at any two moments one column has the same version, and refuses a second line of one number
(registry/key_versions.py). (5) before (6): what an old key wraps opens until nothing is wrapped by it.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, assert_never

from django.db import transaction
from django.db.models import F, QuerySet

from lineproof.errors import Erased
from lineproof.ports import KeyService
from lineproof.registry.indexed import INDEXED, IndexedColumn
from lineproof.registry.key_versions import FIRST_VERSION
from lineproof.registry.models import DataKey, KeyRotation
from lineproof.registry.models.choices import Retention, RotationStage
from lineproof.registry.personal import data_key_context, forget_residue

BATCH_ROWS = 200
_INDEX_BYTES = 32


@dataclass(frozen=True, slots=True)
class RotationStep:
    """One batch, committed. version: that the rotation goes to. rows: how many it changed."""

    stage: RotationStage
    version: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Work:
    """What a stage does to one table: the rows that are left to do, and what is done to one."""

    name: str
    left: QuerySet[Any]
    change: Callable[[Any], object]


def rotate_keys(keys: KeyService, *, batch_rows: int = BATCH_ROWS) -> Iterator[RotationStep]:
    """Rotate to the next version, or go on with a rotation that was stopped; give each batch when it is done.

    Leave the iterator anywhere, or be killed: the record works, and the next call goes on. Two at once do no
    harm. Raises Conflict when an index cannot be computed anew, NotPermitted when a sealed value does not
    open: nothing was lost; mend it, and go on.
    """
    _begin(keys)  # 1
    while True:
        with transaction.atomic():
            rotation = KeyRotation.objects.select_for_update().get()
            if rotation.stage == RotationStage.STEADY.value:
                break
            step = _step(keys, rotation, batch_rows)
            rotation.save(force_update=True)
        yield step
        if step.stage is RotationStage.REWRAPPING and step.rows == 0:
            _retire(keys, step.version)  # 6
    forget_residue()


def _begin(keys: KeyService) -> None:
    """Begin a rotation, unless one is on."""
    found = KeyRotation.objects.first()
    if found is not None and found.stage != RotationStage.STEADY.value:
        return
    version = FIRST_VERSION if found is None else found.version
    keys.make_version(version + 1)
    with transaction.atomic():
        row, _ = KeyRotation.objects.select_for_update().get_or_create(
            id=1, defaults={"version": version, "stage": RotationStage.STEADY.value}
        )
        if row.stage == RotationStage.STEADY.value and row.version == version:
            row.next_version, row.stage, row.cursor = version + 1, RotationStage.FILLING.value, ""
            row.save(force_update=True)


def _step(keys: KeyService, rotation: KeyRotation, batch_rows: int) -> RotationStep:
    """Do one batch of the stage or, when no row is left for it, go to the next stage."""
    stage, target = RotationStage(rotation.stage), rotation.next_version or rotation.version
    match stage:
        case RotationStage.FILLING:  # 2
            works = [_filling(keys, column, target) for column in INDEXED]
        case RotationStage.SWITCHING:  # 3
            works = [_switching(column, target) for column in INDEXED]
        case RotationStage.CLEARING:  # 4
            works = [_clearing(column) for column in INDEXED]
        case RotationStage.REWRAPPING:  # 5
            works = [_rewrapping(keys, target)]
        case RotationStage.STEADY:
            works = []
        case _ as never:
            assert_never(never)
    rows = _do_batch(rotation, works, batch_rows)
    if rows == 0:
        _enter_next_stage(rotation)
    return RotationStep(stage, target, rows)


def _do_batch(rotation: KeyRotation, works: list[_Work], batch_rows: int) -> int:
    """Do the first rows that are left after the cursor; when there is none, the first anywhere."""
    name, _, last = rotation.cursor.partition("|")
    places = [work.name for work in works]
    start = places.index(name) if name in places else 0
    after_cursor = [
        (work, work.left.filter(pk__gt=last) if work.name == name else work.left) for work in works[start:]
    ]
    for work, left in [*after_cursor, *((work, work.left) for work in works)]:
        rows = list(left.order_by("pk")[:batch_rows])
        if rows:
            for row in rows:
                work.change(row)
            rotation.cursor = f"{work.name}|{rows[-1].pk}"
            return len(rows)
    return 0


def _filling(keys: KeyService, column: IndexedColumn, target: int) -> _Work:
    def fill(row: Any) -> None:
        try:
            index = column.compute(keys, row, version=target)
        except Erased:
            # Nobody can look for what was erased: its index ends with the keys it was computed under.
            index = secrets.token_bytes(_INDEX_BYTES)
        column.rows.filter(pk=row.pk).update(**{column.beside: index})

    return _Work(column.name, _unfilled(column), fill)


def _unfilled(column: IndexedColumn) -> QuerySet[Any]:
    return column.rows.filter(**{f"{column.column}__isnull": False, f"{column.beside}__isnull": True})


def _switching(column: IndexedColumn, target: int) -> _Work:
    versions = {"key_version": target} if column.column == "blind_index" else {}

    def switch(row: Any) -> None:
        column.rows.filter(pk=row.pk).update(**{column.column: F(column.beside)}, **versions)

    left = column.rows.filter(**{f"{column.beside}__isnull": False})
    return _Work(column.name, left.exclude(**{column.column: F(column.beside)}), switch)


def _clearing(column: IndexedColumn) -> _Work:
    def clear(row: Any) -> None:
        column.rows.filter(pk=row.pk).update(**{column.beside: None})

    return _Work(column.name, column.rows.filter(**{f"{column.beside}__isnull": False}), clear)


def _rewrapping(keys: KeyService, target: int) -> _Work:
    def rewrap(row: DataKey) -> None:
        context = data_key_context(row.subject, Retention(row.retention))
        key = keys.unwrap(bytes(row.wrapped), context=context, version=row.wrapping_version)
        # An update, not a save: a data key that was destroyed meanwhile must not come back.
        DataKey.objects.filter(pk=row.pk).update(
            wrapped=keys.wrap(key, context=context, version=target), wrapping_version=target
        )

    return _Work("datakey", DataKey.objects.exclude(wrapping_version=target), rewrap)


def _enter_next_stage(rotation: KeyRotation) -> None:
    """Go to the next stage; back to filling if a row came without its new index after all."""
    rotation.cursor = ""
    match RotationStage(rotation.stage):
        case RotationStage.FILLING:
            rotation.stage = RotationStage.SWITCHING.value
        case RotationStage.SWITCHING:
            late = any(_unfilled(column).exists() for column in INDEXED)
            rotation.stage = (RotationStage.FILLING if late else RotationStage.CLEARING).value
        case RotationStage.CLEARING:
            rotation.version = rotation.next_version or rotation.version
            rotation.next_version, rotation.stage = None, RotationStage.REWRAPPING.value
        case RotationStage.REWRAPPING | RotationStage.STEADY:
            pass  # It ends when the old versions are retired.
        case _ as never:
            assert_never(never)


def _retire(keys: KeyService, version: int) -> None:
    """Retire every version before this one in the vault, then end the rotation."""
    for old in keys.versions():
        if old < version:
            keys.retire_version(old)
    KeyRotation.objects.filter(version=version, stage=RotationStage.REWRAPPING.value).update(
        stage=RotationStage.STEADY.value, cursor=""
    )
