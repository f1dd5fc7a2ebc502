"""Proofs that something of a visitor's is in the published log, as files to keep and to check without us.

An address, which a browser's history keeps, says no more than which it is on the page, from 1.
"""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from lineproof.errors import NotFound
from lineproof.portal.applying import draft_of
from lineproof.portal.views import PortalRequest, holder_of_visit
from lineproof.registry.queries.disputes import read_disputes_of
from lineproof.registry.queries.drafts import read_draft
from lineproof.registry.queries.holder import read_lines
from lineproof.registry.queries.receipts import published_among, read_receipt


@require_safe
def of_line(request: PortalRequest, number: int) -> HttpResponse:
    """Give the proof that a line is registered in the visitor's name."""
    held = read_lines(request.services.keys, holder_of_visit(request))
    return _proof(request, [line.id for line in held], number)


@require_safe
def of_dispute(request: PortalRequest, number: int) -> HttpResponse:
    """Give the proof that a dispute of the visitor's was received."""
    disputed = read_disputes_of(holder_of_visit(request))
    return _proof(request, [dispute.id for dispute in disputed], number)


@require_safe
def of_application(request: PortalRequest) -> HttpResponse:
    """Give the proof of what was decided of the application in this browser."""
    decision = read_draft(request.services, draft_of(request), now=timezone.now()).decision
    return _proof(request, [] if decision is None else [decision], 1)


def _proof(request: PortalRequest, about: Sequence[UUID], number: int) -> HttpResponse:
    """Give one of these, from 1; NotFound where there is none, or it is not published yet."""
    if not 1 <= number <= len(about):
        raise NotFound(
            gettext("There is nothing of yours here that could be proven."),
            remedy=gettext("Go back to the page that you came from."),
        )
    named = about[number - 1]
    if named not in published_among(request.services, [named]):
        raise NotFound(
            gettext("This proof is not there yet, or cannot be made now."),
            remedy=gettext("Come back in a minute. What it is of is on record all the same."),
        )
    answer = HttpResponse(read_receipt(request.services, named).packed(), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="receipt.zip"'
    return answer
