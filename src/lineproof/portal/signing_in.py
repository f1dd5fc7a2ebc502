"""Signing in by a code: one page asks for line and document, the next for the code that the line got."""

import contextlib
import threading
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.sign_in import CODE_DIGITS, DocumentNumber, parse_code
from lineproof.messages_port import Message, MessageId, Messages
from lineproof.portal.forms import Field, in_words, read_field
from lineproof.portal.origin import address_of
from lineproof.portal.views import Opened, PortalRequest, begin_visit, see_other
from lineproof.registry.flows.sign_in import WrongCode, ask_for_code, enter_code
from lineproof.terms import Msisdn

_SESSION_ASKED = "asked"
# A relay on this machine asks in everybody's place: its address says nothing about one of them.
_page = require_http_methods(["GET", "HEAD", "POST"])


@_page
def ask(request: PortalRequest) -> HttpResponse:
    """Ask for a line and a document, and send the line a code where they belong together.

    The next page is the same where they do not: nobody learns here whose a line is.
    """
    channel = _channel(request)
    if request.method != "POST":
        return _ask(request, Field("line"), Field("document"))
    line, document = (
        read_field(request, "line", Msisdn.parse),
        read_field(request, "document", DocumentNumber.parse),
    )
    if line.problem or document.problem:
        return _ask(request, line, document)
    number, now = Msisdn.parse(line.value), timezone.now()
    asked = ask_for_code(
        request.services,
        number,
        DocumentNumber.parse(document.value),
        address=address_of(request),
        now=now,
    )
    if asked.code is not None:
        _send(channel, _message(number, asked.code))
    request.session[_SESSION_ASKED] = str(asked.id)
    return see_other("portal:code")


@_page
def enter(request: PortalRequest) -> HttpResponse:
    """Ask for the code, and open the lines of whose line got it."""
    _channel(request)
    asked = request.session.get(_SESSION_ASKED)
    if asked is None:
        raise NotPermitted(
            gettext("No code was asked for in this browser, or it was too long ago."),
            remedy=gettext("Ask for a code first."),
        )
    if request.method != "POST":
        return _enter(request, Field("code"))
    typed = request.POST.get("code", "")
    try:
        holder = enter_code(request.services, UUID(asked), parse_code(typed), now=timezone.now())
    except (Malformed, NotPermitted) as error:
        return _enter(request, Field("code", "", _with_tries(error)))
    begin_visit(request, holder, Opened.CODE)
    return see_other("portal:lines")


def _channel(request: PortalRequest) -> Messages:
    try:
        return request.services.messages[Channel.SMS]
    except KeyError:
        raise NotFound(
            gettext("Codes cannot be sent from here."),
            remedy=gettext("Ask the operator who registered your line, or their counter, for a link."),
        ) from None


def _with_tries(error: Malformed | NotPermitted) -> str:
    left = error.tries_left if isinstance(error, WrongCode) else 0
    again = ngettext("You can try once more.", "You can try %(n)d more times.", left) % {"n": left}
    return f"{in_words(error)} {again}" if left else in_words(error)


def _ask(request: HttpRequest, line: Field, document: Field) -> HttpResponse:
    fields = (line, document)
    wrong = [field for field in fields if field.problem]
    context = {"line": line, "document": document, "wrong": wrong}
    return render(request, "portal/sign_in.html", context, status=422 if wrong else 200)


def _enter(request: HttpRequest, code: Field) -> HttpResponse:
    context = {"code": code, "digits": CODE_DIGITS, "wrong": [code] if code.problem else []}
    return render(request, "portal/code.html", context, status=422 if code.problem else 200)


def _message(to: Msisdn, code: str) -> Message:
    return Message(
        id=MessageId(uuid4()),
        to=to,
        subject=gettext("Your code"),
        text=gettext(
            "%(code)s is your code to see the lines in your name. It is good for ten minutes. Tell it to "
            "nobody: no operator asks for it. Did you not ask for it? Then somebody knows your number and "
            "the number of your document; without this code they see nothing."
        )
        % {"code": code},
        language=Language.of(get_language() or ""),
        sent_at=timezone.now(),
    )


def _send(channel: Messages, message: Message) -> None:
    """Send from a thread: how long it takes would say whether there is anything to send."""
    threading.Thread(target=_send_now, args=(channel, message), daemon=True).start()


def _send_now(channel: Messages, message: Message) -> None:
    # Whom it does not reach asks for another. To say that nobody took it over would say that there is one.
    with contextlib.suppress(Unavailable):
        channel.send(message)
