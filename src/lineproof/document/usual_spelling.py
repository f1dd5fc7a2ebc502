"""Spell a name that was never read from a zone as a zone usually has it, so that it can be compared with one.

Apart from the tables (`transliteration`), since nothing that is read or measured stands on it.
"""

from lineproof.document.transliteration import FILLER, _units


def usual_spelling(text: str) -> str | None:
    """Give the spelling that a zone usually has for a printed name, with spaces; None where no table has it.

    For what was never read from a zone: an issuer may have chosen another. Doc 9303-3, 4.6 and 6.
    """
    if text.isascii() and text.replace(" ", "").isalpha():
        return " ".join(text.upper().split())
    units = _units(text, "")
    if not units:
        return None
    return " ".join("".join(each[0] for each in units).replace(FILLER, " ").split()) or None
