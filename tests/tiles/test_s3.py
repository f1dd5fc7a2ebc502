"""The published log in an object store; tests/ports/test_tile_store.py holds it to the contract besides."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from lineproof import wiring
from lineproof.errors import Conflict, LineproofError, Malformed, NotPermitted, Unavailable
from lineproof.tile_store import MOST_CHECKPOINT_BYTES
from lineproof.tiles import bucket
from lineproof.tiles.bucket import parse_bucket_place
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.s3 import TileBucket
from lineproof.tiles.url import TileUrl
from tests.fakes.object_store import BUCKET, CLOSED_BUCKET, KEY_ID, OTHERS, SECRET, ObjectStore, free_ports

FULL, PART = "tile/0/000", "tile/0/001.p/7"
PLACE = "s3://some-bucket/some/log"


class Wrong(BaseHTTPRequestHandler):
    """A store that heeds no condition, in the ways that a test asks for."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    heeds: tuple[str, ...] = ()
    takes_s = 0.0
    error: tuple[int, bytes] | None = None

    looking = threading.Lock()

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        with nullcontext() if self.takes_s else self.looking:
            self._put(content)

    def _put(self, content: bytes) -> None:
        present = self.objects.get(self.path)
        if "If-None-Match" in self.heeds and self.headers["If-None-Match"] == "*" and present is not None:
            self._answer(412)
            return
        if "If-Match" in self.heeds and self.headers["If-Match"] not in (None, _etag(present)):
            self._answer(412)
            return
        # Others may come between looking and writing.
        time.sleep(self.takes_s)
        self.objects[self.path] = content
        self._answer(200)

    def do_GET(self) -> None:
        if self.error is not None:
            self._answer(*self.error)
        elif self.path not in self.objects:
            self._answer(404)
        else:
            self._answer(200, self.objects[self.path])

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self._answer(204)

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", _etag(content))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


def _etag(content: bytes | None) -> str:
    return "none" if content is None else f'"{content.hex()[:64]}"'


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**OTHERS, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("heeds", "takes_s", "header"),
    [
        pytest.param((), 0.0, "If-None-Match", id="ignores all"),
        pytest.param(("If-None-Match",), 0.0, "If-Match", id="ignores If-Match"),
        pytest.param(("If-Match", "If-None-Match"), 0.2, "If-None-Match", id="looks, and writes later"),
    ],
)
def test_store_that_does_not_heed_conditions_is_refused_before_anything_is_published(
    credentials: None, heeds: tuple[str, ...], takes_s: float, header: str
):
    wrong = type("Store", (Wrong,), {"objects": {}, "heeds": heeds, "takes_s": takes_s})
    with served(wrong) as address:
        store = TileBucket(PLACE, endpoint=address)
        for write in (lambda: store.write(FULL, b"x"), lambda: store.swap_checkpoint(None, b"one")):
            with pytest.raises(Unavailable, match=f"does not heed {header}: of 4 requests at once"):
                write()
    assert wrong.objects == {}


def test_error_that_quotes_what_was_sent_is_not_quoted(credentials: None):
    said = f"<Error><Code>Odd {SECRET}</Code><Message>{SECRET}</Message></Error>".encode()
    for status, kind in ((400, Unavailable), (403, NotPermitted)):
        wrong = type("Store", (Wrong,), {"objects": {}, "error": (status, said)})
        with served(wrong) as address, pytest.raises(kind) as told:
            TileBucket(PLACE, endpoint=address).checkpoint()
        assert f"HTTP {status} (no code)" in str(told.value)
        assert SECRET not in everything_of(told.value)


def everything_of(error: BaseException) -> str:
    """Give what a traceback would print, causes included."""
    import traceback

    return "".join(traceback.format_exception(error))


def test_object_that_is_too_large_is_not_read(credentials: None):
    key = "/some-bucket/some/log/checkpoint"
    wrong = type("Store", (Wrong,), {"objects": {key: bytes(MOST_CHECKPOINT_BYTES + 1)}})
    with served(wrong) as address, pytest.raises(Malformed, match="larger than anything"):
        TileBucket(PLACE, endpoint=address).checkpoint()


