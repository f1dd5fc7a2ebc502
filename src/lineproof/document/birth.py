"""Is the holder of a document old enough for a line in their own name? By its date of birth alone."""

from datetime import date

from lineproof.decision.applicants import MinorTerms
from lineproof.decision.finding import Check, Finding, indeterminate, passed
from lineproof.decision.reasons import ReasonCode


def came_of_age(born_on: date, *, years: int) -> date:
    """Give the birthday on which somebody is so many years old; of the 29th of February, the 1st of March."""
    year = born_on.year + years
    try:
        return born_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def check_adult(born_on: date | None, terms: MinorTerms, *, on: date) -> Finding:
    """Check that who was born then is of full age on a day; never a fail: people look at it.

    born_on: None where the document leaves part of it unknown. A date of two digits of a year is read in the
    latest century (ICAO Doc 9303-3, 4.8), so that somebody of a hundred years may be taken for a child.
    """
    if born_on is None:
        return indeterminate(Check.ADULT_BY_DOCUMENT, ReasonCode.BIRTH_NOT_KNOWN)
    if on < came_of_age(born_on, years=terms.under):
        return indeterminate(Check.ADULT_BY_DOCUMENT, ReasonCode.GUARDIAN_NEEDED)
    return passed(Check.ADULT_BY_DOCUMENT)
