"""Add and remove the addresses and numbers to which a holder's notices go.

Add:
    1. the holder is before us, verified in this session, and is not erased
    2. they have room for one more, and not this address already
    3. its row, the address sealed under the holder's identity; a notice to every other one; entry
Remove:
    4. the holder is before us, and it is theirs
    5. its row is emptied; a notice to every one that is left; entry
(2) and (3), (4) and (5) are one transaction each. Whoever could take a line by changing where its holder is
told is seen by the holder at all the other places, and on their page.
"""

from datetime import datetime

from django.db import transaction

from lineproof.errors import Conflict, NotFound
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.notice import NoticeKind
from lineproof.messages_port import Address
from lineproof.ports import Services
from lineproof.registry.flows.holding import give_notice, refuse_erased
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.verify_holder import verified_holder
from lineproof.registry.models import ContactPoint
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import seal
from lineproof.registry.queries.notices import read_contact_points
from lineproof.terms import ContactPointId, EmailAddress, HolderId, SessionId
from lineproof.transparency.entry import EntryKind, Stage

MOST_CONTACT_POINTS = 5


def add_contact_point(
    services: Services, session: SessionId, address: Address, language: Language, *, now: datetime
) -> ContactPointId:
    """Add a contact point of the holder who was verified in this session.

    Raises NotPermitted when nobody was, or too long ago; Conflict where the holder was erased, has this
    address already, or has five.
    """
    holder = verified_holder(services, session, now=now)  # 1
    channel = Channel.EMAIL if isinstance(address, EmailAddress) else Channel.SMS
    with transaction.atomic(), _log(services, holder, now) as log:
        refuse_erased(holder)
        known = read_contact_points(services.keys, holder)  # 2
        if any(one.address == address for one in known):
            raise Conflict("Notices go there already.", remedy="Remove it first, to change its language.")
        if len(known) >= MOST_CONTACT_POINTS:
            raise Conflict(
                "Notices go to {most} places already.",
                remedy="Remove one of them first.",
                most=MOST_CONTACT_POINTS,
            )
        row = ContactPoint.objects.create(  # 3
            holder_id=holder,
            channel=channel.value,
            sealed_address=seal(
                services.keys,
                {"address": address.text},
                subject=holder,
                retention=Retention.IDENTITY,
                place="contactpoint.sealed_address",
            ),
            language=language.value,
            subject=log.subject,
            added_at=now,
        )
        _tell(EntryKind.CONTACT_POINT_ADDED, row, log)
    return ContactPointId(row.id)


def remove_contact_point(
    services: Services, session: SessionId, contact_point: ContactPointId, *, now: datetime
) -> None:
    """Remove a contact point of the holder who was verified in this session; its address is gone at once.

    Raises NotPermitted when nobody was, or too long ago; NotFound where they have none of this id.
    """
    holder = verified_holder(services, session, now=now)  # 4
    with transaction.atomic(), _log(services, holder, now) as log:
        row = ContactPoint.objects.filter(id=contact_point, holder_id=holder, removed_at=None).first()
        if row is None:
            raise NotFound("Notices of this holder do not go there.", remedy="List where they go.")
        row.sealed_address, row.removed_at = None, now  # 5
        row.save(update_fields=["sealed_address", "removed_at"])
        _tell(EntryKind.CONTACT_POINT_REMOVED, row, log)


def _log(services: Services, holder: HolderId, now: datetime) -> LogWriter:
    return LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now)


def _tell(kind: EntryKind, row: ContactPoint, log: LogWriter) -> None:
    give_notice(NoticeKind.CONTACT_CHANGED, HolderId(row.holder_id), log, line=None)
    log.enter(
        kind,
        {"holder": str(row.holder_id), "contact_point": str(row.id)},
        stage=Stage.ENDED,
        outcome=row.channel,
    )
