"""Photographs of specimen documents on which readers are tried, and never trained.

Their entries are letters and digits at random, so that no knowledge of names, states or dates helps a
reader; nor have they anything but the characters' shapes in common with what readers are trained on.
"""

import string
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.camera import Level, Photograph, photograph_page
from lineproof.specimen.face import draw_face
from lineproof.specimen.fields import PLACES, SPECIMEN_STATE, DocumentFields
from lineproof.specimen.kinds import PAGE_MM, DocumentKind, zone_box
from lineproof.specimen.page import draw_document, zone_lines
from lineproof.specimen.zone_print import ZonePrint

FACES, FACE_PX = 6, 256
PX_PER_MM = 8  # of pages: a capital of the zone has 20 pixels
LETTERS = string.ascii_uppercase
MIXED = LETTERS + 2 * string.digits
FIRST_BIRTH, FIRST_EXPIRY = date(1930, 1, 1), date(2005, 1, 1)

# How often each kind is drawn, the largest number and the most optional data its zone has room for.
KINDS: dict[DocumentKind, tuple[float, int, int]] = {
    DocumentKind.PASSPORT: (0.40, 9, 14),
    DocumentKind.CARD_BACK: (0.25, 14, 15),
    DocumentKind.OFFICIAL_CARD: (0.10, 14, 7),
    DocumentKind.VISA_A: (0.15, 9, 16),
    DocumentKind.VISA_B: (0.10, 9, 8),
}
CODES = {
    DocumentKind.PASSPORT: "P",
    DocumentKind.CARD_BACK: "IAC",
    DocumentKind.OFFICIAL_CARD: "IAC",
    DocumentKind.VISA_A: "V",
    DocumentKind.VISA_B: "V",
}
# At the issuer's choice, but for V: Doc 9303-5 and 9303-6, 4.2.2.
SECOND_LETTERS = LETTERS.replace("V", "")
LONG_NUMBERS = 0.15  # share of the cards whose number has more than nine characters


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """A photograph of a specimen, and what its zone says. lines: from above, fillers included."""

    lines: tuple[str, ...]
    kind: DocumentKind
    zone_print: ZonePrint
    photograph: Photograph

    @property
    def jpeg(self) -> bytes:
        """The photograph's file."""
        return self.photograph.jpeg


def specimen_photograph(level: Level, number: int) -> HeldOut:
    """Draw a specimen with entries at random and photograph it; the same arguments give the same bytes."""
    rng = np.random.default_rng([number, *level.name.encode(), 0x4E1D])
    kinds = tuple(KINDS)
    kind = kinds[rng.choice(len(kinds), p=[share for share, _, _ in KINDS.values()])]
    fields = random_fields(rng, kind)
    zone_print = ZonePrint.CLEAN
    if rng.random() < level.worn:
        zone_print = (ZonePrint.WORN, ZonePrint.DOT_MATRIX)[rng.integers(2)]
    page = draw_document(
        kind=kind,
        fields=fields,
        portrait=_portrait(int(rng.integers(FACES))),
        seed=int(rng.integers(2**31)),
        zone_print=zone_print,
        px_per_mm=PX_PER_MM,
    )
    zone_mm = zone_box(kind)
    assert zone_mm is not None
    photograph = photograph_page(
        page, page_mm=PAGE_MM[kind], zone_mm=zone_mm, level=level, seed=int(rng.integers(2**31))
    )
    return HeldOut(
        lines=zone_lines(kind=kind, fields=fields), kind=kind, zone_print=zone_print, photograph=photograph
    )


def random_fields(rng: np.random.Generator, kind: DocumentKind) -> DocumentFields:
    """Draw entries at random: letters for names and states, letters and digits mixed for numbers."""
    _, longest, optional = KINDS[kind]
    expires_on = FIRST_EXPIRY + timedelta(days=int(rng.integers(40 * 365)))
    sexes: tuple[Literal["F", "M", "X"], ...] = ("F", "M", "X")
    is_long = longest > 9 and rng.random() < LONG_NUMBERS
    length = int(rng.integers(10, longest + 1)) if is_long else int(rng.integers(6, 10))
    first = CODES[kind]
    return DocumentFields(
        surname=_words(rng),
        given_names=_words(rng),
        number=_characters(rng, MIXED, length),
        nationality=_state(rng),
        born_on=FIRST_BIRTH + timedelta(days=int(rng.integers(90 * 365))),
        sex=sexes[rng.integers(3)],
        issued_on=expires_on - timedelta(days=3652),
        expires_on=expires_on,
        personal_number=""
        if is_long or rng.random() < 0.4
        else _characters(rng, MIXED, int(rng.integers(4, optional + 1))),
        place_of_birth=PLACES[rng.integers(len(PLACES))],
        issuer=_state(rng),
        document_code=first[rng.integers(len(first))]
        + (SECOND_LETTERS[rng.integers(len(SECOND_LETTERS))] if rng.random() < 0.2 else ""),
        further_data=_characters(rng, MIXED, int(rng.integers(3, 12)))
        if kind is DocumentKind.CARD_BACK and rng.random() < 0.4
        else "",
    )


def _characters(rng: np.random.Generator, among: str, length: int) -> str:
    return "".join(among[i] for i in rng.integers(len(among), size=length))


def _words(rng: np.random.Generator) -> str:
    """Write one to three words of letters at random."""
    count = int(rng.choice([1, 1, 1, 2, 2, 3]))
    return " ".join(_characters(rng, LETTERS, int(rng.integers(2, 11))) for _ in range(count))


def _state(rng: np.random.Generator) -> str:
    """Give a code of three letters, seldom of one, as Germany's is; a third are Utopia's."""
    if rng.random() < 1 / 3:
        return SPECIMEN_STATE
    return _characters(rng, LETTERS, 1 if rng.random() < 0.05 else 3)


@cache
def _portrait(number: int) -> NDArray[np.uint8]:
    return draw_face(seed=number, size_px=FACE_PX)
