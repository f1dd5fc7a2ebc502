"""What a page asks about one line, and the token by which its form names that line."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext

from lineproof.errors import Malformed
from lineproof.portal.views import holder_of_visit
from lineproof.terms import HolderId, LineId

_SALT = "lineproof act v1"
_TOKEN_S = 3 * 60 * 60


class Act(Enum):
    """What a holder does on a line's page, as its address says it."""

    NOT_MINE = "not-mine"
    NOT_NEEDED = "not-needed"
    STOP_SIM = "stop-sim"
    KEEP_LINE = "keep-line"
    DENY_OFFER = "deny-offer"
    KEEP_NUMBER = "keep-number"
    PASS_ON = "pass-on"  # noqa: S105 - an address
    NEW_SIM = "new-sim"
    GIVE_UP = "give-up"


# What moves or ends a line: who has somebody's phone in their hand has not their document and their face.
NEED_DOCUMENT = frozenset({Act.PASS_ON, Act.NEW_SIM, Act.GIVE_UP})


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks. follows: what is done, sentence by sentence. button: what it says."""

    act: Act
    title: str
    follows: tuple[str, ...]
    button: str
    until: str = ""

    @property
    def name(self) -> str:
        """Give the act as addresses have it."""
        return self.act.value

    @property
    def needs_document(self) -> bool:
        """Tell whether who does it has to have shown their document again."""
        return self.act in NEED_DOCUMENT


def token_for(holder: HolderId, line: LineId) -> str:
    """Name a line in a form: good in this visit alone, as long as a visit lasts at most."""
    return signing.dumps([str(holder), str(line)], salt=_SALT)


def line_of_form(request: HttpRequest) -> LineId:
    """Read which line a form is about; Malformed where it is not a form of this visit."""
    try:
        holder, about = signing.loads(request.POST.get("line", ""), salt=_SALT, max_age=_TOKEN_S)
    except signing.BadSignature as error:
        raise _of_another_visit() from error
    if UUID(holder) != holder_of_visit(request):
        raise _of_another_visit()
    return LineId(UUID(about))


def _of_another_visit() -> Malformed:
    return Malformed(
        gettext("The button was pressed on a page of another visit, so nothing was done."),
        remedy=gettext("Open the page of the line again, and press it there."),
    )
