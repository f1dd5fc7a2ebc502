"""What an operator's existing base says of one line, and what can be wrong with what it says.

A row says whose a line is, as the operator has it on file. It is a claim, kept as one: nobody is verified by
it. A row that cannot be entered has one problem, which names no value of the row.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType

from lineproof.errors import Malformed
from lineproof.line.request import LineRequest
from lineproof.terms import AccessId, Iccid, Msisdn

MOST_NAME_BYTES = 150
MOST_CELL_CHARACTERS = 200
_OLDEST_BIRTH = date(1880, 1, 1)


class ProblemKind(Enum):
    """Why a row is not entered."""

    ROW_BROKEN = "row_broken"
    ROW_TOO_LONG = "row_too_long"
    CELLS_DIFFER = "cells_differ"
    TEXT_UNUSABLE = "text_unusable"
    LINE_MISSING = "line_missing"
    NUMBER_WRONG = "number_wrong"
    SIM_WRONG = "sim_wrong"
    ACCESS_WRONG = "access_wrong"
    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"
    BIRTH_WRONG = "birth_wrong"
    SEX_WRONG = "sex_wrong"
    NATIONALITY_WRONG = "nationality_wrong"
    DOCUMENT_INCOMPLETE = "document_incomplete"
    DOCUMENT_WRONG = "document_wrong"
    EXPIRY_WRONG = "expiry_wrong"
    PERSONAL_NUMBER_WRONG = "personal_number_wrong"
    REGISTRATION_DATE_WRONG = "registration_date_wrong"
    VERIFICATION_DATE_WRONG = "verification_date_wrong"
    VERIFICATION_WAY_WRONG = "verification_way_wrong"
    NOT_ACTIVE = "not_active"
    PARTY_MISSING = "party_missing"
    PARTY_NO_PERSON = "party_no_person"
    CUSTOMER_DIFFERS = "customer_differs"
    ALREADY_REGISTERED = "already_registered"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What is wrong with a row, and what to do about it."""

    says: str
    remedy: str


