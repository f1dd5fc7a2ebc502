"""Notices by e-mail: encrypted or not at all, one plain message, and nothing said that names anybody."""

import datetime as dt
import ssl
import uuid

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from lineproof.errors import Malformed, Unavailable
from lineproof.line.language import Language
from lineproof.messages.email import Email, Encryption, MailServer
from lineproof.messages_port import Message, MessageId
from lineproof.terms import EmailAddress
from tests.fakes.messages import MailHandler, mail_server, port_of

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
SENDER = EmailAddress("notices@operator.example")
MESSAGE = Message(
    MessageId(uuid.UUID(int=7)),
    EmailAddress("alice.quay@example.org"),
    "خطك معلَّق",
    "\u200fعلّق شخصان خطك.\n\n\u200fسطر ثانٍ. " + "طويل " * 300,
    Language.ARABIC,
    NOON,
)


def elsewhere(server: Controller, host: str = "localhost", **named: str) -> MailServer:
    """Give a server as one on another machine is read: nothing is sent to it in the clear."""
    return MailServer(host, port_of(server), Encryption.BY_STARTTLS, **named)


def test_message_is_plain_text_with_the_headers_that_it_needs_and_no_more():
    handler = MailHandler()
    with mail_server(handler) as server:
        Email(MailServer.parse(f"smtp://127.0.0.1:{port_of(server)}"), SENDER).send(MESSAGE)
    (mail,) = handler.mails
    named = {name: value for name, value in mail.items() if name not in {"X-Peer", "X-MailFrom", "X-RcptTo"}}
    assert named == {
        "From": "notices@operator.example",
        "To": "alice.quay@example.org",
        "Subject": MESSAGE.subject,
        "Date": "Wed, 01 Jul 2026 12:00:00 +0000",
        "Message-ID": "<00000000-0000-0000-0000-000000000007@operator.example>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
        "Content-Language": "ar",
    }
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text + "\n"


def test_nothing_is_sent_in_the_clear_to_another_machine():
    """A server that offers no encryption, or a thief between us who takes the offer away."""
    handler = MailHandler()
    with mail_server(handler) as server, pytest.raises(Unavailable):
        Email(elsewhere(server), SENDER).send(MESSAGE)
    assert handler.mails == []


def test_message_is_sent_encrypted_once_the_server_offers_it(
    serving: ssl.SSLContext, trusting: ssl.SSLContext
):
    handler = MailHandler()
    with mail_server(handler, tls_context=serving, require_starttls=True) as server:
        place = elsewhere(server)
        Email(place, SENDER, tls=trusting).send(MESSAGE)
        with pytest.raises(Unavailable):
            Email(place, SENDER).send(MESSAGE)  # nobody vouches for its certificate
    assert len(handler.mails) == 1


def test_message_is_sent_encrypted_from_the_first_word(serving: ssl.SSLContext, trusting: ssl.SSLContext):
    handler = MailHandler()
    with mail_server(handler, ssl_context=serving) as server:
        place = MailServer.parse(f"smtps://localhost:{port_of(server)}")
        Email(place, SENDER, tls=trusting).send(MESSAGE)
        with pytest.raises(Unavailable):
            Email(place, SENDER).send(MESSAGE)
    assert len(handler.mails) == 1


def test_certificate_is_for_the_host(serving: ssl.SSLContext, trusting: ssl.SSLContext):
    handler = MailHandler()
    with mail_server(handler, tls_context=serving) as server, pytest.raises(Unavailable):
        Email(elsewhere(server, "127.0.0.1"), SENDER, tls=trusting).send(MESSAGE)
    assert handler.mails == []


def test_name_and_password_are_given_encrypted(serving: ssl.SSLContext, trusting: ssl.SSLContext):
    given = []

    def authenticate(server, session, envelope, mechanism, data) -> AuthResult:
        given.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    handler = MailHandler()
    with mail_server(
        handler, tls_context=serving, require_starttls=True, auth_required=True, authenticator=authenticate
    ) as server:
        for password, taken in (("right", True), ("wrong", False)):
            place = elsewhere(server, name="line", password=password)
            assert password not in repr(place)
            channel = Email(place, SENDER, tls=trusting)
            if taken:
                channel.send(MESSAGE)
            else:
                with pytest.raises(Unavailable, match="answered 535"):
                    channel.send(MESSAGE)
    assert set(given) == {(b"line", b"right"), (b"line", b"wrong")}
    assert len(handler.mails) == 1


def test_address_that_the_server_refuses_is_not_repeated():
    handler = MailHandler(refuses_address=True)
    with (
        mail_server(handler) as server,
        pytest.raises(Unavailable, match=r"refuses the address \(550\)") as no,
    ):
        Email(MailServer.parse(f"smtp://127.0.0.1:{port_of(server)}"), SENDER).send(MESSAGE)
    assert "alice" not in str(no.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smtps://mail.example", MailServer("mail.example", 465, Encryption.FROM_THE_FIRST_WORD)),
        ("smtps://mail.example:4650/", MailServer("mail.example", 4650, Encryption.FROM_THE_FIRST_WORD)),
        ("smtp://mail.example", MailServer("mail.example", 587, Encryption.BY_STARTTLS)),
        ("smtp://127.0.0.1", MailServer("127.0.0.1", 25, Encryption.NONE)),
        ("smtp://[::1]:2525", MailServer("::1", 2525, Encryption.NONE)),
    ],
)
def test_address_of_a_mail_server_is_read(text: str, expected: MailServer):
    assert MailServer.parse(text) == expected


def test_name_in_an_address_wants_a_password_from_elsewhere():
    place = MailServer.parse("smtps://a%40b@mail.example", password="secret")
    assert (place.name, place.password) == ("a@b", "secret")
    with pytest.raises(Malformed, match="LINEPROOF_SMTP_PASSWORD_FILE"):
        MailServer.parse("smtps://a@mail.example")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "mail.example",
            "https://mail.example",
            "smtp://",
            "smtp:mail.example",
            "smtps://a:secret@mail.example",
        ),
        *(
            "smtp://mail.example/path",
            "smtp://mail.example?x=1",
            "smtp://mail.example:0x",
            "smtp://mail.example:70000",
        ),
        *("smtp://mäil.example", "smtp://[::1"),
    ],
)
def test_what_names_no_mail_server_is_refused_by_the_name_of_its_variable_and_not_quoted(text: str):
    with pytest.raises(Malformed, match="LINEPROOF_SMTP") as refused:
        MailServer.parse(text, password="x")
    assert "secret" not in str(refused.value)
