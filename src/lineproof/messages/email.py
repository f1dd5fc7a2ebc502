"""Notices by e-mail, over the operator's mail server: `Messages`, a message for each notice.

    smtps://HOST[:465]           encrypted from the first word (RFC 8314)
    smtp://HOST[:587]            encrypted by STARTTLS (RFC 3207), without which nothing is sent
    smtp://127.0.0.1[:25]        in the clear, to this machine's own address alone
    smtps://NAME@HOST            signs in as NAME, by a password from a file

The certificate must be for HOST. The message is plain text in UTF-8, its `Message-ID` made
of the message's id, so that whoever gets it twice has it once; `Auto-Submitted` keeps machines from
answering (RFC 3834). Its subject is the notice's, and names nobody.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlsplit

from lineproof.errors import Malformed, Unavailable
from lineproof.messages.ending import Ending
from lineproof.messages.loopback import is_loopback
from lineproof.messages_port import Message
from lineproof.terms import EmailAddress

SMTP_VARIABLE, SMTP_FROM_VARIABLE = "LINEPROOF_SMTP", "LINEPROOF_SMTP_FROM"
PASSWORD_VARIABLE = "LINEPROOF_SMTP_PASSWORD_FILE"  # noqa: S105 -- a name of a variable
# Of silence, and for one message altogether.
SILENCE_S, MESSAGE_S = 15.0, 60.0


class Encryption(Enum):
    """How a connection is encrypted, and the port that is usual for it. NONE: to this machine alone."""

    FROM_THE_FIRST_WORD = 465
    BY_STARTTLS = 587
    NONE = 25


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    encryption: Encryption
    name: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str, *, password: str = "") -> "MailServer":
        """Read an address as above; Malformed names the variable that it stands in."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _malformed() from None
        plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.password)
        if parts.scheme not in {"smtp", "smtps"} or not host or not plain or not text.isascii():
            raise _malformed()
        name = unquote(parts.username or "")
        if name and not password:
            raise Malformed(
                f"{SMTP_VARIABLE} names who signs in, and there is no password.",
                remedy=f"Name a file that holds it in {PASSWORD_VARIABLE}.",
            )
        if parts.scheme == "smtps":
            encryption = Encryption.FROM_THE_FIRST_WORD
        else:
            encryption = Encryption.NONE if is_loopback(host) else Encryption.BY_STARTTLS
        return cls(host, port or encryption.value, encryption, name, password)


class Email:
    """A channel over a mail server. Each message is a connection of its own."""

    def __init__(
        self,
        server: MailServer,
        sender: EmailAddress,
        *,
        tls: ssl.SSLContext | None = None,
        silence_s: float = SILENCE_S,
        message_s: float = MESSAGE_S,
    ) -> None:
        """Take the server, whom messages are from, and by what its certificate is judged, if not as usual."""
        self._server, self._sender = server, sender
        self._tls = ssl.create_default_context() if tls is None else tls
        self._silence_s, self._message_s = silence_s, message_s

    def send(self, message: Message) -> None:
        """Hand a message in; it is taken over when the server says so."""
        if not isinstance(message.to, EmailAddress):
            raise Malformed("That is no address for e-mail.")
        mail = self._mail(message, message.to)
        try:
            with Ending(self._message_s) as ending:
                session = self._connect(ending)
                try:
                    self._sign_in(session)
                    session.send_message(mail, self._sender.text, [message.to.text])
                finally:
                    # What was taken over stays so, however they part.
                    with suppress(smtplib.SMTPException, OSError):
                        session.quit()
                    session.close()
        except (smtplib.SMTPException, OSError) as error:
            raise Unavailable(
                f"The mail server {self._server.host}:{self._server.port} did not take a message: "
                f"{_why(error)}.",
                remedy=f"Look at its log, and at {SMTP_VARIABLE}.",
                retry_after_s=60,
            ) from None

    def _connect(self, ending: Ending) -> smtplib.SMTP:
        server, named = self._server, {"timeout": self._silence_s, "local_hostname": self._sender.domain}
        if server.encryption is Encryption.FROM_THE_FIRST_WORD:
            return _Encrypted(ending, server.host, server.port, context=self._tls, **named)
        return _Plain(ending, server.host, server.port, **named)

    def _sign_in(self, session: smtplib.SMTP) -> None:
        """Encrypt first, where it is not: a password or a notice never goes in the clear."""
        if self._server.encryption is Encryption.BY_STARTTLS:
            session.starttls(context=self._tls)
        if self._server.name:
            session.login(self._server.name, self._server.password)

    def _mail(self, message: Message, to: EmailAddress) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = self._sender.text, to.text
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.sent_at)
        mail["Message-ID"] = f"<{message.id}@{self._sender.domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text, charset="utf-8", cte="base64")
        # Afterwards: what is set of a content before goes with it.
        mail["Content-Language"] = message.language.value
        return mail


class _Plain(smtplib.SMTP):
    """A session that is watched from its first word on."""

    def __init__(self, ending: Ending, *arguments: Any, **named: Any) -> None:
        ending.watch(lambda: self.sock)
        super().__init__(*arguments, **named)


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted."""

    def __init__(self, ending: Ending, *arguments: Any, **named: Any) -> None:
        ending.watch(lambda: self.sock)
        super().__init__(*arguments, **named)


def _why(error: Exception) -> str:
    """Say what went wrong without what a server said: that may quote the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in error.recipients.values()})
        return f"it refuses the address ({', '.join(codes)})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException) and error.strerror:
        return error.strerror
    return type(error).__name__


def _malformed() -> Malformed:
    return Malformed(
        f"{SMTP_VARIABLE} names no mail server.",
        remedy="Write it as smtps://HOST, or smtp://HOST:587; of a password it says nothing.",
    )
