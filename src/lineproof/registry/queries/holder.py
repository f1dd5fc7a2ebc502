"""What a holder sees: every line in their name, its history, the notices, the decisions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lineproof.errors import NotFound
from lineproof.line.language import Language
from lineproof.line.notice import NoticeKind, NoticeText
from lineproof.line.state import LineState
from lineproof.line.transfer import TransferState
from lineproof.line.wording import notice_text
from lineproof.ports import KeyService
from lineproof.registry.blind_index import BlindIndex, line_index
from lineproof.registry.key_versions import read_key_versions
from lineproof.registry.models import Custody, Holder, Notice, Transfer
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import unseal
from lineproof.registry.queries.disputes import HeldDispute, read_disputes_of
from lineproof.registry.queries.notices import cause_of
from lineproof.registry.sealed_organisation import read_organisation
from lineproof.terms import HolderId, LineId, LineKind, Msisdn


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One line in a holder's name. label: the number or account. detail: SIM number or address, or "".

    disowned: a dispute was upheld: it is not theirs, and is being closed. registered_until: when the
    registration of a visitor's line is over; None: it has no end. for_minor: a minor uses it.
    organisation: the name of whose it is, where the holder signs for one, or "".
    """

    id: LineId
    kind: LineKind
    state: LineState
    label: str
    detail: str
    held_since: datetime
    disowned: bool = False
    registered_until: datetime | None = None
    for_minor: bool = False
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class GivenNotice:
    """One notice as the holder reads it."""

    text: NoticeText
    line_label: str
    given_at: datetime
    deadline: datetime | None
    line: LineId | None = None


@dataclass(frozen=True, slots=True)
class HolderPage:
    """Everything the page of "my lines" shows. documents: how many documents are bound to the holder."""

    name: str
    lines: tuple[HeldLine, ...]
    notices: tuple[GivenNotice, ...]
    documents: int
    disputes: tuple[HeldDispute, ...] = ()


def read_holder_page(
    keys: KeyService, holder: HolderId, *, language: Language = Language.ENGLISH
) -> HolderPage:
    """Read a holder's page, with notices in a language; NotFound if there is none, or it was erased."""
    row = Holder.objects.filter(id=holder).only("sealed_identity").first()
    if row is None:
        raise NotFound("There is no such holder.")
    if row.sealed_identity is None:
        raise NotFound("The data was erased.", remedy="It cannot be brought back.")
    identity = unseal(
        keys,
        bytes(row.sealed_identity),
        subject=holder,
        retention=Retention.IDENTITY,
        place="holder.sealed_identity",
    )
    lines = read_lines(keys, holder)
    labels = {line.id: line.label for line in lines}
    rows = Notice.objects.filter(holder=holder, to_line_only=False).select_related("line")
    notices = rows.order_by("-given_at", "-id")
    return HolderPage(
        name=identity["full_name"] or "",
        lines=lines,
        notices=tuple(
            GivenNotice(
                notice_text(NoticeKind(notice.kind), language, cause_of(notice)),
                labels.get(LineId(notice.line_id), "") if notice.line_id else "",
                notice.given_at,
                notice.deadline,
                LineId(notice.line_id) if notice.line_id else None,
            )
            for notice in notices
        ),
        documents=row.bindings.count(),
        disputes=read_disputes_of(holder),
    )


def read_lines(keys: KeyService, holder: HolderId) -> tuple[HeldLine, ...]:
    """Read every line a holder holds now, oldest first."""
    custodies = list(
        Custody.objects.filter(holder=holder, until=None)
        .select_related("line", "organisation")
        .order_by("since", "id")
    )
    organisations = {each.organisation for each in custodies if each.organisation is not None}
    names = {each.id: read_organisation(keys, each).name for each in organisations}
    return tuple(_held_line(keys, holder, custody, names) for custody in custodies)


def count_lines(holder: HolderId, kind: LineKind) -> int:
    """Count the lines of a kind a holder holds now, or has accepted for transfer: what their cap counts.

    One that was found not to be theirs does not count, nor one that is an organisation's.
    """
    held = Custody.objects.filter(
        holder=holder, organisation=None, until=None, disowned_at=None, line__kind=kind.value
    )
    to_come = Transfer.objects.filter(
        receiver=holder, state=TransferState.ACCEPTED.value, line__kind=kind.value
    )
    return held.count() + to_come.count()


def find_holder_by_name(keys: KeyService, name: str) -> HolderId:
    """Find who holds the line of this number or account now; NotFound if nobody does."""
    custody = _find_custody(keys, name, lambda custodies: custodies.filter(until=None).first())
    if custody is None:
        raise NotFound("That line is not registered here.", remedy="Check the number or account.")
    return HolderId(custody.holder_id)


def find_last_holder_by_name(keys: KeyService, name: str) -> HolderId:
    """Find who holds the line of this number or account, or held it last; NotFound if nothing says so."""
    custody = _find_custody(keys, name, lambda custodies: custodies.order_by("-since").first())
    if custody is None:
        raise NotFound(
            "That line is not registered here, or was erased.",
            remedy="Check the number or account. What was erased leaves nothing that it could be found by.",
        )
    return HolderId(custody.holder_id)


def find_line_by_name(keys: KeyService, name: str) -> LineId:
    """Find the line of this number or account, held or ended; NotFound if nothing says so.

    Whose it is, is not said: a procedure on it asks who is before it.
    """
    custody = _find_custody(keys, name, lambda custodies: custodies.order_by("-since").first())
    if custody is None:
        raise NotFound("That line is not registered here.", remedy="Check the number or account.")
    return LineId(custody.line_id)


def _find_custody(
    keys: KeyService, name: str, choose: Callable[[QuerySet[Custody]], Custody | None]
) -> Custody | None:
    """Choose among the custodies of the line of this number or account."""
    identifier = Msisdn.parse(name).text if name.startswith("+") else name.strip().lower()
    kind = LineKind.MOBILE if name.startswith("+") else LineKind.FIXED
    index = line_index(keys, kind=kind.value, identifier=identifier)
    custody = choose(_custodies_of(index))
    while custody is None and index.versions != read_key_versions():
        # A rotation ended since the index was computed.
        index = line_index(keys, kind=kind.value, identifier=identifier)
        custody = choose(_custodies_of(index))
    return custody


def _custodies_of(index: BlindIndex) -> QuerySet[Custody]:
    return Custody.objects.filter(index.matches("line__identifier_index")).only("holder_id", "line_id")


def _held_line(
    keys: KeyService, holder: HolderId, custody: Custody, organisations: Mapping[UUID, str]
) -> HeldLine:
    line = custody.line
    value = unseal(
        keys,
        bytes(line.sealed_identifier or b""),
        subject=holder,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    return HeldLine(
        id=LineId(line.id),
        kind=LineKind(line.kind),
        state=LineState(line.state),
        label=value["identifier"] or "",
        detail=value["detail"] or "",
        held_since=custody.since,
        disowned=custody.disowned_at is not None,
        registered_until=custody.registered_until,
        for_minor=custody.for_minor,
        organisation="" if custody.organisation_id is None else organisations[custody.organisation_id],
    )
