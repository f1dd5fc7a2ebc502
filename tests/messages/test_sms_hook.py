"""Notices as text messages over an operator's gateway: signed, to nobody else, and no answer is trusted."""

import base64
import json
import ssl
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature

from lineproof.errors import Malformed, Unavailable
from lineproof.line.language import Language
from lineproof.messages.sms_hook import HOOK_PURPOSE, SmsHook, hook_public_key
from lineproof.messages_port import Message, MessageId
from lineproof.ports import KeyService
from lineproof.terms import Msisdn
from lineproof.vault.file import open_vault
from tests.fakes.messages import Gateway, running_gateway, verify_hook

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MESSAGE = Message(
    MessageId(uuid.UUID(int=7)), Msisdn("+999555001001"), "Subject", "Text.", Language.ENGLISH, NOON
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyService:
    return open_vault(tmp_path / "vault")


@pytest.fixture
def gateway(keys: KeyService) -> Gateway:
    return Gateway(keys.public_key(purpose=HOOK_PURPOSE))


def test_request_is_what_the_documentation_says(keys: KeyService, gateway: Gateway):
    with running_gateway(gateway) as address:
        SmsHook(f"{address}?as=lineproof", keys, clock=lambda: 1_782_907_200.9).send(MESSAGE)
    ((target, headers, body),) = gateway.requests
    assert target == "/send?as=lineproof"
    assert json.loads(body) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "to": "+999555001001",
        "text": "Subject\n\nText.",
        "language": "en",
        "sent_at": "2026-07-01T12:00:00Z",
    }
    del headers["webhook-signature"]
    assert headers == {
        "host": address.split("/")[2],
        "accept-encoding": "identity",
        "content-length": str(len(body)),
        "content-type": "application/json",
        "user-agent": "lineproof",
        "webhook-id": "00000000-0000-0000-0000-000000000007",
        "webhook-timestamp": "1782907200",
    }


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "key"])
def test_signature_is_over_the_id_the_time_and_the_body(
    keys: KeyService, gateway: Gateway, changed: str, tmp_path: Path
):
    with running_gateway(gateway) as address:
        SmsHook(address, keys).send(MESSAGE)
    ((_, headers, body),) = gateway.requests
    public_key = gateway.public_key
    verify_hook(public_key, headers, body)
    if changed == "body":
        body = body.replace(b"001001", b"001002")
    elif changed == "key":
        public_key = open_vault(tmp_path / "another").public_key(purpose=HOOK_PURPOSE)
    else:
        headers[changed] += "1"
    with pytest.raises(InvalidSignature):
        verify_hook(public_key, headers, body)


def test_public_key_is_printed_as_standard_webhooks_has_it(keys: KeyService, gateway: Gateway):
    printed = hook_public_key(keys)
    assert printed.startswith("whpk_")
    assert base64.b64decode(printed.removeprefix("whpk_")) == gateway.public_key


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_answer_of_success_says_that_it_was_taken_over(keys: KeyService, gateway: Gateway, status: int):
    gateway.status = status
    with running_gateway(gateway) as address:
        SmsHook(address, keys).send(MESSAGE)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 410, 429, 500, 503])
def test_no_other_answer_is_success_and_no_redirect_is_followed(
    keys: KeyService, gateway: Gateway, status: int
):
    gateway.status = status
    with running_gateway(gateway) as address:
        gateway.headers = {"location": address}
        with pytest.raises(Unavailable, match=f"answered {status}"):
            SmsHook(address, keys).send(MESSAGE)


def test_gateway_shows_a_certificate_that_is_for_its_host(
    keys: KeyService, gateway: Gateway, serving: ssl.SSLContext, trusting: ssl.SSLContext
):
    with running_gateway(gateway, tls=serving) as address:
        SmsHook(address, keys, tls=trusting).send(MESSAGE)
        with pytest.raises(Unavailable):
            SmsHook(address, keys).send(MESSAGE)
        with pytest.raises(Unavailable):
            SmsHook(address.replace("localhost", "127.0.0.1"), keys, tls=trusting).send(MESSAGE)
    assert len(gateway.requests) == 1


def test_long_answer_is_not_read(keys: KeyService, gateway: Gateway):
    gateway.body = bytes(32 * 1024 * 1024)
    with running_gateway(gateway) as address:
        SmsHook(address, keys).send(MESSAGE)


def test_answer_without_end_of_its_head_is_refused(keys: KeyService, gateway: Gateway):
    gateway.headers = {f"x-{n}": "y" for n in range(200)}
    with running_gateway(gateway) as address, pytest.raises(Unavailable):
        SmsHook(address, keys).send(MESSAGE)


@pytest.mark.parametrize(
    "address",
    [
        *("https://sms.example/send", "https://sms.example:8443", "https://10.0.0.7/x?token=y"),
        *("http://127.0.0.1:8080/send", "http://localhost/send", "http://[::1]:1/"),
    ],
)
def test_address_of_a_gateway_is_taken(keys: KeyService, address: str):
    SmsHook(address, keys)


@pytest.mark.parametrize(
    "address",
    [
        *("", "sms.example", "http://sms.example/secret", "ftp://sms.example", "https://", "https:///secret"),
        *("http://127.0.0.1.example/", "http://10.0.0.7/", "https://user:secret@sms.example/", "file:///x"),
        *("https://sms.example/#secret", "https://sms.example/a b", "https://sms.example/\r\nx: y"),
        *("https://sms.example:0x/", "https://sms.example:99999/", "https://smś.example/", "http://[::1"),
    ],
)
def test_what_is_no_address_of_a_gateway_is_refused_by_the_name_of_its_variable_and_not_quoted(
    keys: KeyService, address: str
):
    with pytest.raises(Malformed, match="LINEPROOF_SMS_HOOK") as refused:
        SmsHook(address, keys)
    assert "secret" not in str(refused.value)
