"""The published log at /log/, as C2SP tlog-tiles lays it out; not there unless its audience is public."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from lineproof.errors import Malformed, NotFound
from lineproof.tile_store import TileStore
from lineproof.transparency.tile import TILE_WIDTH, parse_path
from lineproof.web.services import installed, log_is_public

# A part never changes, but is gone once its tile is full.
_FULL, _PART = "public, max-age=31536000, immutable", "public, max-age=60"


@require_safe
def show_checkpoint(_request: HttpRequest) -> HttpResponse:
    """Give the signed checkpoint, the newest; nobody may keep it."""
    content = _public_tiles().checkpoint()
    if content is None:
        raise _not_there()
    return _answer(content, "text/plain; charset=utf-8", "no-store")


@require_safe
def show_tile(_request: HttpRequest, place: str) -> HttpResponse:
    """Give a tile or bundle; a full one may be kept for ever, a part for a minute."""
    tiles, path = _public_tiles(), f"tile/{place}"
    try:
        width = parse_path(path).width
        content = tiles.read(path)
    except (Malformed, NotFound) as error:
        raise _not_there() from error
    return _answer(content, "application/octet-stream", _FULL if width == TILE_WIDTH else _PART)


def _public_tiles() -> TileStore:
    tiles = installed().tiles
    if tiles is None or not log_is_public():
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
