"""Photograph every page and state, as `tests/every_page.py` lists them, in four settings.

    python -m tools.screenshots FOLDER [NAME ...]     all, or the states of these names

A phone in the light and in the dark, a phone in Arabic, a desk. Nobody is on a picture: the people of the
record are made up, and nothing but text is shown of them. What README.md shows is written anew, where it is
among them.
"""

import io
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from lineproof import wiring
from lineproof.decision.policy import shipped_policy

ROOT = Path(__file__).resolve().parents[1]
FIGURES = {
    ("desk", "start"): "page-start.webp",
    ("phone", "lines-two"): "page-lines.webp",
    ("phone-arabic", "lines-two"): "page-lines-arabic.webp",
}
# Width and height of the window, and what the reader asks for.
SETTINGS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "phone-dark": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "color_scheme": "dark",
    },
    "phone-arabic": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "locale": "ar"},
    "desk": {"viewport": {"width": 1280, "height": 900}},
}


def photograph_all(folder: Path, names: set[str]) -> int:
    """Photograph the states of these names, or all; give how many pictures were written."""
    with tempfile.TemporaryDirectory() as record:
        services = wiring.open_record(Path(record), policy=shipped_policy("specimen"))
        # Only now: Django's settings need to know where the record is.
        from tests.every_page import STATES, opened_world
        from tests.fakes.live_pages import served_pages

        # Playwright keeps a loop running in this thread, and Django takes every query for one within it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        wanted = [state for state in STATES if not names or state.name in names]
        with sync_playwright() as p, served_pages() as address:
            browser = p.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            for state in wanted:
                for setting, asked in SETTINGS.items():
                    place = folder / setting
                    place.mkdir(parents=True, exist_ok=True)
                    with (
                        tempfile.TemporaryDirectory() as log,
                        redirect_stderr(io.StringIO()),
                        opened_world(services, Path(log)) as world,
                    ):
                        kept = {} if state.cookies is None else state.cookies(world)
                        asked_with = asked | {"storage_state": _with_cookies(kept, address)}
                        addresses = [address + each for each in state.opened(world)]
                        target = place / f"{state.name}.png"
                        _photograph(browser, addresses, asked_with, target, typed=state.typed)
            browser.close()
    for (setting, name), figure in FIGURES.items():
        if name in {state.name for state in wanted}:
            _write_figure(
                folder / setting / f"{name}.png", SETTINGS[setting], ROOT / "docs" / "figures" / figure
            )
    return len(wanted) * len(SETTINGS)


def _write_figure(picture: Path, asked: dict[str, Any], target: Path) -> None:
    """Write what a window shows of a page, small enough for a repository."""
    scale = asked.get("device_scale_factor", 1)
    with Image.open(picture) as whole:
        shown = whole.crop((0, 0, whole.width, min(whole.height, asked["viewport"]["height"] * scale)))
        shown.save(target, quality=70, method=6)


def _with_cookies(kept: Mapping[str, str], address: str) -> dict[str, Any]:
    """Give what a browser has before it opens a page."""
    host = address.split("//")[1].split(":", maxsplit=1)[0]
    return {
        "origins": [],
        "cookies": [
            {"name": name, "value": value, "domain": each, "path": "/"}
            for name, value in kept.items()
            for each in {host, "localhost"}
        ],
    }


def _photograph(
    browser: Browser,
    addresses: list[str],
    asked: dict[str, Any],
    target: Path,
    *,
    typed: Mapping[str, str] | None,
) -> None:
    from tests.every_page import fill_in

    context = browser.new_context(**({"locale": "en"} | asked))
    page = context.new_page()
    for address in addresses:
        page.goto(address)
    if typed is not None:
        for name, value in typed.items():
            fill_in(page, name, value)
        with page.expect_navigation():
            page.locator("main form .press:not(.is-quiet)").first.click()
    page.screenshot(path=target, full_page=True)
    context.close()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(f"{photograph_all(folder, set(sys.argv[2:]))} pictures are in {folder}")
