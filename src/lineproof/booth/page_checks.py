"""Check the rest of a document's page against its zone: print, barcodes, how the portrait lies.

    1. straighten the page by its zone, once; find the portrait, once
    2. the printed name, number and dates against the zone
    3. barcodes anywhere in the photograph against the zone and the print
    4. whether the portrait looks like a part of its page
None of these ever fails: readers err, and issuers print in ways no rule foresees. What differs is for a
person to look at. What was read is about a person and stays here: only outcomes and counts leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lineproof.decision.finding import Check, Finding, indeterminate
from lineproof.decision.reasons import ReasonCode
from lineproof.document.barcode import check_barcode, parse_contents
from lineproof.document.fields import document_of
from lineproof.document.mrz import Mrz
from lineproof.document.mrz_format import MrzFormat
from lineproof.document.portrait_check import PortraitLimits, check_portrait_original
from lineproof.document.printed import ZoneFields, all_agree, check_printed, zone_fields
from lineproof.document.printed_line import PrintedLine
from lineproof.imaging.barcode import find_barcodes
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.face import Face
from lineproof.imaging.models import FaceModels
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.page import StraightPage, straighten, zone_on_page
from lineproof.imaging.portrait_apart import measure_apart
from lineproof.imaging.portrait_face import find_page_portrait
from lineproof.imaging.printed_text import PrintedModels, Region, read_printed

# The back of a card has its zone and neither portrait nor the entries that the zone repeats.
_BACKS = (MrzFormat.TD1,)
_PRINTED = (Check.PRINTED_NAME_AGREES, Check.PRINTED_NUMBER_AGREES, Check.PRINTED_DATES_AGREE)
# Where the portrait is left unread, from the middle of its face by the distance of the eyes.
_AROUND_EYES = (2.2, 2.6, 2.2, 3.6)


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A document's page, straightened, and the portrait on it; None where there is none."""

    page: StraightPage
    portrait: Face | None
    has_entries: bool


def see_page(image: DecodedImage, reading: MrzReading, models: FaceModels) -> SeenPage:
    """Straighten the page and find its portrait. Step 1."""
    page = straighten(image, reading)
    entries = reading.format not in _BACKS
    return SeenPage(page, find_page_portrait(page.pixels, models) if entries else None, entries)


def check_barcodes(image: DecodedImage, zone: Mrz, lines: Sequence[PrintedLine]) -> tuple[Finding, ...]:
    """Compare barcodes in the photograph with the zone and the print; nothing without one. Step 3.

    lines: as `check_print` read them.
    """
    found = find_barcodes(image.pixels)
    return check_barcode(parse_contents(each.content for each in found), _fields(zone), lines)


def check_print(
    seen: SeenPage, zone: Mrz, models: PrintedModels | None
) -> tuple[tuple[Finding, ...], tuple[PrintedLine, ...]]:
    """Compare what is printed with the zone, and give the lines that were read as well. Step 2.

    models: None where they are not installed: then the checks are not done, and say so.
    """
    if not seen.has_entries:
        return (), ()
    if models is None:
        return tuple(indeterminate(check, ReasonCode.CHECK_NOT_DONE) for check in _PRINTED), ()
    fields = _fields(zone)
    skip = [_zone_region(seen.page, zone.format)]
    if seen.portrait is not None:
        skip.append(_portrait_region(seen.portrait))
    lines = read_printed(seen.page.pixels, models, skip=skip, enough=lambda read: all_agree(fields, read))
    return check_printed(fields, lines), lines


def check_portrait(seen: SeenPage, kind: MrzFormat) -> tuple[Finding, ...]:
    """Check whether the portrait looks like a part of the page. Step 4."""
    if not seen.has_entries:
        return ()
    measures = None
    if seen.portrait is not None:
        measures = measure_apart(
            seen.page.pixels,
            seen.portrait,
            px_per_mm=seen.page.px_per_mm,
            zone_top_mm=zone_on_page(kind).top_mm,
        )
    return (check_portrait_original(measures, PortraitLimits()),)


def _fields(zone: Mrz) -> ZoneFields:
    return zone_fields(document_of(zone), name_truncated=zone.name_truncated)


def _zone_region(page: StraightPage, kind: MrzFormat) -> Region:
    height, width = page.pixels.shape[:2]
    return Region(0, zone_on_page(kind).top_mm * page.px_per_mm, width, height)


def _portrait_region(face: Face) -> Region:
    x, y = face.centre
    left, above, right, below = (each * face.eye_distance_px for each in _AROUND_EYES)
    return Region(float(x - left), float(y - above), float(x + right), float(y + below))
