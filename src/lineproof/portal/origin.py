"""Where a page stands, and from where it is asked for.

Passkeys belong to names alone (Web Authentication level 3, 5.1.7).
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def origin_of(request: HttpRequest) -> str:
    """Give the origin of these pages, for a host that settings allow."""
    return f"{request.scheme}://{request.get_host()}"


def address_of(request: HttpRequest) -> str:
    """Give the network address that asks; "" where it says nothing: of this machine, or of a relay on it."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return "" if address in _LOOPBACK else address


def to_name(request: HttpRequest) -> HttpResponse | None:
    """Send a browser that came by this machine's IP address to its name; None for one that came by a name."""
    here = urlsplit(f"//{request.get_host()}")
    if here.hostname not in {"127.0.0.1", "::1"}:
        return None
    port = f":{here.port}" if here.port else ""
    return HttpResponseRedirect(f"http://localhost{port}{request.get_full_path()}")
