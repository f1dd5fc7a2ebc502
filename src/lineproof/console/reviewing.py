"""Reviewers' pages of cases: sign in, the cases that wait, one case, and an opinion that a passkey signs.

No page says anything of an applicant, nor what another reviewer said. What the applicant will read is shown
before it is given, in the words that they will read.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lineproof.console import staff_visit
from lineproof.console.body import as_text, read_bytes
from lineproof.console.words import check_in_words, found_in_words, kind_in_words, opinion_in_words
from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.decision.referred import Found
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.portal.asked import CHALLENGE_BYTES, answer_of_passkey, ask_passkey
from lineproof.portal.forms import Field, in_words
from lineproof.portal.languages import letters_apart
from lineproof.portal.origin import origin_of, to_name
from lineproof.portal.views import PortalRequest, see_other, until_in_words
from lineproof.registry.flows.add_passkey import Answer
from lineproof.registry.flows.review_online import PreparedOpinion, give_opinion, sign_in_reviewer
from lineproof.registry.queries.case import CaseToReview, read_case_to_review, read_cases_to_review
from lineproof.terms import CaseId, StaffName

_ASKED, _PREPARED = "staff_challenge", "opinion"
# What an opinion can name: what a decision is about, and nothing that only a machine can say of itself.
REASONS = tuple(reason for code, reason in CATALOGUE.items() if code is not ReasonCode.CHECK_NOT_DONE)
_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list, in words. left: to decide. photographs: how long they stay, "" if none do."""

    id: CaseId
    kind: str
    due: str
    left: str
    is_late: bool
    photographs: str
    given: bool


@_page
def sign_in(request: PortalRequest) -> HttpResponse:
    """Sign a reviewer in, whose passkey answers."""
    problem = ""
    if request.method == "POST":
        try:
            name = sign_in_reviewer(answer_of_passkey(request, _ASKED), now=timezone.now())
        except (Malformed, NotPermitted) as error:
            problem = in_words(error)
        else:
            staff_visit.begin(request, name)
            return see_other("console:cases")
    elif (elsewhere := to_name(request)) is not None:
        return elsewhere
    context = {"challenge": ask_passkey(request, _ASKED), "problem": problem}
    return render(request, "console/sign_in.html", context, status=422 if problem else 200)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    request.session.flush()
    return see_other("console:sign-in")


@require_safe
def cases(request: PortalRequest) -> HttpResponse:
    """Show the cases that wait, the one due first at the top."""
    reviewer = staff_visit.signed_in(request)
    if reviewer is None:
        return see_other("console:sign-in")
    rows = [_row(request, case) for case in read_cases_to_review(reviewer)]
    return render(request, "console/cases.html", {"rows": rows, "reviewer": reviewer, **letters_apart()})


@_page
def case_page(request: PortalRequest, case: UUID) -> HttpResponse:
    """Offer to open a case's photographs; to who is signed in, show the case and ask for their opinion.

    To anybody else it is not said whether there is such a case. What they say is previewed, not given yet.
    """
    if request.method == "POST":
        return _prepare(request, CaseId(case))
    elsewhere, reviewer = to_name(request), staff_visit.signed_in(request)
    if elsewhere is not None:
        return elsewhere
    if reviewer is None:
        return render(request, "console/case.html", {"case": case})
    return _render_case(request, read_case_to_review(CaseId(case), reviewer), reviewer)


def _prepare(request: PortalRequest, case: CaseId) -> HttpResponse:
    """Preview an opinion, in the words that the applicant will read; or say what is missing in it."""
    reviewer = staff_visit.reviewer_of(request)
    shown = read_case_to_review(case, reviewer)
    said, code = request.POST.get("opinion", ""), request.POST.get("reason", "")
    try:
        wanted = Opinion(said)
        reason = None if wanted is Opinion.ACCEPT or not code else ReasonCode(code)
    except ValueError:
        problem = Field("opinion", said, gettext("Choose what you say of this case."))
        return _render_case(request, shown, reviewer, opinion=problem, reason=code)
    if wanted is not Opinion.ACCEPT and reason is None:
        problem = Field("reason", said, gettext("A return or a refusal says why: choose the reason."))
        return _render_case(request, shown, reviewer, opinion=problem, reason=code)
    prepared = PreparedOpinion(
        shown.id, ReviewerOpinion(reviewer, wanted, reason), secrets.token_bytes(CHALLENGE_BYTES)
    )
    request.session[_PREPARED] = [
        str(shown.id),
        wanted.value,
        "" if reason is None else reason.value,
        as_text(prepared.nonce),
        timezone.now().isoformat(),
    ]
    return _preview(request, prepared, "")


