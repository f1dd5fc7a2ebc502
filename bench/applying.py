"""How long do the steps of an application take on slow networks and old phones, photographs included?

Real Chromium applies for a line at `lineproof serve` with drawn photographs, step after step in one browser:
what a step needs again is there already, as for a person. Of each step: bytes that came, bytes that went, and
seconds from the press of its button until its page is there. Networks are made slow as by bench.pages; the
floor of the last step is its bytes at that rate. Then the same with a head turn in place of the face's
photograph: somebody who is drawn turns as the page asks (bench.steered); what was found the record says.

    python -m bench.applying
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bench.pages import ARGUMENTS, NETWORKS, SLOWER, Load, slow_page
from bench.steered import stand_before
from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import luhn_digit

DENIED = "--use-fake-ui-for-media-stream=deny"
_MINUTES_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Photographs:
    """Files as a phone's camera app gives them: of a document, and of a face."""

    document: Path
    face: Path

    @classmethod
    def drawn(cls, folder: Path) -> "Photographs":
        """Draw Alice and her passport."""
        files = cls(folder / "document.jpg", folder / "face.jpg")
        files.document.write_bytes(draw_document(ALICE))
        files.face.write_bytes(draw_capture(ALICE))
        return files


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "lineproof", "serve", "--record", str(folder), "--port", "0"]
    command += ["--policy", "specimen", "--with-plain-swap"]
    with subprocess.Popen(  # noqa: S603 -- our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        try:
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def _sim_of(number: str) -> str:
    body = f"8999900{number.removeprefix('+').rjust(12, '0')}"[:18]
    return body + luhn_digit(body)


def _steps(page: Page, base: str, files: Photographs, number: str) -> list[tuple[str, Callable[[], object]]]:
    """Give the steps in their order: the name of each, and what begins it and waits for its end."""

    def press(name: str) -> None:
        page.get_by_role("button", name=name).click()
        page.wait_for_load_state("load")

    def line() -> None:
        page.get_by_role("link", name="A mobile number").click()
        page.get_by_label("The mobile number").wait_for()

    def consent() -> None:
        page.get_by_label("The mobile number").fill(number)
        page.get_by_label("The number of the SIM card").fill(_sim_of(number))
        press("Go on")

    def photographs() -> None:
        for box in page.get_by_role("checkbox").all():
            box.check()
        press("I agree")
        page.locator("[data-working]").wait_for()

    def prepare() -> None:
        page.set_input_files("#document-file", str(files.document))
        page.locator("[data-part=document] [data-use]").click()
        page.get_by_role("button", name="Switch the camera on").click()
        page.locator("label[for=face-file]").wait_for()
        page.set_input_files("#face-file", str(files.face))
        page.locator("[data-part=face] [data-use]").click()

    def send() -> None:
        page.get_by_role("button", name="Seal and send").click()
        page.wait_for_url("**/apply/result", timeout=_MINUTES_MS)

    return [
        ("the ways", lambda: page.goto(f"{base}/apply", timeout=_MINUTES_MS)),
        ("which kind of line", lambda: press("Apply with photographs")),
        ("which mobile number", line),
        ("what is consented to", consent),
        ("the page of the photographs", photographs),
        ("two photographs, made ready", prepare),
        ("sealed, sent, examined", send),
    ]


def _apply(
    browser: Browser, base: str, files: Photographs, number: str, slow: tuple[int, int, int]
) -> list[tuple[str, int, int, float]]:
    """Apply once; of each step its name, bytes that came and went, and seconds."""
    taken = []
    with slow_page(browser, *slow) as (page, load):
        page.set_default_timeout(_MINUTES_MS)
        sent = Load()

        def went(request: object) -> None:
            body = getattr(request, "post_data_buffer", None)
            sent.bytes_sent += len(body or b"")

        page.on("request", went)
        for name, step in _steps(page, base, files, number):
            came_before, went_before, began = load.bytes_sent, sent.bytes_sent, time.perf_counter()
            step()
            seconds = time.perf_counter() - began
            taken.append((name, load.bytes_sent - came_before, sent.bytes_sent - went_before, seconds))
    return taken


def _turn(browser: Browser, base: str, files: Photographs, number: str, slow: tuple[int, int, int]) -> str:
    """Apply with a head turn; give its seconds, the rest of the document's way among them, and its bytes."""
    with slow_page(browser, *slow) as (page, _):
        page.set_default_timeout(_MINUTES_MS)
        stand_before(page, ALICE)
        for name, step in _steps(page, base, files, number):
            if name == "two photographs, made ready":
                break
            step()
        page.set_input_files("#document-file", str(files.document))
        page.locator("[data-part=document] [data-use]").click()
        page.get_by_role("button", name="Switch the camera on").click()
        sent: list[tuple[str, int]] = []
        page.on("request", lambda request: sent.append((request.url, len(request.post_data_buffer or b""))))
        began = time.perf_counter()
        page.get_by_role("button", name="Turn my head when asked").click()
        page.locator(".said.is-problem, main:not(:has([data-capture]))").wait_for()
        seconds = time.perf_counter() - began
        frames = [size for url, size in sent if url.endswith("/apply/turn/frames")]
        refused = page.locator(".said.is-problem")
        said = refused.inner_text().partition(".")[0] if refused.count() else ""
        return f"{seconds:6.1f} s, frames {sum(frames):,} in {len(frames)}  {said}"


def _found(record: Path) -> str:
    """Read what the booth said of the last face that was before a camera."""
    asked = "SELECT outcome, reason FROM registry_decisionfinding WHERE check_name = 'live' ORDER BY id DESC"
    with sqlite3.connect(record / "record.sqlite3") as connection:
        return " ".join(connection.execute(asked).fetchone() or ("nothing",))


def main() -> None:
    """Measure, and print a line for each step."""
    slow = [(*each, 1) for each in NETWORKS] + [(1600, 150, SLOWER)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        files = Photographs.drawn(Path(folder))
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=[*ARGUMENTS, DENIED])
        record = Path(folder) / "record"
        with _served(record) as base:
            tries = [
                _apply(browser, base, files, f"+99955500{at:04}", each) for at, each in enumerate(slow, 1001)
            ]
            turns = [
                (each, _turn(browser, base, files, f"+99955500{at:04}", each), _found(record))
                for at, each in enumerate(slow, 2001)
            ]
        browser.close()
    header = "".join(f"{f'{kbit} kbit/s':>14}" for kbit, _ in NETWORKS)
    print(f"{'':30}{'came':>9}{'went':>11}{header}{f'CPU {SLOWER}x slower':>18}")
    for at, (name, came, went, _) in enumerate(tries[0]):
        seconds = "".join(f"{f'{each[at][3]:.1f} s':>14}" for each in tries[:-1])
        print(f"{name:30}{came:>9,}{went:>11,}{seconds}{f'{tries[-1][at][3]:.1f} s':>18}")
    sent = tries[0][-1][2]
    floors = "  ".join(f"{sent * 8 / (kbit * 1000):.1f} s" for kbit, _ in NETWORKS)
    print(f"floor of what is sent at each rate: {floors}")
    print("with a head turn, from its button to its result:")
    for (kbit, ms, slower), took, found in turns:
        print(f"{kbit:>6} kbit/s, {ms} ms, CPU {slower}x: {took}  live: {found}")


if __name__ == "__main__":
    main()
