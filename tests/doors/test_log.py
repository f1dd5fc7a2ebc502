"""The published log at /log/: for whoever it is meant for, and cached no longer than it holds."""

import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import LogAudience, shipped_policy
from lineproof.ports import Services
from lineproof.terms import StaffName
from lineproof.tiles.directory import TileFolder

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

FULL, PART = b"f" * 8192, b"p" * 96


@pytest.fixture
def store(tmp_path: Path) -> TileFolder:
    store = TileFolder(tmp_path / "log")
    store.write("tile/0/000", FULL)
    store.write("tile/entries/001.p/3", PART)
    store.swap_checkpoint(None, b"checkpoint\n")
    return store


@pytest.fixture
def public(services: Services, store: TileFolder) -> Iterator[TileFolder]:
    """A server whose policy pack lets everybody read the log: the specimen pack."""
    from lineproof.web.services import install

    assert services.policy.log.audience is LogAudience.PUBLIC
    install(replace(services, tiles=store))
    yield store
    install(services)


@pytest.fixture
def for_inspectors(services: Services, store: TileFolder) -> Iterator[Services]:
    """A server whose policy pack keeps the log for inspectors, on a record where nobody is enrolled."""
    from django.core.management import call_command

    from lineproof.web.services import install

    call_command("flush", verbosity=0, interactive=False)
    own = replace(services, tiles=store, policy=shipped_policy("generic"))
    install(own)
    yield own
    install(services)


@pytest.fixture
def issue(for_inspectors: Services) -> Callable[..., str]:
    """Issues a token to inspector Ines, now unless told otherwise."""
    from lineproof.registry.flows.inspector_access import issue_inspector_token

    def issue(*, days: int = 90, ago: timedelta = timedelta(0)) -> str:
        return issue_inspector_token(
            for_inspectors, StaffName("ines"), days=days, now=datetime.now(UTC) - ago
        ).token

    return issue


PLACES = ("/log/checkpoint", "/log/tile/0/000", "/log/tile/entries/001.p/3")
SAYS = (
    b"This log is for inspectors: send the token you were given as 'Authorization: Bearer TOKEN'; "
    b"if it is over, ask the operator for another.\n"
)


def is_refused(answer: "HttpResponse") -> bool:
    """Tell whether an answer is the one that everybody gets who shows no token that holds."""
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Type"].startswith("text/plain")
    return (answer.status_code, answer.content) == (401, SAYS)


@pytest.mark.parametrize("place", [*PLACES, "/log/tile/0/001", "/log/tile/../../vault/secret"])
def test_log_for_inspectors_wants_a_token_whatever_is_asked_for(
    for_inspectors: Services, browser: "Client", place: str
):
    assert is_refused(browser.get(place))


@pytest.mark.parametrize(
    ("place", "content", "caching"),
    [
        (PLACES[0], b"checkpoint\n", "no-store"),
        (PLACES[1], FULL, "private, max-age=31536000, immutable"),
        (PLACES[2], PART, "private, max-age=60"),
    ],
)
def test_inspector_reads_the_log_and_no_shared_cache_keeps_it(
    issue: Callable[..., str], browser: "Client", place: str, content: bytes, caching: str
):
    shown = {"Authorization": f"Bearer {issue()}"}
    answer = browser.get(place, headers=shown)
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, content, caching)
    assert not {"Vary", "Set-Cookie", "WWW-Authenticate"} & set(answer.headers)
    head = browser.head(place, headers=shown)
    assert (head.status_code, head.content, head["Cache-Control"]) == (200, b"", caching)
    assert int(head["Content-Length"]) == len(content)


def test_what_is_not_there_is_not_there_for_an_inspector_either(issue: Callable[..., str], browser: "Client"):
    shown = {"Authorization": f"Bearer {issue()}"}
    for place in ("/log/tile/0/001", "/log/tile/../../vault/secret", "/log/"):
        answer = browser.get(place, headers=shown)
        assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "shown",
    [
        *("", "Bearer", "Bearer ", "Basic {token}", "{token}", "Bearer {token}x", "Bearer x{token}"),
        *("Bearer {token} {token}", "Bearer {half}", "Bearer\t{token}", "Bearer {digest}", "Bearer \u00e9"),
        "Bearer " + "A" * 5000,
    ],
)
def test_wrong_token_is_refused_like_none(issue: Callable[..., str], browser: "Client", shown: str):
    token = issue()
    digest = hashlib.sha256(token.encode()).hexdigest()
    shown = shown.format(token=token, half=token[:22], digest=digest)
    assert is_refused(browser.get(PLACES[0], headers={"Authorization": shown}))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_scheme_is_understood_in_any_case(issue: Callable[..., str], browser: "Client", scheme: str):
    """RFC 9110, section 11.1."""
    assert browser.get(PLACES[0], headers={"Authorization": f"{scheme} {issue()}"}).status_code == 200


def test_token_is_taken_from_the_header_alone(issue: Callable[..., str], browser: "Client"):
    """Addresses are written down along the way."""
    token = issue()
    assert is_refused(browser.get(PLACES[0], {"access_token": token, "token": token}))


