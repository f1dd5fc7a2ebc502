"""A published log over http: what is read, and what is not followed, waited for or taken."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from lineproof.tile_store import MOST_CHECKPOINT_BYTES
from lineproof.tiles import url
from lineproof.tiles.url import TileUrl

TILE = bytes(range(256)) * 32
TOKEN = "aQ_3-x" * 7 + "B"
Answer = Callable[[BaseHTTPRequestHandler], None]


def give(content: bytes, *, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        named = {"Content-Length": str(len(content))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in named.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Answer]]:
    """A server on loopback that answers what a test says, and nothing else. "address": where it is."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said: dict[str, Answer] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.get(self.path, give(b"no", status=404))(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        said["address"] = f"http://127.0.0.1:{server.server_port}/log"  # type: ignore[assignment]
        yield said
        server.shutdown()


@pytest.fixture
def source(answers: dict[str, Answer]) -> TileUrl:
    return TileUrl(answers["address"])  # type: ignore[arg-type]


def test_tiles_and_checkpoint_are_read(source: TileUrl, answers: dict[str, Answer]):
    answers["/log/tile/0/x001/234.p/5"] = give(TILE[:160])
    answers["/log/checkpoint"] = give(b"checkpoint")
    assert source.read("tile/0/x001/234.p/5") == TILE[:160]
    assert source.checkpoint() == b"checkpoint"


def test_what_is_not_there_is_not_found(source: TileUrl):
    assert source.checkpoint() is None
    with pytest.raises(NotFound):
        source.read("tile/0/000")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_server_that_sends_us_elsewhere_is_not_followed(
    source: TileUrl, answers: dict[str, Answer], status: int
):
    answers["/log/tile/0/000"] = give(b"", status=status, Location="/log/tile/0/001")
    answers["/log/tile/0/001"] = give(TILE)
    with pytest.raises(Unavailable, match=str(status)):
        source.read("tile/0/000")


@pytest.mark.parametrize("status", [400, 403, 410, 500, 503])
def test_refusal_is_said(source: TileUrl, answers: dict[str, Answer], status: int):
    answers["/log/checkpoint"] = give(b"no", status=status)
    with pytest.raises(Unavailable, match=f"HTTP {status}"):
        source.checkpoint()


def test_answer_that_is_too_large_is_not_read_to_its_end(source: TileUrl, answers: dict[str, Answer]):
    answers["/log/checkpoint"] = give(bytes(MOST_CHECKPOINT_BYTES + 1))
    with pytest.raises(Malformed, match="larger"):
        source.checkpoint()


def test_answer_that_ends_early_is_not_taken_for_a_tile(source: TileUrl, answers: dict[str, Answer]):
    answers["/log/tile/0/000"] = give(TILE[:100], Content_Length="8192")
    with pytest.raises(Unavailable):
        source.read("tile/0/000")


def test_silence_ends(source: TileUrl, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(url, "SILENCE_S", 0.2)
    waiting = threading.Event()
    answers["/log/checkpoint"] = lambda _: waiting.wait(20) and None
    with pytest.raises(Unavailable):
        source.checkpoint()
    waiting.set()


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"x"])
def test_answer_that_never_ends_ends(
    source: TileUrl, answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch, piece: bytes
):
    """Whether it drips in its head or in its body."""
    monkeypatch.setattr(url, "FILE_S", 0.2)
    ended = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            while not ended.wait(0.02):
                request.wfile.write(piece)

    answers["/log/checkpoint"] = drip
    with pytest.raises(Unavailable, match=r"no end|timed out"):
        source.checkpoint()
    ended.set()


def test_nobody_there_is_said():
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be read"):
        TileUrl(f"http://127.0.0.1:{port}").checkpoint()


@pytest.mark.parametrize(
    "address",
    [
        *("file:///etc/passwd", "ftp://example.net/log", "//example.net", "https://", "example.net/log", ""),
        *(
            "https://example.net/log?x=1",
            "https://example.net/log#x",
            "https://example.net/a b",
            "http://[::1",
        ),
        *(
            "https://example.net:99999/",
            "https://someone:secret@example.net/log",
            "https://example.net/\r\nX: y",
            "data:text/plain,x",
            "https://\u00e9.net",
        ),
    ],
)
def test_address_that_is_not_one_of_http_is_refused(address: str):
    with pytest.raises(Malformed):
        TileUrl(address)


def test_path_that_is_not_of_a_tile_is_not_asked_for(source: TileUrl):
    for path in ("../secret", "checkpoint", "tile/0/000?x"):
        with pytest.raises(Malformed):
            source.read(path)


