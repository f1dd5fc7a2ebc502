"""Notices as text messages, by the operator's own gateway: `Messages`, a signed HTTP request for each.

    POST the address of LINEPROOF_SMS_HOOK, https, or http to this machine's own address
    content-type: application/json
    webhook-id: ID                     the same for this notice and number: drop what you have
    webhook-timestamp: SECONDS         since 1970, of this request
    webhook-signature: v1a,BASE64      Ed25519 over ID "." SECONDS "." the body's bytes
    {"id": ID, "to": "+999555001001", "text": "...", "language": "en", "sent_at": "2026-07-01T12:00:00Z"}

Headers and signature are those of Standard Webhooks 1.0, asymmetric, so that nothing secret is shared: the
public key is printed by `lineproof notices key`. Any answer of 200 to 299 says that the message was taken
over, and nothing else in it is read. No redirect is followed, and no proxy asked.
"""

import base64
import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from lineproof.errors import Malformed, Unavailable
from lineproof.messages.ending import Ending
from lineproof.messages.loopback import is_loopback
from lineproof.messages_port import Message
from lineproof.ports import KeyService
from lineproof.terms import Msisdn

SMS_HOOK_VARIABLE = "LINEPROOF_SMS_HOOK"
HOOK_PURPOSE = "sms hook v1"
# Of silence, and for one message altogether.
SILENCE_S, MESSAGE_S = 15.0, 30.0
_TAKEN_OVER = range(200, 300)
_PUBLIC_KEY_PREFIX = "whpk_"


def hook_public_key(keys: KeyService) -> str:
    """Give the key that verifies our requests, as Standard Webhooks writes it."""
    key = keys.public_key(purpose=HOOK_PURPOSE)
    return _PUBLIC_KEY_PREFIX + base64.b64encode(key).decode()


class SmsHook:
    """A channel over an operator's gateway. Each message is a connection of its own."""

    def __init__(
        self,
        address: str,
        keys: KeyService,
        *,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        silence_s: float = SILENCE_S,
        message_s: float = MESSAGE_S,
    ) -> None:
        """Take the address, and the keys that sign; Malformed names the variable that it stands in.

        clock: what time it is, for the request's own; a gateway refuses one that is minutes old.
        """
        try:
            parts = urlsplit(address)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise _malformed() from None
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(self._host))
        whole = bool(self._host) and "@" not in parts.netloc and not parts.fragment
        if not safe or not whole or not address.isascii() or not address.isprintable() or " " in address:
            raise _malformed()
        self._encrypted = parts.scheme == "https"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._keys, self._clock = keys, clock
        self._tls = ssl.create_default_context() if tls is None else tls
        self._silence_s, self._message_s = silence_s, message_s

    def send(self, message: Message) -> None:
        """Hand a message to the gateway; it is taken over when that says so."""
        if not isinstance(message.to, Msisdn):
            raise Malformed("That is no mobile number.")
        body = _body(message, message.to)
        headers = self._headers(message, body)
        connection = self._connection()
        try:
            with Ending(self._message_s) as ending:
                ending.watch(lambda: connection.sock)
                connection.request("POST", self._target, body, headers)
                # The head alone: what else is answered is for nobody.
                status = connection.getresponse().status
        except (HTTPException, OSError) as error:
            raise _not_taken(getattr(error, "strerror", None) or type(error).__name__) from None
        finally:
            connection.close()
        if status not in _TAKEN_OVER:
            raise _not_taken(f"it answered {status}")

    def _connection(self) -> HTTPConnection:
        if self._encrypted:
            return HTTPSConnection(self._host, self._port, timeout=self._silence_s, context=self._tls)
        return HTTPConnection(self._host, self._port, timeout=self._silence_s)

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        seconds = str(int(self._clock()))
        signed = f"{message.id}.{seconds}.".encode() + body
        signature = self._keys.sign(signed, purpose=HOOK_PURPOSE)
        return {
            "content-type": "application/json",
            "user-agent": "lineproof",
            "webhook-id": str(message.id),
            "webhook-timestamp": seconds,
            "webhook-signature": f"v1a,{base64.b64encode(signature).decode()}",
        }


def _body(message: Message, to: Msisdn) -> bytes:
    return json.dumps(
        {
            "id": str(message.id),
            "to": to.text,
            "text": f"{message.subject}\n\n{message.text}",
            "language": message.language.value,
            "sent_at": message.sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        ensure_ascii=False,
    ).encode()


def _not_taken(why: str) -> Unavailable:
    return Unavailable(
        f"The gateway of {SMS_HOOK_VARIABLE} did not take a message: {why}.",
        remedy="Look at its log.",
        retry_after_s=60,
    )


def _malformed() -> Malformed:
    return Malformed(
        f"{SMS_HOOK_VARIABLE} is not the address of a gateway.",
        remedy="Write it as https://HOST/PATH, without a user; http:// is for this machine's own address.",
    )
