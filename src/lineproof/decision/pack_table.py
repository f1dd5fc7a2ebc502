"""One table of a policy pack, read key by key; what is wrong with a value is said with its whole path.

clocks.case is "soon"; expected a term such as "3 days"
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_CHARACTERS = 500
_MOST_SHOWN = 60


class WrongValue(ValueError):
    """A value that is not what its key takes, a key that is missing, or one that means nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """The values of one table. path: where it lies in the pack, such as "clocks"; "" for the whole of it."""

    path: str
    values: Mapping[str, Any]

    def key(self, name: str) -> str:
        """Give the whole path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def only(self, *known: str) -> None:
        """Refuse a key that means nothing: it was meant to mean something."""
        for name in self.values:
            if name not in known:
                plain = name if name.isprintable() and len(name) <= _MOST_SHOWN else shown(name)
                what = f"{self.key(plain)} is not a key of a policy pack"
                raise WrongValue(f"{what}; expected one of {', '.join(known)}")

    def value(self, name: str, expected: str) -> Any:
        """Give a value of any form."""
        if name not in self.values:
            raise WrongValue(f"{self.key(name)} is missing; expected {expected}")
        return self.values[name]

    def wrong(self, name: str, expected: str) -> WrongValue:
        """Make the error that says what a value is and what it may be."""
        return WrongValue(f"{self.key(name)} is {shown(self.values[name])}; expected {expected}")

    def table(self, name: str, *known: str) -> "Table":
        """Give a table in this one, which has only the keys known."""
        value = self.value(name, "a table")
        if not isinstance(value, Mapping):
            raise self.wrong(name, "a table")
        inner = Table(self.key(name), value)
        inner.only(*known)
        return inner

    def text(self, name: str) -> str:
        """Give a text of one line."""
        expected = f"a text of one line, of at most {MOST_CHARACTERS} characters"
        value = self.value(name, expected)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise self.wrong(name, expected)
        if len(value) > MOST_CHARACTERS:
            raise self.wrong(name, expected)
        return value

    def count(self, name: str, *, least: int, most: int) -> int:
        """Give a whole number within bounds."""
        expected = f"a whole number from {least} to {most}"
        value = self.value(name, expected)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name, expected)
        return value

    def share(self, name: str) -> float:
        """Give a number between 0 and 1, neither of them."""
        expected = "a number between 0 and 1"
        value = self.value(name, expected)
        if not isinstance(value, float) or not 0.0 < value < 1.0:
            raise self.wrong(name, expected)
        return value

    def fraction(self, name: str) -> float:
        """Give a number from 0 to 1, both of them as well."""
        expected = "a number from 0 to 1"
        value = self.value(name, expected)
        if type(value) not in (int, float) or not 0 <= value <= 1:
            raise self.wrong(name, expected)
        return float(value)

    def flag(self, name: str) -> bool:
        """Give true or false."""
        value = self.value(name, "true or false")
        if type(value) is not bool:
            raise self.wrong(name, "true or false")
        return value

    def texts(self, name: str, expected: str) -> list[str]:
        """Give a list of texts, each once; a text by itself would be taken for a list of its letters."""
        value = self.value(name, expected)
        if not isinstance(value, list):
            raise self.wrong(name, expected)
        seen = set()
        for each in value:
            if not isinstance(each, str) or not each.strip() or not each.isprintable():
                raise self.wrong_item(name, each, expected)
            if each in seen:
                raise WrongValue(f"{self.key(name)} has {shown(each)} twice; expected each once")
            seen.add(each)
        return value

    def wrong_item(self, name: str, item: object, expected: str) -> WrongValue:
        """Make the error that says which item of a list may not be in it."""
        return WrongValue(f"{self.key(name)} has {shown(item)}; expected {expected}")


def shown(value: object) -> str:
    """Show a value in an error, in a few words, as it is written in a pack."""
    match value:
        case bool():
            said = "true" if value else "false"
        case str():
            text = json.dumps(value[:_MOST_SHOWN], ensure_ascii=not value.isprintable())
            said = f"{text} and more" if len(value) > _MOST_SHOWN else text
        case list():
            said = "a list" if value else "an empty list"
        case dict():
            said = "a table"
        case None:
            said = "nothing"
        case _:
            said = str(value)[:_MOST_SHOWN]
    return said
