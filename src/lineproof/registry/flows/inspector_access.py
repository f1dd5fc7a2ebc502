"""Let an inspector read the published log, by a token, and end that. Nothing else is opened to an inspector.

Issue:
    1. the inspector is enrolled under this name, unless they are: entry
    2. a token that ends is drawn; its digest is recorded, entry with the end as its deadline
    (1) and (2) are one transaction
Revoke:
    3. every token of that name which still holds is ended, an entry for each, in one transaction

Who has the token has it from the command's output: it is said once, and the record keeps its digest alone.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from lineproof.errors import Malformed
from lineproof.ports import Services
from lineproof.registry.flows.enrol_staff import enrol_staff, staff_of
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models import InspectorToken, Staff
from lineproof.registry.queries.inspector import token_digest
from lineproof.terms import MOST_TOKEN_DAYS, TOKEN_DAYS, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, which is nowhere else; when it ends; and whether the inspector was enrolled for it."""

    token: str = field(repr=False)
    until: datetime
    enrolled: bool


def issue_inspector_token(
    services: Services, name: StaffName, *, days: int = TOKEN_DAYS, now: datetime
) -> Issued:
    """Issue a token that reads the published log for some days, enrolling the inspector the first time.

    An inspector may have several. Malformed for less than a day or more than 366, Conflict if the name is
    that of an agent or a reviewer.
    """
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Malformed(f"A token holds for 1 to {MOST_TOKEN_DAYS} days, not for {days}.")
    token, until = secrets.token_urlsafe(TOKEN_BYTES), now + timedelta(days=days)
    with transaction.atomic(), LogWriter(services, None, now=now) as log:
        known = Staff.objects.filter(name=name.text, role=StaffRole.INSPECTOR.value).exists()
        if not known:  # 1
            enrol_staff(services, name, StaffRole.INSPECTOR, public_key=None, now=now)
        InspectorToken.objects.create(  # 2
            token_digest=token_digest(token),
            staff=staff_of(name, StaffRole.INSPECTOR),
            issued_at=now,
            expires_at=until,
        )
        about = _about(name, token_digest(token))
        log.enter(EntryKind.INSPECTOR_TOKEN_ISSUED, about, stage=Stage.ENDED, due_at=until)
    return Issued(token, until, enrolled=not known)


def revoke_inspector_tokens(services: Services, name: StaffName, *, now: datetime) -> int:
    """End every token of an inspector that still holds; give how many. NotFound for no such inspector."""
    with transaction.atomic(), LogWriter(services, None, now=now) as log:  # 3
        inspector = staff_of(name, StaffRole.INSPECTOR)
        held = list(inspector.tokens.filter(revoked_at=None, expires_at__gt=now))
        for token in held:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            about = _about(name, bytes(token.token_digest))
            log.enter(EntryKind.INSPECTOR_TOKEN_REVOKED, about, stage=Stage.ENDED)
    return len(held)


def _about(name: StaffName, digest: bytes) -> dict[str, object]:
    return {"inspector": name.text, "token_sha256": digest.hex()}
