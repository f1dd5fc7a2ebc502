"""The holder's pages: a link opens them, they show the lines in one's name, a button leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from lineproof.errors import NotPermitted
from lineproof.line.clock import find_zone, last_day
from lineproof.line.delivery import Channel
from lineproof.line.dispute import REASONS, DisputeState
from lineproof.line.letter import deadline_in_words
from lineproof.line.notice import NoticeText
from lineproof.line.state import LineState
from lineproof.portal import visit
from lineproof.portal.languages import language_of_letters, letters_apart
from lineproof.portal.words import (
    as_printed,
    detail_in_words,
    dispute_in_words,
    dispute_state_in_words,
    kind_in_words,
    state_in_words,
)
from lineproof.ports import Services
from lineproof.registry.flows.page_link import open_page_link
from lineproof.registry.flows.verify_holder import verified_holder, verified_until
from lineproof.registry.queries.disputes import HeldDispute
from lineproof.registry.queries.holder import GivenNotice, HeldLine, read_holder_page
from lineproof.registry.queries.receipts import published_among
from lineproof.terms import HolderId, SessionId

_SESSION_HOLDER, _SESSION_OPENED, _SESSION_VERIFIED = "holder", "opened", "verified"
_ON = {LineState.ACTIVE, LineState.IN_TRANSFER, LineState.PORTING_OUT}


class Opened(Enum):
    """By what a visit was opened. A link is the operator's, who made sure of whom it is for.

    SHOWN: they showed their document and their face.
    """

    LINK = "link"
    SHOWN = "shown"
    CODE = "code"
    PASSKEY = "passkey"


class PortalRequest(HttpRequest):
    """A request as the web gives it to this door."""

    services: Services


@dataclass(frozen=True, slots=True)
class Shown:
    """Who visits showed who they are. session: in which. until: how long that holds."""

    session: SessionId
    until: datetime


@dataclass(frozen=True, slots=True)
class LineCard:
    """One line as the page shows it, every value already in words. last_day: of a visitor's registration.

    organisation: for which the holder signs, or "".
    """

    label: str
    kind: str
    detail_name: str
    detail: str
    state: str
    is_on: bool
    held_since: datetime
    last_day: date | None
    for_minor: bool
    organisation: str
    receipt: str


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """One dispute as the page shows it. until, reasons: whole sentences. label: "" once the line ended.

    receipt: the address of the proof that it was received; "": there is none yet.
    """

    label: str
    said: str
    state: str
    opened_at: datetime
    until: str
    reasons: tuple[str, ...]
    receipt: str


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """One notice as the page shows it. until: a whole sentence, "" where nothing has to be done."""

    text: NoticeText
    line_label: str
    given_at: datetime
    until: str


@require_safe
def start(request: PortalRequest) -> HttpResponse:
    """Say what this is, what it never does and how to get in."""
    return render(request, "portal/start.html", {"has_codes": Channel.SMS in request.services.messages})


# A plain GET uses the link up, because a printed link can do nothing else. HEAD, which programs send to
# look at a link without opening it, is not answered and leaves the link whole.
@require_GET
def open_with_link(request: PortalRequest, token: str) -> HttpResponse:
    """Use up a link and begin a visit; NotPermitted becomes a page that says how to get another link."""
    holder = open_page_link(request.services, token, now=timezone.now())
    begin_visit(request, holder, Opened.LINK)
    return see_other("portal:lines")


@require_safe
def lines(request: PortalRequest) -> HttpResponse:
    """Show every line in the visitor's name, what they were told about it, and what they can do."""
    page = read_holder_page(request.services.keys, holder_of_visit(request), language=language_of_letters())
    about: list[UUID] = [line.id for line in page.lines]
    about += [dispute.id for dispute in page.disputes]
    published = published_among(request.services, about)

    def receipt_of(place: str, number: int, each: HeldLine | HeldDispute) -> str:
        return reverse(f"portal:{place}", args=[number]) if each.id in published else ""

    shown = shown_in_visit(request)
    context = {
        "name": page.name,
        "cards": [
            card_of(request, line, receipt=receipt_of("receipt", number, line))
            for number, line in enumerate(page.lines, 1)
        ],
        "notices": [notice_card_of(request, each) for each in page.notices],
        "documents": page.documents,
        **letters_apart(),
        "shown_until": "" if shown is None else until_in_words(request, shown.until),
        "minutes_left": visit.minutes_left(request.session),
        "can_be_longer": visit.can_be_longer(request.session),
        "disputes": [
            dispute_card_of(request, one, page.lines, receipt=receipt_of("dispute-receipt", number, one))
            for number, one in enumerate(page.disputes, 1)
        ],
    }
    return render(request, "portal/lines.html", context)


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Let the visit last longer, as its holder wishes who is at a device of their own."""
    holder_of_visit(request)
    visit.stay(request.session)
    return see_other("portal:lines")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the visit."""
    request.session.flush()
    return see_other("portal:left")


