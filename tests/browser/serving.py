"""Pages that are served as they are shipped, and browsers before a camera that is a file."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineproof.specimen.people import ALICE, BO, draw_capture, draw_document
from tests.browser.test_capture_in_chromium import camera_of

COMMAND = [sys.executable, "-m", "lineproof"]
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-quic")
ALLOWED = "--use-fake-ui-for-media-stream"
OPENED = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Serving:
    """Pages that are served, and the photographs that people hold into the camera."""

    address: str
    record: Path
    folder: Path

    def command(self, *words: str) -> str:
        """Run the operator's command on the record, beside its server."""
        ran = subprocess.run(
            [*COMMAND, *words, "--record", str(self.record)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def column(self, statement: str) -> list[Any]:
        """Read one column of the record."""
        with sqlite3.connect(self.record / "record.sqlite3") as connection:
            return [row[0] for row in connection.execute(statement)]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("applying")
    record = folder / "record"
    for name, person in (("alice", ALICE), ("bo", BO)):
        (folder / f"{name}.jpg").write_bytes(draw_document(person))
        camera_of(draw_capture(person), folder / f"{name}.y4m")
    serve = [*COMMAND, "serve", "--record", str(record), "--port", "0", "--with-plain-swap"]
    with subprocess.Popen([*serve, "--policy", "specimen"], stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        port = re.search(r":(\d+)/", served.stdout.readline())
        assert port is not None
        yield Serving(f"http://127.0.0.1:{port[1]}", record, folder)
        served.terminate()
        served.wait(timeout=20)


@pytest.fixture
def opened(serving: Serving) -> Iterator[OPENED]:
    """Opens browsers: opened() has Alice before its camera, as a phone with little room shows it."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        running: list[Any] = []

        def open_(
            *switches: str,
            camera: str = "alice",
            folder: Path | None = None,
            script: bool = True,
            scheme: str = "light",
        ) -> Any:
            video = f"--use-file-for-fake-video-capture={serving.folder / camera}.y4m"
            devices = ("--use-fake-device-for-media-stream", ALLOWED, video)
            args = [*SWITCHES, *(switches or devices)]
            how = {
                "viewport": {"width": 320, "height": 640},
                "java_script_enabled": script,
                "color_scheme": scheme,
            }
            if folder is None:
                browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=args)
                context = browser.new_context(**how)
            else:
                browser = context = p.chromium.launch_persistent_context(
                    folder, executable_path="/usr/bin/chromium", args=args, **how
                )
            running.append(browser)
            return context.new_page()

        yield open_
        for browser in running:
            browser.close()
