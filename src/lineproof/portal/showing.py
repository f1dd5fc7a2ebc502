"""Show who one is, with document and face, for no line: to open one's lines, and to do what needs that.

The steps and pages after the first are those of an application (applying.py), and so is its cookie. Once it
is accepted, the browser opens its holder's page, once; from there what moves or ends a line can be done for
as long as the policy says.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.errors import Conflict
from lineproof.line.draft import Goal
from lineproof.portal.applying import draft_of, facts_of_ways, with_draft, without_draft
from lineproof.portal.origin import address_of
from lineproof.portal.views import Opened, PortalRequest, begin_visit, see_other
from lineproof.registry.flows import apply_online


@require_http_methods(["GET", "HEAD", "POST"])
def who(request: PortalRequest) -> HttpResponse:
    """Show the ways to show who one is, none of them chosen; and begin the one with photographs."""
    facts = facts_of_ways(request)
    if request.method == "POST":
        if facts["opened"] is not None:
            raise Conflict(
                gettext("Something else is open in this browser: it would be lost."),
                remedy=gettext("Go on with it, or delete it. Or use another browser."),
            )
        draft = apply_online.begin_application(
            request.services, Goal.HOLDER, now=timezone.now(), address=address_of(request)
        )
        return with_draft(request, see_other("portal:apply-consent"), draft)
    context = {"by_face": apply_online.takes_photographs(request.services), **facts}
    return render(request, "portal/apply/who.html", context)


@require_POST
def open_lines(request: PortalRequest) -> HttpResponse:
    """Open the page of who showed who they are; it uses the application up."""
    holder, session = apply_online.open_verified(request.services, draft_of(request), now=timezone.now())
    begin_visit(request, holder, Opened.SHOWN, verified=session)
    return without_draft(see_other("portal:lines"))
