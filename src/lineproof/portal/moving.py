"""What moves or ends a line, on its page: only for who showed their document again, in this visit."""

from datetime import datetime
from typing import assert_never

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from lineproof.portal.forms import Field, read_field
from lineproof.portal.languages import letters_apart
from lineproof.portal.question import Act, Question
from lineproof.portal.views import PortalRequest, see_other, shown_now, until_in_words
from lineproof.portal.words import term_in_words
from lineproof.registry.flows.replace_sim import ask_sim
from lineproof.registry.flows.surrender_line import surrender_line
from lineproof.registry.flows.transfer_line import offer_line
from lineproof.registry.queries.acts import PossibleActs
from lineproof.terms import Iccid, LineId

_GROUP = 4


def questions(request: PortalRequest, possible: PossibleActs) -> list[Question]:
    """Say what can be moved or ended now, each as the question that its page asks."""
    clocks = request.services.policy.clocks
    asked = []
    if possible.passes_on:
        asked.append(
            Question(
                Act.PASS_ON,
                gettext("Pass this line on to somebody else"),
                (
                    gettext("You get a code, once. Hand it to nobody but whom you choose."),
                    gettext("They show who they are, too, and accept the line with the code."),
                    gettext(
                        "Then there is a time to think: %(term)s. Until it is over, both can take it back."
                    )
                    % {"term": term_in_words(clocks.transfer_cooling)},
                    gettext("After that the line is theirs, and what it costs is theirs, too."),
                ),
                gettext("Give me the code"),
            )
        )
    if possible.gets_sim:
        asked.append(
            Question(
                Act.NEW_SIM,
                gettext("Get another SIM for this line"),
                (
                    gettext("The SIM that you have is told at once, and every address that you gave."),
                    gettext("The new one is switched on after %(term)s. Until then you can stop it.")
                    % {"term": term_in_words(clocks.sim_cooling)},
                    gettext("For %(term)s after that the number cannot go to another operator.")
                    % {"term": term_in_words(clocks.sim_hold_port)},
                ),
                gettext("Ask for this SIM"),
            )
        )
    if possible.is_given_up:
        asked.append(
            Question(
                Act.GIVE_UP,
                gettext("Give this line up"),
                (
                    gettext("It is switched off, and is not in your name any more."),
                    gettext("For %(term)s nobody else gets the number, and any counter gives it back to you.")
                    % {"term": term_in_words(clocks.quarantine)},
                    gettext("If it was offered to somebody, or another SIM was asked for, that ends, too."),
                ),
                gettext("Give the line up"),
            )
        )
    return asked


def do(request: PortalRequest, wanted: Act, about: LineId, *, now: datetime) -> HttpResponse | Field:
    """Do it, and give the page that follows; or the field in which something is wrong.

    NotPermitted for who has not shown their document in this visit, or too long ago.
    """
    services, shown = request.services, shown_now(request)
    match wanted:
        case Act.PASS_ON:
            offer = offer_line(services, about, shown.session, now=now)
            code = [offer.code[at : at + _GROUP] for at in range(0, len(offer.code), _GROUP)]
            until = until_in_words(request, offer.accept_by)
            context = {"code": code, "until": until, **letters_apart()}
            return render(request, "portal/offered.html", context)
        case Act.NEW_SIM:
            sim = read_field(request, "sim", Iccid.parse)
            if sim.problem:
                return sim
            ask_sim(services, about, shown.session, Iccid.parse(sim.value), now=now)
        case Act.GIVE_UP:
            surrender_line(services, about, shown.session, now=now)
        case Act.NOT_MINE | Act.NOT_NEEDED | Act.STOP_SIM | Act.KEEP_LINE | Act.DENY_OFFER | Act.KEEP_NUMBER:
            raise ValueError(f"{wanted.value} moves no line")
        case _:
            assert_never(wanted)
    return see_other("portal:lines")
