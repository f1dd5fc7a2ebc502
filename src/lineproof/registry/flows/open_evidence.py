"""Open the photographs of a referred case for one reviewer's browser.

1. the case waits, and its photographs are still kept
2. the passkey is a reviewer's, and signed for this case, this offer and this browser's key
3. one transaction: the opening, the passkey's count, entry
4. after the commit: only then hand the content key over, to a worker of the booth

It runs in the process that holds the keys of cases, and in no other. The offer is that process's: fresh, and
used once. The epoch is of a keeper that it started itself: a content key goes nowhere else.
"""

from datetime import datetime

from django.db import transaction

from lineproof.decision.passkey import Passkey, credential_id_of, verify_assertion
from lineproof.errors import NotPermitted
from lineproof.ports import Epoch, Services
from lineproof.referral import CaseKeyVault, Opening, OpeningOffer, OpeningRequest, ReviewTerms
from lineproof.registry import models
from lineproof.registry.flows.keeping import under_policy_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.evidence import kept_until
from lineproof.terms import SessionId, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


def open_evidence(
    services: Services,
    vault: CaseKeyVault,
    offer: OpeningOffer,
    request: OpeningRequest,
    epoch: Epoch,
    *,
    now: datetime,
) -> Opening:
    """Record an opening, then hand the content key over to the booth's keeper of this epoch.

    Raises NotFound for no such case, Erased when its photographs are gone, NotPermitted for an assertion that
    is not over this case, offer and key, or not by a reviewer's passkey. In each case nothing was changed.
    """
    with transaction.atomic():
        kept_until(request.case, now=now)  # 1
        evidence = models.CaseEvidence.objects.select_related("case__decision").get(case=request.case)
        passkey = _passkey_of(request)  # 2
        verified = verify_assertion(
            request.assertion,
            Passkey(bytes(passkey.credential_id), bytes(passkey.public_key), passkey.signature_count),
            challenge=offer.challenge(request.browser_key),
            origin=request.origin,
        )
        owner = SaltOwner(evidence.session, Retention.DECISION)
        under = under_policy_of(services, evidence.case)
        with LogWriter(under, owner, now=now, subject=bytes(evidence.case.subject)) as log:  # 3
            models.EvidenceOpening.objects.create(
                case=evidence.case, reviewer=passkey.staff, opening=offer.opening, opened_at=now
            )
            passkey.signature_count = verified.signature_count
            passkey.save(update_fields=["signature_count"])
            log.enter(
                EntryKind.EVIDENCE_OPENED,
                {"case": str(request.case), "reviewer": passkey.staff.name, "opening": offer.opening.hex()},
                stage=Stage.WAITS_FOR_PEOPLE,
                by=[passkey.staff.name],
            )
    terms = ReviewTerms(
        SessionId(evidence.session), offer.opening, request.browser_key, epoch.ends_at, epoch.public_key
    )
    return Opening(terms, vault.hand_over(evidence.key_name, bytes(evidence.wrapped_key or b""), terms))


def _passkey_of(request: OpeningRequest) -> models.Passkey:
    passkey = (
        models.Passkey.objects.filter(credential_id=credential_id_of(request.assertion))
        .select_related("staff")
        .first()
    )
    if passkey is None or passkey.staff.role != StaffRole.REVIEWER.value:
        raise NotPermitted(
            "This passkey is no reviewer's on this record.",
            remedy="Enrol it first: lineproof reviewers passkey NAME",
        )
    return passkey