def show_what_was_shown(request: BaseHTTPRequestHandler) -> None:
    give(repr(request.headers.get_all("Authorization")).encode())(request)


def test_token_is_shown_with_every_request(answers: dict[str, Answer]):
    source = TileUrl(answers["address"], token=TOKEN)  # type: ignore[arg-type]
    answers["/log/checkpoint"] = answers["/log/tile/0/000"] = show_what_was_shown
    expected = repr([f"Bearer {TOKEN}"]).encode()
    assert source.checkpoint() == source.read("tile/0/000") == expected


def test_without_a_token_nothing_is_shown(source: TileUrl, answers: dict[str, Answer]):
    answers["/log/checkpoint"] = show_what_was_shown
    assert source.checkpoint() == b"None"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_token_goes_nowhere_that_a_server_sends_us_to(answers: dict[str, Answer], status: int, host: str):
    seen = []
    elsewhere = str(answers["address"]).replace("127.0.0.1", host).replace("/log", "/elsewhere")
    answers["/log/checkpoint"] = give(b"", status=status, Location=elsewhere)
    answers["/elsewhere"] = lambda request: seen.append(request.headers["Authorization"])
    with pytest.raises(Unavailable, match=str(status)):
        TileUrl(answers["address"], token=TOKEN).checkpoint()  # type: ignore[arg-type]
    assert seen == []


@pytest.mark.parametrize(
    "address",
    [
        *("http://example.net/log", "http://localhost.example.net/log", "http://127.0.0.1.example.net/log"),
        *(
            "http://10.0.0.1/log",
            "http://[2001:db8::1]/log",
            "http://0.0.0.0/log",
            "http://example.net:443/log",
        ),
    ],
)
def test_token_is_not_sent_in_the_clear_to_another_machine(address: str, monkeypatch: pytest.MonkeyPatch):
    """Refused before anything is sent: there is no connection, and no name is looked up."""
    monkeypatch.setattr(socket, "getaddrinfo", None)
    monkeypatch.setattr(socket, "create_connection", None)
    with pytest.raises(NotPermitted, match="over http") as refused:
        TileUrl(address, token=TOKEN).checkpoint()
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["https://example.net/log", "http://127.0.0.1/log", "http://127.8.8.8:8470/log", "http://[::1]/log"],
)
def test_token_may_go_over_https_or_to_this_machine(address: str):
    TileUrl(address, token=TOKEN)


def test_token_does_not_go_through_a_proxy_that_could_read_it(
    answers: dict[str, Answer], monkeypatch: pytest.MonkeyPatch
):
    """Of http to this machine as well: the proxy may be another."""
    with closing(socket.create_server(("127.0.0.1", 0))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        answers["/log/checkpoint"] = give(b"checkpoint")
        assert TileUrl(answers["address"], token=TOKEN).checkpoint() == b"checkpoint"  # type: ignore[arg-type]
        proxy.settimeout(0)
        with pytest.raises(BlockingIOError):
            proxy.accept()


@pytest.mark.parametrize(
    "token", ["", " ", "a b", "a\r\nX: y", "a\n", "t\u00f6ken", "=", "a" * 513, "{token}"]
)
def test_what_cannot_be_a_token_is_refused_and_not_repeated(token: str):
    with pytest.raises(Malformed, match="not a token") as refused:
        TileUrl("https://example.net/log", token=token)
    assert str(refused.value).startswith("That is not a token. ")


def test_log_that_wants_a_token_says_so_and_what_to_do(source: TileUrl, answers: dict[str, Answer]):
    answers["/log/checkpoint"] = give(b"no", status=401, WWW_Authenticate="Bearer")
    with pytest.raises(NotPermitted, match=r"for inspectors.*--token-file"):
        source.checkpoint()


def test_token_that_is_refused_is_said_to_be_and_not_repeated(answers: dict[str, Answer]):
    answers["/log/tile/0/000"] = give(b"no", status=401, WWW_Authenticate="Bearer")
    with pytest.raises(NotPermitted, match="does not take this token") as refused:
        TileUrl(answers["address"], token=TOKEN).read("tile/0/000")  # type: ignore[arg-type]
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("says", ["{shown}\r\n", "HTTP/1.1 {shown}\r\n", "HTTP/1.1 500 {shown}\r\n\r\n"])
def test_server_that_answers_with_the_token_does_not_get_it_printed(answers: dict[str, Answer], says: str):
    def echo(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(says.format(shown=request.headers["Authorization"]).encode())
        request.close_connection = True

    answers["/log/checkpoint"] = echo
    with pytest.raises(Unavailable) as refused:
        TileUrl(answers["address"], token=TOKEN).checkpoint()  # type: ignore[arg-type]
    assert TOKEN not in str(refused.value)
