"""Counts and ages for a Prometheus server, in its text exposition format 0.0.4.

How many lines an operator has is nobody's business: with a file named by LINEPROOF_METRICS_TOKEN_FILE, they
are for whoever shows its token (RFC 6750, section 2.1). Without, they are for whoever asks on this machine,
and not for what a proxy passes on from elsewhere.
"""

import hmac
import os
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lineproof.errors import LineproofError, NotFound, Unavailable
from lineproof.ports import Services
from lineproof.registry.queries.gauges import GAUGES, Gauge, Sample
from lineproof.web.health import Kept
from lineproof.web.services import installed

TOKEN_FILE_VARIABLE = "LINEPROOF_METRICS_TOKEN_FILE"  # noqa: S105 -- the name of a variable
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT_S = 10.0
UNREAD = Gauge(
    "lineproof_gauges_unread", "Of the above, how many are left out: they cannot be read now.", lambda *_: ()
)
_LEAST_TOKEN_CHARACTERS = 16
# What proxies say of whom they ask for (RFC 7239, and its forerunners).
_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")


def exposition(readings: Iterable[tuple[Gauge, Iterable[Sample]]]) -> str:
    """Write numbers as Prometheus reads them. Labels are codes of closed lists, so nothing needs escaping."""
    lines = []
    for gauge, samples in readings:
        lines += [f"# HELP {gauge.name} {gauge.says}", f"# TYPE {gauge.name} gauge"]
        for sample in samples:
            label = f'{{{gauge.label}="{sample.label}"}}' if gauge.label else ""
            lines.append(f"{gauge.name}{label} {sample.value:.15g}")
    return "\n".join(lines) + "\n"


def read_gauges(services: Services, *, now: datetime) -> list[tuple[Gauge, list[Sample]]]:
    """Read every gauge; those that cannot be read now are left out, and counted in a last one."""
    found: list[tuple[Gauge, list[Sample]]] = []
    for gauge in GAUGES:
        try:
            found.append((gauge, list(gauge.read(services, now))))
        except (LineproofError, DatabaseError):
            continue
    return [*found, (UNREAD, [Sample(len(GAUGES) - len(found))])]


def _read() -> str:
    return exposition(read_gauges(installed(), now=timezone.now()))


numbers = Kept(_read, seconds=KEPT_S)


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Give the numbers."""
    file = os.environ.get(TOKEN_FILE_VARIABLE)
    if file:
        if not _shows_token(request, Path(file)):
            answer = HttpResponse(
                "A token is needed.\n", status=HTTPStatus.UNAUTHORIZED, content_type="text/plain"
            )
            answer["WWW-Authenticate"] = "Bearer"
            return answer
    elif any(name in request.headers for name in _PASSED_ON):
        raise NotFound("There is no page at this address.")
    return HttpResponse(numbers.get(), content_type=CONTENT_TYPE)


def _shows_token(request: HttpRequest, file: Path) -> bool:
    """Compare the token shown with that of the file, which is read each time, so that it can be replaced."""
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise Unavailable("The token of the metrics cannot be read.", remedy="See its file.") from error
    if len(token) < _LEAST_TOKEN_CHARACTERS:
        raise Unavailable(
            "The token of the metrics is too short.",
            remedy=f"Put one of {_LEAST_TOKEN_CHARACTERS} characters or more in its file.",
        )
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
