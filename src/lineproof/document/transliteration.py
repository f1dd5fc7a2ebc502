"""Spell a printed name as a machine readable zone may spell it: ICAO Doc 9303-3 (8th ed.), 4.6 and 6.

Table A (Latin letters), table B (Cyrillic) and table C (Arabic, Persian, Pashto, Urdu). The issuer chooses
among several spellings of one letter, so a printed name has several right spellings and no single one:
what is said here is whether a spelling is possible, never which one an issuer should have used.

Two things go beyond the tables: a Latin letter in none of them is spelled by its letter without marks, as
issuers with such letters do; and Serbian names may keep G, which the table spells H and Serbia does not.
"""

# ruff: noqa: RUF001 -- letters that look like other letters are what this module is about

import string
import unicodedata
from collections.abc import Iterator
from itertools import product
from math import prod

FILLER = "<"
# Positions of the name field: Doc 9303-4 4.2.2, 9303-5 4.2.2, 9303-6 4.2.2 and 9303-7 4.2.2 and 5.2.2.
NAME_LENGTHS = {"TD3": 39, "TD2": 31, "TD1": 30, "MRV-A": 39, "MRV-B": 31}
MOST_SPELLINGS = 64
# No printed name is longer; whatever is read beyond it is not a name.
LONGEST_NAME = 120

_SEPARATORS = frozenset(" -‐‑–—,/<\t")

# Table A. Each spelling with its letters; then those with several spellings, the usual first.
_LATIN_LETTERS = {
    "A": "ÁÀÂÃĂĀĄ", "C": "ĆĈČĊÇ", "D": "ĐÐĎ", "E": "ÉÈÊËĚĖĒĘĔ", "G": "ĜĞĠĢ", "H": "ĦĤ",
    "I": "ıÍÌÎÏĨİĪĮĬ", "J": "Ĵ", "K": "Ķ", "L": "ŁĹĽĻĿ", "N": "ŃŇŅŊ", "O": "ÓÒÔÕŐŌŎ", "Q": "ĸ",
    "R": "ŔŘŖ", "S": "ŚŜŠŞ", "T": "ŤŢŦ", "U": "ÚÙÛŨŬŰŮŪŲ", "W": "Ŵ", "Y": "ÝŶŸ", "Z": "ŹŽŻ",
    "AE": "Æ", "IJ": "Ĳ", "OE": "ŒØ", "SS": "ẞß", "TH": "Þ",
}  # fmt: skip
_LATIN_CHOICES = {
    "Ä": ("AE", "A"),
    "Å": ("AA", "A"),
    "Ñ": ("N", "NXX"),
    "Ö": ("OE", "O"),
    "Ü": ("UE", "UXX", "U"),
}

# Table B, as for every language that has no exception of its own.
_CYRILLIC_LETTERS = {
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ё": "E", "Ж": "ZH", "З": "Z", "И": "I",
    "Й": "I", "К": "K", "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T",
    "У": "U", "Ф": "F", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "IE", "Ы": "Y",
    "Ь": "", "Э": "E", "Ю": "IU", "Я": "IA", "Ђ": "D", "Ѓ": "G", "Є": "IE", "Ѕ": "DZ", "І": "I", "Ї": "I",
    "Ј": "J", "Љ": "LJ", "Њ": "NJ", "Ћ": "C", "Ќ": "K", "Ў": "U", "Џ": "DZ", "Ѫ": "U", "Ѵ": "Y",
    "Ґ": "G", "Ғ": "G", "Һ": "C",
}  # fmt: skip
_CYRILLIC_EXCEPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "be": {"Г": ("H",), "Ё": ("IO",)},
    "bg": {"Щ": ("SHT",)},
    "mk": {"Ѓ": ("GJ",), "Ғ": ("GJ",), "Ќ": ("KJ",), "Х": ("H",), "Ц": ("C",), "Џ": ("DJ",)},
    "sr": {"Г": ("H", "G"), "Ж": ("Z",), "Х": ("H",), "Ц": ("C",), "Ч": ("C",), "Ш": ("S",)},
    "uk": {"Г": ("H",), "И": ("Y",)},
}
# Table B, Ukrainian: at the beginning of a word.
_UKRAINIAN_FIRST = {"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"}

