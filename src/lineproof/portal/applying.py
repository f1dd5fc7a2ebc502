"""Applying for a line: the ways first, then one question a page; each answer is kept on the server.

A signed cookie names the application, and says nothing else. Every page is a plain form: what needs a script,
and a camera, is in photographing.py.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lineproof.errors import NotFound
from lineproof.line.clock import deadline, last_day
from lineproof.line.delivery import Channel
from lineproof.line.draft import MOST_TRIES, DraftStep, Goal, Purpose, purposes_of
from lineproof.line.request import LineRequest
from lineproof.portal.forms import Field, read_field
from lineproof.portal.origin import address_of
from lineproof.portal.views import PortalRequest, see_other
from lineproof.portal.words import term_in_words
from lineproof.registry.flows import apply_online
from lineproof.registry.queries.drafts import DraftPage, read_draft
from lineproof.registry.queries.receipts import published_among
from lineproof.terms import AccessId, Iccid, Msisdn

COOKIE = "lineproof-apply"
_SALT = "apply"
# Longer than any application is kept: how long that is, the record says.
_COOKIE_AGE = timedelta(days=60)
_STEPS = {
    DraftStep.LINE: "portal:apply-line",
    DraftStep.CONSENT: "portal:apply-consent",
    DraftStep.CAPTURE: "portal:apply-capture",
    DraftStep.RESULT: "portal:apply-result",
}
# What parses one half of an internet access, where the other half is as good as can be.
_ANY_ACCOUNT, _ANY_ADDRESS = "account", "12 Quay Street"
_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def start(request: PortalRequest) -> HttpResponse:
    """Show the ways, none of them chosen, with what each needs and takes; and go on with what was begun."""
    context = {
        "by_face": apply_online.takes_photographs(request.services),
        **facts_of_ways(request),
    }
    return render(request, "portal/apply/start.html", context)


def facts_of_ways(request: PortalRequest) -> dict[str, object]:
    """Say what the pages of the ways say: what is open in this browser, until when people decide."""
    policy = request.services.policy
    return {
        "opened": _page_of(request),
        "decided_by": _day(request, deadline(timezone.now(), policy.clocks.case, policy.calendar)),
        "kept_days": policy.retention.evidence.days,
        "tries": MOST_TRIES,
    }


@require_safe
def counter(request: PortalRequest) -> HttpResponse:
    """Say what to bring to a counter, and what happens there."""
    return render(request, "portal/apply/counter.html", {"opened": _page_of(request)})


@require_POST
def begin(request: PortalRequest) -> HttpResponse:
    """Begin an application by face."""
    draft = apply_online.begin_application(request.services, now=timezone.now(), address=address_of(request))
    return with_draft(request, see_other(_STEPS[DraftStep.LINE]), draft)


def with_draft(request: HttpRequest, response: HttpResponse, draft: UUID) -> HttpResponse:
    """Give a browser the cookie that names its application, in place of any other."""
    response.set_signed_cookie(
        COOKIE,
        str(draft),
        salt=_SALT,
        max_age=_COOKIE_AGE,
        path=reverse("portal:apply"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return response


def without_draft(response: HttpResponse) -> HttpResponse:
    """Take that cookie away."""
    response.delete_cookie(COOKIE, path=reverse("portal:apply"), samesite="Lax")
    return response


@require_safe
def line(request: PortalRequest) -> HttpResponse:
    """Ask which kind of line it is."""
    page = read_draft(request.services, draft_of(request), now=timezone.now())
    return onward(page, DraftStep.LINE) or render(request, "portal/apply/line.html", {"opened": page})


@_page
def mobile(request: PortalRequest) -> HttpResponse:
    """Ask for a mobile number and the number of its SIM."""
    if request.method != "POST":
        return _ask(request, "mobile", Field("number"), Field("sim"))
    number, sim = read_field(request, "number", Msisdn.parse), read_field(request, "sim", Iccid.parse)
    if number.problem or sim.problem:
        return _ask(request, "mobile", number, sim)
    return _asked(request, LineRequest(Msisdn.parse(number.value), Iccid.parse(sim.value)))


@_page
def internet(request: PortalRequest) -> HttpResponse:
    """Ask for an internet account and where it is installed."""
    if request.method != "POST":
        return _ask(request, "internet", Field("account"), Field("address"))
    account = read_field(request, "account", lambda typed: AccessId.parse(typed, _ANY_ADDRESS))
    address = read_field(request, "address", lambda typed: AccessId.parse(_ANY_ACCOUNT, typed))
    if account.problem or address.problem:
        return _ask(request, "internet", account, address)
    return _asked(request, LineRequest(AccessId.parse(account.value, address.value)))


@_page
def consent(request: PortalRequest) -> HttpResponse:
    """Ask for each consent by itself, none given before."""
    draft = draft_of(request)
    page = read_draft(request.services, draft, now=timezone.now())
    elsewhere = onward(page, DraftStep.CONSENT)
    if elsewhere is not None:
        return elsewhere
    asked = purposes_of(page.goal)
    if request.method != "POST":
        return _consent(request, page, tuple(Field(purpose.value) for purpose in asked))
    given = [_given(request, purpose) for purpose in asked]
    if any(field.problem for field in given):
        return _consent(request, page, tuple(given))
    apply_online.consent(request.services, draft, now=timezone.now())
    return see_other(_STEPS[DraftStep.CAPTURE])


@require_safe
def result(request: PortalRequest) -> HttpResponse:
    """Show what became of the photographs: no score and no measure, but each reason and what to do."""
    page = read_draft(request.services, draft_of(request), now=timezone.now())
    if page.result is None:
        return see_other(_STEPS[page.step])
    context = {
        "opened": page,
        "due": _day(request, page.due_at),
        "kept": _day(request, page.evidence_until),
        "appeal_due": _day(request, page.appeal_due_at),
        "verified_within": term_in_words(request.services.policy.clocks.verified_within),
        "has_codes": Channel.SMS in request.services.messages,
        "is_proven": page.decision
        in published_among(request.services, [page.decision] if page.decision else []),
    }
    return render(request, f"portal/apply/{page.result.value}.html", context)


@require_POST
def again(request: PortalRequest) -> HttpResponse:
    """Begin another try."""
    apply_online.try_again(draft_of(request), now=timezone.now())
    return see_other(_STEPS[DraftStep.CAPTURE])


@require_POST
def end(request: PortalRequest) -> HttpResponse:
    """Delete the application, and the cookie with it."""
    apply_online.end_application(request.services, draft_of(request), now=timezone.now())
    return without_draft(see_other("portal:apply"))


def draft_of(request: HttpRequest) -> UUID:
    """Give which application this browser has; NotFound where it has none."""
    named = request.get_signed_cookie(COOKIE, None, salt=_SALT, max_age=_COOKIE_AGE)
    if named is None:
        raise NotFound(
            gettext("No application is open in this browser: it was never begun, or was deleted."),
            remedy=gettext("Begin one from the start page. Nothing was kept of an earlier one."),
        )
    return UUID(named)


def onward(page: DraftPage, step: DraftStep) -> HttpResponse | None:
    """Send a browser on from a page whose question is not open yet, or not any more; else None."""
    if step is DraftStep.LINE and page.goal is Goal.HOLDER:
        return see_other(_STEPS[page.step])
    order = list(DraftStep)
    if page.step is DraftStep.RESULT or order.index(page.step) < order.index(step):
        return see_other(_STEPS[page.step])
    return None


def _page_of(request: PortalRequest) -> DraftPage | None:
    try:
        return read_draft(request.services, draft_of(request), now=timezone.now())
    except NotFound:
        return None


def _ask(request: PortalRequest, kind: str, *fields: Field) -> HttpResponse:
    page = read_draft(request.services, draft_of(request), now=timezone.now())
    elsewhere = onward(page, DraftStep.LINE)
    if elsewhere is not None:
        return elsewhere
    wrong = [field for field in fields if field.problem]
    context = {field.name: field for field in fields} | {"opened": page, "wrong": wrong}
    return render(request, f"portal/apply/{kind}.html", context, status=422 if wrong else 200)


def _asked(request: PortalRequest, asked: LineRequest) -> HttpResponse:
    apply_online.ask_for_line(request.services, draft_of(request), asked, now=timezone.now())
    return see_other(_STEPS[DraftStep.CONSENT])


def _given(request: HttpRequest, purpose: Purpose) -> Field:
    if request.POST.get(purpose.value) == "yes":
        return Field(purpose.value, "yes")
    problem = gettext("Without this, photographs cannot be taken. Tick it if you agree, or go to a counter.")
    return Field(purpose.value, "", problem)


def _consent(request: PortalRequest, page: DraftPage, fields: tuple[Field, ...]) -> HttpResponse:
    wrong = [field for field in fields if field.problem]
    context = {field.name: field for field in fields} | {
        "opened": page,
        "wrong": wrong,
        "kept_days": request.services.policy.retention.evidence.days,
        "terms_version": request.services.policy.terms_version,
    }
    return render(request, "portal/apply/consent.html", context, status=422 if wrong else 200)


def _day(request: PortalRequest, moment: datetime | None) -> date | None:
    return None if moment is None else last_day(moment, request.services.policy.calendar)
