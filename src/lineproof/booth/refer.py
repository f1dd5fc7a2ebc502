"""Whether findings refer, as far as the booth can tell; then alone the content key goes to the case.

The worker says it and the parent says it again (`accept.py`): they must agree. The record may know more: a
cap that is reached refers as well, but nothing about that is in a photograph, so none is kept for it.
"""

from dataclasses import replace

from lineproof.booth.seal import seal_key
from lineproof.decision.attestation import attest
from lineproof.decision.decide import Verdict, decide
from lineproof.ports import Assignment, Examination
from lineproof.referral import wrap_info


def refers(examination: Examination, assignment: Assignment) -> bool:
    """Tell whether what was found refers.

    An attestation of this document counts as if it held: whether its signature is right is found out later,
    and if it is not, nothing is decided at all.
    """
    findings = examination.findings
    if examination.attested_document:
        findings = attest(findings, attestations_by_agent=1)
    return decide(findings, policy=assignment.policy, way=assignment.way).verdict is Verdict.REFER


def wrap_if_referred(examination: Examination, assignment: Assignment, content_key: bytes) -> Examination:
    """Add the content key (32 bytes), wrapped to the case's key, if there is one and this refers."""
    if assignment.case_key is None or not refers(examination, assignment):
        return examination
    wrapped = seal_key(content_key, assignment.case_key, wrap_info(assignment.session))
    return replace(examination, wrapped_key=wrapped)