# Table C. X before a letter says that the letter is a modified one.
_ARABIC_LETTERS = {
    "ء": "XE", "آ": "XAA", "أ": "XAE", "ؤ": "U", "إ": "I", "ئ": "XI", "ا": "A", "ب": "B", "ت": "T",
    "ث": "XTH", "ج": "J", "ح": "XH", "خ": "XKH", "د": "D", "ذ": "XDH", "ر": "R", "ز": "Z", "س": "S",
    "ش": "XSH", "ص": "XSS", "ض": "XDZ", "ط": "XTT", "ظ": "XZZ", "ع": "E", "غ": "G", "ف": "F", "ق": "Q",
    "ك": "K", "ل": "L", "م": "M", "ن": "N", "ه": "H", "و": "W", "ى": "XAY", "ي": "Y", "ٱ": "XXA",
    "ٹ": "XXT", "ټ": "XRT", "پ": "P", "ځ": "XKE", "څ": "XXH", "چ": "XC", "ڈ": "XXD", "ډ": "XDR",
    "ڑ": "XXR", "ړ": "XRR", "ږ": "XRX", "ژ": "XJ", "ښ": "XXS", "ک": "XKK", "ګ": "XXK", "ڭ": "XNG",
    "گ": "XGG", "ں": "XNN", "ڼ": "XXN", "ھ": "XDO", "ۀ": "XYH", "ہ": "XXG", "ۂ": "XGE", "ۃ": "XTG",
    "ۍ": "XXY", "ې": "Y", "ے": "XYB", "ۓ": "XBE",
}  # fmt: skip
_ARABIC_CHOICES = {"ی": ("XYA", "Y", "XAY")}
# Not encoded: short vowels, the stretching stroke, the vowel-less sign, the small alif, four letters of
# table C, and in any script what 4.6 leaves out: apostrophes and full stops.
_DROPPED = frozenset("ًٌٍَُِْٰـڜڢڧڨ") | frozenset("'`´‘’‛ʼʻ′\".")
_SHADDA, _TEH_MARBUTA = "ّ", "ة"

_LATIN = {letter: (spelled,) for spelled, letters in _LATIN_LETTERS.items() for letter in letters}
_COMMON: dict[str, tuple[str, ...]] = {
    **{letter: (letter,) for letter in string.ascii_uppercase},
    **_LATIN,
    **_LATIN_CHOICES,
    **{letter: (spelled,) for letter, spelled in _CYRILLIC_LETTERS.items()},
    **{letter: (spelled,) for letter, spelled in _ARABIC_LETTERS.items()},
    **_ARABIC_CHOICES,
}
# By language; "" is every other one.
_TABLES = {"": _COMMON} | {name: _COMMON | own for name, own in _CYRILLIC_EXCEPTIONS.items()}


def transliterations(text: str) -> frozenset[str]:
    """Give spellings that a zone may have for a printed name, fillers for spaces and hyphens.

    Apostrophes and full stops are dropped. At most MOST_SPELLINGS are given; to ask about one spelling, ask
    `may_be_spelled`, which knows all of them. Empty for a text with a character that no table has: a digit, a
    Greek or a Chinese letter. Doc 9303-3, 4.6 and 6.
    """
    spellings: set[str] = set()
    for language in _TABLES:
        units = _units(text, language)
        if units is None or not units:
            continue
        while prod(len(each) for each in units) > MOST_SPELLINGS:
            at = max(place for place, each in enumerate(units) if len(each) > 1)
            units[at] = units[at][:1]
        spellings |= {"".join(each) for each in product(*units)}
    return frozenset(sorted(spellings)[:MOST_SPELLINGS])


def may_be_spelled(text: str, spelling: str) -> bool:
    """Say whether a zone may spell a printed name in this way. Spaces in the spelling stand for fillers."""
    wanted = FILLER.join(spelling.replace(FILLER, " ").split())
    return any(_reaches(_units(text, language), wanted) for language in _TABLES)


