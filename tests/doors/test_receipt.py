"""The holder's page offers the receipt of each line once it is published, to its holder alone."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.ports import Services
from lineproof.tiles.directory import TileFolder

if TYPE_CHECKING:
    from django.test import Client

    from tests.flows.desk import Desk


@pytest.fixture
def desk(services: Services, tmp_path: Path) -> "Iterator[Desk]":
    """A record with staff, whose log is published in a folder of this test's."""
    from django.core.management import call_command

    from lineproof.web.services import install
    from tests.flows.desk import Desk

    call_command("flush", verbosity=0, interactive=False)
    desk = Desk.opened(replace(services, tiles=TileFolder(tmp_path / "log")), tmp_path)
    install(desk.services)
    yield desk
    install(services)


@pytest.fixture
def open_page(desk: "Desk", new_browser: "Callable[[], Client]") -> Callable[[Any], "Client"]:
    """Opens a holder's page in a browser of its own."""
    from django.utils import timezone

    from lineproof.registry.flows.page_link import issue_page_link

    def open_page(holder: Any) -> "Client":
        browser = new_browser()
        browser.get(f"/open/{issue_page_link(desk.services, holder, now=timezone.now())}")
        return browser

    return open_page


def publish(desk: "Desk") -> None:
    from lineproof.registry.flows.publish_log import publish_log

    publish_log(desk.services)


def offered(browser: "Client", of: str = "lines", on: str = "/lines") -> list[str]:
    return re.findall(rf'href="(/{of}(?:/[^"]+)?/receipt)"', browser.get(on).content.decode())


def test_it_is_offered_once_it_is_published_and_is_what_proves(desk: "Desk", open_page):
    done = desk.register()
    browser = open_page(done.holder)
    assert offered(browser) == []
    publish(desk)
    (address,) = offered(browser)
    answer = browser.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == 'attachment; filename="receipt.zip"'
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert '"identifier":"+999555001001"' in archive.read("opening.txt").decode()


def test_nobody_elses_is_given_nor_without_a_visit(desk: "Desk", open_page, browser: "Client"):
    from tests.fakes.specimens import BO
    from tests.flows.desk import a_mobile

    alice = desk.register()
    bo = desk.register(desk.present(BO), a_mobile("+999555002002"))
    publish(desk)
    pages = [open_page(holder) for holder in (alice.holder, bo.holder)]
    (address,) = offered(pages[0])
    assert address == "/lines/1/receipt", "an address says nothing of the line"
    given = [page.get(address).content for page in pages]
    for content, identifier in zip(given, ("+999555001001", "+999555002002"), strict=True):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert identifier in archive.read("opening.txt").decode()
    assert pages[0].get("/lines/2/receipt").status_code == 404
    assert pages[0].get("/lines/0/receipt").status_code == 404
    assert browser.get(address).status_code == 403


def test_before_it_is_published_asking_for_it_is_told_and_not_broken(desk: "Desk", open_page):
    done = desk.register()
    answer = open_page(done.holder).get("/lines/1/receipt")
    assert answer.status_code == 404


def test_published_log_that_is_not_in_order_keeps_nobody_from_their_page(desk: "Desk", open_page, tmp_path):
    done = desk.register()
    publish(desk)
    browser = open_page(done.holder)
    (address,) = offered(browser)
    (tmp_path / "log" / "checkpoint").write_bytes(b"no checkpoint")
    assert browser.get("/lines").status_code == 200
    assert offered(browser) == []
    assert browser.get(address).status_code >= 400


def disputed(desk: "Desk", holder: Any) -> Any:
    """Have a holder dispute their only line on their page."""
    from django.utils import timezone

    from lineproof.line.dispute import DisputeKind
    from lineproof.registry.flows.dispute_line import open_dispute
    from lineproof.registry.flows.verify_holder import OwnPage

    (line,) = desk.rows("Line")
    by = OwnPage(holder)
    return open_dispute(desk.services, line.id, DisputeKind.NOT_MINE, by, now=timezone.now())


def test_dispute_has_a_proof_that_it_was_received_for_its_holder_alone(desk: "Desk", open_page, browser):
    done = desk.register()
    opened = disputed(desk, done.holder)
    page = open_page(done.holder)
    assert offered(page, of="disputes") == [], "the control: it is not published yet"
    assert page.get("/disputes/1/receipt").status_code == 404
    publish(desk)
    (address,) = offered(page, of="disputes")
    with zipfile.ZipFile(io.BytesIO(page.get(address).content)) as archive:
        assert str(opened.id) in b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert page.get("/disputes/2/receipt").status_code == 404
    assert browser.get(address).status_code == 403


def test_application_has_a_proof_of_what_was_decided_in_its_browser_alone(
    desk: "Desk", new_browser: "Callable[[], Client]"
):
    from tests.doors.test_applying import Script, at_camera

    browser, other = new_browser(), new_browser()
    at_camera(browser)
    assert browser.get("/apply/receipt").status_code == 404
    script = Script(browser, desk.booth)
    script.send(*script.sealed())
    assert offered(browser, of="apply", on="/apply/result") == []
    publish(desk)
    (address,) = offered(browser, of="apply", on="/apply/result")
    answer = browser.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    (decision,) = desk.rows("Decision")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert str(decision.id) in b"".join(archive.read(n) for n in archive.namelist()).decode("latin-1")
    assert other.get(address).status_code == 404
