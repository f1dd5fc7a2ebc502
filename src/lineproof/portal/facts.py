"""Puts what an error speaks of into the sentence of the page's language: a time, a term, a number."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, localize
from django.utils.translation import gettext

from lineproof.decision.clocks import Term
from lineproof.portal.words import term_in_words


def put(sentence: str, facts: Mapping[str, object], zone: ZoneInfo) -> str:
    """Translate an error's sentence, and put in what it speaks of. zone: in which times are told."""
    if not sentence:
        return ""
    said = gettext(sentence)
    return said.format(**{name: _in_words(fact, zone) for name, fact in facts.items()}) if facts else said


def _in_words(fact: object, zone: ZoneInfo) -> str:
    match fact:
        case datetime():
            at = fact.astimezone(zone)
            return f"{date_format(at, 'DATE_FORMAT')} {date_format(at, 'H:i')}"
        case Term():
            return term_in_words(fact)
        case _:
            return str(localize(fact))
