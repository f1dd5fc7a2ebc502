"""The pages served to a real browser from this process, so that a test brings about what they show."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def served_pages() -> Iterator[str]:
    """Serve the pages of the installed services under this machine's name, and give their address."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that is overridden
            del format, args

    with ThreadedWSGIServer(("localhost", 0), Quiet) as server:
        server.set_app(get_wsgi_application())
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()