def may_be_cut_from(spelling: str, whole: str) -> bool:
    """Say whether a name that is too long for its field may have been shortened to this spelling.

    Any component may be cut, to its initial or longer, and components at the end may be missing; none is
    out of order. Both with spaces or fillers between components. Doc 9303-4, 4.2.3.
    """
    kept, full = (name.replace(FILLER, " ").split() for name in (spelling, whole))
    return 0 < len(kept) <= len(full) and all(
        there.startswith(here) for here, there in zip(kept, full, strict=False)
    )


def name_field(*, surname: str, given_names: str, length: int) -> str:
    """Compose the name field from two spellings, filled up or cut to its length.

    Too long a name is cut from its end; the surname is cut first, until two fillers and the initial of the
    first given name fit. The last position then holds a letter, which tells a reader that something may be
    missing. Issuers may also cut inside: `may_be_cut_from` knows. Doc 9303-4, 4.2.3.
    """
    primary, secondary = (FILLER.join(n.replace(FILLER, " ").split()) for n in (surname, given_names))
    if secondary:
        primary = _cut(primary, length - len(FILLER * 2) - 1)
        secondary = _cut(secondary, length - len(FILLER * 2) - len(primary))
        return f"{primary}{FILLER * 2}{secondary}".ljust(length, FILLER)
    return _cut(primary, length).ljust(length, FILLER)


def without_marks(text: str) -> str:
    """Give a text in capitals, each letter without its marks and the letters of table A by one of theirs.

    For words whose spelling no standard fixes: labels, months, and names whose marks were not read.
    """
    decomposed = unicodedata.normalize("NFKD", text.upper())
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    return "".join(_LATIN[each][0] if each in _LATIN else each for each in bare)


def _cut(name: str, length: int) -> str:
    """Cut a name from its end, so that a letter stands last where anything is missing."""
    cut = name[:length]
    if len(name) <= length or not cut.endswith(FILLER):
        return cut
    if cut[-3:-2] in {"", FILLER}:
        return cut.rstrip(FILLER)
    # The cut is between two components: one letter less of the one makes room for the other's initial.
    return cut[:-2] + FILLER + name[length]


def _units(text: str, language: str) -> list[tuple[str, ...]] | None:
    """Give, place by place, how a name may be spelled; None if some character cannot be spelled."""
    characters = unicodedata.normalize("NFC", text.strip()[:LONGEST_NAME]).upper()
    characters = unicodedata.normalize("NFC", characters)
    units: list[tuple[str, ...]] = []
    for at, character in enumerate(characters):
        begins = not units or units[-1] == (FILLER,)
        if character in _SEPARATORS:
            units += [] if begins else [(FILLER,)]
        elif character == _SHADDA:
            # It doubles a letter; printed names mostly leave it out, and so may the zone.
            units[-1:] = [tuple(each for one in unit for each in (one * 2, one)) for unit in units[-1:]]
        elif character not in _DROPPED:
            ends = at + 1 == len(characters) or characters[at + 1] in _SEPARATORS
            spelled = _spelled(character, language, begins=begins, ends=ends)
            if spelled is None:
                return None
            units.append(spelled)
    return units[:-1] if units and units[-1] == (FILLER,) else units


def _spelled(character: str, language: str, *, begins: bool, ends: bool) -> tuple[str, ...] | None:
    """Give the spellings of one letter, which may depend on its place in the word."""
    if character == _TEH_MARBUTA:
        return ("XAH", "XTA") if ends else ("XTA",)
    if language == "uk" and begins and character in _UKRAINIAN_FIRST:
        return (_UKRAINIAN_FIRST[character],)
    return _TABLES[language].get(character) or _bare(character)


def _bare(character: str) -> tuple[str, ...] | None:
    """Spell a letter in no table by the letter that is left when its marks are taken off."""
    first = unicodedata.normalize("NFD", character)[0]
    return (first,) if first in string.ascii_uppercase else None


def _reaches(units: list[tuple[str, ...]] | None, wanted: str) -> bool:
    if not units or not wanted:
        return False
    places = {0}
    for unit in units:
        places = set(_steps(places, unit, wanted))
    return len(wanted) in places


def _steps(places: set[int], unit: tuple[str, ...], wanted: str) -> Iterator[int]:
    for place in places:
        for each in unit:
            if wanted.startswith(each, place):
                yield place + len(each)
