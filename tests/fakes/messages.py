"""A channel in memory, and real servers that take messages over, for tests/ports/test_messages.py."""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lineproof.errors import Unavailable
from lineproof.messages_port import Message


@dataclass(frozen=True)
class Taken:
    """A message as whoever took it over has it."""

    id: str
    to: str
    text: str
    language: str


@dataclass(slots=True)
class FakeMessages:
    """A `Messages` that remembers what it took over. down: whether it takes nothing. sent: every message.

    before: called with each message before anything else.
    """

    taken: list[Taken] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    down: bool = False
    before: Callable[[Message], None] = lambda message: None

    def refuse(self) -> None:
        self.down = True

    def send(self, message: Message) -> None:
        """Take a message over as `messages_port.Messages` says."""
        self.before(message)
        self.sent.append(message)
        if self.down or message.to.text in self.refused:
            raise Unavailable("The channel is down.", remedy="Try again.", retry_after_s=30)
        text = f"{message.subject}\n\n{message.text}"
        self.taken.append(Taken(str(message.id), message.to.text, text, message.language.value))


@dataclass
class MailHandler:
    """What a real mail server does with what it is handed. answer: to what was handed in."""

    mails: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 taken"
    refuses_address: bool = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuses_address:
            return f"550 no such mailbox: {address}"
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            assert envelope.rcpt_tos == [mail["To"]]
            self.mails.append(mail)
        return self.answer

    @property
    def taken(self) -> list[Taken]:
        """Read what was handed in."""
        return [
            Taken(
                mail["Message-ID"].strip("<>").split("@")[0],
                mail["To"],
                f"{mail['Subject']}\n\n{mail.get_content().rstrip()}".replace("\r\n", "\n"),
                mail["Content-Language"],
            )
            for mail in self.mails
        ]


class _OnAnyPort(Controller):
    """Takes a port that is free; what it is, is known once it listens."""

    def _trigger_server(self) -> None:
        self.port = port_of(self)
        super()._trigger_server()


@contextmanager
def mail_server(handler: MailHandler, **named: Any) -> Iterator[Controller]:
    """Run a mail server on this machine."""
    controller = _OnAnyPort(handler, hostname="127.0.0.1", port=0, **named)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def port_of(controller: Controller) -> int:
    assert controller.server is not None
    return controller.server.sockets[0].getsockname()[1]


@dataclass
class Gateway:
    """A gateway as an operator might run it: it verifies what it is sent. status: what it answers.

    headers: of its answer. body: what else it answers with, again and again.
    """

    public_key: bytes
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def taken(self) -> list[Taken]:
        """Read what it took over; each was signed."""
        return [self._read(headers, body) for _, headers, body in self.requests]

    def _read(self, headers: dict[str, str], body: bytes) -> Taken:
        verify_hook(self.public_key, headers, body)
        said = json.loads(body)
        assert list(said) == ["id", "to", "text", "language", "sent_at"]
        assert said["id"] == headers["webhook-id"]
        return Taken(said["id"], said["to"], said["text"], said["language"])


def verify_hook(public_key: bytes, headers: dict[str, str], body: bytes) -> None:
    """Verify a request as docs/procedures/deliver_notices.md says; raises InvalidSignature."""
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature), signed)


@contextmanager
def running_gateway(gateway: Gateway, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a gateway on this machine, encrypted if told so, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if gateway.status // 100 == 2:
                headers = {name.lower(): value for name, value in self.headers.items()}
                gateway.requests.append((self.path, headers, body))
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(gateway.body)

        def do_GET(self) -> None:
            raise AssertionError("somebody followed a redirect")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        port = server.server_address[1]
        yield f"http://127.0.0.1:{port}/send" if tls is None else f"https://localhost:{port}/send"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
