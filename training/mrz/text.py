"""What stands in machine readable zones: lines of the five formats of ICAO Doc 9303, and lines of none.

Names, numbers and states are letters and digits at random for the most part: a reader that had learnt what
names are likely would read a rare one wrongly.
"""

import string

import numpy as np

from training.mrz.networks import CHARACTERS

LETTERS, DIGITS = string.ascii_uppercase, string.digits
LENGTHS = (30, 36, 44)
FILLER = "<"
_STATES = (
    *("UTO", "D<<", "ESP", "FRA", "ITA", "POL", "IND", "CHN", "GBR", "USA", "CZE", "UKR", "SWE", "NLD"),
    *("AUS", "CAN", "QAT", "EGY", "NGA", "BRA", "IDN", "KEN", "OMN", "LUX", "OGR", "IRQ"),
)
_CONSONANTS, _VOWELS = "BCDFGHJKLMNPRSTVWXYZ", "AEIOUYAEIO"
_CODES = {
    30: ("I<", "ID", "IR", "AC", "C1", "IA"),
    36: ("I<", "ID", "V<", "VB"),
    44: ("P<", "P<", "PD", "PA", "V<", "VN"),
}
_WEIGHTS = (7, 3, 1)


def line(rng: np.random.Generator, length: int | None = None) -> str:
    """Make one line; any of the three lengths unless one is asked for."""
    length = int(rng.choice(LENGTHS, p=(0.4, 0.15, 0.45))) if length is None else length
    kind = rng.random()
    if kind < 0.10:
        text = _any(rng, length)
    elif kind < 0.20:
        text = "".join(rng.choice(list(LETTERS + DIGITS), length))
    elif length == 30:
        text = (_card_number, _card_dates, _names)[rng.integers(3)](rng)
    elif kind < 0.58:
        text = _pick(rng, _CODES[length]) + _state(rng) + _names(rng)
    else:
        text = _passport_dates(rng, length)
    return f"{text:<<{length}}"[:length]


def block(rng: np.random.Generator, length: int) -> list[str]:
    """Make the lines of one zone."""
    return [line(rng, length) for _ in range(3 if length == 30 else 2)]


def printed(rng: np.random.Generator) -> str:
    """Make a piece of other print: words, dates, numbers, in capitals or not."""
    letters = LETTERS + DIGITS + "  ./-" + (string.ascii_lowercase if rng.random() < 0.6 else "")
    return "".join(rng.choice(list(letters), int(rng.integers(3, 40))))


def _pick(rng: np.random.Generator, choices: tuple[str, ...]) -> str:
    return choices[rng.integers(len(choices))]


def _any(rng: np.random.Generator, length: int) -> str:
    text = ""
    while len(text) < length:
        text += FILLER * int(rng.integers(1, 10)) if rng.random() < 0.2 else _pick(rng, tuple(CHARACTERS))
    return text


def _name(rng: np.random.Generator, length: int) -> str:
    if rng.random() < 0.5:
        return "".join(rng.choice(list(LETTERS), length))
    return "".join(_pick(rng, tuple((_CONSONANTS, _VOWELS)[at % 2])) for at in range(length))


def _names(rng: np.random.Generator) -> str:
    def some(longest: int) -> str:
        return FILLER.join(
            _name(rng, int(rng.integers(2, longest))) for _ in range(1 + int(rng.random() < 0.4))
        )

    return f"{some(12)}<<{some(10)}"


def _number(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(list(DIGITS if rng.random() < 0.4 else LETTERS + DIGITS), length))


def _state(rng: np.random.Generator) -> str:
    return _pick(rng, _STATES) if rng.random() < 0.5 else _name(rng, 3)


def _date(rng: np.random.Generator) -> str:
    return f"{rng.integers(100):02d}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"


def _digit(text: str) -> str:
    values = (0 if each == FILLER else int(each, 36) for each in text)
    return str(sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def _dates(rng: np.random.Generator) -> tuple[str, str, str]:
    born, until = _date(rng), _date(rng)
    return born + _digit(born), _pick(rng, ("M", "F", FILLER)), until + _digit(until)


def _card_number(rng: np.random.Generator) -> str:
    number = _number(rng, 9)
    more = _number(rng, int(rng.integers(0, 16)))
    return f"{_pick(rng, _CODES[30])}{_state(rng)}{number}{_pick(rng, (*DIGITS, FILLER))}{more}"


def _card_dates(rng: np.random.Generator) -> str:
    born, sex, until = _dates(rng)
    text = f"{born}{sex}{until}{_state(rng)}{_number(rng, int(rng.choice((0, 0, 11, 5))))}"
    return f"{text:<<29}"[:29] + _pick(rng, tuple(DIGITS))


def _passport_dates(rng: np.random.Generator, length: int) -> str:
    number = _number(rng, 9) if rng.random() < 0.7 else f"{_number(rng, int(rng.integers(5, 9))):<<9}"
    born, sex, until = _dates(rng)
    optional = _number(rng, int(rng.choice((0, 0, 7, 9, 14) if length == 44 else (0, 7, 3))))
    text = f"{number}{_digit(number)}{_state(rng)}{born}{sex}{until}{optional}"
    if rng.random() < 0.75:
        text = (
            f"{text:<<{length - 2}}"[: length - 2] + _pick(rng, (*DIGITS, FILLER)) + _pick(rng, tuple(DIGITS))
        )
    return text
