"""A visitor's data and rights: appeal what people decided, take one's data away, have it erased."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lineproof.errors import NotFound
from lineproof.line.appeal import AppealKind, AppealState
from lineproof.line.retention import Kept, Matter
from lineproof.portal.applying import draft_of
from lineproof.portal.languages import letters_apart
from lineproof.portal.views import (
    Opened,
    PortalRequest,
    holder_of_visit,
    opened_by,
    see_other,
    shown_in_visit,
    shown_now,
    until_in_words,
)
from lineproof.portal.words import matter_in_words
from lineproof.registry.flows.appeal_decision import open_appeal
from lineproof.registry.flows.erase import erase_holder
from lineproof.registry.queries.appealable import Appealable, OwnAppeal, read_appealable, read_own_appeals
from lineproof.registry.queries.drafts import read_appealable_case
from lineproof.registry.queries.holder import read_lines
from lineproof.registry.queries.own_data import read_openings, read_own_data
from lineproof.terms import LineId


@require_http_methods(["GET", "HEAD", "POST"])
def appeals(request: PortalRequest) -> HttpResponse:
    """Show what can be appealed and what was; and appeal."""
    holder, now = holder_of_visit(request), timezone.now()
    open_ = read_appealable(request.services.policy, holder, now=now)
    if request.method == "POST":
        asked = next((each for each in open_ if str(each.about) == request.POST.get("about")), None)
        if asked is None:
            raise NotFound(
                gettext("That cannot be appealed here: it was appealed before, or its time is over."),
                remedy=gettext("Load the page again. Any counter says whom else you can turn to."),
            )
        open_appeal(request.services, asked.kind, asked.about, now=now)
        return see_other("portal:appeals")
    labels = {line.id: line.label for line in read_lines(request.services.keys, holder)}
    context = {
        "open": [_appealable(request, each, labels) for each in open_],
        "made": [_made(request, each, labels) for each in read_own_appeals(holder)],
        **letters_apart(),
    }
    return render(request, "portal/appeals.html", context)


@require_POST
def appeal_application(request: PortalRequest) -> HttpResponse:
    """Appeal against what two people decided of this browser's application."""
    now = timezone.now()
    case = read_appealable_case(draft_of(request), now=now)
    open_appeal(request.services, AppealKind.CASE, case, now=now)
    return see_other("portal:apply-result")


@require_http_methods(["GET", "HEAD", "POST"])
def data(request: PortalRequest) -> HttpResponse:
    """Say what a visitor can take away, who looked at their photographs, and what erasing does; and erase."""
    holder = holder_of_visit(request)
    if request.method == "POST":
        return _erase(request)
    retention = request.services.policy.retention
    context = {
        "openings": read_openings(holder),
        "identity_days": retention.identity.days,
        "line_days": retention.line.days,
        "is_shown": shown_in_visit(request) is not None,
        "may_take": _may_take(request),
    }
    return render(request, "portal/data.html", context)


@require_safe
def download(request: PortalRequest) -> HttpResponse:
    """Give all that the record holds on a visitor, as one file; to who came by a code, with the document."""
    holder = holder_of_visit(request)
    if not _may_take(request):
        shown_now(request)
    own = read_own_data(request.services.keys, holder, now=timezone.now())
    answer = JsonResponse(own, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="lineproof-data.json"'
    return answer


def _erase(request: PortalRequest) -> HttpResponse:
    """Erase what need not be kept of a visitor, who showed who they are, and say what is kept and why."""
    holder = holder_of_visit(request)
    shown_now(request)
    erasure = erase_holder(request.services, holder, now=timezone.now())
    context = {
        "erased": [matter_in_words(each) for each in erasure.erased],
        "kept": [_kept(request, each) for each in erasure.kept],
        "is_over": Matter.IDENTITY in erasure.erased,
        **letters_apart(),
    }
    page = render(request, "portal/erased.html", context)
    if Matter.IDENTITY in erasure.erased:
        request.session.flush()
    return page


def _may_take(request: PortalRequest) -> bool:
    """Tell whether a visitor is surely the holder: a code comes to whoever has the line in their hand."""
    return opened_by(request) is not Opened.CODE or shown_in_visit(request) is not None


def _appealable(request: PortalRequest, each: Appealable, labels: dict[LineId, str]) -> dict[str, object]:
    return {
        "about": each.about,
        "is_dispute": each.kind is AppealKind.DISPUTE,
        "line": labels.get(each.line, ""),
        "decided_at": each.decided_at,
        "until": until_in_words(request, each.until),
    }


def _made(request: PortalRequest, each: OwnAppeal, labels: dict[LineId, str]) -> dict[str, object]:
    return {
        "state": each.state.value,
        "waits": each.state is AppealState.OPEN,
        "line": labels.get(each.line, ""),
        "opened_at": each.opened_at,
        "due": until_in_words(request, each.due_at) if each.state is AppealState.OPEN else "",
    }


def _kept(request: PortalRequest, kept: Kept) -> dict[str, str]:
    return {
        "what": matter_in_words(kept.what),
        "line": kept.line,
        "why": kept.why,
        "until": until_in_words(request, kept.until),
    }
