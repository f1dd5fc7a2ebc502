"""A line's own page, and what its holder can do there: one page asks, and its button does it.

What is offered is what the rules allow as things stand. A form names its line by a token that is good in this
visit alone: a page that was left open never acts on another line than the one it shows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, assert_never

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from lineproof.errors import Conflict, NotFound
from lineproof.line.dispute import DisputeKind
from lineproof.portal import moving
from lineproof.portal.forms import Field
from lineproof.portal.languages import language_of_letters, letters_apart
from lineproof.portal.question import NEED_DOCUMENT, Act, Question, line_of_form, token_for
from lineproof.portal.views import (
    PortalRequest,
    card_of,
    dispute_card_of,
    holder_of_visit,
    notice_card_of,
    see_other,
    shown_in_visit,
    until_in_words,
)
from lineproof.registry.flows.dispute_line import open_dispute
from lineproof.registry.flows.port_out import stop_port_out
from lineproof.registry.flows.replace_sim import stop_sim
from lineproof.registry.flows.transfer_line import cancel_transfer
from lineproof.registry.flows.verify_holder import OwnPage
from lineproof.registry.queries.acts import PossibleActs, read_possible_acts
from lineproof.registry.queries.holder import HeldLine, read_holder_page, read_lines
from lineproof.terms import LineId

T = TypeVar("T")


@require_safe
def line(request: PortalRequest, number: int) -> HttpResponse:
    """Show one line of the visitor's: what happened to it, and what they can do."""
    page = read_holder_page(request.services.keys, holder_of_visit(request), language=language_of_letters())
    held = _line_at(page.lines, number)
    context = {
        "card": card_of(request, held, receipt=""),
        "number": number,
        "notices": [notice_card_of(request, each) for each in page.notices if each.line == held.id],
        "disputes": [
            dispute_card_of(request, one, page.lines) for one in page.disputes if one.line == held.id
        ],
        "questions": _questions(
            request, read_possible_acts(holder_of_visit(request), held.id, now=timezone.now())
        ),
        "is_shown": shown_in_visit(request) is not None,
        **letters_apart(),
    }
    return render(request, "portal/line.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: PortalRequest, number: int, name: str) -> HttpResponse:
    """Ask whether the visitor wants this done with a line, and do it."""
    holder = holder_of_visit(request)
    try:
        wanted = Act(name)
    except ValueError:
        raise NotFound(gettext("There is no page at this address.")) from None
    if request.method != "POST":
        return _ask(request, wanted, _line_at(read_lines(request.services.keys, holder), number), number)
    about, now = line_of_form(request), timezone.now()
    if wanted not in NEED_DOCUMENT:
        _protect(request, wanted, about, now=now)
        return see_other("portal:line", number)
    moved = moving.do(request, wanted, about, now=now)
    if not isinstance(moved, Field):
        return moved
    held = [each for each in read_lines(request.services.keys, holder) if each.id == about]
    return _ask(request, wanted, _line_at(held, 1), number, sim=moved)


def _ask(
    request: PortalRequest, wanted: Act, held: HeldLine, number: int, *, sim: Field | None = None
) -> HttpResponse:
    """Ask one question about a line. sim: what was typed and is wrong; None where nothing was yet."""
    holder = holder_of_visit(request)
    possible = read_possible_acts(holder, held.id, now=timezone.now())
    asked = next((each for each in _questions(request, possible) if each.act is wanted), None)
    if asked is None:
        raise NotFound(
            gettext("That cannot be done with this line now."),
            remedy=gettext("Its page says what has happened to it, and what can be done."),
        )
    context = {
        "question": asked,
        "card": card_of(request, held, receipt=""),
        "number": number,
        "token": token_for(holder, held.id),
        "asks_sim": wanted is Act.NEW_SIM,
        "sim": sim or Field("sim"),
        "wrong": [] if sim is None else [sim],
        **letters_apart(),
    }
    needs_document = asked.needs_document and shown_in_visit(request) is None
    page = "portal/needs_document.html" if needs_document else "portal/act.html"
    return render(request, page, context, status=200 if sim is None else 422)


def _protect(request: PortalRequest, wanted: Act, about: LineId, *, now: datetime) -> None:
    """Do what keeps a line where it is."""
    services, by = request.services, OwnPage(holder_of_visit(request))
    possible = read_possible_acts(by.holder, about, now=now)
    match wanted:
        case Act.NOT_MINE:
            open_dispute(services, about, DisputeKind.NOT_MINE, by, now=now)
        case Act.NOT_NEEDED:
            open_dispute(services, about, DisputeKind.NOT_NEEDED, by, now=now)
        case Act.STOP_SIM:
            stop_sim(services, _still(possible.replacement).id, by, now=now)
        case Act.KEEP_LINE:
            cancel_transfer(services, _still(possible.transfer).id, by, now=now)
        case Act.DENY_OFFER:
            cancel_transfer(services, _still(possible.transfer).id, by, now=now, denies=True)
        case Act.KEEP_NUMBER:
            stop_port_out(services, _still(possible.leaving).id, by, now=now)
        case Act.PASS_ON | Act.NEW_SIM | Act.GIVE_UP:
            raise ValueError(f"{wanted.value} moves or ends a line")
        case _:
            assert_never(wanted)


def _questions(request: PortalRequest, possible: PossibleActs) -> list[Question]:
    """Say what can be done with a line now, each as the question that its page asks."""
    asked = [_dispute_question(kind) for kind in possible.disputes]
    if possible.replacement is not None:
        asked.append(
            Question(
                Act.STOP_SIM,
                gettext("Stop another SIM for this line"),
                (
                    gettext("Somebody who was verified as you asked for another SIM. Was it not you?"),
                    gettext("The SIM that you have goes on working, and the other one is never switched on."),
                ),
                gettext("Stop the other SIM"),
                until_in_words(request, possible.replacement.due_at),
            )
        )
    if possible.transfer is not None:
        until = until_in_words(request, possible.transfer.until)
        stays = gettext("The line stays in your name, and both of you are told.")
        asked += [
            Question(
                Act.KEEP_LINE,
                gettext("Keep this line after all"),
                (gettext("You offered it to somebody. You need not give a reason."), stays),
                gettext("Keep the line"),
                until,
            ),
            Question(
                Act.DENY_OFFER,
                gettext("Say that you did not offer this line"),
                (
                    gettext("The line was offered to somebody in your name. Was it not you?"),
                    stays,
                    gettext("It is counted for the agent who attested that you were there."),
                ),
                gettext("I did not offer it"),
                until,
            ),
        ]
    if possible.leaving is not None and possible.leaving.due_at is not None:
        asked.append(
            Question(
                Act.KEEP_NUMBER,
                gettext("Keep this number here"),
                (
                    gettext("It was asked for that the number goes to another operator."),
                    gettext("The number stays here, and goes on working as it does."),
                ),
                gettext("Keep the number"),
                until_in_words(request, possible.leaving.due_at),
            )
        )
    return asked + moving.questions(request, possible)


def _dispute_question(kind: DisputeKind) -> Question:
    follows = (
        gettext("Whoever uses the line is told, and can say something until half of the time is over."),
        gettext("Two people decide. The line works as before until then."),
        gettext("If it changes hands, SIM or operator at the moment, that is stopped."),
    )
    match kind:
        case DisputeKind.NOT_MINE:
            return Question(
                Act.NOT_MINE,
                gettext("Say that this line is not yours"),
                (gettext("You never asked for it, and somebody else may use it in your name."), *follows),
                gettext("This line is not mine"),
            )
        case DisputeKind.NOT_NEEDED:
            return Question(
                Act.NOT_NEEDED,
                gettext("Say that you do not need this line"),
                (gettext("It was yours once, or you do not know it any more."), *follows),
                gettext("I do not need this line"),
            )
        case _:
            assert_never(kind)


def _line_at(lines: Sequence[HeldLine], number: int) -> HeldLine:
    if not 1 <= number <= len(lines):
        raise NotFound(gettext("No such line is in your name."), remedy=gettext("Go back to your lines."))
    return lines[number - 1]


def _still(found: T | None) -> T:
    if found is None:
        raise Conflict(
            gettext("That is over: it was stopped, or is done."),
            remedy=gettext("The page of the line says what has happened to it."),
        )
    return found
