"""Serving: on this machine alone, with a clear word when it cannot be, and a quiet end."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

_SERVE = """
import sys
from pathlib import Path
from granian.server.mp import WorkerProcess
from lineproof.errors import LineproofError
from lineproof.web.server import serve_pages

kill = WorkerProcess.kill
WorkerProcess.kill = lambda self: (print("killed", flush=True), kill(self))

def ready(address):
    print(address, flush=True)
    if sys.argv[3:] == ["fail"]:
        raise LookupError("told to fail")

try:
    serve_pages(Path(sys.argv[1]), port=int(sys.argv[2]), ready=ready)
except (LineproofError, LookupError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
print("heavy:", sorted({"cv2", "numpy", "PIL"} & set(sys.modules)), flush=True)
"""

Process = subprocess.Popen[str]


@contextmanager
def _serving(record: Path, *arguments: str) -> Iterator[Process]:
    command = [sys.executable, "-c", _SERVE, str(record), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _address(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _status(address: str, path: str = "/healthz") -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _until(holds: Callable[[], bool], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_pages_are_served_until_interrupted_and_end_quietly(tmp_path: Path, number: signal.Signals) -> None:
    # A child that hangs is killed after 5 s; on a machine with much else to do, so is one that is only slow.
    for _ in range(3):
        with _serving(tmp_path, "0") as process:
            address = _address(process)
            assert address.startswith("http://127.0.0.1:")
            assert _status(address) == 200
            # To both processes at once, as a terminal does.
            os.killpg(process.pid, number)
            out, err = process.communicate(timeout=30)
        if not out.startswith("killed"):
            break
    assert (process.returncode, out, err) == (0, "heavy: []\n", "")


def test_a_refused_link_is_written_nowhere(tmp_path: Path) -> None:
    """Django's own logging would write the path, and with it the link, to standard error."""
    with _serving(tmp_path, "0") as process:
        assert _status(_address(process), "/open/a-secret-token") == 403
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=15)
    assert "a-secret-token" not in out + err
    assert err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_of_the_pages_loads_nothing_that_reads_images(tmp_path: Path) -> None:
    with _serving(tmp_path, "0") as process:
        _address(process)
        (child,) = _children(process.pid)
        mapped = Path(f"/proc/{child}/maps").read_text()
    assert "cv2" not in mapped
    assert "numpy" not in mapped


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pages_do_not_outlive_a_command_that_was_killed(tmp_path: Path) -> None:
    with _serving(tmp_path, "0") as process:
        address = _address(process)
        (child,) = _children(process.pid)
        process.kill()
        assert _until(lambda: not Path(f"/proc/{child}/maps").exists() or _is_dead(child), seconds=8)
        with pytest.raises(OSError):
            _status(address)


def _is_dead(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    return True


def test_a_taken_port_is_named_with_what_to_do_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _serving(tmp_path / "record", str(port)) as process:
            _, err = process.communicate(timeout=15)
    assert process.returncode == 1
    assert f"Unavailable: Port {port}" in err
    assert "--port" in err
    assert not (tmp_path / "record").exists()


def test_two_servers_never_share_a_port(tmp_path: Path) -> None:
    with _serving(tmp_path, "0") as first:
        port = urlsplit(_address(first)).port
        with _serving(tmp_path, str(port)) as second:
            _, err = second.communicate(timeout=15)
    assert f"Unavailable: Port {port}" in err


def test_a_port_is_free_again_at_once_after_serving(tmp_path: Path) -> None:
    with _serving(tmp_path, "0") as first:
        address = _address(first)
        _status(address)
        first.send_signal(signal.SIGTERM)
        first.wait(timeout=15)
    with _serving(tmp_path, str(urlsplit(address).port)) as second:
        assert _address(second) == address


def test_what_fails_when_the_pages_are_ready_stops_them_and_is_told(tmp_path: Path) -> None:
    with _serving(tmp_path, "0", "fail") as process:
        _, err = process.communicate(timeout=15)
    assert process.returncode == 1
    assert err.strip() == "LookupError: told to fail"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pages_that_stop_by_themselves_are_told(tmp_path: Path) -> None:
    with _serving(tmp_path, "0") as process:
        _address(process)
        (child,) = _children(process.pid)
        os.kill(child, signal.SIGKILL)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 1
    assert "Unavailable: The pages stopped by themselves." in err


def test_a_record_that_cannot_be_opened_is_told_before_serving(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with _serving(tmp_path / "file", "0") as process:
        out, err = process.communicate(timeout=15)
    assert process.returncode == 1
    assert out == ""
    assert err.startswith("Unavailable: ")
    assert "Traceback" not in err
