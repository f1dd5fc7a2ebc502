"""Personal data at rest: sealed for each subject and retention class.

A value is sealed with AES-256-GCM under the subject's data key, bound to where it lies
(table, subject, column), so a value moved to another row or column does not open. Deleting a data key
erases everything it sealed.
"""

import json
import secrets
from collections.abc import Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from lineproof.errors import Erased, NotFound, NotPermitted
from lineproof.ports import KeyService
from lineproof.registry.key_versions import read_key_versions
from lineproof.registry.models import DataKey, EntryPlace, SealedSalt
from lineproof.registry.models.choices import Retention
from lineproof.registry.sql.keys import read_sealed_salt, read_wrapped
from lineproof.transparency.entry import PARTY_SALT_BYTES

SEAL_VERSION = 1
_NONCE_BYTES = 12

Json = dict[str, str | None]


def seal(keys: KeyService, value: Json, *, subject: UUID, retention: Retention, place: str) -> bytes:
    """Seal a value for a subject; `place` is "table.column". Makes the subject's data key at first use."""
    return _sealed(_data_key(keys, subject, retention, make=True), value, subject, place)


def unseal(keys: KeyService, sealed: bytes, *, subject: UUID, retention: Retention, place: str) -> Json:
    """Open a sealed value; Erased if its key was destroyed, NotPermitted if it lies in the wrong place."""
    return _unsealed(_data_key(keys, subject, retention, make=False), sealed, subject, place)


def party_salt(keys: KeyService, *, subject: UUID, retention: Retention) -> bytes:
    """Give a party's salt for commitments in the log, 32 bytes; makes it at first use."""
    place = "sealedsalt.sealed"
    known = read_sealed_salt(subject, retention)
    if known is not None:
        kept = unseal(keys, known, subject=subject, retention=retention, place=place)
        return bytes.fromhex(kept["salt"] or "")
    salt = secrets.token_bytes(PARTY_SALT_BYTES)
    sealed = seal(keys, {"salt": salt.hex()}, subject=subject, retention=retention, place=place)
    SealedSalt.objects.create(subject=subject, retention=retention.value, sealed=sealed)
    return salt


class Sealer:
    """Seals for many subjects in one transaction: reads their data keys at once, writes new ones at once.

    Make it in the transaction that writes what it seals, and call `save` before that ends.
    """

    def __init__(self, keys: KeyService) -> None:
        """Begin with no subject."""
        self._keys = keys
        self._version = read_key_versions().wrapping
        self._known: set[UUID] = set()
        self._wrapped: dict[tuple[UUID, str], DataKey] = {}
        self._opened: dict[tuple[UUID, str], bytes] = {}
        self._salts: dict[tuple[UUID, str], bytes] = {}
        self._sealed_salts: dict[tuple[UUID, str], bytes] = {}
        self._new_keys: list[DataKey] = []
        self._new_salts: list[SealedSalt] = []

    def know(self, subjects: Iterable[UUID], *, new: bool = False) -> None:
        """Read what there is of subjects. new: there is nothing, since they are made in this transaction."""
        unknown = set(subjects) - self._known
        self._known |= unknown
        if new or not unknown:
            return
        for key in DataKey.objects.filter(subject__in=unknown):
            self._wrapped[key.subject, key.retention] = key
        for salt in SealedSalt.objects.filter(subject__in=unknown, commitment=None):
            self._sealed_salts[salt.subject, salt.retention] = bytes(salt.sealed)

    def seal(self, value: Json, *, subject: UUID, retention: Retention, place: str) -> bytes:
        """Seal a value as the function `seal` does."""
        return _sealed(self._data_key(subject, retention, make=True), value, subject, place)

    def unseal(self, sealed: bytes, *, subject: UUID, retention: Retention, place: str) -> Json:
        """Open a value as the function `unseal` does."""
        return _unsealed(self._data_key(subject, retention, make=False), sealed, subject, place)

    def party_salt(self, *, subject: UUID, retention: Retention) -> bytes:
        """Give a party's salt as the function `party_salt` does."""
        at, place = (subject, retention.value), "sealedsalt.sealed"
        if at not in self._salts:
            self.know([subject])
            kept = self._sealed_salts.get(at)
            if kept is not None:
                value = self.unseal(kept, subject=subject, retention=retention, place=place)
                self._salts[at] = bytes.fromhex(value["salt"] or "")
            else:
                salt = self._salts[at] = secrets.token_bytes(PARTY_SALT_BYTES)
                sealed = self.seal({"salt": salt.hex()}, subject=subject, retention=retention, place=place)
                self._new_salts.append(SealedSalt(subject=subject, retention=retention.value, sealed=sealed))
        return self._salts[at]

    def save(self) -> None:
        """Write the keys and salts that were made since the last time."""
        DataKey.objects.bulk_create(self._new_keys)
        SealedSalt.objects.bulk_create(self._new_salts)
        self._new_keys, self._new_salts = [], []

    def _data_key(self, subject: UUID, retention: Retention, *, make: bool) -> bytes:
        at = (subject, retention.value)
        if at not in self._opened:
            self.know([subject])
            row = self._wrapped.get(at)
            if row is not None:
                context = data_key_context(subject, retention)
                self._opened[at] = self._keys.unwrap(
                    bytes(row.wrapped), context=context, version=row.wrapping_version
                )
            elif make:
                self._opened[at] = self._make(subject, retention)
            else:
                raise _erased()
        return self._opened[at]

    def _make(self, subject: UUID, retention: Retention) -> bytes:
        key, row = _new_data_key(self._keys, subject, retention, self._version)
        self._new_keys.append(row)
        return key


