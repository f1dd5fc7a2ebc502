"""Who of the staff is signed in in this browser: an hour from their passkey's answer, or until they leave."""

import time
from datetime import timedelta

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext

from lineproof.errors import NotPermitted
from lineproof.terms import StaffName

LASTS = timedelta(hours=1)
_STAFF, _ENDS = "staff", "staff_ends_at"


def begin(request: HttpRequest, name: StaffName) -> None:
    """Sign a reviewer in, in place of whatever was open in this browser."""
    request.session.flush()
    request.session[_STAFF] = name.text
    request.session[_ENDS] = int(time.time() + LASTS.total_seconds())
    rotate_token(request)


def signed_in(request: HttpRequest) -> StaffName | None:
    """Give who is signed in; None where nobody is, or not any more."""
    name, ends = request.session.get(_STAFF), request.session.get(_ENDS, 0)
    return None if name is None or time.time() >= ends else StaffName(name)


def reviewer_of(request: HttpRequest) -> StaffName:
    """Give who is signed in; NotPermitted where nobody is."""
    name = signed_in(request)
    if name is None:
        raise NotPermitted(
            gettext("Nobody is signed in in this browser, or not any more. Nothing was done."),
            remedy=gettext("Sign in with your passkey, and do it again."),
        )
    return name
