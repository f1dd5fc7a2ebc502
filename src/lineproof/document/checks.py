"""The checks on a document that was read from a photograph, in order."""

from datetime import date

from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, indeterminate, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import document_of
from lineproof.document.mrz import Mrz
from lineproof.document.mrz_format import MrzFormat
from lineproof.document.validity import check_accepted, check_in_date

# A reading less sure than this in any character is looked at by a person. Chosen on simulated
# photographs so that no unrepaired reading above it was wrong; see docs/measurements.md.
SURE_ENOUGH = 0.8


def check_read(*, kind: MrzFormat, least_confidence: float, repaired: int, agreed: bool) -> Finding:
    """Check that every character was read surely, twice the same, and that none was repaired.

    least_confidence: of the least sure character, 0 to 1, larger is surer. repaired: how many
    characters were changed by the grammar or by a check digit, which prove nothing about a reading that
    they had a part in, so one repair is enough to want a person. agreed: both passes saw the same
    characters, and no closer look others. kind: a visa of 36 characters is always for a person, because one
    of 44 with a finger on its last eight looks the same, and a visa has no digit over all that would tell.
    """
    measures = (
        Measure(Measured.READING_CONFIDENCE, least_confidence),
        Measure(Measured.REPAIRED_CHARACTERS, repaired),
    )
    length_unproven = kind is MrzFormat.MRV_B
    if length_unproven or repaired or not agreed or least_confidence < SURE_ENOUGH:
        return indeterminate(Check.DOCUMENT_READ, ReasonCode.DOCUMENT_READ_UNSURE, *measures)
    return passed(Check.DOCUMENT_READ, *measures)


def check_zone(zone: Mrz, policy: Policy, *, on: date) -> tuple[Finding, ...]:
    """Check the machine readable zone of a document seen in a photograph.

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


def _check_digits(zone: Mrz) -> Finding:
    """All that the format has, the composite one included: ICAO Doc 9303-3, 4.9, and parts 4 to 7, 4.2."""
    wrong = Measure(Measured.WRONG_CHECK_DIGITS, sum(not right for _, right in zone.check_digits))
    if zone.check_digits_valid:
        return passed(Check.CHECK_DIGITS, wrong)
    return failed(Check.CHECK_DIGITS, ReasonCode.CHECK_DIGITS_WRONG, wrong)


def check_one_document(*, second_zone: bool) -> Finding:
    """Check that the photograph shows one document: of two, nobody could say which was presented."""
    if second_zone:
        return failed(Check.ONE_DOCUMENT, ReasonCode.TWO_DOCUMENTS)
    return passed(Check.ONE_DOCUMENT)