_DATE = "Write it as year, month and day: 1990-08-12."
PROBLEMS: Mapping[ProblemKind, ProblemText] = MappingProxyType(
    {
        ProblemKind.ROW_BROKEN: ProblemText(
            "The row is not a row of CSV, or not one JSON object.",
            "Close every quote, and double those within quotes (RFC 4180); write one JSON object in a line.",
        ),
        ProblemKind.ROW_TOO_LONG: ProblemText(
            "The row is longer than any row can be.", "Look whether a quote or a line end is missing."
        ),
        ProblemKind.CELLS_DIFFER: ProblemText(
            "The row has more or fewer cells than the first row has names.",
            "Quote cells that have commas in them.",
        ),
        ProblemKind.TEXT_UNUSABLE: ProblemText(
            "A value is too long, is no text, or has characters that cannot be printed.",
            f"Use at most {MOST_CELL_CHARACTERS} printable characters.",
        ),
        ProblemKind.LINE_MISSING: ProblemText(
            "The row names no line, or two.", "Give a mobile number, or an internet account; not both."
        ),
        ProblemKind.NUMBER_WRONG: ProblemText(
            "The mobile number is not in international form.",
            "Write it as +, country code and number, for example +999555001001.",
        ),
        ProblemKind.SIM_WRONG: ProblemText(
            "A mobile line has no SIM card's number, or a wrong one; or an internet access has one.",
            "Give all 19 or 20 digits printed on the card, with the check digit.",
        ),
        ProblemKind.ACCESS_WRONG: ProblemText(
            "The internet account or its address is not one.",
            "Give an account of 3 to 64 letters, digits and ._@- and an address of 5 to 200 characters.",
        ),
        ProblemKind.NAME_MISSING: ProblemText("The row names nobody.", "Give a surname or given names."),
        ProblemKind.NAME_TOO_LONG: ProblemText(
            "The name is too long to be kept.", "Shorten it as the document does."
        ),
        ProblemKind.BIRTH_WRONG: ProblemText("The date of birth cannot be one.", _DATE),
        ProblemKind.SEX_WRONG: ProblemText("The sex is none that documents have.", "Write F, M or X."),
        ProblemKind.NATIONALITY_WRONG: ProblemText(
            "The nationality is not a code.", "Write the code of ICAO Doc 9303-3, section 5."
        ),
        ProblemKind.DOCUMENT_INCOMPLETE: ProblemText(
            "A document without its kind, its issuer or its number cannot be found again.",
            "Give all three, or none of the document.",
        ),
        ProblemKind.DOCUMENT_WRONG: ProblemText(
            "The kind, issuer or number of the document is not as its machine readable zone has it.",
            "Write the zone's document code, the issuer's code, and the number without spaces.",
        ),
        ProblemKind.EXPIRY_WRONG: ProblemText("The document's date of expiry cannot be one.", _DATE),
        ProblemKind.PERSONAL_NUMBER_WRONG: ProblemText(
            "The personal number is none, or there is one without a document.",
            "Use at most 22 letters and digits, and give the document that carries it.",
        ),
        ProblemKind.REGISTRATION_DATE_WRONG: ProblemText(
            "The date of registration cannot be one, or is to come.", _DATE
        ),
        ProblemKind.VERIFICATION_DATE_WRONG: ProblemText(
            "The date of verification cannot be one, or is to come.", _DATE
        ),
        ProblemKind.VERIFICATION_WAY_WRONG: ProblemText(
            "How the identity was verified is none of the known ways, or is said without a date.",
            "Write in_person, remote or register, and when; or leave both empty.",
        ),
        ProblemKind.NOT_ACTIVE: ProblemText(
            "The line is not switched on.", "Only lines that are on are brought in. Leave the others out."
        ),
        ProblemKind.PARTY_MISSING: ProblemText(
            "Who holds the line cannot be found.",
            "Give one related party, or one with the role holder, owner, customer or subscriber; if it is "
            "only referred to, it must be in the file of parties.",
        ),
        ProblemKind.PARTY_NO_PERSON: ProblemText(
            "The line is an organisation's.",
            "Have it registered for the organisation, before an agent, by its signatory.",
        ),
        ProblemKind.CUSTOMER_DIFFERS: ProblemText(
            "An earlier row has another date of birth for the same customer.",
            "Find out whose the line is. A customer's number must be one person's.",
        ),
        ProblemKind.ALREADY_REGISTERED: ProblemText(
            "That number or account is registered already, here or in an earlier row.",
            "Nothing, if it is the same line; else find out whose it is.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row is not entered. row: the line of the file where it begins, or its place in an array."""

    row: int
    kind: ProblemKind


class ClaimedWay(Enum):
    """How the base says that somebody's identity was verified. REGISTER: against a state's register."""

    IN_PERSON = "in_person"
    REMOTE = "remote"
    REGISTER = "register"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True)
class ClaimedVerification:
    """That the base says a holder was verified. It is on record as said, and verifies nobody."""

    on: date
    way: ClaimedWay


@dataclass(frozen=True, slots=True)
class ClaimedDocument:
    """The document that the base has on file, as its machine readable zone spells it."""

    kind: str
    issuer: str
    number: str
    expires_on: date | None
    personal_number: str


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """One row that can be entered. customer: the operator's own number of its holder, or ""."""

    row: int
    request: LineRequest
    customer: str
    given_names: str
    surname: str
    born_on: date | None
    sex: str
    nationality: str
    document: ClaimedDocument | None
    registered_on: date | None
    verified: ClaimedVerification | None

    @property
    def full_name(self) -> str:
        """Give the names in reading order, as the base has them."""
        return f"{self.given_names} {self.surname}".strip()


# What a row may have, and what it is. Of msisdn and account a file needs one.
FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "msisdn": "mobile number, as + country code and number",
        "iccid": "number of its SIM card, 19 or 20 digits",
        "account": "internet account, of a line that is no mobile one",
        "address": "where that access is installed",
        "customer_id": "the operator's number of the holder; rows with the same are one holder's",
        "surname": "surname of the holder",
        "given_names": "given names",
        "born_on": "date of birth",
        "sex": "F, M or X",
        "nationality": "code of ICAO Doc 9303-3, section 5",
        "document_kind": "document code of the machine readable zone, such as P",
        "document_issuer": "code of the issuing state, such as UTO",
        "document_number": "number of the document, as the zone has it",
        "document_expires_on": "until when it is valid",
        "personal_number": "personal number that the document carries",
        "registered_on": "since when the line is the holder's; without it, since it was brought in",
        "verified_on": "when the holder's identity was verified, if it was",
        "verified_how": "how: in_person, remote or register",
    }
)


class Unusable(Exception):
    """A row has a problem; within the parsers alone."""

    def __init__(self, kind: ProblemKind) -> None:
        super().__init__(kind.value)
        self.kind = kind


