"""The kinds of document there are specimens of: their sizes, and where the machine readable zone stands.

ICAO Doc 9303 (8th ed.) parts 4 (passports), 5 (TD1 cards), 6 (TD2 cards) and 7 (visas).
"""

from dataclasses import dataclass
from enum import Enum

Box = tuple[float, float, float, float]  # left, top, width, height in millimetres on the page

PITCH_MM = 2.54  # ten characters to the inch: 9303-3, section 4.4
CAP_MM = 2.5  # height of a capital of OCR-B, size 1, at that pitch
ZONE_MM = 23.2  # height of the zone at the lower edge, the same on all documents


class DocumentKind(Enum):
    """One side of one kind of document."""

    PASSPORT = "passport"
    CARD_FRONT = "card-front"
    CARD_BACK = "card-back"
    OFFICIAL_CARD = "official-card"
    VISA_A = "visa-a"
    VISA_B = "visa-b"


@dataclass(frozen=True, slots=True)
class ZonePlace:
    """Where the lines of a zone stand on a page.

    left_mm: of the first character's cell. middles_mm: of each line's capitals, from the lower edge.
    """

    line_length: int
    left_mm: float
    middles_mm: tuple[float, ...]


PAGE_MM: dict[DocumentKind, tuple[float, float]] = {
    DocumentKind.PASSPORT: (125.0, 88.0),
    DocumentKind.CARD_FRONT: (85.6, 53.98),
    DocumentKind.CARD_BACK: (85.6, 53.98),
    DocumentKind.OFFICIAL_CARD: (105.0, 74.0),
    DocumentKind.VISA_A: (120.0, 80.0),
    DocumentKind.VISA_B: (105.0, 74.0),
}

_TWO_LINES = (15.75, 9.40)
# 6.35 mm apart and as far from the zone's upper edge as from the page's lower one.
_THREE_LINES = (ZONE_MM / 2 + 6.35, ZONE_MM / 2, ZONE_MM / 2 - 6.35)
ZONE_PLACES: dict[DocumentKind, ZonePlace] = {
    DocumentKind.PASSPORT: ZonePlace(44, 6.6, _TWO_LINES),
    DocumentKind.CARD_BACK: ZonePlace(30, 4.7, _THREE_LINES),
    DocumentKind.OFFICIAL_CARD: ZonePlace(36, 6.0, _TWO_LINES),
    DocumentKind.VISA_A: ZonePlace(44, 4.1, _TWO_LINES),
    DocumentKind.VISA_B: ZonePlace(36, 6.0, _TWO_LINES),
}


def zone_box(kind: DocumentKind) -> Box | None:
    """Give the block that the zone's lines fill, first capital to last; None on a card's front."""
    place = ZONE_PLACES.get(kind)
    if place is None:
        return None
    top = PAGE_MM[kind][1] - place.middles_mm[0] - CAP_MM / 2
    height = place.middles_mm[0] - place.middles_mm[-1] + CAP_MM
    return place.left_mm, top, place.line_length * PITCH_MM, height
