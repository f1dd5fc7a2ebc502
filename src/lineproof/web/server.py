"""Serves the pages on this machine alone, with granian, until interrupted."""

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from lineproof.decision.policy import LogAudience, LogTerms, Policy
from lineproof.errors import Unavailable
from lineproof.key_process.client import KeyProcess
from lineproof.ports import Examiner
from lineproof.web.wsgi import open_application

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

HOST = "127.0.0.1"
_THREADS = 4
_READY_EVERY_S = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve_pages(
    record: Path,
    *,
    port: int,
    ready: Callable[[str], None],
    examiner: Examiner | None = None,
    lent: KeyProcess | None = None,
    published_by: Policy | None = None,
) -> None:
    """Serve the pages of a record on the loopback address until SIGINT, SIGTERM or SIGHUP, then return.

    port: 0 chooses a free one. ready: called once, from another thread, with the address of the pages,
    when they are answered; what it raises stops the pages and is raised here. examiner: a started booth,
    which the child goes on with; None for none. lent: the started key process, which the child alone asks
    from then on; None for none. published_by: the pack by whose terms the log is kept published from here and
    shown; None where it is not published. Must be called from the main thread; the pages run in one child
    process.
    Raises Unavailable when the port is taken or the pages do not start, and what `wiring.open_record` raises
    when the record cannot be opened.
    """
    # In order. (1) before (2): what is wrong with the port is said before anything is made on disk.
    # (2) before (3): a record that cannot be opened is this process's error, and migrations run once.
    #   1. find the port free
    #   2. open the record here, and close its connections, which must not cross a fork
    #   3. serve from a child, telling `ready` from a thread when it answers
    port = _free_port(port)
    open_application(record, examiner, lent, policy=published_by)
    _close_connections()
    server = Granian(
        target="lineproof.web.wsgi:application",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=5,
        # An access log would hold the links that were opened.
        log_enabled=False,
        log_access=False,
    )
    server.on_startup(_end_with_terminal)
    herald = _Herald(port, ready)
    with _signals_restored(), herald:
        try:
            server.serve(
                target_loader=partial(_load, record, os.getpid(), examiner, lent, published_by),
                wrap_loader=False,
            )
        except SystemExit as error:
            raise Unavailable(
                "The pages stopped by themselves.",
                remedy="Start them again; what went wrong is written above.",
            ) from error
    if herald.error is not None:
        raise herald.error


def _free_port(port: int) -> int:
    """Find the port free, or find a free one.

    granian binds with SO_REUSEPORT, which lets a second server of the same person share a taken port in
    silence; a socket without that option does not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Unavailable(
                f"Port {port} of this machine cannot be used: {error.strerror}.",
                remedy="Choose another with --port, or --port 0 for any that is free.",
            ) from error
        found: int = probe.getsockname()[1]
        return found


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _end_with_terminal() -> None:
    """Take a closed terminal for an interruption; granian takes it for a wish to go on with a new child."""
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


def _load(
    record: Path,
    parent: int,
    examiner: Examiner | None,
    lent: KeyProcess | None,
    published_by: Policy | None,
) -> "WSGIHandler":
    """Make the application in the child, which ends when its parent tells it to, or is gone.

    Ctrl-C and a closed terminal reach both processes. Only the parent answers them: a child told twice,
    by the terminal and by its parent, was measured to hang until killed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    application = open_application(record, examiner, lent, policy=published_by)
    if examiner is not None:
        threading.Thread(target=_keep_ready, args=(examiner,), daemon=True).start()
    if published_by is not None:
        _publish_beside(published_by.log)
    return application


def _publish_beside(terms: LogTerms) -> None:
    """Publish the log from a thread, so that no procedure is slower for it, or fails with it."""
    # Only now: what it imports needs Django's settings.
    from lineproof.web.publishing import keep_published
    from lineproof.web.services import installed

    names = terms.audience is LogAudience.PUBLIC
    threading.Thread(target=keep_published, args=(installed(),), kwargs={"names": names}, daemon=True).start()


def _keep_ready(examiner: Examiner) -> None:
    """Ask for the present epoch now and then, so that nobody who applies waits until a keeper has started.

    What goes wrong is told to whoever asks next, who cannot be served then either. What was sealed to epochs
    that are over is forgotten.
    """
    # Only now: what it imports needs Django's settings.
    from lineproof.web.services import installed

    while True:
        with contextlib.suppress(Unavailable):
            examiner.epoch()
        installed().arriving.forget_over(now=datetime.now(UTC))
        time.sleep(_READY_EVERY_S)


def _end_with(parent: int) -> None:
    """Stop this process when its parent is gone.

    A parent that was killed cannot stop its child, which would go on holding the port.
    """
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


class _Herald:
    """Asks for /health until it is answered, then tells `ready`. error: what `ready` raised."""

    def __init__(self, port: int, ready: Callable[[str], None]) -> None:
        self.error: Exception | None = None
        self._port = port
        self._ready = ready
        self._stopping = threading.Event()

    def __enter__(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._stopping.set()

    def _run(self) -> None:
        # Waits before it asks: the child is forked meanwhile, and inherits a thread that holds no lock.
        while not self._stopping.wait(0.1):
            if self._is_answered():
                self._tell()
                return

    def _is_answered(self) -> bool:
        asked = http.client.HTTPConnection(HOST, self._port, timeout=5)
        try:
            asked.request("GET", "/health")
            return asked.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def _tell(self) -> None:
        try:
            self._ready(f"http://{HOST}:{self._port}/")
        except Exception as error:  # noqa: BLE001 -- the top of this thread; raised again by the main one
            self.error = error
            os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _signals_restored() -> Iterator[None]:
    """Give the signals back to whoever had them: granian keeps them when it returns."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: set by something other than Python, which cannot be given back.
                signal.signal(number, handler)
