"""Rows of an existing base, right unless said otherwise, as CSV and as TM Forum has them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from lineproof.line.imported import FIELDS

TODAY = date(2026, 7, 1)
# Alice's mobile line, and her passport (tests/fakes/specimens.py).
ROW: Mapping[str, str] = {
    "msisdn": "+999555001001",
    "iccid": "89999009995550010010",
    "customer_id": "C1",
    "surname": "Abelard",
    "given_names": "Alice",
    "born_on": "1990-08-12",
    "sex": "F",
    "nationality": "UTO",
    "document_kind": "P",
    "document_issuer": "UTO",
    "document_number": "A10010001",
    "document_expires_on": "2034-03-14",
    "registered_on": "2019-05-04",
    "verified_on": "2019-05-03",
    "verified_how": "in_person",
}
BOS: Mapping[str, str] = {
    **dict.fromkeys(ROW, ""),
    "account": "bo.brannoch",
    "address": "12 Quay Street, Port Utopia",
    "surname": "Brannoch",
    "given_names": "Bo",
}


def a_row(**instead: str) -> dict[str, str]:
    """Give the row, with other values."""
    return {**ROW, **instead}


def a_number(place: int) -> dict[str, str]:
    """Give another number, and a SIM for it."""
    from lineproof.terms import luhn_digit

    body = f"89999{place:014d}"
    return {"msisdn": f"+9995550{place:05d}", "iccid": body + luhn_digit(body)}


def as_csv(rows: Iterable[Mapping[str, str]], *, columns: Iterable[str] = FIELDS) -> bytes:
    """Write rows as CSV, with every column unless told."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(columns), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def an_individual(row: Mapping[str, str] = ROW, **instead: Any) -> dict[str, Any]:
    """Give the TMF632 individual of a row."""
    document = {
        "@type": "IndividualIdentification",
        "identificationType": "passport",
        "identificationId": row["document_number"],
        "issuingAuthority": row["document_issuer"],
        "validFor": {"endDateTime": f"{row['document_expires_on']}T00:00:00Z"},
    }
    return {
        "@type": "Individual",
        "id": row["customer_id"],
        "givenName": row["given_names"],
        "familyName": row["surname"],
        "birthDate": f"{row['born_on']}T00:00:00Z",
        "gender": "female",
        "nationality": row["nationality"],
        "individualIdentification": [document],
        **instead,
    }


def a_product(row: Mapping[str, str] = ROW, *, party: object = None, **instead: Any) -> dict[str, Any]:
    """Give the TMF637 product of a row, whose holder is referred to unless given by value."""
    reference = {"@type": "PartyRef", "@referredType": "Individual", "id": row["customer_id"]}
    names = {
        "MSISDN": row["msisdn"],
        "ICCID": row["iccid"],
        "verifiedOn": row["verified_on"],
        "verifiedHow": row["verified_how"],
    }
    return {
        "@type": "Product",
        "id": "product-1",
        "status": "active",
        "startDate": f"{row['registered_on']}T08:00:00Z",
        "relatedParty": [
            {"@type": "RelatedPartyOrPartyRole", "role": "owner", "partyOrPartyRole": party or reference}
        ],
        "productCharacteristic": [
            {"@type": "StringCharacteristic", "name": name, "value": value} for name, value in names.items()
        ],
        **instead,
    }


def as_json_lines(items: Iterable[object]) -> bytes:
    """Write objects one in a line."""
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)
