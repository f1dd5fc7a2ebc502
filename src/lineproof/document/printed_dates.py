"""Understand the dates that documents print: ICAO Doc 9303-3, 3.4 (dates in the visual inspection zone).

A date has many forms, and one text may mean several days: 08/12/1974 is in August or in December, and 74 is
of no certain century. So a text gives every day that it may mean, and a comparison asks whether a given day
is among them.
"""

# ruff: noqa: RUF001 -- Cyrillic words are no slips

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from lineproof.document.transliteration import without_marks

_MONTHS_BY_LANGUAGE = (
    "January February March April May June July August September October November December",  # en
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",  # fr
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",  # es
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",  # de
    "Jänner Feber März April Mai Juni Juli August September Oktober November Dezember",  # de, Austria
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",  # it
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",  # pt
    "januari februari maart april mei juni juli augustus september oktober november december",  # nl
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",  # pl
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",  # tr
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",  # ru
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "januari februari mars april maj juni juli augusti september oktober november december",  # sv
    "januar februar marts april maj juni juli august september oktober november december",  # da
    "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",  # cs
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",  # ro
    "január február március április május június július augusztus szeptember október november december",  # hu
)
# Shortened otherwise than by leaving off the end.
_SHORTENED = {"MRZ": 3, "MRT": 3, "SPT": 9, "SETT": 9, "JUIL": 7}
_SHORTEST = 3
# Words that may stand between the parts of a date.
_BETWEEN = frozenset({"DE", "DEL", "OF", "E", "DI", "DA", "TH", "ST", "ND", "RD", "G", "R", "Г"})
_FULL_YEARS = range(1880, 2110)
_LONGEST_TEXT = 60
# A date has a day, a year, and at most the month in two languages with words between; more is a sentence.
_MOST_TOKENS = 7
_SHORT, _FULL = 2, 4  # digits of a day, a month or a year of no certain century; and of a whole year
_FIGURES = re.compile(r"\d[\d .,/-]*\d")
_PART = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """One day that a text may mean. year: of two digits (0 to 99) where no more is printed."""

    day: int
    month: int
    year: int

    def may_be(self, day: date) -> bool:
        """Say whether this is that day; a year of two digits is of any century."""
        year = day.year if self.year in _FULL_YEARS else day.year % 100
        return (self.day, self.month, self.year) == (day.day, day.month, year)


def dates_in(text: str) -> frozenset[PrintedDate]:
    """Give every day that any part of a text may mean; empty where there is no date."""
    parts = _parts(text)
    return frozenset(
        each
        for start in range(len(parts))
        for end in range(start + 1, min(len(parts), start + _MOST_TOKENS) + 1)
        for each in _meanings(parts[start:end])
    )


def whole_date(text: str) -> frozenset[PrintedDate]:
    """Give every day that a text may mean which is a date and nothing else; empty for any other text."""
    parts = _parts(text)
    return frozenset(_meanings(parts)) if len(parts) <= _MOST_TOKENS else frozenset()


def is_closed_up(text: str, day: date) -> bool:
    """Say whether a text gives this very day in eight figures whose spaces or signs were lost in reading.

    For agreement alone: of eight figures nobody could say which day they are, only whether they are this one.
    """
    figures = {f"{day:%d%m%Y}", f"{day:%m%d%Y}", f"{day:%Y%m%d}"}
    return any(re.sub(r"\D", "", run) in figures for run in _FIGURES.findall(text[:_LONGEST_TEXT]))


def _parts(text: str) -> list[str]:
    return _PART.findall(without_marks(text[:_LONGEST_TEXT]))


def _meanings(parts: list[str]) -> Iterator[PrintedDate]:
    numbers = [each for each in parts if each.isdigit()]
    words = [each for each in parts if not each.isdigit() and each not in _BETWEEN]
    match numbers:
        case [first, second] if words:
            months = set(range(1, 13)).intersection(*(_months_named(each) for each in words))
            for month in months:
                yield from _days(first, str(month), second)
                yield from _days(second, str(month), first)
        case [first, second, third] if numbers == parts:
            yield from _days(first, second, third)
            yield from _days(second, first, third)
            yield from _days(third, second, first)


def _days(day: str, month: str, year: str) -> Iterator[PrintedDate]:
    if max(len(day), len(month)) > _SHORT or len(year) not in {_SHORT, _FULL}:
        return
    if len(year) == _FULL and int(year) not in _FULL_YEARS:
        return
    # In 2000 there is every day that a year of two digits may have.
    if _is_a_day(int(day), int(month), int(year) if len(year) == _FULL else 2000):
        yield PrintedDate(int(day), int(month), int(year))


def _is_a_day(day: int, month: int, year: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@cache
def _names() -> tuple[tuple[str, int], ...]:
    return tuple(
        (without_marks(name), number)
        for language in _MONTHS_BY_LANGUAGE
        for number, name in enumerate(language.split(), start=1)
    )


def _months_named(word: str) -> frozenset[int]:
    """Give the months that a word names or begins, in any of the languages."""
    if word in _SHORTENED:
        return frozenset({_SHORTENED[word]})
    if len(word) < _SHORTEST:
        return frozenset()
    return frozenset(number for name, number in _names() if name.startswith(word))
