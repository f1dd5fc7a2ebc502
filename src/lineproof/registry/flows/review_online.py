"""Sign in as a reviewer by a passkey, and give an opinion on a referred case that the passkey signs.

Sign in:
    1. one transaction: the passkey is a reviewer's, signed what this browser was asked just now, and has
       answered nothing later; its count, and when it was used
Give an opinion:
    2. what is signed is the case, the opinion and its reason, as they were previewed: nothing else is given
    3. one transaction: the same of the passkey, which is of who is signed in
    4. the opinion is given under the policy that the case was referred under, as `review_case` gives it

Signing in opens nothing of an applicant: photographs are opened by `open_evidence`, each time with a passkey.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lineproof.decision.passkey import credential_id_of
from lineproof.errors import NotPermitted
from lineproof.line.case import ReviewerOpinion
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.add_passkey import Answer, note_answer
from lineproof.registry.flows.keeping import under_policy_of
from lineproof.registry.flows.review_case import Review, review_case
from lineproof.terms import CaseId, StaffName, StaffRole

_LABEL = b"lineproof opinion v1\0"


@dataclass(frozen=True, slots=True)
class PreparedOpinion:
    """An opinion that was previewed and is to be signed. nonce: drawn for this preview, 32 bytes."""

    case: CaseId
    opinion: ReviewerOpinion
    nonce: bytes

    @property
    def challenge(self) -> bytes:
        """Give what the passkey signs: 32 bytes over all of it."""
        reason = "" if self.opinion.reason is None else self.opinion.reason.value
        said = f"{self.opinion.reviewer.text}\0{self.opinion.opinion.value}\0{reason}".encode()
        return hashlib.sha256(_LABEL + self.nonce + self.case.bytes + said).digest()


def sign_in_reviewer(answer: Answer, *, now: datetime) -> StaffName:
    """Give which reviewer a passkey is of.

    Raises NotPermitted for a passkey that is no reviewer's, for what it did not sign for this challenge on
    this page, and for what was asked before it was last used; Malformed where the page can have none.
    """
    with transaction.atomic():  # 1
        return _answered(answer, now)


def give_opinion(services: Services, prepared: PreparedOpinion, answer: Answer, *, now: datetime) -> Review:
    """Give the opinion of who is signed in, which their passkey signed.

    answer.challenge: of `prepared`. Raises what `sign_in_reviewer` and `review_case` raise, and NotPermitted
    for another reviewer's passkey. Nothing was given then.
    """
    if answer.challenge != prepared.challenge:  # 2
        raise NotPermitted("Another opinion was signed.", remedy="Load the page of the case again.")
    with transaction.atomic():  # 3
        if _answered(answer, now) != prepared.opinion.reviewer:
            raise NotPermitted(
                "The passkey is another reviewer's than who is signed in.",
                remedy="Sign in again, with your own.",
            )
        row = models.Case.objects.select_related("decision").filter(id=prepared.case).first()
        under = services if row is None else under_policy_of(services, row)
    return review_case(under, prepared.case, prepared.opinion, now=now)  # 4


def _answered(answer: Answer, now: datetime) -> StaffName:
    credential = credential_id_of(answer.json)
    row = models.Passkey.objects.select_related("staff").filter(credential_id=credential).first()
    if row is None or row.staff.role != StaffRole.REVIEWER.value:
        raise NotPermitted(
            "This passkey is no reviewer's on this record.",
            remedy="Enrol it first: lineproof reviewers passkey NAME",
        )
    note_answer(row, answer, now=now)
    return StaffName(row.staff.name)