@pytest.mark.parametrize("goes_on", [True, False], ids=["falls silent", "ends early"])
def test_object_that_does_not_come_whole_is_not_taken(
    credentials: None, monkeypatch: pytest.MonkeyPatch, goes_on: bool
):
    class Slow(Wrong):
        def _answer(self, status: int, content: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", "x")
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"x")
            self.wfile.flush()
            self.close_connection = True
            time.sleep(1 if goes_on else 0)

    monkeypatch.setattr(bucket, "SILENCE_S", 0.2)
    key = "/some-bucket/some/log/checkpoint"
    with (
        served(type("Store", (Slow,), {"objects": {key: b""}})) as address,
        pytest.raises(Unavailable, match="does not answer"),
    ):
        TileBucket(PLACE, endpoint=address).checkpoint()


def test_store_that_is_down_cannot_be_used_now(credentials: None):
    store = TileBucket(PLACE, endpoint=f"http://127.0.0.1:{free_ports(1)[0]}")
    for ask in acts(store):
        with pytest.raises(Unavailable, match="does not answer") as told:
            ask()
        assert told.value.retry_after_s
        assert SECRET not in everything_of(told.value)


def acts(store: TileBucket) -> list[Callable[[], object]]:
    return [
        store.checkpoint,
        lambda: store.read(FULL),
        lambda: store.write(FULL, b"x"),
        lambda: store.swap_checkpoint(None, b"x"),
        lambda: store.discard_partials(FULL),
    ]


def test_without_credentials_it_says_how_to_give_them(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in OTHERS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotPermitted, match="AWS_ACCESS_KEY_ID"):
        TileBucket(PLACE, endpoint="http://127.0.0.1:1").checkpoint()


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    for ask in acts(TileBucket(PLACE)):
        with pytest.raises(Unavailable, match=r"pip install 'lineproof\[s3\]'"):
            ask()


@pytest.mark.parametrize(
    ("text", "bucket_name", "prefix"),
    [
        ("s3://abc", "abc", ""),
        ("s3://abc/", "abc", ""),
        ("s3://my.bucket-1/log", "my.bucket-1", "log/"),
        ("s3://abc/a_b/C.d/", "abc", "a_b/C.d/"),
    ],
)
def test_place_is_a_bucket_and_a_prefix(text: str, bucket_name: str, prefix: str):
    place = parse_bucket_place(text)
    assert (place.bucket, place.prefix, str(place)) == (bucket_name, prefix, text.rstrip("/"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "abc",
            "s3:/abc",
            "s3://",
            "s3://ab",
            "s3://Abc",
            "s3://abc/../x",
            "s3://abc/a//b",
            "s3://abc/.",
        ),
        *(
            "s3://a..b",
            "s3://abc/a b",
            "s3://abc/a?b",
            "https://abc/x",
            "s3://abc/é",
            "s3://abc\n",
            "s3://k:s@abc",
        ),
    ],
)
def test_place_that_is_none_is_refused(text: str):
    with pytest.raises(Malformed):
        TileBucket(text)


@pytest.mark.parametrize("endpoint", ["https://store.example", "http://127.0.0.1:8333/", "http://[::1]:8333"])
def test_address_of_a_store_is_a_host_and_a_port(endpoint: str):
    assert parse_bucket_place(PLACE, endpoint=endpoint).endpoint == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        *(
            "",
            "store.example",
            "ftp://store.example",
            "https://",
            "https://store.example/path",
            "https://h:x",
        ),
        *("https://k:hidden@store.example", "https://store.example?hidden", "https://h:99999", "http://a b"),
        *("https://store.example:", "http://h\n"),
    ],
)
def test_address_that_is_more_or_less_is_refused_and_not_quoted(endpoint: str):
    with pytest.raises(Malformed) as told:
        TileBucket(PLACE, endpoint=endpoint)
    assert "hidden" not in str(told.value)


def test_environment_names_where_the_log_is_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("LINEPROOF_LOG_STORE", raising=False)
    assert isinstance(wiring._published_log_of(tmp_path), TileFolder)
    monkeypatch.setenv("LINEPROOF_LOG_STORE", PLACE)
    monkeypatch.setenv("LINEPROOF_LOG_STORE_ENDPOINT", "https://store.example")
    chosen = wiring._published_log_of(tmp_path)
    assert isinstance(chosen, TileBucket)
    assert chosen._bucket.place == parse_bucket_place(PLACE, endpoint="https://store.example")
    monkeypatch.setenv("LINEPROOF_LOG_STORE", "a folder")
    with pytest.raises(Malformed):
        wiring._published_log_of(tmp_path)


