"""How many bytes is each page, and how long until it can be used, on slow networks and old phones?

Real Chromium opens the pages of the demonstration, each with an empty cache, as slow as it is told to be
(Chrome DevTools Protocol: Network.emulateNetworkConditions, Emulation.setCPUThrottlingRate). Beside each time
stands the floor: what its requests and bytes take at that rate at the very least, one round trip for what is
asked for at once.

    python -m bench.pages [--rounds 3]
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

# kbit/s and milliseconds of a round trip: an edge of 2G, a poor and a usual 3G.
NETWORKS = ((50, 500), (250, 300), (1600, 150))
SLOWER = 6
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic")
# A gateway that nobody answers at: with it the pages offer a code.
GATEWAY = {"LINEPROOF_SMS_HOOK": "http://127.0.0.1:9/hook"}


@dataclass(slots=True)
class Load:
    """What one page took, until its load event."""

    seconds: float = 0.0
    bytes_sent: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One page. address: "" for the one that a link opens."""

    name: str
    address: str = ""


STEPS = (
    Step("the start page", "/"),
    Step("lines in one's name, by a link"),
    Step("asking for a code", "/sign-in"),
    Step("applying for a line: the ways", "/apply"),
    Step("by a passkey", "/sign-in/passkey"),
)


@dataclass(slots=True)
class Demo:
    """The demonstration, while it serves. links: open once each."""

    links: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Give the address of the pages, by the name that passkeys have."""
        return self.links[0].split("/open/")[0].replace("127.0.0.1", "localhost")


@contextmanager
def _served() -> Iterator[Demo]:
    command = [sys.executable, "-m", "lineproof", "demo", "--port", "0"]
    environment = os.environ | GATEWAY
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        demo = Demo()
        assert process.stdout is not None
        for line in process.stdout:
            demo.links += re.findall(r"http://127\.0\.0\.1:\d+/open/\S+", line)
            if "opens once" in line:
                break
        try:
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


@contextmanager
def slow_page(browser: Browser, kbit: int, round_trip_ms: int, slower: int) -> Iterator[tuple[Page, Load]]:
    """Open a page on a network and a processor that are so slow; what it loads is counted."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page, load = context.new_page(), Load()
    devices = context.new_cdp_session(page)
    devices.send("Network.enable")
    conditions = {"offline": False, "latency": round_trip_ms}
    rate = {"downloadThroughput": kbit * 125, "uploadThroughput": kbit * 125}
    devices.send("Network.emulateNetworkConditions", conditions | rate)
    devices.send("Emulation.setCPUThrottlingRate", {"rate": slower})

    def finished(event: dict[str, Any]) -> None:
        load.bytes_sent += int(event["encodedDataLength"])
        load.requests += 1

    devices.on("Network.loadingFinished", finished)
    try:
        yield page, load
    finally:
        context.close()


def _load(browser: Browser, address: str, kbit: int, round_trip_ms: int, slower: int) -> Load:
    with slow_page(browser, kbit, round_trip_ms, slower) as (page, load):
        page.goto(address, wait_until="load", timeout=120_000)
        timing = "performance.getEntriesByType('navigation')[0].loadEventStart / 1000"
        load.seconds = float(page.evaluate(timing))
        return load


def floor_s(bytes_sent: int, kbit: int, round_trip_ms: int) -> float:
    """Give the least time in which a page and what it loads can come: two round trips, and its bytes."""
    return 2 * round_trip_ms / 1000 + bytes_sent * 8 / (kbit * 1000)


def measure(rounds: int) -> None:
    """Print a line for each page: bytes, requests, and at each rate seconds and their share of the floor."""
    header = f"{'':32}{'bytes':>8}{'requests':>10}"
    for kbit, round_trip_ms in NETWORKS:
        header += f"{f'{kbit} kbit/s, {round_trip_ms} ms':>24}"
    print(header + f"{f'CPU {SLOWER}x slower':>24}")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        for step in STEPS:
            print(_line(browser, step, rounds), flush=True)
        browser.close()


def _line(browser: Browser, step: Step, rounds: int) -> str:
    line, first = "", True
    for kbit, round_trip_ms, slower in [(*each, 1) for each in NETWORKS] + [(1600, 150, SLOWER)]:
        loads = _loads(browser, step, rounds, (kbit, round_trip_ms, slower))
        seconds = statistics.median(load.seconds for load in loads)
        sent = int(statistics.median(load.bytes_sent for load in loads))
        if first:
            line, first = f"{step.name:32}{sent:>8,}{loads[0].requests:>10}", False
        line += f"{f'{seconds:.2f} s, {seconds / floor_s(sent, kbit, round_trip_ms):.2f}':>24}"
    return line


def _loads(browser: Browser, step: Step, rounds: int, slow: tuple[int, int, int]) -> Sequence[Load]:
    """Load a page so many times. A link opens its page once, and a demonstration has a few of them."""
    if step.address:
        with _served() as demo:
            return [_load(browser, demo.base + step.address, *slow) for _ in range(rounds)]
    with _served() as demo:
        return [_load(browser, link, *slow) for link in demo.links[:rounds]]


def main() -> None:
    """Measure, as the arguments say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each page is loaded")
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
