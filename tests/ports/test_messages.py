"""What every adapter of `messages_port.Messages` keeps to."""

import inspect
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lineproof.errors import Malformed, Unavailable
from lineproof.line.language import Language
from lineproof.line.letter import Facts, write_letter
from lineproof.line.notice import NoticeKind
from lineproof.messages.email import Email, MailServer
from lineproof.messages.sms_hook import HOOK_PURPOSE, SmsHook
from lineproof.messages_port import Address, Message, MessageId, Messages
from lineproof.simulate.messages import SimulatedMessages
from lineproof.terms import EmailAddress, Msisdn
from lineproof.vault.file import open_vault
from tests.fakes.messages import (
    FakeMessages,
    Gateway,
    MailHandler,
    Taken,
    mail_server,
    port_of,
    running_gateway,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MAIL, MOBILE = EmailAddress("alice.quay@example.org"), Msisdn("+999555001001")
SENDER = EmailAddress("notices@operator.example")
UTC_ZONE = ZoneInfo("Etc/UTC")
ADAPTERS = ("fake", "simulated", "email", "sms_hook")


@dataclass
class Post:
    """A channel, whom it can send to, what was taken over, and how to have it refused."""

    channel: Messages
    to: Address
    other: Address
    taken: Callable[[], list[Taken]]
    refuse: Callable[[], None]


@pytest.fixture(params=ADAPTERS)
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    opened = {"fake": a_fake, "simulated": a_simulated, "email": an_email, "sms_hook": a_hook}[request.param]
    with opened(tmp_path) as post:
        yield post


@contextmanager
def a_fake(_: Path) -> Iterator[Post]:
    fake = FakeMessages()
    yield Post(fake, MAIL, MOBILE, lambda: fake.taken, fake.refuse)


@contextmanager
def a_simulated(_: Path) -> Iterator[Post]:
    messages = list[Message]()
    channel = SimulatedMessages(told=messages.append)

    def refuse() -> None:
        channel.down = True

    def taken() -> list[Taken]:
        return [
            Taken(str(each.id), each.to.text, f"{each.subject}\n\n{each.text}", each.language.value)
            for each in messages
        ]

    yield Post(channel, MAIL, MOBILE, taken, refuse)


@contextmanager
def an_email(_: Path) -> Iterator[Post]:
    handler = MailHandler()

    def refuse() -> None:
        handler.answer = "451 not now, alice.quay@example.org"

    with mail_server(handler) as server:
        channel = Email(MailServer.parse(f"smtp://127.0.0.1:{port_of(server)}"), SENDER)
        yield Post(channel, MAIL, MOBILE, lambda: handler.taken, refuse)


@contextmanager
def a_hook(folder: Path) -> Iterator[Post]:
    keys = open_vault(folder / "vault")
    gateway = Gateway(keys.public_key(purpose=HOOK_PURPOSE))

    def refuse() -> None:
        gateway.status = 500

    with running_gateway(gateway) as address:
        yield Post(SmsHook(address, keys), MOBILE, MAIL, lambda: gateway.taken, refuse)


def a_message(to: Address, *, language: Language = Language.ENGLISH, id_: MessageId | None = None) -> Message:
    """Build the notice of a suspension."""
    facts = Facts(NoticeKind.SUSPENSION, 1, NOON, NOON, line="+999555001001")
    letter = write_letter(facts, language=language, zone=UTC_ZONE)
    return Message(id_ or MessageId(uuid.uuid4()), to, letter.subject, letter.text, language, NOON)


@pytest.mark.parametrize("language", Language)
def test_message_arrives_as_it_was_sent_in_every_language(post: Post, language: Language):
    message = a_message(post.to, language=language)
    assert post.channel.send(message) is None
    text = f"{message.subject}\n\n{message.text}"
    assert post.taken() == [Taken(str(message.id), post.to.text, text, language.value)]


def test_message_that_is_sent_again_has_the_same_id_for_whoever_has_it_already(post: Post):
    message = a_message(post.to)
    for _ in range(2):
        post.channel.send(message)
    first, second = post.taken()
    assert first == second
    assert first.id == str(message.id)


def test_message_that_is_not_taken_over_is_told_without_address_and_text(post: Post):
    post.refuse()
    message = a_message(post.to)
    with pytest.raises(Unavailable) as refused:
        post.channel.send(message)
    said = str(refused.value)
    assert post.taken() == []
    assert refused.value.retry_after_s
    assert post.to.text not in said
    assert message.subject not in said
    # Not in what is printed of a fault either: neither a cause nor a context quotes it.
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_several_threads_may_send_at_once(post: Post):
    messages = [a_message(post.to) for _ in range(8)]
    threads = [threading.Thread(target=post.channel.send, args=(message,)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {taken.id for taken in post.taken()} == {str(message.id) for message in messages}


def test_channel_can_be_told_a_message_and_asked_nothing(post: Post):
    if isinstance(post.channel, FakeMessages):
        return
    public = [name for name, _ in inspect.getmembers(type(post.channel), callable) if name[0] != "_"]
    assert public == ["send"]


@pytest.mark.parametrize("opened", [an_email, a_hook])
def test_address_of_another_channel_is_refused(opened, tmp_path: Path):
    with opened(tmp_path) as post:
        with pytest.raises(Malformed):
            post.channel.send(a_message(post.other))
        assert post.taken() == []


def test_message_shows_neither_address_nor_text_when_it_is_printed():
    message = a_message(MAIL)
    assert not any(part in repr(message) for part in ("alice", message.subject, message.text[:20]))


def nobody(folder: Path, *, port: int, **named: float) -> list[tuple[Messages, Message]]:
    """Give each real channel, to a port of this machine, and a message for it."""
    keys = open_vault(folder / "vault")
    return [
        (Email(MailServer.parse(f"smtp://127.0.0.1:{port}"), SENDER, **named), a_message(MAIL)),
        (SmsHook(f"http://127.0.0.1:{port}/send", keys, **named), a_message(MOBILE)),
    ]


def test_server_that_is_not_there_takes_nothing_over(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for channel, message in nobody(tmp_path, port=port):
        with pytest.raises(Unavailable):
            channel.send(message)


def test_server_that_says_nothing_is_left_after_a_time(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for channel, message in nobody(tmp_path, port=silent.getsockname()[1], silence_s=0.1):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                channel.send(message)
            assert time.monotonic() - began < 2


def test_server_that_says_a_little_again_and_again_is_left_after_a_time(tmp_path: Path):
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        while not ended.is_set():
            try:
                taken, _ = listening.accept()
            except TimeoutError:
                continue
            with taken:
                try:
                    while not ended.wait(0.02):
                        taken.sendall(b"2")
                except OSError:
                    pass

    with socket.create_server(("127.0.0.1", 0)) as slow:
        slow.settimeout(0.1)
        thread = threading.Thread(target=drip, args=(slow,))
        thread.start()
        try:
            for channel, message in nobody(tmp_path, port=slow.getsockname()[1], silence_s=1, message_s=0.3):
                began = time.monotonic()
                with pytest.raises(Unavailable):
                    channel.send(message)
                assert time.monotonic() - began < 2
        finally:
            ended.set()
            thread.join()