@pytest.mark.long
def test_of_sixteen_that_swap_the_checkpoint_at_once_one_does(object_store: ObjectStore, tmp_path: Path):
    stores = [object_store.open(tmp_path) for _ in range(16)]
    old: bytes | None = None
    for turn in range(2):
        outcomes = swap_at_once(stores, old, turn)
        won = [content for content, done in outcomes if done]
        assert len(outcomes) == 16
        assert won == [stores[0].checkpoint()]
        old = won[0]


def swap_at_once(stores: list[TileBucket], old: bytes | None, turn: int) -> list[tuple[bytes, bool]]:
    start, outcomes = threading.Barrier(len(stores)), []

    def swap(number: int) -> None:
        content = b"checkpoint %d of turn %d" % (number, turn)
        start.wait()
        try:
            stores[number].swap_checkpoint(old, content)
            outcomes.append((content, True))
        except Conflict:
            outcomes.append((content, False))

    threads = [threading.Thread(target=swap, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.long
def test_everybody_reads_what_is_published_with_what_caches_may_keep(
    object_store: ObjectStore, tmp_path: Path
):
    store = object_store.open(tmp_path)
    store.write(FULL, b"full")
    store.write(PART, b"part")
    store.swap_checkpoint(None, b"checkpoint")
    said = {}
    for name in (FULL, PART, "checkpoint"):
        with urlopen(f"{object_store.address_of(tmp_path)}/{name}", timeout=10) as answer:
            said[name] = (answer.headers["Content-Type"], answer.headers["Cache-Control"])
    assert said == {
        FULL: ("application/octet-stream", "max-age=31536000, immutable"),
        PART: ("application/octet-stream", "max-age=60"),
        "checkpoint": ("text/plain; charset=utf-8", "no-store"),
    }
    anybody = TileUrl(object_store.address_of(tmp_path))
    assert (anybody.read(FULL), anybody.checkpoint()) == (b"full", b"checkpoint")


@pytest.mark.long
def test_nobody_without_credentials_writes(object_store: ObjectStore, tmp_path: Path):
    """The control of the test above: the store does look at who asks."""
    asked = Request(f"{object_store.address_of(tmp_path)}/checkpoint", data=b"mine", method="PUT")
    with pytest.raises(HTTPError) as told:
        urlopen(asked, timeout=10)
    told.value.close()
    assert told.value.code == 403
    assert object_store.open(tmp_path).checkpoint() is None


@pytest.mark.long
def test_what_the_store_is_tried_with_is_gone_afterwards(object_store: ObjectStore, tmp_path: Path):
    store = object_store.open_untried(tmp_path)
    store.write(FULL, b"full")
    store.swap_checkpoint(None, b"one")
    assert store._heeds_conditions
    prefix = object_store.place_of(tmp_path).removeprefix(f"s3://{BUCKET}/")
    listed = object_store.client().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    assert {entry["Key"] for entry in listed["Contents"]} == {f"{prefix}/{FULL}", f"{prefix}/checkpoint"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("key_id", "secret"), [(KEY_ID, "another-secret"), ("nobody", SECRET), ("", ""), (KEY_ID, "")]
)
def test_wrong_credentials_are_refused_and_the_right_ones_not_told(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_id: str, secret: str
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    for ask in acts(object_store.open(tmp_path)):
        with pytest.raises(NotPermitted) as told:
            ask()
        assert not secret or secret not in everything_of(told.value)
    monkeypatch.undo()


@pytest.mark.long
def test_bucket_that_is_not_there_is_not_an_empty_log(object_store: ObjectStore):
    for ask in acts(TileBucket("s3://no-such-bucket/log", endpoint=object_store.endpoint)):
        with pytest.raises(LineproofError) as told:
            ask()
        assert isinstance(told.value, (Unavailable, NotPermitted))


@pytest.mark.long
def test_two_logs_in_one_bucket_do_not_meet(object_store: ObjectStore):
    one, other = (
        TileBucket(f"s3://{CLOSED_BUCKET}/{name}", endpoint=object_store.endpoint) for name in ("log", "log2")
    )
    one._heeds_conditions = other._heeds_conditions = True  # tried in other tests
    one.swap_checkpoint(None, b"one")
    assert other.checkpoint() is None
    other.write(FULL, b"other")
    one.write(FULL, b"one")
    assert (one.read(FULL), other.read(FULL)) == (b"one", b"other")
