"""The published log at /log/: for whoever it is meant for, and cached no longer than it holds."""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.ports import Services
from lineproof.tiles.directory import TileFolder

if TYPE_CHECKING:
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
    """A server that was told to let everybody read the log."""
    from lineproof.web.services import install

    install(replace(services, tiles=store), log_is_public=True)
    yield store
    install(services)


PLACES = ("/log/checkpoint", "/log/tile/0/000", "/log/tile/entries/001.p/3")


@pytest.mark.parametrize("place", PLACES)
def test_log_is_not_there_unless_told(services: Services, browser: "Client", store: TileFolder, place: str):
    from lineproof.web.services import install

    install(replace(services, tiles=store))
    try:
        assert browser.get(place).status_code == 404
    finally:
        install(services)


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
    assert rounds == [publishing.PUBLISH_EVERY_S] * 3
    assert running.tiles is not None
    assert running.tiles.checkpoint() is not None
