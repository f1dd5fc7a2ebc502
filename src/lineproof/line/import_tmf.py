"""A base as TM Forum has it: products of TMF637 v5, held by individuals of TMF632 v5.

A product names its holder as a related party: by value, or by reference into a file of parties. Each file has
one JSON object in a line, or is one array, which must be small, because it is held as a whole. Of the parties
only where each one begins is held.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO

from lineproof.errors import Malformed
from lineproof.line.import_rows import MOST_LINE_BYTES, read_lines
from lineproof.line.imported import ImportedRecord, ProblemKind, RowProblem, Unusable, record_of

MOST_ARRAY_BYTES = 8 << 20
_SPACE = b" \t\r\n\xef\xbb\xbf"
# Whose role says that they hold the line, the surest first.
HOLDING_ROLES = ("holder", "owner", "customer", "subscriber")
# Characteristics of a product, and the field of a row that each one is.
CHARACTERISTICS = {
    "msisdn": "msisdn",
    "iccid": "iccid",
    "account": "account",
    "address": "address",
    "verifiedon": "verified_on",
    "verifiedhow": "verified_how",
}
# Types of an identification, and the document code that each one stands for; a code stands for itself.
DOCUMENT_TYPES = {"passport": "P", "identitycard": "I", "nationalidentitycard": "I"}
PERSONAL_NUMBER_TYPE = "personalnumber"
_SEXES = {"female": "F", "male": "M", "f": "F", "m": "M", "x": "X"}

Object = Mapping[str, Any]


class Parties:
    """The individuals and organisations of a file, found by their id."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read a file once, and note where each party begins.

        Lines that are no party with an id are passed over: a product that refers to them says so.
        """
        self._stream = stream
        self._held: dict[str, Object] = {}
        self._begins: dict[str, int] = {}
        if _is_array(stream):
            for _, item in _array(stream):
                if isinstance(item, dict) and isinstance(item.get("id"), str):
                    self._held.setdefault(item["id"], item)
        else:
            self._note_places()

    def _note_places(self) -> None:
        self._stream.seek(0)
        begins, whole = 0, True
        while line := self._stream.readline(MOST_LINE_BYTES):
            ends = line.endswith(b"\n") or len(line) < MOST_LINE_BYTES
            item = _object(line.decode("utf-8-sig", "replace")) if whole and ends else None
            if item is not None and isinstance(item.get("id"), str):
                self._begins.setdefault(item["id"], begins)
            begins, whole = begins + len(line), ends

    def find(self, party: str) -> Object | None:
        """Find a party by its id; of several the first."""
        if party in self._begins:
            self._stream.seek(self._begins[party])
            return _object(self._stream.readline(MOST_LINE_BYTES).decode("utf-8-sig", "replace"))
        return self._held.get(party)


def parse_tmf(
    products: BinaryIO, parties: BinaryIO | None = None, *, today: date
) -> Iterator[ImportedRecord | RowProblem]:
    """Read a base product by product: of each, the record, or why it is not entered.

    Raises Malformed for an array that is too long to be held, or is none.
    """
    known = None if parties is None else Parties(parties)
    for row, item in _array(products) if _is_array(products) else _lines(products):
        if isinstance(item, ProblemKind):
            yield RowProblem(row, item)
            continue
        try:
            if not isinstance(item, dict):
                raise Unusable(ProblemKind.ROW_BROKEN)  # noqa: TRY301 -- one way for every problem
            yield record_of(_fields(item, known), row=row, today=today)
        except Unusable as problem:
            yield RowProblem(row, problem.kind)


def _fields(product: Object, parties: Parties | None) -> dict[str, str]:
    """Give the fields of a row that a product and its holder have."""
    if _text(product, "status").lower() != "active":
        raise Unusable(ProblemKind.NOT_ACTIVE)
    party_id, party = _holder_of(product, parties)
    fields = {
        "customer_id": party_id,
        "registered_on": _day(_text(product, "startDate")),
        "given_names": _text(party, "givenName"),
        "surname": _text(party, "familyName"),
        "born_on": _day(_text(party, "birthDate")),
        "sex": _SEXES.get(_text(party, "gender").lower(), ""),
        "nationality": _code(_text(party, "nationality")),
        **_document_of(party),
    }
    for each in _list(product, "productCharacteristic"):
        name = CHARACTERISTICS.get(_text(each, "name").lower())
        if name is not None:
            fields[name] = _text(each, "value")
    return fields


def _holder_of(product: Object, parties: Parties | None) -> tuple[str, Object]:
    related = _list(product, "relatedParty")
    roles = [_text(each, "role").lower() for each in related]
    chosen = [each for role in HOLDING_ROLES for each, has in zip(related, roles, strict=True) if has == role]
    if not chosen and len(related) != 1:
        raise Unusable(ProblemKind.PARTY_MISSING)
    one = (chosen or related)[0]
    # Version 4 has no partyOrPartyRole: the reference is the related party itself.
    party = one.get("partyOrPartyRole", one)
    if not isinstance(party, dict):
        raise Unusable(ProblemKind.PARTY_MISSING)
    party_id = _text(party, "id")
    if "familyName" not in party and "givenName" not in party:
        # A tuple: what is written there may be anything, also what no set can hold.
        if "Organization" in (party.get("@type"), party.get("@referredType")):
            raise Unusable(ProblemKind.PARTY_NO_PERSON)
        found = None if parties is None or not party_id else parties.find(party_id)
        if found is None:
            raise Unusable(ProblemKind.PARTY_MISSING)
        party = found
    if party.get("@type") == "Organization":
        raise Unusable(ProblemKind.PARTY_NO_PERSON)
    return party_id, party


def _document_of(party: Object) -> dict[str, str]:
    """Give the first identification that is a document of a known type, and the personal number."""
    fields: dict[str, str] = {}
    for each in _list(party, "individualIdentification"):
        called = re.sub(r"[^a-z<]", "", _text(each, "identificationType").lower())
        kind = DOCUMENT_TYPES.get(called, called.upper() if len(called) in (1, 2) else "")
        if called == PERSONAL_NUMBER_TYPE:
            fields.setdefault("personal_number", _text(each, "identificationId"))
        elif kind and "document_kind" not in fields:
            valid = each.get("validFor", {})
            fields["document_kind"] = kind
            fields["document_issuer"] = _text(each, "issuingAuthority")
            fields["document_number"] = _text(each, "identificationId")
            if isinstance(valid, dict):
                fields["document_expires_on"] = _day(_text(valid, "endDateTime"))
    return fields


def _text(item: Object, name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(ProblemKind.TEXT_UNUSABLE)
    return value


def _list(item: Object, name: str) -> list[Object]:
    value = item.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unusable(ProblemKind.TEXT_UNUSABLE)
    return value


def _day(text: str) -> str:
    """Give the day of a date-time (RFC 3339), as it is written; anything else as it is."""
    return text[:10] if text[10:11] in {"T", "t"} else text


def _code(text: str) -> str:
    """Give a nationality where it is a code; TMF632 lets it be any word, which is left out."""
    return text if re.fullmatch(r"[A-Z]{1,3}", text) else ""


def _is_array(stream: BinaryIO) -> bool:
    stream.seek(0)
    begins = stream.read(4096).lstrip(_SPACE)
    stream.seek(0)
    return begins.startswith(b"[")


def _array(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    stream.seek(0)
    content = stream.read(MOST_ARRAY_BYTES + 1)
    if len(content) > MOST_ARRAY_BYTES:
        raise Malformed(
            f"The array is longer than {MOST_ARRAY_BYTES >> 20} MiB.",
            remedy="Write one object in a line instead, without brackets and commas between them.",
        )
    try:
        items = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Malformed("The file is not one JSON array.", remedy="Look at its last lines.") from None
    return enumerate(items, 1)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    for number, line in read_lines(stream):
        if line is None:
            yield number, ProblemKind.ROW_TOO_LONG
        elif line.strip():
            yield number, _object(line)


def _object(line: str) -> Object | None:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, dict) else None
