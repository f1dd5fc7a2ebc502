"""Read wrapped keys, salts and the versions of keys: what every procedure asks for several times.

By SQL, because composing such a question takes the framework some twenty times as long as the database
takes to answer it. Nothing is kept between two questions: a key that was destroyed meanwhile is gone.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from lineproof.registry.models.choices import Retention

_DATA_KEY = "SELECT wrapped, wrapping_version FROM registry_datakey WHERE subject = %s AND retention = %s"
_SALT = """
SELECT sealed FROM registry_sealedsalt WHERE subject = %s AND retention = %s AND commitment IS NULL
"""
_ROTATION = "SELECT version, next_version, stage FROM registry_keyrotation"


def read_wrapped(subject: UUID, retention: Retention) -> tuple[bytes, int] | None:
    """Read a subject's data key of a class: wrapped, and by which version of the vault's key."""
    row = _first(_DATA_KEY, _of(subject), retention.value)
    return None if row is None else (bytes(row[0]), row[1])


def read_sealed_salt(subject: UUID, retention: Retention) -> bytes | None:
    """Read a party's salt for commitments, sealed."""
    row = _first(_SALT, _of(subject), retention.value)
    return None if row is None else bytes(row[0])


def read_rotation() -> tuple[int, int | None, str] | None:
    """Read the versions in use, and the stage of a rotation; None where there never was one."""
    row = _first(_ROTATION)
    return None if row is None else (row[0], row[1], row[2])


def _of(subject: UUID) -> UUID | str:
    """Write an id as the database holds it."""
    return subject if connection.features.has_native_uuid_field else subject.hex


def _first(statement: str, *values: UUID | str) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