@require_POST
def confirm(request: PortalRequest, case: UUID) -> HttpResponse:
    """Give the opinion that was previewed last, and that the passkey signed."""
    reviewer, now = staff_visit.reviewer_of(request), timezone.now()
    prepared, asked_at = _prepared(request, CaseId(case), reviewer)
    answer = Answer(request.POST.get("answer", ""), prepared.challenge, asked_at, origin_of(request))
    try:
        review = give_opinion(request.services, prepared, answer, now=now)
    except (Conflict, Malformed, NotPermitted) as error:
        return _preview(request, prepared, in_words(error))
    del request.session[_PREPARED]
    context = {
        "opinion": opinion_in_words(prepared.opinion.opinion),
        "is_decided": review.settlement is not None,
        "are_destroyed": review.evidence_destroyed,
    }
    return render(request, "console/opinion_given.html", context)


def _render_case(
    request: PortalRequest,
    shown: CaseToReview,
    reviewer: StaffName,
    *,
    opinion: Field | None = None,
    reason: str = "",
) -> HttpResponse:
    """Show one case to who is signed in. opinion: what is wrong with what was chosen; None: nothing yet."""
    context = {
        "case": shown.id,
        "shown": shown,
        "row": _row(request, shown),
        "reviewer": reviewer,
        "checks": [
            {
                "asks": check_in_words(check),
                "found": found_in_words(found),
                "value": found.value,
                "is_open": found is not Found.PASSED,
            }
            for check, found in shown.checks
        ],
        "reasons": REASONS,
        "opinion": opinion or Field("opinion"),
        "reason": reason,
        "wrong": [] if opinion is None else [opinion],
        **letters_apart(),
    }
    return render(request, "console/case.html", context, status=200 if opinion is None else 422)


def _preview(request: PortalRequest, prepared: PreparedOpinion, problem: str) -> HttpResponse:
    reason = prepared.opinion.reason
    read: Reason | None = None if reason is None else CATALOGUE[reason]
    context = {
        "case": prepared.case,
        "opinion": opinion_in_words(prepared.opinion.opinion),
        "kind": prepared.opinion.opinion.value,
        "read": read,
        "challenge": as_text(prepared.challenge),
        "problem": problem,
    }
    return render(request, "console/opinion.html", context, status=422 if problem else 200)


def _prepared(request: PortalRequest, case: CaseId, reviewer: StaffName) -> tuple[PreparedOpinion, datetime]:
    about, said, code, nonce, at = request.session.get(_PREPARED, ("", "", "", "", ""))
    if about != str(case):
        raise NotPermitted(
            gettext("No opinion on this case was prepared in this browser, or it was given."),
            remedy=gettext("Open the case again."),
        )
    opinion = ReviewerOpinion(reviewer, Opinion(said), ReasonCode(code) if code else None)
    return (
        PreparedOpinion(case, opinion, read_bytes(nonce, size=CHALLENGE_BYTES)),
        datetime.fromisoformat(at),
    )


def _row(request: PortalRequest, case: CaseToReview) -> CaseRow:
    now, gone = timezone.now(), case.evidence_until
    return CaseRow(
        id=case.id,
        kind=kind_in_words(case),
        due=until_in_words(request, case.due_at),
        left=_left(case.due_at - now),
        is_late=case.due_at <= now,
        photographs="" if gone is None else _left(gone - now),
        given=case.given_at is not None,
    )


def _left(time: timedelta) -> str:
    """Say how long is left, in the largest unit of which there are two or more, counted down."""
    minutes = max(0, int(time.total_seconds() // 60))
    if minutes < 2 * 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 2 * 24:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
