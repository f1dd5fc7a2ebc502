"""The checks on a document that was read from a photograph, in order."""

from datetime import date

from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, indeterminate, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import document_of
from lineproof.document.mrz import Td3
from lineproof.document.validity import check_accepted, check_in_date

# A reading less sure than this in any character is looked at by a person. Chosen on simulated
# photographs so that no unrepaired reading above it was wrong; see docs/measurements.md.
SURE_ENOUGH = 0.5


def check_read(*, least_confidence: float, repaired: int) -> Finding:
    """Check that every character was read surely and none was repaired.

    least_confidence: of the least sure character, 0 to 1, larger is surer. repaired: how many
    characters were changed by the grammar; check digits prove nothing about a repaired reading, so
    one repair is enough to want a person.
    """
    measures = (
        Measure(Measured.READING_CONFIDENCE, least_confidence),
        Measure(Measured.REPAIRED_CHARACTERS, repaired),
    )
    if repaired or least_confidence < SURE_ENOUGH:
        return indeterminate(Check.DOCUMENT_READ, ReasonCode.DOCUMENT_READ_UNSURE, *measures)
    return passed(Check.DOCUMENT_READ, *measures)


def check_zone(zone: Td3, policy: Policy, *, on: date) -> tuple[Finding, ...]:
    """Check the machine readable zone of a passport seen in a photograph.

    In order: (1) check digits; (2) an accepted kind and issuer; (3) in date; (4) genuine, which a
    photograph cannot show: check digits prove that a zone was read, not that a document is genuine.
    """
    document = document_of(zone)
    return (
        _check_digits(zone),
        check_accepted(document, policy),
        check_in_date(document, on=on),
        indeterminate(Check.DOCUMENT_GENUINE, ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE),
    )


def _check_digits(zone: Td3) -> Finding:
    """ICAO Doc 9303-3 section 4.9 and 9303-4 section 4.2: four digits and the composite one."""
    wrong = Measure(Measured.WRONG_CHECK_DIGITS, sum(not right for _, right in zone.check_digits))
    if zone.check_digits_valid:
        return passed(Check.CHECK_DIGITS, wrong)
    return failed(Check.CHECK_DIGITS, ReasonCode.CHECK_DIGITS_WRONG, wrong)
