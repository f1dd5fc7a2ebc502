"""Is the document of an accepted kind, and in date?"""

from datetime import date

from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import IdentityDocument


def check_accepted(document: IdentityDocument, policy: Policy) -> Finding:
    """Check that the policy takes this kind of document from this issuer."""
    if document.kind[:1] in policy.document_codes and policy.accepts_issuer(document.issuer):
        return passed(Check.DOCUMENT_ACCEPTED)
    return failed(Check.DOCUMENT_ACCEPTED, ReasonCode.DOCUMENT_NOT_ACCEPTED)


def check_in_date(document: IdentityDocument, *, on: date) -> Finding:
    """Check that the document has not expired: it is good to the end of the day it names."""
    left = Measure(Measured.DAYS_TO_EXPIRY, (document.expires_on - on).days)
    if document.expires_on < on:
        return failed(Check.DOCUMENT_IN_DATE, ReasonCode.DOCUMENT_EXPIRED, left)
    return passed(Check.DOCUMENT_IN_DATE, left)