def record_of(fields: Mapping[str, str], *, row: int, today: date) -> ImportedRecord:
    """Make a record of a row's values, by the names of FIELDS; absent ones are empty.

    today: what is said to have happened after it did not. Raises Unusable with the first problem.
    """
    values = {name: _text(fields.get(name, "")) for name in FIELDS}
    given_names, surname = values["given_names"], values["surname"]
    if not given_names and not surname:
        raise Unusable(ProblemKind.NAME_MISSING)
    if len(f"{given_names} {surname}".encode()) > MOST_NAME_BYTES:
        raise Unusable(ProblemKind.NAME_TOO_LONG)
    born_on = _date(values["born_on"], ProblemKind.BIRTH_WRONG, until=today)
    if born_on is not None and born_on < _OLDEST_BIRTH:
        raise Unusable(ProblemKind.BIRTH_WRONG)
    return ImportedRecord(
        row=row,
        request=_request(values),
        customer=values["customer_id"],
        given_names=given_names,
        surname=surname,
        born_on=born_on,
        sex=_word(values["sex"], r"[FMX]?", ProblemKind.SEX_WRONG),
        nationality=_word(values["nationality"], r"[A-Z]{0,3}", ProblemKind.NATIONALITY_WRONG),
        document=_document(values),
        registered_on=_date(values["registered_on"], ProblemKind.REGISTRATION_DATE_WRONG, until=today),
        verified=_verified(values, today),
    )


def _text(value: str) -> str:
    """Give a value without the spaces around it and with single ones within."""
    if value.isascii() and value.isalnum():
        bare = value
    else:
        bare = " ".join(value.split())
        if not bare.isprintable():
            raise Unusable(ProblemKind.TEXT_UNUSABLE)
    if len(bare) > MOST_CELL_CHARACTERS:
        raise Unusable(ProblemKind.TEXT_UNUSABLE)
    return bare


def _request(values: Mapping[str, str]) -> LineRequest:
    if bool(values["msisdn"]) == bool(values["account"]):
        raise Unusable(ProblemKind.LINE_MISSING)
    if values["account"]:
        if values["iccid"]:
            raise Unusable(ProblemKind.SIM_WRONG)
        try:
            return LineRequest(AccessId.parse(values["account"], values["address"]))
        except Malformed:
            raise Unusable(ProblemKind.ACCESS_WRONG) from None
    try:
        number = Msisdn.parse(values["msisdn"])
    except Malformed:
        raise Unusable(ProblemKind.NUMBER_WRONG) from None
    try:
        return LineRequest(number, Iccid.parse(values["iccid"]))
    except Malformed:
        raise Unusable(ProblemKind.SIM_WRONG) from None


def _document(values: Mapping[str, str]) -> ClaimedDocument | None:
    kind, issuer, number = (values[f"document_{part}"] for part in ("kind", "issuer", "number"))
    expires_on = _date(values["document_expires_on"], ProblemKind.EXPIRY_WRONG)
    personal_number = _word(
        values["personal_number"], r"[A-Z0-9<]{0,22}", ProblemKind.PERSONAL_NUMBER_WRONG
    ).rstrip("<")
    if not (kind or issuer or number):
        if expires_on is not None:
            raise Unusable(ProblemKind.DOCUMENT_INCOMPLETE)
        if personal_number:
            raise Unusable(ProblemKind.PERSONAL_NUMBER_WRONG)
        return None
    if not (kind and issuer and number):
        raise Unusable(ProblemKind.DOCUMENT_INCOMPLETE)
    wrong = ProblemKind.DOCUMENT_WRONG
    return ClaimedDocument(
        kind=_word(kind, r"[A-Z][A-Z]?<?", wrong).rstrip("<"),
        issuer=_word(issuer, r"[A-Z]{1,3}<{0,2}", wrong).rstrip("<"),
        number=_word(number, r"[A-Z0-9][A-Z0-9<]{0,21}", wrong).rstrip("<"),
        expires_on=expires_on,
        personal_number=personal_number,
    )


def _verified(values: Mapping[str, str], today: date) -> ClaimedVerification | None:
    on = _date(values["verified_on"], ProblemKind.VERIFICATION_DATE_WRONG, until=today)
    how = values["verified_how"].lower()
    if how and (on is None or how not in {way.value for way in ClaimedWay}):
        raise Unusable(ProblemKind.VERIFICATION_WAY_WRONG)
    return None if on is None else ClaimedVerification(on, ClaimedWay(how) if how else ClaimedWay.NOT_SAID)


def _date(text: str, kind: ProblemKind, *, until: date | None = None) -> date | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        raise Unusable(kind)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unusable(kind) from None
    if until is not None and day > until:
        raise Unusable(kind)
    return day


def _word(text: str, pattern: str, kind: ProblemKind) -> str:
    """Give a word in capitals, of its pattern."""
    word = text.upper()
    if not re.fullmatch(pattern, word):
        raise Unusable(kind)
    return word
