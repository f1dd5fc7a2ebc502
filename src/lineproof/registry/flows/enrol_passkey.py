"""Enrol a reviewer's passkey: a single-use link is issued, and whoever opens it first makes the passkey.

1. issue: one transaction: a link for an enrolled reviewer, entry
2. enrol: the link opens, once, within an hour; the credential is right and new
3. one transaction: the link is used up, the passkey recorded, entry
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from lineproof.decision.passkey import verify_creation
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.ports import Services
from lineproof.referral import PasskeyEnrolment, PasskeyInvitation
from lineproof.registry import models
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models.passkey import MOST_BYTES
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

GOOD_FOR = timedelta(hours=1)
_CHALLENGE_LABEL = b"lineproof passkey v1\0"


def issue_passkey_link(services: Services, name: StaffName, *, now: datetime) -> str:
    """Issue a token that enrols one passkey of a reviewer, within an hour; NotFound for no such reviewer."""
    token = secrets.token_urlsafe(24)
    with transaction.atomic(), LogWriter(services, None, now=now) as log:  # 1
        reviewer = staff_of(name, StaffRole.REVIEWER)
        models.PasskeyLink.objects.create(
            token_digest=_digest(token), staff=reviewer, expires_at=now + GOOD_FOR
        )
        log.enter(
            EntryKind.PASSKEY_LINK_ISSUED, {"reviewer": name.text}, stage=Stage.ENDED, due_at=now + GOOD_FOR
        )
    return token


def invitation(token: str, *, now: datetime) -> PasskeyInvitation:
    """Say for whom and for what a link's passkey is made; NotPermitted if the link enrols nothing.

    The challenge derives from the token, which is used once.
    """
    return PasskeyInvitation(StaffName(_link(token, now).staff.name), _challenge(token))


def enrol_passkey(services: Services, enrolment: PasskeyEnrolment, *, now: datetime) -> StaffName:
    """Enrol a passkey and give whose it is.

    NotPermitted if the link is unknown, used or too old, or the credential is not right; Malformed if it is
    too large; Conflict if it is enrolled already. In each case the link is not used up.
    """
    with transaction.atomic(), LogWriter(services, None, now=now) as log:
        link = _link(enrolment.token, now)  # 2
        passkey = verify_creation(
            enrolment.attestation, challenge=_challenge(enrolment.token), origin=enrolment.origin
        )
        if max(len(passkey.credential_id), len(passkey.public_key)) > MOST_BYTES:
            raise Malformed(
                "This passkey is larger than the record takes.", remedy="Make one on another device."
            )
        if models.Passkey.objects.filter(credential_id=passkey.credential_id).exists():
            raise Conflict("This passkey is enrolled already.", remedy="Use it, or make another one.")
        link.used_at = now  # 3
        link.save(update_fields=["used_at"])
        models.Passkey.objects.create(
            staff=link.staff,
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            signature_count=passkey.signature_count,
            enrolled_at=now,
        )
        credential = hashlib.sha256(passkey.credential_id).hexdigest()
        record: dict[str, object] = {"reviewer": link.staff.name, "credential_sha256": credential}
        log.enter(EntryKind.PASSKEY_ENROLLED, record, stage=Stage.ENDED)
        return StaffName(link.staff.name)


def _link(token: str, now: datetime) -> models.PasskeyLink:
    link = models.PasskeyLink.objects.filter(token_digest=_digest(token)).select_related("staff").first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotPermitted(
            "This link enrols no passkey any more: it does so once, within an hour.",
            remedy="Ask for a new one: lineproof reviewers passkey NAME",
        )
    return link


def _challenge(token: str) -> bytes:
    return hashlib.sha256(_CHALLENGE_LABEL + token.encode()).digest()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
