"""What is known of notices: which are on their way, what one says, and where a holder's notices go."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from lineproof.errors import Erased, NotFound
from lineproof.line.clock import find_zone
from lineproof.line.correction import CAUSES, Cause
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.letter import Facts, Letter, write_letter
from lineproof.line.notice import OF_CORRECTION, NoticeKind, NoticeState
from lineproof.messages_port import Address
from lineproof.ports import KeyService, Services
from lineproof.registry.models import ContactPoint, Notice
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import unseal
from lineproof.terms import ContactPointId, EmailAddress, HolderId, Msisdn


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as the operator sees it: nothing of whom it is to. attempts: on every channel."""

    number: int
    kind: NoticeKind
    given_at: datetime
    deadline: datetime | None
    state: NoticeState
    attempts: int


@dataclass(frozen=True, slots=True)
class KnownContactPoint:
    """A contact point that is there, its address unsealed."""

    id: ContactPointId
    channel: Channel
    address: Address
    language: Language
    added_at: datetime


def read_notices(*states: NoticeState) -> tuple[NoticeRow, ...]:
    """Read the notices that are so, the oldest first."""
    rows = Notice.objects.filter(state__in=[state.value for state in states])
    return tuple(
        NoticeRow(
            row.id,
            NoticeKind(row.kind),
            row.given_at,
            row.deadline,
            NoticeState(row.state),
            row.attempts,
        )
        for row in rows.annotate(attempts=Count("deliveries")).order_by("given_at", "id")
    )


def read_numbers_on_their_way() -> tuple[int, ...]:
    """Read the numbers of the notices that are on their way, the oldest first."""
    rows = Notice.objects.filter(state=NoticeState.GIVEN.value).order_by("given_at", "id")
    return tuple(rows.values_list("id", flat=True))


def read_letter(services: Services, number: int, language: Language) -> Letter:
    """Write a notice to be printed; NotFound where there is none of this number."""
    row = Notice.objects.filter(id=number).select_related("line").first()
    if row is None:
        raise NotFound(f"There is no notice {number}, or it was erased with whom it was to.")
    return letter_of(services, row, language)


def letter_of(services: Services, row: Notice, language: Language, *, to_line: bool = False) -> Letter:
    """Write a notice in a language, its times in the jurisdiction's zone.

    to_line: it goes to the line itself, where who else uses it may read it.
    """
    facts = Facts(
        NoticeKind(row.kind),
        row.id,
        row.given_at,
        row.deadline,
        line=line_of(services.keys, row) or "",
        cause=cause_of(row, to_line=to_line),
    )
    return write_letter(facts, language=language, zone=find_zone(services.policy.calendar.zone))


def cause_of(row: Notice, *, to_line: bool = False) -> Cause | None:
    """Give the cause of the correction that a notice tells of.

    None where it tells of none, where the correction was erased, and, to the line itself, where the cause
    says more of its holder than who else uses the line needs to know.
    """
    if NoticeKind(row.kind) not in OF_CORRECTION or row.line is None or row.subject is None:
        return None
    correction = row.line.corrections.filter(subject=row.subject).first()
    if correction is None:
        return None
    cause = Cause(correction.cause)
    return None if to_line and CAUSES[cause].holders_affair else cause


def line_of(keys: KeyService, row: Notice, *, held_now: bool = False) -> str | None:
    """Give the number or account of the line that a notice is about; None where that is not its holder's.

    It is sealed under whoever holds the line, or held it last: after a transfer that is somebody else.
    held_now: only where they still hold it.
    """
    if row.line is None or row.line.sealed_identifier is None:
        return None
    custody = row.line.custodies.order_by("-since", "-id").first()
    if custody is None or custody.holder_id != row.holder_id or (held_now and custody.until is not None):
        return None
    try:
        value = unseal(
            keys,
            bytes(row.line.sealed_identifier),
            subject=row.holder_id,
            retention=Retention.LINE,
            place="line.sealed_identifier",
        )
    except Erased:
        return None
    return value["identifier"]


def read_contact_points(keys: KeyService, holder: HolderId) -> tuple[KnownContactPoint, ...]:
    """Read where a holder's notices go besides their page, the oldest first."""
    rows = ContactPoint.objects.filter(holder=holder, removed_at=None).order_by("added_at", "id")
    return tuple(_known(keys, rows.iterator()))


def _known(keys: KeyService, rows: Iterator[ContactPoint]) -> Iterator[KnownContactPoint]:
    for row in rows:
        try:
            address = unseal_address(keys, row)
        except Erased:
            continue
        yield KnownContactPoint(
            ContactPointId(row.id), Channel(row.channel), address, Language(row.language), row.added_at
        )


def unseal_address(keys: KeyService, row: ContactPoint) -> Address:
    """Open a contact point's address; Erased where its key was destroyed, or it was removed."""
    if row.sealed_address is None:
        raise Erased("That contact point was removed.")
    value = unseal(
        keys,
        bytes(row.sealed_address),
        subject=row.holder_id,
        retention=Retention.IDENTITY,
        place="contactpoint.sealed_address",
    )
    text = value["address"] or ""
    return EmailAddress.parse(text) if row.channel == Channel.EMAIL.value else Msisdn.parse(text)
