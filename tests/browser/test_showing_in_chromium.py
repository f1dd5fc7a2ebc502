"""A line goes from one person to another, and a victim without one finds another, in real Chromium.

Before the real server, key process and booth. Reviewers decide by command; the clock is moved in the record.
"""

import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import OPENED, Serving
from tests.browser.test_applying_in_chromium import (
    photograph_document,
    photograph_face,
    send,
    to_the_photographs,
)

pytestmark = pytest.mark.browser
WITH_PEOPLE = "Two people look at your photographs"


def people_accept(serving: Serving) -> None:
    """Have two reviewers accept every open case."""
    known = serving.column("SELECT name FROM registry_staff")
    for reviewer in ("rhea", "sol"):
        if reviewer not in known:
            serving.command("reviewers", "add", reviewer)
        for case in serving.column("SELECT id FROM registry_case WHERE state = 'open'"):
            serving.command("cases", "decide", case, "--as", reviewer, "--accept")


def apply(page: Any, serving: Serving, whose: str) -> str:
    """Apply for a line by face, and have it; give its number."""
    number = to_the_photographs(page, serving)
    photograph_document(page, serving, whose)
    photograph_face(page)
    send(page)
    people_accept(serving)
    page.reload()
    assert page.get_by_role("heading", name="The line is registered in your name").is_visible()
    page.get_by_role("button", name="Delete this application").click()
    return number


def show(page: Any, serving: Serving, whose: str) -> None:
    """Show who one is, and open one's lines."""
    page.goto(f"{serving.address}/apply/who-you-are")
    page.get_by_role("button", name="Show it with photographs").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="I agree").click()
    photograph_document(page, serving, whose)
    photograph_face(page)
    send(page)
    assert page.get_by_role("heading", name=WITH_PEOPLE).is_visible()
    people_accept(serving)
    page.reload()
    page.get_by_role("button", name="Open my lines").click()
    page.wait_for_url("**/lines")


def to_line(page: Any, serving: Serving, number: str) -> None:
    """Open the page of one line."""
    page.goto(f"{serving.address}/lines")
    page.locator("article", has_text=number).get_by_role("link", name="What happened").click()


def test_a_line_goes_from_one_person_to_another_in_two_browsers(opened: OPENED, serving: Serving):
    alice = opened()
    number = apply(alice, serving, "alice")
    show(alice, serving, "alice")
    to_line(alice, serving, number)
    alice.get_by_role("link", name="Pass this line on to somebody else").click()
    alice.get_by_role("button", name="Give me the code").click()
    code = alice.locator(".offer-code").inner_text().strip()
    assert re.fullmatch(r"([0-9a-f]{4} ?){8}", code)

    bo = opened(camera="bo")
    show(bo, serving, "bo")
    bo.get_by_role("link", name="Take over a line that somebody offers you").click()
    bo.get_by_label("The code").fill(code)
    bo.get_by_role("checkbox").check()
    bo.get_by_role("button", name="Accept the line").click()
    assert bo.get_by_role("heading", name="You have accepted a line").is_visible()
    serving.command("transfer", "due")
    assert serving.column("SELECT state FROM registry_transfer") == ["accepted"], "the time to think lasts"
    with sqlite3.connect(serving.record / "record.sqlite3", timeout=20) as record:
        record.execute("UPDATE registry_transfer SET complete_at = '2026-01-01 00:00:00'")
    serving.command("transfer", "due")
    bo.goto(f"{serving.address}/lines")
    assert bo.locator("article", has_text=number).is_visible()
    alice.goto(f"{serving.address}/lines")
    assert not alice.locator("article", has_text=number).is_visible()


def test_a_victim_without_a_line_finds_one_and_disputes_it(opened: OPENED, serving: Serving):
    thief = opened(camera="bo")
    number = apply(thief, serving, "bo")
    victim = opened(camera="bo")
    victim.goto(f"{serving.address}/")
    victim.get_by_role("link", name="Show who you are").click()
    show(victim, serving, "bo")
    to_line(victim, serving, number)
    victim.get_by_role("link", name="Say that this line is not yours").click()
    victim.get_by_role("button", name="This line is not mine").click()
    assert victim.get_by_text("People look into it. The line works as before.").is_visible()
    assert victim.locator(".deadline").first.is_visible()
    assert serving.column("SELECT kind FROM registry_dispute") == ["not_mine"]
    overflow = victim.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0


def test_the_proof_of_a_line_is_downloaded_and_verified_offline(
    opened: OPENED, serving: Serving, tmp_path: Path
):
    """By the one file that comes with it, and the log's key from elsewhere; the network is not asked."""
    page = opened()
    number = apply(page, serving, "alice")
    show(page, serving, "alice")
    card = page.locator("article", has_text=number)
    for _ in range(30):
        if card.get_by_role("link", name="Proof of registration").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    with page.expect_download() as download:
        card.get_by_role("link", name="Proof of registration").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(tmp_path)
    told = serving.command("log", "key")
    key = next(word for word in told.split() if word.count("+") >= 2)
    origin = key.split("+", maxsplit=1)[0]

    def verified() -> subprocess.CompletedProcess[str]:
        parts = ["receipt.tlog-proof", "entry.json", key, origin, "opening.txt"]
        return subprocess.run(
            [sys.executable, "-I", "verify_receipt.py", *parts],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    proven = verified()
    assert (proven.returncode, "PROVEN" in proven.stdout) == (0, True), proven.stdout + proven.stderr
    assert number in proven.stdout
    opening = (tmp_path / "opening.txt").read_text()
    (tmp_path / "opening.txt").write_text(opening.replace(number, "+999555999999"))
    assert verified().returncode == 1, "the control: another number is not proven"
