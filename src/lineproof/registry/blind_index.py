"""Blind indexes: how the record finds a document, a number or a likeness that it holds only sealed.

An index is HMAC-SHA-256 under a key of its own purpose and version, which never leaves the vault. While keys
are rotated a row has the index under both versions, in two columns, and a lookup asks for both in both: at
no moment does it miss.
"""

from dataclasses import dataclass
from enum import Enum

from django.db.models import Q

from lineproof.ports import KeyService
from lineproof.registry.key_versions import KeyVersions, read_key_versions


class IndexPurpose(Enum):
    """What an index finds. Each has keys of its own, so that none tells of another."""

    DOCUMENT = "document index"
    PERSONAL_NUMBER = "personal number index"
    LIKENESS = "likeness index"
    LINE = "line index"
    ORGANISATION = "organisation index"


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """The index of one thing under every version in use. macs: by version, 32 bytes each."""

    macs: tuple[tuple[int, bytes], ...]
    versions: KeyVersions

    def matches(self, column: str) -> Q:
        """Give the condition that a row is of this thing. column: its first column, as a query names it."""
        macs = [mac for _, mac in self.macs]
        return Q(**{f"{column}__in": macs}) | Q(**{f"{column}_next__in": macs})

    def columns(self, column: str) -> dict[str, bytes | None]:
        """Give what a new row has in its two columns."""
        by_version = dict(self.macs)
        first, second = self.versions.written
        return {column: by_version[first], f"{column}_next": None if second is None else by_version[second]}


def blind_index(
    keys: KeyService, purpose: IndexPurpose, *parts: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the index of a thing, of which the parts are all there is to say.

    versions: as they were read in this very transaction, where many indexes are wanted in it.
    """
    versions = versions or read_key_versions()
    macs = tuple((version, index_mac(keys, purpose, parts, version=version)) for version in versions.live)
    return BlindIndex(macs, versions)


def index_mac(keys: KeyService, purpose: IndexPurpose, parts: tuple[str, ...], *, version: int) -> bytes:
    """Give the index under one version: 32 bytes. No two lists of parts are joined to the same bytes."""
    joined = b"".join(len(part.encode()).to_bytes(2, "big") + part.encode() for part in parts)
    return keys.mac(joined, purpose=f"{purpose.value} v{version}", version=version)


def document_index(
    keys: KeyService, *, issuer: str, kind: str, number: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the blind index of a document."""
    return blind_index(keys, IndexPurpose.DOCUMENT, issuer, kind, number, versions=versions)


def personal_number_index(
    keys: KeyService, *, issuer: str, personal_number: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the blind index of a personal number that its issuer gives to one person for life."""
    return blind_index(keys, IndexPurpose.PERSONAL_NUMBER, issuer, personal_number, versions=versions)


def likeness_index(
    keys: KeyService, *, full_name: str, born_on: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the index under which two holders of equal name and birth are shown to a person."""
    return blind_index(keys, IndexPurpose.LIKENESS, full_name, born_on, versions=versions)


def organisation_index(
    keys: KeyService, *, register: str, number: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the blind index of an organisation, of its place in a register."""
    return blind_index(keys, IndexPurpose.ORGANISATION, register, number, versions=versions)


def line_index(
    keys: KeyService, *, kind: str, identifier: str, versions: KeyVersions | None = None
) -> BlindIndex:
    """Give the blind index of a number or an account."""
    return blind_index(keys, IndexPurpose.LINE, kind, identifier, versions=versions)
