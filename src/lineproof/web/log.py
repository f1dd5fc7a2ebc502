"""The published log at /log/, as C2SP tlog-tiles lays it out, for whom the policy pack says.

Public: everybody. Inspectors: whoever shows a token that an inspector was issued (RFC 6750, section 2.1); it
opens these files and nothing else.
"""

from http import HTTPStatus
from typing import assert_never

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from lineproof.decision.policy import LogAudience
from lineproof.errors import Malformed, NotFound
from lineproof.registry.queries.inspector import may_read_log
from lineproof.tile_store import FULL_KEPT_S, PART_KEPT_S, TileStore
from lineproof.transparency.tile import TILE_WIDTH, parse_path
from lineproof.web.services import installed


@require_safe
def show_checkpoint(request: HttpRequest) -> HttpResponse:
    """Give the signed checkpoint, the newest; nobody may keep it."""
    if not _may_read(request):
        return _ask_for_a_token()
    content = _tiles().checkpoint()
    if content is None:
        raise _not_there()
    return _answer(content, "text/plain; charset=utf-8", "no-store")


@require_safe
def show_tile(request: HttpRequest, place: str) -> HttpResponse:
    """Give a tile or bundle; a full one may be kept for ever, a part for a minute."""
    if not _may_read(request):
        return _ask_for_a_token()
    path = f"tile/{place}"
    try:
        width = parse_path(path).width
        content = _tiles().read(path)
    except (Malformed, NotFound) as error:
        raise _not_there() from error
    return _answer(content, "application/octet-stream", _caching(full=width == TILE_WIDTH))


def _may_read(request: HttpRequest) -> bool:
    match installed().policy.log.audience:
        case LogAudience.PUBLIC:
            return True
        case LogAudience.INSPECTORS:
            return may_read_log(_token_of(request), now=timezone.now())
        case never:
            assert_never(never)


def _token_of(request: HttpRequest) -> str:
    """Give the token that a request shows, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def _ask_for_a_token() -> HttpResponse:
    """Refuse in the same words whatever was shown: what a stranger tries tells them nothing."""
    says = gettext(
        "This log is for inspectors: send the token you were given as 'Authorization: Bearer TOKEN'; "
        "if it is over, ask the operator for another."
    )
    answer = HttpResponse(
        f"{says}\n", content_type="text/plain; charset=utf-8", status=HTTPStatus.UNAUTHORIZED
    )
    answer["WWW-Authenticate"] = "Bearer"
    answer["Cache-Control"] = "no-store"
    return answer


def _caching(*, full: bool) -> str:
    """Say how long a file may be kept, and whether by a cache that others share."""
    whose = "public" if installed().policy.log.audience is LogAudience.PUBLIC else "private"
    return f"{whose}, max-age={FULL_KEPT_S}, immutable" if full else f"{whose}, max-age={PART_KEPT_S}"


def _tiles() -> TileStore:
    tiles = installed().tiles
    if tiles is None:
        raise _not_there()
    return tiles


def _not_there() -> NotFound:
    return NotFound(
        gettext("There is no page at this address."),
        remedy=gettext("Check the address, or begin at the start page."),
    )


def _answer(content: bytes, kind: str, caching: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Cache-Control"] = caching
    return answer
