"""Pages, and what they load, are compressed: for old phones on slow networks they are a third.

What a page says of a person cannot be learnt from its length: Django adds a random one to each (BREACH). What
is no page, the log above all, goes as it is: it is compressed already, or sealed, or kept by caches.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_COMPRESSED = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})


class CompressPages(GZipMiddleware):
    """Middleware that compresses pages for browsers that take it (RFC 9110, 8.4.1.3)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page, a stylesheet, a script or a drawing; leave everything else."""
        if response.get("Content-Type", "").split(";")[0] not in _COMPRESSED:
            return response
        return super().process_response(request, response)
