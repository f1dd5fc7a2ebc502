"""Add a passkey by which a holder opens their pages, take one away, and open the pages by one.

Add, in a visit that an operator's link opened:
    1. what the browser made answers what it was asked on this page, and is not enrolled anywhere
    2. one transaction: the holder is not erased and has fewer than five; its row; they are told at every
       place where their notices go; entry
Take away, in a visit of any kind:
    3. one transaction: it is theirs; its row is gone; they are told; entry
Open the pages:
    4. one transaction: the passkey is of a holder, and signed what this browser was asked, since it last
       opened anything; what stands on the pages has reached its holder; entry

A visit that a code opened adds none: who has stolen a phone would come back for ever.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType
from uuid import UUID

from django.db import transaction

from lineproof.decision.passkey import Passkey, credential_id_of, verify_assertion, verify_creation
from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.notice import NoticeKind
from lineproof.ports import Services
from lineproof.registry.flows.deliver_notices import open_page
from lineproof.registry.flows.holding import give_notice, refuse_erased
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import HolderPasskey
from lineproof.registry.models import Passkey as StaffPasskey
from lineproof.registry.models.choices import Retention
from lineproof.registry.models.passkey import MOST_BYTES
from lineproof.terms import HolderId
from lineproof.transparency.entry import EntryKind, Stage

HolderPasskeyId = NewType("HolderPasskeyId", UUID)
MOST_PASSKEYS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a passkey answered. json: `PublicKeyCredential.toJSON()`. challenge: what it was asked, when."""

    json: str = field(repr=False)
    challenge: bytes
    asked_at: datetime
    origin: str


def add_passkey(services: Services, holder: HolderId, made: Answer, *, now: datetime) -> HolderPasskeyId:
    """Add a passkey of a holder, who came by a link.

    Raises NotPermitted for what is no passkey made for this challenge on this page; Malformed where it is too
    large or the page can have none; Conflict where it is enrolled already, for who was erased, and for a
    sixth. Nothing has changed then.
    """
    passkey = verify_creation(made.json, challenge=made.challenge, origin=made.origin)  # 1
    if max(len(passkey.credential_id), len(passkey.public_key)) > MOST_BYTES:
        raise Malformed("This passkey is larger than the record takes.", remedy="Make one on another device.")
    with transaction.atomic(), _log(services, holder, now) as log:  # 2
        refuse_erased(holder)
        credential = passkey.credential_id
        if any(table.objects.filter(credential_id=credential) for table in (HolderPasskey, StaffPasskey)):
            raise Conflict("This passkey is enrolled already.", remedy="Use it, or make another one.")
        if HolderPasskey.objects.filter(holder=holder).count() >= MOST_PASSKEYS:
            raise Conflict(
                "You have as many passkeys as there can be.", remedy="Take away one that you do not use."
            )
        row = HolderPasskey.objects.create(
            holder_id=holder,
            credential_id=credential,
            public_key=passkey.public_key,
            signature_count=passkey.signature_count,
            made_at=now,
        )
        _tell(EntryKind.HOLDER_PASSKEY_ADDED, row, log)
    return HolderPasskeyId(row.id)


def remove_passkey(services: Services, holder: HolderId, passkey: HolderPasskeyId, *, now: datetime) -> None:
    """Take a passkey of a holder away; NotFound where they have none of this id."""
    with transaction.atomic(), _log(services, holder, now) as log:  # 3
        row = HolderPasskey.objects.filter(id=passkey, holder=holder).first()
        if row is None:
            raise NotFound("You have no such passkey.", remedy="It may have been taken away already.")
        _tell(EntryKind.HOLDER_PASSKEY_REMOVED, row, log)
        row.delete()


def sign_in_by_passkey(services: Services, answer: Answer, *, now: datetime) -> HolderId:
    """Give whose pages a passkey opens.

    Raises NotPermitted for a passkey that is of no holder, for what it did not sign for this challenge on
    this page, and for what was asked before it last opened them; Malformed where the page can have none.
    """
    credential = credential_id_of(answer.json)
    with transaction.atomic():  # 4
        row = HolderPasskey.objects.filter(credential_id=credential).first()
        if row is None:
            raise NotPermitted(
                "This passkey opens nothing here: it was taken away, or is of another address.",
                remedy="Use another one, or another way to see your lines.",
            )
        note_answer(row, answer, now=now)
        holder = HolderId(row.holder_id)
        open_page(services, holder, now=now)
        with _log(services, holder, now) as log:
            record: dict[str, object] = {"holder": str(holder)}
            log.enter(EntryKind.SIGNED_IN, record, stage=Stage.ENDED, outcome="passkey")
    return holder


def note_answer(row: HolderPasskey | StaffPasskey, answer: Answer, *, now: datetime) -> None:
    """Verify what a passkey answered, and note when; in the caller's transaction.

    Raises NotPermitted for what it did not sign for this challenge on this page, and for what was asked
    before it was last used; Malformed where the page can have none.
    """
    kept = Passkey(bytes(row.credential_id), bytes(row.public_key), row.signature_count)
    signed = verify_assertion(answer.json, kept, challenge=answer.challenge, origin=answer.origin)
    if row.used_at is not None and answer.asked_at <= row.used_at:
        raise NotPermitted("This was answered before.", remedy="Load the page again, and use it there.")
    row.signature_count, row.used_at = signed.signature_count, now
    row.save(update_fields=["signature_count", "used_at"])


def _log(services: Services, holder: HolderId, now: datetime) -> LogWriter:
    return LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now)


def _tell(kind: EntryKind, row: HolderPasskey, log: LogWriter) -> None:
    give_notice(NoticeKind.PASSKEYS_CHANGED, HolderId(row.holder_id), log, line=None)
    credential = hashlib.sha256(bytes(row.credential_id)).hexdigest()
    log.enter(kind, {"holder": str(row.holder_id), "credential_sha256": credential}, stage=Stage.ENDED)
