"""A link opens the lines in one's name, once, for the one it was made for."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.organisation import Organisation as Subscriber
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.terms import LineKind

if TYPE_CHECKING:
    from django.test import Client

Build = Callable[..., Any]


def _csrf(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_link_opens_the_lines_and_its_address_says_nothing_of_the_person(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    alice = a_holder("Alice Specimen", a_line("+999555001001"))
    opened = browser.get(alice.link())
    assert (opened.status_code, opened["Location"]) == (303, "/lines")
    page = browser.get("/lines").content.decode()
    assert "Alice Specimen" in page
    assert "+999555001001" in page


def test_line_of_a_visitor_is_shown_with_its_last_day(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    from lineproof.registry.models import Custody

    alice = a_holder("Alice", a_line("+999555001001"))
    browser.get(alice.link())
    assert "Registered until" not in browser.get("/lines").content.decode()
    Custody.objects.update(registered_until=datetime(2026, 8, 1, tzinfo=UTC))
    page = browser.get("/lines").content.decode()
    assert "Registered until the end of" in page
    assert "whose parent or guardian you are" not in page
    Custody.objects.update(for_minor=True)
    assert "whose parent or guardian you are" in browser.get("/lines").content.decode()
    assert '<time datetime="2026-07-31">31 July 2026</time>' in page


def test_line_that_is_signed_for_names_its_organisation_as_text(
    browser: "Client", services: Services, a_holder: Build, a_line: Build
) -> None:
    from lineproof.registry.models import Custody, Organisation
    from lineproof.registry.sealed_organisation import seal_organisation

    alice = a_holder("Alice", a_line("+999555001001"))
    browser.get(alice.link())
    assert "Registered for" not in browser.get("/lines").content.decode()
    quay = Subscriber.parse(name="Quay <b>Ltd</b>", register="Companies House", number="01234567")
    row = Organisation(register_index=b"i" * 32)
    row.sealed_organisation = seal_organisation(services.keys, quay, subject=row.id)
    row.save()
    Custody.objects.filter(holder=alice.id).update(organisation=row)
    page = browser.get("/lines").content.decode()
    assert "Registered for" in page
    assert "Quay &lt;b&gt;Ltd&lt;/b&gt;" in page


def test_no_address_on_the_page_names_a_person_a_line_or_a_holder(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    alice = a_holder("Alice Specimen", a_line("+999555001001"), a_line("+999555001002"))
    browser.get(alice.link())
    page = browser.get("/lines").content.decode()
    addresses = set(re.findall(r'(?:href|action|src)="([^"]*)"', page))
    languages = {"?language=en", "?language=ar", "?language=zh-hans"}
    files = {"/static/lineproof.css", "/static/lineproof.svg"}
    pages = {"/", "/leave", "/stay", "#main", "/lines/1", "/lines/2"}
    pages |= {"/passkeys", "/addresses", "/take-over", "/apply/who-you-are"}
    pages |= {"/appeals", "/data"}
    assert addresses == pages | files | languages


def test_a_line_is_shown_with_kind_detail_state_and_day_in_words(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    alice = a_holder(
        "Alice",
        a_line("+999555001001", "89999112233445566778", since=datetime(2026, 3, 1, 9, tzinfo=UTC)),
        a_line("alice@fibre.example", "Harbour Street 12", LineKind.FIXED, LineState.PENDING),
    )
    browser.get(alice.link())
    page = browser.get("/lines").content.decode()
    for words in (
        "2 lines",
        "Mobile number",
        "Internet access",
        "8999 9112 2334 4556 6778",
        "Harbour Street 12",
        "Switched on",
        "Waiting to be switched on",
        "1 March 2026",
        "21 November 2026",
        "A line was registered in your name",
    ):
        assert words in page


def test_what_needs_the_document_again_says_so_and_where(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice").link())
    page = browser.get("/lines").content.decode()
    assert "At any counter" in page
    assert "needs your document once more" in page
    assert 'href="/apply/who-you-are"' in page
    assert "No line is registered in your name here." in page


def test_a_name_is_shown_as_text_and_never_as_markup(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    browser.get(a_holder("<b>Alice</b>", a_line("<i>@fibre.example")).link())
    page = browser.get("/lines").content.decode()
    assert "&lt;b&gt;Alice&lt;/b&gt;" in page
    assert "<i>" not in page


def test_a_link_opens_once_and_the_second_time_says_how_to_get_another(
    browser: "Client", a_holder: Build, new_browser: Build
) -> None:
    link = a_holder("Alice").link()
    browser.get(link)
    second = new_browser()
    page = second.get(link)
    assert page.status_code == 403
    assert "a link opens once" in page.content.decode()
    assert "How to open your lines" in page.content.decode()
    assert second.get("/lines").status_code == 403


def test_a_link_older_than_an_hour_opens_nothing(
    browser: "Client", a_holder: Build, services: Services
) -> None:
    from lineproof.registry.flows.page_link import issue_page_link

    made = datetime.now(UTC) - timedelta(hours=1, seconds=1)
    token = issue_page_link(services, a_holder("Alice").id, now=made)
    assert browser.get(f"/open/{token}").status_code == 403
    assert browser.get("/lines").status_code == 403


def test_looking_at_a_link_without_opening_it_leaves_it_whole(browser: "Client", a_holder: Build) -> None:
    link = a_holder("Alice").link()
    assert browser.head(link).status_code == 405
    assert browser.get(link).status_code == 303


def test_an_unknown_link_opens_nothing(browser: "Client") -> None:
    assert browser.get("/open/no-such-link").status_code == 403


def test_without_a_visit_no_line_is_shown_and_the_way_in_is_explained(browser: "Client") -> None:
    page = browser.get("/lines")
    assert page.status_code == 403
    assert "How to open your lines" in page.content.decode()


def test_another_holders_lines_never_appear(browser: "Client", a_holder: Build, a_line: Build) -> None:
    a_holder("Alice Specimen", a_line("+999555001001"))
    bo = a_holder("Bo Specimen", a_line("+999555001009"))
    browser.get(bo.link())
    page = browser.get("/lines").content.decode()
    assert "+999555001009" in page
    assert "Alice" not in page
    assert "+999555001001" not in page


def test_a_second_link_in_the_same_browser_ends_the_first_visit(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice Specimen").link())
    browser.get(a_holder("Bo Specimen").link())
    page = browser.get("/lines").content.decode()
    assert "Bo Specimen" in page
    assert "Alice" not in page


def test_the_visits_cookie_is_the_only_one_and_is_kept_from_scripts_and_other_sites(
    browser: "Client", a_holder: Build
) -> None:
    browser.get(a_holder("Alice").link())
    browser.get("/lines")
    assert set(browser.cookies) == {"lineproof"}
    cookie = browser.cookies["lineproof"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]


def test_a_cookie_that_was_changed_opens_nothing(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice").link())
    browser.cookies["lineproof"] = browser.cookies["lineproof"].value[:-1] + "_"
    assert browser.get("/lines").status_code == 403


def test_a_visit_ends_by_itself_after_fifteen_minutes(
    browser: "Client", a_holder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(a_holder("Alice").link())
    browser.get("/lines")
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert browser.get("/lines").status_code == 403


def _after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)


def test_a_visit_can_be_made_to_last_three_hours_and_not_longer(
    browser: "Client", a_holder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(a_holder("Alice").link())
    page = browser.get("/lines").content.decode()
    assert "closes by itself in 15 minutes" in page
    stayed = browser.post("/stay", {"csrfmiddlewaretoken": _csrf(page)})
    assert (stayed.status_code, stayed["Location"]) == (303, "/lines")
    _after(monkeypatch, 3 * 60 * 60 - 61)
    page = browser.get("/lines").content.decode()
    assert "closes by itself in 2 minutes" in page
    assert "three hours" not in page
    # Asked for again, it is no longer: it counts from the beginning.
    browser.post("/stay", {"csrfmiddlewaretoken": _csrf(page)})
    _after(monkeypatch, 62)
    assert browser.get("/lines").status_code == 403


def test_a_visit_that_is_over_cannot_be_made_longer(
    browser: "Client", a_holder: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.get(a_holder("Alice").link())
    token = _csrf(browser.get("/lines").content.decode())
    _after(monkeypatch, 15 * 60)
    assert browser.post("/stay", {"csrfmiddlewaretoken": token}).status_code == 403
    assert browser.get("/lines").status_code == 403


def test_leaving_ends_the_visit(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice").link())
    token = _csrf(browser.get("/lines").content.decode())
    gone = browser.post("/leave", {"csrfmiddlewaretoken": token})
    assert (gone.status_code, gone["Location"]) == (303, "/left")
    assert browser.get("/left").status_code == 200
    assert browser.get("/lines").status_code == 403


def test_another_site_cannot_make_somebody_leave(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice").link())
    refused = browser.post("/leave")
    assert refused.status_code == 403
    assert "nothing was done" in refused.content.decode()
    assert browser.get("/lines").status_code == 200


def test_following_a_link_to_leave_does_nothing_and_is_explained(browser: "Client", a_holder: Build) -> None:
    browser.get(a_holder("Alice").link())
    page = browser.get("/leave")
    assert page.status_code == 405
    assert page["Allow"] == "POST"
    assert "button" in page.content.decode()
    assert browser.get("/lines").status_code == 200


def test_a_holder_whose_data_was_erased_sees_a_page_that_says_so(browser: "Client", a_holder: Build) -> None:
    from lineproof.registry import personal
    from lineproof.registry.models.choices import Retention

    alice = a_holder("Alice")
    browser.get(alice.link())
    personal.destroy(alice.id, Retention.IDENTITY)
    page = browser.get("/lines")
    assert page.status_code == 404
    assert "erased" in page.content.decode()


def test_what_the_holder_disputed_is_shown_with_its_deadline_and_then_with_the_reasons(
    browser: "Client", a_holder: Build, a_line: Build
) -> None:
    from lineproof.registry.models import Custody, Dispute, Notice, Staff, Vote

    alice = a_holder("Alice", a_line("+999555001001"))
    custody, at = Custody.objects.get(holder=alice.id), datetime(2026, 7, 1, 12, tzinfo=UTC)
    until = datetime(2026, 7, 16, tzinfo=UTC)
    dispute = Dispute.objects.create(
        custody=custody,
        kind="not_mine",
        state="open",
        subject=bytes(16),
        opened_at=at,
        answer_by=at,
        due_at=until,
    )
    Notice.objects.create(
        holder_id=custody.holder_id,
        line_id=custody.line_id,
        kind="line_disputed",
        given_at=at,
        to_line_only=True,
    )
    browser.get(alice.link())
    page = browser.get("/lines").content.decode()
    for words in (
        "You said that this line is not yours.",
        "People look into it.",
        "until the end of 15 July 2026",
    ):
        assert words in page
    assert "is being closed" not in page
    # What is told to who uses the line is not told to who says that it is not theirs.
    assert "Somebody who was verified says" not in page
    for name in ("una-of-the-page", "vera-of-the-page"):
        staff = Staff.objects.create(name=name, role="reviewer", enrolled_at=at)
        Vote.objects.create(
            about=dispute.id,
            question="dispute",
            staff=staff,
            choice="upheld",
            reason="document_was_misused",
            given_at=at,
        )
    Dispute.objects.filter(id=dispute.id).update(state="upheld", ended_at=at)
    Custody.objects.filter(id=custody.id).update(disowned_at=at)
    page = browser.get("/lines").content.decode()
    for words in ("It was decided: you are right.", "by somebody else", "Not yours: it is being closed"):
        assert words in page
    assert "until the end of 15 July 2026" not in page


@pytest.mark.parametrize(
    "shown",
    [
        ("not_needed", "heard", "You said that you do not need this line."),
        ("not_mine", "dismissed", "It was decided: the line stays in your name."),
        ("not_mine", "withdrawn", "You took it back."),
    ],
)
def test_every_state_of_a_dispute_has_its_words(
    browser: "Client", a_holder: Build, a_line: Build, shown: tuple[str, str, str]
) -> None:
    from lineproof.registry.models import Custody, Dispute

    kind, state, words = shown
    alice = a_holder("Alice", a_line("+999555001001"))
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    Dispute.objects.create(
        custody=Custody.objects.get(holder=alice.id),
        kind=kind,
        state=state,
        subject=bytes(16),
        opened_at=at,
        answer_by=at,
        due_at=at,
        ended_at=None if state == "heard" else at,
    )
    browser.get(alice.link())
    assert words in browser.get("/lines").content.decode()
