"""The fields of a form, and what is wrong with what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from lineproof.errors import LineproofError, Malformed
from lineproof.portal.facts import put

_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. problem: what is wrong with its value, and what to do; "": nothing."""

    name: str
    value: str = ""
    problem: str = ""


def read_field(request: HttpRequest, name: str, parse: Callable[[str], object]) -> Field:
    """Read what was typed into a field. parse: raises Malformed for what it cannot be."""
    value = request.POST.get(name, "").strip()[:_LONGEST]
    try:
        parse(value)
    except Malformed as error:
        return Field(name, value, in_words(error))
    return Field(name, value)


def in_words(error: LineproofError, zone: ZoneInfo | None = None) -> str:
    """Give what was wrong and what to do, as one text. zone: of its times; None: universal."""
    told_in = zone or ZoneInfo("UTC")
    return " ".join(put(said, error.facts, told_in) for said in (error.sentence, error.advice) if said)
