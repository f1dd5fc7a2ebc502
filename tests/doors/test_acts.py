"""A line's page, and what its holder does there: what is offered, what is done, and with no other line."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.porting import PortingState
from lineproof.line.sim import SimState
from lineproof.line.state import LineState
from lineproof.line.transfer import TransferState

if TYPE_CHECKING:
    from django.test import Client

Build = Callable[..., Any]
PAGE = "/lines/1"


def rows(table: str) -> Any:
    from django.apps import apps

    return apps.get_model("registry", table).objects


def press(browser: "Client", address: str, page: str | None = None) -> Any:
    """Open a page and press its button; page: one that was opened before."""
    page = page or browser.get(address).content.decode()
    said = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)".*?name="line" value="([^"]+)"', page, re.DOTALL
    )
    assert said is not None, page
    return browser.post(address, {"csrfmiddlewaretoken": said[1], "line": said[2]})


@pytest.fixture
def alice(browser: "Client", a_holder: Build, a_line: Build) -> "Client":
    """A browser in which Alice's lines are open: two of them, both switched on."""
    browser.get(a_holder("Alice", a_line("+999555001001"), a_line("+999555001002")).link())
    return browser


def custody(number: int = 1) -> Any:
    """Give the custody of a line of whoever came last, by its place on their page."""
    latest = rows("Custody").order_by("-id").first()
    return rows("Custody").filter(holder=latest.holder_id).order_by("id")[number - 1]


def offered(browser: "Client", address: str = PAGE) -> set[str]:
    return set(re.findall(rf'href="{address}/do/([a-z-]+)"', browser.get(address).content.decode()))


def ask_sim(about: Any) -> Any:
    from django.utils import timezone

    now = timezone.now()
    return rows("SimReplacement").create(
        line=about.line,
        custody=about,
        state=SimState.ASKED.value,
        sealed_iccid=b"x",
        subject=os.urandom(16),
        asked_at=now,
        due_at=now + timedelta(hours=4),
    )


def test_each_line_has_a_page_and_the_list_leads_there(alice: "Client"):
    assert 'href="/lines/2"' in alice.get("/lines").content.decode()
    assert "+999555001002" in alice.get("/lines/2").content.decode()
    assert alice.get("/lines/3").status_code == 404
    assert alice.get("/lines/0").status_code == 404


def test_only_what_can_be_done_now_is_offered(alice: "Client"):
    assert offered(alice) == {"not-mine", "not-needed", "pass-on", "new-sim", "give-up"}
    for name in ("stop-sim", "keep-line", "deny-offer", "keep-number", "nonsense"):
        assert alice.get(f"{PAGE}/do/{name}").status_code == 404


@pytest.mark.parametrize("name", ["not-mine", "not-needed"])
def test_a_line_is_disputed_and_its_page_says_until_when_it_is_decided(alice: "Client", name: str):
    done = press(alice, f"{PAGE}/do/{name}")
    assert (done.status_code, done["Location"]) == (303, PAGE)
    page = alice.get(PAGE).content.decode()
    assert "People look into it. The line works as before." in page
    assert "What you disputed" in page
    assert 'class="deadline"' in page
    assert offered(alice) == {"give-up"}
    dispute = rows("Dispute").order_by("-opened_at").first()
    assert (dispute.custody_id, dispute.kind) == (custody().id, name.replace("-", "_"))


def test_a_second_press_is_told_that_it_was_done(alice: "Client"):
    page = alice.get(f"{PAGE}/do/not-mine").content.decode()
    assert press(alice, f"{PAGE}/do/not-mine", page).status_code == 303
    again = press(alice, f"{PAGE}/do/not-mine", page)
    assert again.status_code == 409
    assert "disputed already" in again.content.decode()


def test_another_sim_is_stopped(alice: "Client"):
    asked = ask_sim(custody())
    assert "stop-sim" in offered(alice)
    page = alice.get(f"{PAGE}/do/stop-sim").content.decode()
    assert "never switched on" in page
    assert press(alice, f"{PAGE}/do/stop-sim", page).status_code == 303
    asked.refresh_from_db()
    assert asked.state == SimState.STOPPED.value
    over = press(alice, f"{PAGE}/do/stop-sim", page)
    assert over.status_code == 409
    assert "That is over" in over.content.decode()


