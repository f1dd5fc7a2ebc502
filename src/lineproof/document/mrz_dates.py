"""Give the six digits of a date in a machine readable zone their century: ICAO Doc 9303-3 (8th ed.), 4.8.

The standard writes two digits of the year and leaves the century to whoever reads.
"""

from datetime import date

from lineproof.document.mrz_format import FILLER, REMEDY, Entry
from lineproof.errors import Malformed

# Years after the reading that a two-digit year of expiry may still mean; later ones are in the past.
EXPIRY_HORIZON_YEARS = 30


def birth_date(text: str, *, read_on: date) -> date | None:
    """Read a date of birth in the latest year that does not put it after read_on.

    None when the zone leaves a part of it, or all, unknown. Raises Malformed for a date in no calendar.
    """
    if FILLER in text:
        return None
    this_century = read_on.year - read_on.year % 100
    year = this_century + int(text[:2])
    if (year, int(text[2:4]), int(text[4:6])) > (read_on.year, read_on.month, read_on.day):
        year -= 100
    return _calendar_date(year, text, called=Entry.BIRTH)


def expiry_date(text: str, *, read_on: date) -> date:
    """Read a date of expiry, at most EXPIRY_HORIZON_YEARS calendar years after read_on and else in the past.

    A long expired document is an outcome, not an error. Raises Malformed for a date in no calendar.
    """
    latest = read_on.year + EXPIRY_HORIZON_YEARS
    year = latest - (latest - int(text[:2])) % 100
    return _calendar_date(year, text, called=Entry.EXPIRY)


def _calendar_date(year: int, text: str, *, called: Entry) -> date:
    try:
        return date(year, int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise Malformed(f"The {called} in the zone is in no calendar.", remedy=REMEDY) from None
