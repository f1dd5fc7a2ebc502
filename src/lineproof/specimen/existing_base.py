"""An operator's existing base of invented people, as CSV: to try bringing one in, of any size.

Names are those of the specimens, numbers those of no country. A stated share of the rows has something wrong
with it, of each kind in turn, and what is wrong with how many is said.
"""

import csv
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TextIO

from lineproof.specimen.fields import GIVEN_NAMES, PLACES, SPECIMEN_STATE, STREETS, SURNAMES

COLUMNS = (
    *("msisdn", "iccid", "account", "address", "customer_id", "surname", "given_names", "born_on", "sex"),
    *("nationality", "document_kind", "document_issuer", "document_number", "document_expires_on"),
    *("registered_on", "verified_on", "verified_how"),
)
DAY = date(2026, 1, 1)
PROBLEM_SHARE = 0.02
_MOST_LINES_EACH = 4
_FIXED_SHARE, _UNVERIFIED_SHARE, _WITHOUT_DOCUMENT_SHARE, _EXPIRED_SHARE = 0.2, 0.3, 0.1, 0.08


@dataclass(frozen=True, slots=True)
class Tally:
    """What was written: how many rows, and what is wrong with how many, as an import will say."""

    rows: int
    problems: Mapping[str, int] = field(default_factory=dict)


def write_base(stream: TextIO, *, lines: int, seed: int, problem_share: float = PROBLEM_SHARE) -> Tally:
    """Write a base with so many rows of lines; the same arguments write the same.

    stream: opened with newline="". problem_share: from 0 to 1, of the rows.
    """
    rng = random.Random(seed)  # noqa: S311 -- invented people, not secrets
    writer, problems = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n"), Counter[str]()
    writer.writeheader()
    before: dict[str, str] | None = None
    for place, row in zip(range(lines), _rows(rng), strict=False):
        written = dict(row)
        if before is not None and rng.random() < problem_share:
            kinds = [kind for kind in _WRONG if kind != "customer_differs" or _same_customer(before, row)]
            kind = kinds[place % len(kinds)]
            written |= _WRONG[kind](row, before)
            problems[kind] += 1
        else:
            before = row
        writer.writerow(written)
    return Tally(lines, dict(problems))


def _rows(rng: random.Random) -> Iterator[dict[str, str]]:
    """Invent person after person, each with one line or a few."""
    line = person = 0
    while True:
        person += 1
        holder = _person(rng, person)
        for _ in range(min(_MOST_LINES_EACH, 1 + int(rng.expovariate(1.6)))):
            line += 1
            yield (
                holder
                | (_access(rng, line) if rng.random() < _FIXED_SHARE else _mobile(line))
                | {"registered_on": _day(rng, date(2008, 1, 1), DAY)}
            )


def _person(rng: random.Random, number: int) -> dict[str, str]:
    sex = rng.choice("FM")
    person = {
        "customer_id": f"C{number:08d}",
        "surname": rng.choice(SURNAMES),
        "given_names": rng.choice(GIVEN_NAMES[sex]),
        "born_on": _day(rng, date(1935, 1, 1), date(2007, 12, 31)),
        "sex": sex,
        "nationality": SPECIMEN_STATE,
    }
    if rng.random() >= _WITHOUT_DOCUMENT_SHARE:
        expired = rng.random() < _EXPIRED_SHARE
        begins = date(2016, 1, 1) if expired else DAY + timedelta(days=400)
        person |= {
            "document_kind": "P",
            "document_issuer": SPECIMEN_STATE,
            "document_number": f"S{number:08d}",
            "document_expires_on": _day(rng, begins, begins + timedelta(days=2500)),
        }
    if rng.random() >= _UNVERIFIED_SHARE:
        person["verified_on"] = _day(rng, date(2012, 1, 1), DAY)
        person["verified_how"] = rng.choice(("in_person", "remote", "register", ""))
    return person


def _mobile(line: int) -> dict[str, str]:
    body = f"89999{line:013d}"
    return {"msisdn": f"+99955{line:08d}", "iccid": body + _luhn_digit(body)}


def _access(rng: random.Random, line: int) -> dict[str, str]:
    address = f"{rng.randint(1, 190)} {rng.choice(STREETS)}, {rng.choice(PLACES)}"
    return {"account": f"access.{line:08d}", "address": address}


def _day(rng: random.Random, first: date, last: date) -> str:
    return (first + timedelta(days=rng.randrange((last - first).days))).isoformat()


def _luhn_digit(digits: str) -> str:
    """Give the check digit of a SIM's number (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    return str(-sum(sum(divmod(value, 10)) for value in doubled) % 10)


def _same_customer(before: Mapping[str, str], row: Mapping[str, str]) -> bool:
    return before["customer_id"] == row["customer_id"]


# What is wrong, by the name that an import has for it, made of the row and the last one that is right.
_Wrong = Callable[[Mapping[str, str], Mapping[str, str]], dict[str, str]]
_WRONG: dict[str, _Wrong] = {
    "number_wrong": lambda _row, _before: {"msisdn": "0155 1", "iccid": "", "account": "", "address": ""},
    "sim_wrong": lambda _row, _before: {
        "msisdn": "+999550001", "iccid": "8999", "account": "", "address": ""
    },
    "access_wrong": lambda _row, _before: {"msisdn": "", "iccid": "", "account": "a", "address": "?"},
    "line_missing": lambda _row, _before: {"msisdn": "", "account": ""},
    "name_missing": lambda _row, _before: {"surname": "", "given_names": ""},
    "birth_wrong": lambda _row, _before: {"born_on": "31.12.1990"},
    "document_incomplete": lambda _row, _before: {
        "document_kind": "P", "document_issuer": "", "document_number": "S1"
    },
    "verification_way_wrong": lambda _row, _before: {"verified_how": "by hearsay"},
    "already_registered": lambda _row, before: {
        name: before.get(name, "") for name in ("msisdn", "iccid", "account", "address")
    },
    "customer_differs": lambda _row, _before: {"born_on": "1931-01-01"},
}  # fmt: skip
