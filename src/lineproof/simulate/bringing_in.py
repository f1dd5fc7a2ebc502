"""The base that a simulated operator had before: brought in from a file, mostly without a verification."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from lineproof.line.request import LineRequest
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.import_lines import ImportSource, LineImport, SourceFormat
from lineproof.simulate.operator import Operator
from lineproof.simulate.passport import Passport
from lineproof.terms import AccessId, HolderId, LineId, Origin

YEAR = timedelta(days=365)
# Of the customers: whose document is on file; of them, who was verified. Of the lines: internet accesses.
_DOCUMENT, _VERIFIED, _FIXED = 0.85, 0.2, 0.15
# How many lines a customer has. The last are more than any pack allows.
_HELD = {1: 0.8, 2: 0.15, 4: 0.04, 12: 0.01}
_COLUMNS = (
    *("msisdn", "iccid", "account", "address", "customer_id", "surname", "given_names", "born_on"),
    *("document_kind", "document_issuer", "document_number", "document_expires_on"),
    *("registered_on", "verified_on", "verified_how"),
)
Row = dict[str, str]


def import_base(op: Operator, wanted: int) -> str:
    """Bring in a base of so many lines, of customers drawn for it."""
    customers: list[tuple[Passport, list[LineRequest]]] = []
    count = 0
    while count < wanted:
        held = min(op.drawn(_HELD), wanted - count)
        kinds = [op.happens(_FIXED) for _ in range(held)]
        requests = [op.world.an_access() if fixed else op.world.a_number() for fixed in kinds]
        customers.append((op.somebody(), requests))
        count += held
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="")
    writer.writeheader()
    for number, (passport, requests) in enumerate(customers, 1):
        writer.writerows(_rows(op, number, passport, requests))
    source = ImportSource(SourceFormat.CSV, io.BytesIO(text.getvalue().encode()))
    importing = LineImport(op.services, source, write=True, now=op.now, batch_rows=200)
    while not (step := importing.step(now=op.now)).finished:
        assert not step.problems, step.problems
    _note(op, {request.name: passport for passport, requests in customers for request in requests})
    return f"{count} lines"


def _rows(op: Operator, number: int, passport: Passport, requests: list[LineRequest]) -> Iterator[Row]:
    row = {
        "customer_id": f"C{number:06d}",
        "surname": passport.surname,
        "given_names": passport.given_names,
        "born_on": passport.born_on.isoformat(),
        "registered_on": (op.now - op.between(YEAR / 12, 8 * YEAR)).date().isoformat(),
    }
    if op.happens(_DOCUMENT):
        row |= {"document_kind": "P", "document_issuer": passport.issuer, "document_number": passport.number}
        row["document_expires_on"] = passport.expires_on.isoformat()
        if op.happens(_VERIFIED):
            row |= {"verified_on": row["registered_on"], "verified_how": "in_person"}
    for request in requests:
        name = request.identifier
        if isinstance(name, AccessId):
            yield row | {"account": name.account, "address": name.address}
        else:
            yield row | {"msisdn": name.text, "iccid": request.detail}


def _note(op: Operator, whose: dict[str, Passport]) -> None:
    rows = models.Custody.objects.filter(until=None, line__origin=Origin.IMPORTED.value)
    for row in rows.select_related("line").order_by("id"):
        request = lines.unseal_line(op.services, row.line, HolderId(row.holder_id))
        op.note_line(LineId(row.line_id), HolderId(row.holder_id), whose[request.name], request)