def test_token_that_is_over_is_refused(issue: Callable[..., str], browser: "Client"):
    almost = issue(days=1, ago=timedelta(days=1) - timedelta(minutes=5))
    over = issue(days=1, ago=timedelta(days=1))
    assert browser.get(PLACES[0], headers={"Authorization": f"Bearer {almost}"}).status_code == 200
    assert is_refused(browser.get(PLACES[0], headers={"Authorization": f"Bearer {over}"}))


def test_revoked_token_is_refused_at_once(
    for_inspectors: Services, issue: Callable[..., str], browser: "Client"
):
    from lineproof.registry.flows.inspector_access import revoke_inspector_tokens

    shown = {"Authorization": f"Bearer {issue()}"}
    assert browser.get(PLACES[0], headers=shown).status_code == 200
    revoke_inspector_tokens(for_inspectors, StaffName("ines"), now=datetime.now(UTC))
    assert is_refused(browser.get(PLACES[0], headers=shown))


def test_refusal_of_a_head_says_the_same_without_its_content(for_inspectors: Services, browser: "Client"):
    answer = browser.head(PLACES[1])
    assert (answer.status_code, answer.content, answer["WWW-Authenticate"]) == (401, b"", "Bearer")


def test_public_log_asks_nobody_for_a_token_and_minds_none(public: TileFolder, browser: "Client"):
    answer = browser.get(PLACES[1], headers={"Authorization": "Bearer nobodys"})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


@pytest.mark.parametrize(
    ("place", "content", "caching"),
    [
        (PLACES[0], b"checkpoint\n", "no-store"),
        (PLACES[1], FULL, "public, max-age=31536000, immutable"),
        (PLACES[2], PART, "public, max-age=60"),
    ],
)
def test_each_part_of_the_log_may_be_kept_as_long_as_it_holds(
    public: TileFolder, browser: "Client", place: str, content: bytes, caching: str
):
    answer = browser.get(place)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer["Cache-Control"] == caching
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not {"Vary", "Set-Cookie", "Content-Language"} & set(answer.headers)


@pytest.mark.parametrize(
    "place",
    [
        *(
            "/log/",
            "/log",
            "/log/.lock",
            "/log/tile/0/001",
            "/log/tile/0/000.p/3",
            "/log/tile/0/../../checkpoint",
        ),
        *(
            "/log/tile/9x/000",
            "/log/tile/0/000/",
            "/log/tile/../../vault/secret",
            "/log/tile/%2e%2e/checkpoint",
        ),
    ],
)
def test_nothing_else_is_there_and_no_cache_keeps_that(public: TileFolder, browser: "Client", place: str):
    answer = browser.get(place)
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-store"


def test_log_before_its_first_checkpoint_is_not_there(public: TileFolder, browser: "Client", tmp_path: Path):
    (tmp_path / "log" / "checkpoint").unlink()
    assert browser.get("/log/checkpoint").status_code == 404


def test_log_is_read_and_not_written(public: TileFolder, new_browser):
    from django.test import Client

    plain = Client(SERVER_NAME="127.0.0.1")
    for place in PLACES:
        assert plain.head(place).status_code == 200
        assert plain.post(place, b"x", content_type="text/plain").status_code == 405
        assert plain.put(place, b"x").status_code == 405


def test_what_cannot_be_published_is_told_once_until_it_changes(services: Services, tmp_path: Path):
    from lineproof.web.publishing import publish_once

    (tmp_path / "log").write_bytes(b"a file in the way")
    broken = replace(services, tiles=TileFolder(tmp_path / "log"))
    with redirect_stderr(io.StringIO()) as told:
        said = publish_once(broken, names=True, told="")
        assert publish_once(broken, names=True, told=said) == said
    assert re.fullmatch(r"lineproof: the log is not published: .*cannot be used.*\n", told.getvalue())
    with redirect_stderr(io.StringIO()) as told:
        assert (
            publish_once(replace(services, tiles=TileFolder(tmp_path / "other")), names=True, told=said) == ""
        )
    assert told.getvalue() == ""


def test_log_without_a_name_waits_for_one(services: Services, tmp_path: Path):
    from django.core.management import call_command

    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.web.publishing import publish_once

    call_command("flush", verbosity=0, interactive=False)
    named = replace(services, tiles=TileFolder(tmp_path / "log"))
    assert publish_once(named, names=False, told="") == ""
    assert named.tiles is not None
    assert named.tiles.checkpoint() is None
    set_log_origin("example.net/log")
    publish_once(named, names=False, told="")
    assert (named.tiles.checkpoint() or b"").startswith(b"example.net/log\n")


def test_publisher_goes_on_by_itself(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from lineproof.web import publishing

    rounds, done = [], threading.Event()

    def pause(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            done.set()
            raise SystemExit

    monkeypatch.setattr(publishing.time, "sleep", pause)
    running = replace(services, tiles=TileFolder(tmp_path / "log"))

    def publish() -> None:
        with suppress(SystemExit):
            publishing.keep_published(running, names=True)

    thread = threading.Thread(target=publish)
    thread.start()
    assert done.wait(20)
    thread.join()
    assert rounds == [5] * 3
    assert running.tiles is not None
    assert running.tiles.checkpoint() is not None