def destroy(subject: UUID, retention: Retention) -> None:
    """Destroy a subject's data key of one class, and all it sealed; its salts and places in the log go too.

    Call `forget_residue` after the transaction: until then the old page lies in the write-ahead log.
    """
    DataKey.objects.filter(subject=subject, retention=retention.value).delete()
    SealedSalt.objects.filter(subject=subject, retention=retention.value).delete()
    EntryPlace.objects.filter(subject=subject, retention=retention.value).delete()


def forget_residue() -> bool:
    """Write the write-ahead log back and empty it, so that a destroyed key is in no file any more.

    Outside a transaction, and on SQLite only. False when a reader at the same moment kept it from being done;
    the next call does it.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
    return not busy


def data_key_context(subject: UUID, retention: Retention) -> str:
    """Say what a data key is wrapped for; it unwraps for nothing else."""
    return f"data key|{subject}|{retention.value}"


def _data_key(keys: KeyService, subject: UUID, retention: Retention, *, make: bool) -> bytes:
    context = data_key_context(subject, retention)
    row = read_wrapped(subject, retention)
    while row is not None:
        wrapped, version = row
        try:
            return keys.unwrap(wrapped, context=context, version=version)
        except NotFound:
            # A rotation may have wrapped it anew, and retired the key before, since it was read.
            row = read_wrapped(subject, retention)
            if row is not None and row[1] == version:
                raise
    if not make:
        raise _erased()
    key, new = _new_data_key(keys, subject, retention, read_key_versions().wrapping)
    new.save(force_insert=True)
    return key


def _new_data_key(
    keys: KeyService, subject: UUID, retention: Retention, version: int
) -> tuple[bytes, DataKey]:
    """Draw a data key, and give it with its row, which is not written yet."""
    key, context = secrets.token_bytes(32), data_key_context(subject, retention)
    wrapped = keys.wrap(key, context=context, version=version)
    return key, DataKey(subject=subject, retention=retention.value, wrapped=wrapped, wrapping_version=version)


def _sealed(key: bytes, value: Json, subject: UUID, place: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound_to(subject, place))


def _unsealed(key: bytes, sealed: bytes, subject: UUID, place: str) -> Json:
    try:
        plain = AESGCM(key).decrypt(
            bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:]), _bound_to(subject, place)
        )
    except (InvalidTag, ValueError) as error:
        raise NotPermitted(f"A sealed value of {place} does not open where it lies.") from error
    value: Json = json.loads(plain)
    return value


def _erased() -> Erased:
    return Erased("The data was erased.", remedy="Its key was destroyed; it cannot be brought back.")


def _bound_to(subject: UUID, place: str) -> bytes:
    return f"{place}|{subject}|{SEAL_VERSION}".encode()