@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Say that the visit is over."""
    return render(request, "portal/left.html")


def begin_visit(
    request: HttpRequest, holder: HolderId, by: Opened, *, verified: SessionId | None = None
) -> None:
    """Begin a visit of a holder, in place of whatever was open in this browser.

    verified: the session in which they have just shown who they are; None where they have not. Two holders at
    one screen never share a visit, and no address of a visit from before is worth anything.
    """
    request.session.flush()
    request.session[_SESSION_HOLDER] = str(holder)
    request.session[_SESSION_OPENED] = by.value
    if verified is not None:
        request.session[_SESSION_VERIFIED] = str(verified)
    visit.begin(request.session)
    rotate_token(request)


def shown_in_visit(request: PortalRequest) -> Shown | None:
    """Tell whether who visits has shown who they are, and freshly; None where not, or not any more."""
    named, now = request.session.get(_SESSION_VERIFIED), timezone.now()
    if named is None:
        return None
    session = SessionId(UUID(named))
    try:
        if verified_holder(request.services, session, now=now) != holder_of_visit(request):
            return None
        return Shown(session, verified_until(request.services, session, now=now))
    except NotPermitted:
        return None


def shown_now(request: PortalRequest) -> Shown:
    """Give the same; NotPermitted for who has not shown their document in this visit, or too long ago."""
    shown = shown_in_visit(request)
    if shown is None:
        raise NotPermitted(
            gettext("This needs your document once more, so that nobody who has your phone can do it."),
            remedy=gettext("Show who you are, here or at any counter. Nothing was done."),
        )
    return shown


def opened_by(request: HttpRequest) -> Opened:
    """Tell by what this visit was opened."""
    return Opened(request.session.get(_SESSION_OPENED, Opened.CODE.value))


def holder_of_visit(request: HttpRequest) -> HolderId:
    """Give whose visit this is; NotPermitted where none is open."""
    holder = request.session.get(_SESSION_HOLDER)
    if holder is None or visit.is_over(request.session):
        raise NotPermitted(
            gettext("No visit is open in this browser: it was never opened, you left it, or it ran out."),
            remedy=gettext("Open your lines with a new link."),
        )
    return HolderId(UUID(holder))


def notice_card_of(request: PortalRequest, notice: GivenNotice) -> NoticeCard:
    """Put a notice into words."""
    deadline = until_in_words(request, notice.deadline)
    return NoticeCard(notice.text, notice.line_label, notice.given_at, deadline)


def card_of(request: PortalRequest, line: HeldLine, *, receipt: str) -> LineCard:
    """Put a line into words. receipt: the address of its receipt; "": there is none yet."""
    until, calendar = line.registered_until, request.services.policy.calendar
    return LineCard(
        label=line.label,
        kind=kind_in_words(line.kind),
        detail_name=detail_in_words(line.kind),
        detail=as_printed(line.kind, line.detail),
        state=gettext("Not yours: it is being closed") if line.disowned else state_in_words(line.state),
        is_on=line.state in _ON and not line.disowned,
        held_since=line.held_since,
        last_day=None if until is None else last_day(until, calendar),
        for_minor=line.for_minor,
        organisation=line.organisation,
        receipt=receipt,
    )


def dispute_card_of(
    request: PortalRequest, dispute: HeldDispute, lines: Sequence[HeldLine], *, receipt: str = ""
) -> DisputeCard:
    """Put a dispute into words. receipt: see `DisputeCard`."""
    waits = dispute.state in {DisputeState.OPEN, DisputeState.HEARD}
    return DisputeCard(
        label=next((line.label for line in lines if line.id == dispute.line), ""),
        said=dispute_in_words(dispute.kind),
        state=dispute_state_in_words(dispute.state),
        opened_at=dispute.opened_at,
        until=until_in_words(request, dispute.due_at if waits else None),
        reasons=tuple(gettext(REASONS[reason].says) for reason in dispute.reasons),
        receipt=receipt,
    )


def until_in_words(request: PortalRequest, deadline: datetime | None) -> str:
    """Say until when, in the jurisdiction's zone: a date by itself would leave a day in doubt."""
    if deadline is None:
        return ""
    return deadline_in_words(deadline, language=language_of_letters(), zone=zone_of(request))


def zone_of(request: PortalRequest) -> ZoneInfo:
    """Give the jurisdiction's zone, in which times are told."""
    return find_zone(request.services.policy.calendar.zone)


def see_other(name: str, *args: object) -> HttpResponse:
    """Send the browser on to a page with GET (RFC 9110 section 15.4.4)."""
    response = HttpResponseRedirect(reverse(name, args=args))
    response.status_code = 303
    return response