def a_transfer(about: Any) -> Any:
    from django.utils import timezone

    now = timezone.now()
    about.line.state = LineState.IN_TRANSFER.value
    about.line.save()
    return rows("Transfer").create(
        line=about.line,
        giver_id=about.holder_id,
        state=TransferState.OFFERED.value,
        code_digest=os.urandom(32),
        subject=os.urandom(16),
        offered_at=now,
        accept_by=now + timedelta(days=1),
    )


@pytest.mark.parametrize(("name", "outcome"), [("keep-line", "by_giver"), ("deny-offer", "not_by_giver")])
def test_an_offer_is_taken_back_or_denied(alice: "Client", name: str, outcome: str):
    transfer = a_transfer(custody())
    assert {"keep-line", "deny-offer"} <= offered(alice)
    assert press(alice, f"{PAGE}/do/{name}").status_code == 303
    transfer.refresh_from_db()
    assert (transfer.state, transfer.outcome) == ("cancelled", outcome)
    assert LineState(rows("Line").get(id=transfer.line_id).state) is LineState.ACTIVE


def test_a_number_that_leaves_is_kept(alice: "Client"):
    from django.utils import timezone

    about, now = custody(), timezone.now()
    about.line.state = LineState.PORTING_OUT.value
    about.line.save()
    porting = rows("Porting").create(
        line=about.line,
        other_operator="Utopia Mobile",
        state=PortingState.LEAVING.value,
        subject=os.urandom(16),
        asked_at=now,
        due_at=now + timedelta(hours=2),
        closes_at=now + timedelta(days=2),
    )
    assert "keep-number" in offered(alice)
    assert press(alice, f"{PAGE}/do/keep-number").status_code == 303
    porting.refresh_from_db()
    assert porting.state == PortingState.STAYED.value


def test_a_form_acts_on_the_line_that_its_page_showed_whatever_stands_there_now(alice: "Client"):
    """The first line was given up in another tab: what was the second is the first by then."""
    from django.utils import timezone

    first, second = custody(1), custody(2)
    page = alice.get("/lines/2/do/not-mine").content.decode()
    first.until = timezone.now()
    first.save()
    assert press(alice, "/lines/1/do/not-mine", page).status_code == 303
    assert rows("Dispute").order_by("-opened_at").first().custody_id == second.id


def test_a_form_of_another_visit_does_nothing(
    alice: "Client", new_browser: Build, a_holder: Build, a_line: Build
):
    page = alice.get(f"{PAGE}/do/not-mine").content.decode()
    token = re.search(r'name="line" value="([^"]+)"', page)
    assert token is not None
    mallory, before = new_browser(), rows("Dispute").count()
    mallory.get(a_holder("Mallory", a_line("+999555009999")).link())
    own = mallory.get(f"{PAGE}/do/not-mine").content.decode()
    swapped = re.sub(r'name="line" value="[^"]+"', f'name="line" value="{token[1]}"', own)
    assert press(mallory, f"{PAGE}/do/not-mine", swapped).status_code == 400
    for forged in ("", "x", f"{token[1][:-2]}AA"):
        changed = re.sub(r'name="line" value="[^"]+"', f'name="line" value="{forged or "-"}"', own)
        assert press(mallory, f"{PAGE}/do/not-mine", changed).status_code == 400
    assert rows("Dispute").count() == before


def test_button_of_another_site_does_nothing(alice: "Client"):
    before = rows("Dispute").count()
    assert alice.post(f"{PAGE}/do/not-mine", {"line": "x"}).status_code == 403
    assert rows("Dispute").count() == before


def test_a_line_that_is_gone_from_the_holder_is_not_acted_on(alice: "Client"):
    from django.utils import timezone

    page = alice.get(f"{PAGE}/do/not-mine").content.decode()
    about = custody()
    about.until = timezone.now()
    about.save()
    assert press(alice, f"{PAGE}/do/not-mine", page).status_code == 404


def test_without_a_visit_there_is_no_page(browser: "Client"):
    for address in (PAGE, f"{PAGE}/do/not-mine"):
        assert browser.get(address).status_code == 403


def test_no_address_names_a_line_or_a_person(alice: "Client"):
    page = alice.get(PAGE).content.decode()
    for address in re.findall(r'(?:href|action)="([^"]+)"', page):
        assert "999555" not in address
        assert not re.search(r"[0-9a-f]{8}-", address)
