"""Bring notices to their holders: by the channels there are, on their page, or over a counter.

    1. find the notices that are on their way (`read_numbers_on_their_way`)
    2. of each, read where it can go now: the holder's contact points that were there when it was given, and
       the line itself, if that is a mobile line which they hold and which takes messages
    3. where an attempt is due, send it, outside any transaction: the same notice to the same place has the
       same id, however often it is sent
    4. record the attempt, whatever became of it
    5. where that ends its way, one transaction: read again, the notice's next state, entry
Stopped anywhere, the next run goes on: what was sent and not recorded is sent again under the same id. A
channel that is down costs an attempt, and the other places are tried all the same. Two runs at once may both
send; one attempt is recorded. Who was erased meanwhile is sent nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import Conflict, Erased, NotFound, Unavailable
from lineproof.line.delivery import (
    TAKES_MESSAGES,
    Attempt,
    Channel,
    Course,
    NoticeEvent,
    event_of,
    is_in_time,
    next_attempt,
    next_state,
)
from lineproof.line.language import Language
from lineproof.line.notice import NoticeState
from lineproof.line.state import LineState
from lineproof.messages_port import Address, Message, MessageId
from lineproof.ports import Services
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import ContactPoint, Notice, NoticeDelivery
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.notices import (
    letter_of,
    line_of,
    read_numbers_on_their_way,
    unseal_address,
)
from lineproof.terms import HolderId, LineKind, Msisdn, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

MESSAGE_PURPOSE = "message id v1"


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What one run did.

    attempts, accepted: messages sent, and taken over. delivered, undelivered, on_their_way: notices.
    """

    attempts: int = 0
    accepted: int = 0
    delivered: int = 0
    undelivered: int = 0
    on_their_way: int = 0

    def __add__(self, other: "Deliveries") -> "Deliveries":
        """Take two together."""
        return Deliveries(
            self.attempts + other.attempts,
            self.accepted + other.accepted,
            self.delivered + other.delivered,
            self.undelivered + other.undelivered,
            self.on_their_way + other.on_their_way,
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a notice can go. contact_point: None for the line itself."""

    channel: Channel
    address: Address
    language: Language
    contact_point: UUID | None
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class _Course:
    """How far a notice has come. reached: by which channel it was first taken over, if by any."""

    places: Sequence[_Place]
    reached: Channel | None


def deliver_notices(services: Services, *, now: datetime) -> Deliveries:
    """Send every notice on its way once to each place where an attempt is due, and say what became of all.

    Run it every few minutes. Nothing is raised for what is not taken over. Whoever has a clock calls
    `deliver_notice` for each instead: sending takes time, in which a deadline may pass.
    """
    return sum(
        (deliver_notice(services, number, now=now) for number in read_numbers_on_their_way()), Deliveries()
    )


def deliver_notice(services: Services, number: int, *, now: datetime) -> Deliveries:
    """Do the same for one notice; nothing where it is not on its way, or was erased with its holder."""
    row = _on_its_way(number)
    if row is None:
        return Deliveries()
    course = _course(services, row)
    due = _due(services, course, now) if is_in_time(row.deadline, now=now) else []
    tried = [_try(services, row, place, now) for place in due]
    moves = bool(tried) or _event(services, row, course, now) is not None
    state = _settle(services, number, now) if moves else NoticeState.GIVEN  # 5
    return Deliveries(
        attempts=len(tried),
        accepted=sum(tried),
        delivered=int(state is NoticeState.DELIVERED),
        undelivered=int(state is NoticeState.UNDELIVERED),
        on_their_way=int(state is NoticeState.GIVEN),
    )


def hand_over(services: Services, number: int, agent: StaffName, *, now: datetime) -> None:
    """Record that an agent handed a printed notice to its holder, who was there.

    Raises NotFound for no such notice, holder or agent; Conflict where it reached its holder before, where it
    is too late for that, or where its deadline is over.
    """
    with transaction.atomic():
        staff_of(agent, StaffRole.AGENT)
        row = Notice.objects.filter(id=number, holder__sealed_identity__isnull=False).first()
        if row is None:
            raise NotFound(f"There is no notice {number}, or it was erased with whom it was to.")
        if not is_in_time(row.deadline, now=now):
            raise Conflict(
                "The time that this notice gives is over: handed over now, it does not count.",
                remedy="What it announces needs a new notice, with a new deadline.",
            )
        event = next_state(NoticeState(row.state), NoticeEvent.REACHED)
        _record(row, Channel.COUNTER, None, 1, accepted=True, now=now)
        _conclude(services, row, event, now, channel=Channel.COUNTER, agent=agent)


def open_page(services: Services, holder: HolderId, *, now: datetime) -> None:
    """Take note that a holder opened their page: what stands there in time has reached them.

    Call it in the transaction in which their link is used up.
    """
    shown = Notice.objects.filter(holder=holder, state=NoticeState.GIVEN.value, to_line_only=False)
    for row in shown.order_by("id"):
        if is_in_time(row.deadline, now=now):
            _record(row, Channel.PAGE, None, 1, accepted=True, now=now)
            _conclude(services, row, NoticeState.DELIVERED, now, channel=Channel.PAGE)


def _on_its_way(number: int) -> Notice | None:
    """Read a notice that is still on its way, to somebody who is not erased."""
    rows = Notice.objects.filter(
        id=number, state=NoticeState.GIVEN.value, holder__sealed_identity__isnull=False
    )
    return rows.select_related("line").first()


def _due(services: Services, course: _Course, now: datetime) -> list[tuple[_Place, int]]:
    """Give the places where an attempt is due, and which one."""
    terms, calendar = services.policy.notices, services.policy.calendar
    due = (
        (place, next_attempt(place.attempts, terms=terms, calendar=calendar, now=now))
        for place in course.places
    )
    return [(place, number) for place, number in due if number is not None]


def _event(services: Services, row: Notice, course: _Course, now: datetime) -> NoticeEvent | None:
    """Say what has happened to a notice, as far as is known; None while it is on its way."""
    return event_of(
        Course(
            given_at=row.given_at,
            deadline=row.deadline,
            places=[place.attempts for place in course.places],
            reached=course.reached is not None,
        ),
        terms=services.policy.notices,
        calendar=services.policy.calendar,
        now=now,
    )


def _course(services: Services, row: Notice) -> _Course:  # 2
    """Read how far a notice has come, and where it can go now by the channels that there are."""
    deliveries = list(row.deliveries.order_by("attempted_at", "id"))
    reached = next((Channel(each.channel) for each in deliveries if each.accepted), None)
    return _Course(_places(services, row, deliveries), reached)


def _places(services: Services, row: Notice, deliveries: Sequence[NoticeDelivery]) -> list[_Place]:
    tried: dict[UUID | None, list[Attempt]] = {}
    for each in deliveries:
        tried.setdefault(each.contact_point_id, []).append(Attempt(each.attempted_at, each.accepted))
    places = []
    points = ContactPoint.objects.filter(
        holder=row.holder_id, removed_at=None, added_at__lte=row.given_at
    ).order_by("added_at", "id")
    # What is for the line's user alone does not go where its holder is told.
    for point in () if row.to_line_only else points:
        channel = Channel(point.channel)
        if channel not in services.messages or bytes(point.subject) == bytes(row.subject or b""):
            continue
        try:
            address = unseal_address(services.keys, point)
        except Erased:
            continue
        language = Language(point.language)
        places.append(_Place(channel, address, language, point.id, tried.get(point.id, [])))
    number = _line_itself(services, row)
    if number is not None and number not in [place.address for place in places]:
        language = places[0].language if places else Language.ENGLISH
        places.append(_Place(Channel.SMS, number, language, None, tried.get(None, [])))
    return places


def _line_itself(services: Services, row: Notice) -> Msisdn | None:
    line = row.line
    if line is None or line.kind != LineKind.MOBILE.value or Channel.SMS not in services.messages:
        return None
    if LineState(line.state) not in TAKES_MESSAGES:
        return None
    number = line_of(services.keys, row, held_now=True)
    return None if number is None else Msisdn.parse(number)


def _try(services: Services, row: Notice, due: tuple[_Place, int], now: datetime) -> bool:
    """Send a notice to a place, and record it; give whether it was taken over."""
    place, attempt = due
    letter = letter_of(services, row, place.language, to_line=place.contact_point is None)
    message = Message(
        id=_message_id(services, row, place),
        to=place.address,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        sent_at=now,
    )
    try:
        services.messages[place.channel].send(message)  # 3
        accepted = True
    except Unavailable:
        accepted = False
    with transaction.atomic():  # 4
        _record(row, place.channel, place.contact_point, attempt, accepted=accepted, now=now)
    return accepted


def _message_id(services: Services, row: Notice, place: _Place) -> MessageId:
    """Name a notice on its way to a place: the same in every attempt, and to others as good as random.

    When it was given is in it, since a record that is restored from a backup numbers its notices anew.
    """
    where = "line" if place.contact_point is None else str(place.contact_point)
    about = f"{row.id}|{row.given_at.isoformat()}|{where}".encode()
    return MessageId(UUID(bytes=services.keys.mac(about, purpose=MESSAGE_PURPOSE)[:16]))


def _record(
    row: Notice, channel: Channel, contact_point: UUID | None, attempt: int, *, accepted: bool, now: datetime
) -> None:
    """Record an attempt, unless another run has; nothing where notice or contact point is gone meanwhile."""
    gone = contact_point is not None and not ContactPoint.objects.filter(id=contact_point).exists()
    if gone or not Notice.objects.filter(id=row.id).exists():
        return
    NoticeDelivery.objects.get_or_create(
        notice=row,
        channel=channel.value,
        contact_point_id=contact_point,
        attempt=attempt,
        defaults={"attempted_at": now, "accepted": accepted},
    )


@transaction.atomic
def _settle(services: Services, number: int, now: datetime) -> NoticeState | None:
    """Give the state that a notice comes to, and enter it; None where it is not on its way any more."""
    row = _on_its_way(number)
    if row is None:
        return None
    course = _course(services, row)
    event = _event(services, row, course, now)
    if event is None:
        return NoticeState.GIVEN
    state = next_state(NoticeState.GIVEN, event)
    _conclude(services, row, state, now, channel=course.reached)
    return state


def _conclude(
    services: Services,
    row: Notice,
    state: NoticeState,
    now: datetime,
    *,
    channel: Channel | None,
    agent: StaffName | None = None,
) -> None:
    """Write a notice's last state, and its entry in the procedure that it tells of.

    What earlier releases gave says no procedure, and has no entry.
    """
    row.state = state.value
    row.save(update_fields=["state"])
    if row.subject is None:
        return
    owner = SaltOwner(row.holder_id, Retention.IDENTITY)
    record: dict[str, object] = {"holder": str(row.holder_id), "notice": row.id, "kind": row.kind}
    if agent is not None:
        record["agent"] = agent.text
    delivered = state is NoticeState.DELIVERED and channel is not None
    with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
        log.enter(
            EntryKind.NOTICE_DELIVERED if delivered else EntryKind.NOTICE_UNDELIVERED,
            record,
            # It stands beside the procedure, whose stage it does not know and does not change (docs/log.md).
            stage=Stage.UNDER_WAY,
            outcome=channel.value if delivered and channel is not None else row.kind,
            by=() if agent is None else (agent.text,),
        )
