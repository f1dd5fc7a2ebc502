"""A passkey answers one challenge on one page, by a user it made sure of; everything else is refused."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof.decision.passkey import (
    MOST_JSON_CHARACTERS,
    Passkey,
    credential_id_of,
    verify_assertion,
    verify_creation,
)
from lineproof.errors import Malformed, NotPermitted
from tests.fakes.soft_authenticator import PRESENT, VERIFIED, SoftAuthenticator, as_base64url, cose_key

CHALLENGE, OTHER = b"c" * 32, b"o" * 32
ORIGIN = "http://localhost:8470"
RSA_KEY, SHORT_RSA_KEY = (rsa.generate_private_key(65537, bits) for bits in (2048, 1024))
KEYS = {"ES256": generate_private_key(SECP256R1()), "EdDSA": Ed25519PrivateKey.generate(), "RS256": RSA_KEY}
WITHOUT_USER = PRESENT
NOBODY_THERE = VERIFIED


def enrolled(authenticator: SoftAuthenticator, origin: str = ORIGIN) -> Passkey:
    return verify_creation(authenticator.create(CHALLENGE, origin), challenge=CHALLENGE, origin=origin)


def asserted(answer: str, passkey: Passkey, *, challenge: bytes = CHALLENGE, origin: str = ORIGIN) -> Passkey:
    return verify_assertion(answer, passkey, challenge=challenge, origin=origin)


def changed(answer: str, change: Callable[[dict[str, Any]], None]) -> str:
    content = json.loads(answer)
    change(content)
    return json.dumps(content)


def assert_refused(error: pytest.ExceptionInfo[NotPermitted]) -> None:
    assert type(error.value) is NotPermitted
    assert error.value.what.endswith(".")
    assert error.value.remedy.endswith(".")


@pytest.mark.parametrize("kind", KEYS)
def test_a_passkey_that_was_made_and_signs_is_taken_and_its_count_is_kept(kind: str):
    authenticator = SoftAuthenticator(KEYS[kind])
    passkey = enrolled(authenticator)
    assert passkey.credential_id == authenticator.credential_id
    assert passkey.signature_count == 0
    once = asserted(authenticator.get(CHALLENGE, ORIGIN), passkey)
    assert once == replace(passkey, signature_count=1)
    assert asserted(authenticator.get(CHALLENGE, ORIGIN), once).signature_count == 2


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8470", "http://localhost", "https://lines.example", "https://a.b-c.example:8443"],
)
def test_a_page_has_passkeys_on_this_machine_or_at_a_name_with_tls(origin: str):
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator, origin)
    assert asserted(authenticator.get(CHALLENGE, origin), passkey, origin=origin).signature_count == 1


@pytest.mark.parametrize(
    "origin",
    [
        *("", "null", "localhost:8470", "http://lines.example", "http://127.0.0.1:8470", "https://192.0.2.1"),
        *(
            "https://[2001:db8::1]",
            "https://lines.example/",
            "https://LINES.example",
            "https://a@lines.example",
        ),
        *("ftp://localhost", "https://", "https://.example", "https://lines.example:0", "http://localhost:x"),
        *("http://localhost:8470\n", "https://lines_.example", "https://lines.example:123456", "https://1"),
    ],
)
def test_an_address_that_can_have_no_passkeys_is_malformed(origin: str):
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    with pytest.raises(Malformed, match="Passkeys do not work at this address"):
        verify_creation(authenticator.create(CHALLENGE, origin), challenge=CHALLENGE, origin=origin)
    with pytest.raises(Malformed):
        asserted(authenticator.get(CHALLENGE, origin), passkey, origin=origin)


def test_an_authenticator_that_does_not_count_is_taken():
    authenticator = SoftAuthenticator(count=None)
    passkey = enrolled(authenticator)
    assert asserted(authenticator.get(CHALLENGE, ORIGIN), passkey) == passkey


@pytest.mark.parametrize(("kept", "said"), [(5, 5), (5, 4), (5, 0), (5, None)])
def test_a_count_that_does_not_grow_is_not_permitted(kept: int, said: int | None):
    authenticator = SoftAuthenticator()
    passkey = replace(enrolled(authenticator), signature_count=kept)
    authenticator.count = None if said is None else said - 1
    with pytest.raises(NotPermitted, match="signed this before") as refused:
        asserted(authenticator.get(CHALLENGE, ORIGIN), passkey)
    assert_refused(refused)


def test_the_same_answer_twice_is_not_permitted():
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    answer = authenticator.get(CHALLENGE, ORIGIN)
    with pytest.raises(NotPermitted, match="before"):
        asserted(answer, asserted(answer, passkey))


@pytest.mark.parametrize(
    "wrong",
    [
        {"challenge": as_base64url(OTHER)},
        {"origin": "http://localhost:8471"},
        {"origin": "https://localhost:8470"},
        {"origin": "http://127.0.0.1:8470"},
        {"type": "payment.get"},
        {"crossOrigin": True},
        {"crossOrigin": "false"},
    ],
    ids=str,
)
def test_an_answer_to_another_challenge_page_or_purpose_is_not_permitted(wrong: dict[str, Any]):
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    with pytest.raises(NotPermitted) as refused:
        asserted(authenticator.get(CHALLENGE, ORIGIN, client_data=wrong), passkey)
    assert_refused(refused)
    made = authenticator.create(CHALLENGE, ORIGIN, client_data=wrong)
    with pytest.raises(NotPermitted) as refused:
        verify_creation(made, challenge=CHALLENGE, origin=ORIGIN)
    assert_refused(refused)


def test_making_a_passkey_is_no_answer_and_an_answer_makes_none():
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    with pytest.raises(NotPermitted):
        asserted(authenticator.get(CHALLENGE, ORIGIN, client_data={"type": "webauthn.create"}), passkey)
    made = authenticator.create(CHALLENGE, ORIGIN, client_data={"type": "webauthn.get"})
    with pytest.raises(NotPermitted):
        verify_creation(made, challenge=CHALLENGE, origin=ORIGIN)


def test_an_answer_for_another_relying_party_is_not_permitted():
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    with pytest.raises(NotPermitted):
        asserted(authenticator.get(CHALLENGE, ORIGIN, rp_id="lines.example"), passkey)
    with pytest.raises(NotPermitted):
        verify_creation(
            authenticator.create(CHALLENGE, ORIGIN, rp_id="lines.example"), challenge=CHALLENGE, origin=ORIGIN
        )


def test_an_answer_whose_user_was_not_made_sure_of_is_not_permitted_and_says_what_to_set():
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    with pytest.raises(NotPermitted, match="PIN, fingerprint"):
        asserted(authenticator.get(CHALLENGE, ORIGIN, flags=WITHOUT_USER), passkey)
    with pytest.raises(NotPermitted):
        asserted(authenticator.get(CHALLENGE, ORIGIN, flags=NOBODY_THERE), passkey)
    made = authenticator.create(CHALLENGE, ORIGIN, flags=WITHOUT_USER | 0x40)
    with pytest.raises(NotPermitted, match="PIN, fingerprint"):
        verify_creation(made, challenge=CHALLENGE, origin=ORIGIN)


@pytest.mark.parametrize("kind", KEYS)
def test_an_answer_signed_with_another_key_is_not_permitted(kind: str):
    authenticator = SoftAuthenticator(KEYS[kind])
    passkey = enrolled(authenticator)
    for key in (generate_private_key(SECP256R1()), Ed25519PrivateKey.generate(), SHORT_RSA_KEY):
        with pytest.raises(NotPermitted) as refused:
            asserted(authenticator.get(CHALLENGE, ORIGIN, key=key), passkey)
        assert_refused(refused)


def test_another_passkey_than_the_enrolled_one_is_named():
    passkey = enrolled(SoftAuthenticator())
    with pytest.raises(NotPermitted, match="Another passkey"):
        asserted(SoftAuthenticator().get(CHALLENGE, ORIGIN), passkey)


@pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature"])
@pytest.mark.parametrize("at", [0, 0.3, 0.7, -1])
def test_an_answer_changed_in_one_bit_is_not_permitted(member: str, at: float):
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)

    def flip(content: dict[str, Any]) -> None:
        text = content["response"][member]
        whole = bytearray(urlsafe_b64decode(text + "=="))
        whole[at if at == -1 else int(at * len(whole))] ^= 2
        content["response"][member] = as_base64url(bytes(whole))

    with pytest.raises(NotPermitted) as refused:
        asserted(changed(authenticator.get(CHALLENGE, ORIGIN), flip), passkey)
    assert_refused(refused)


def _other_key(**members: Any) -> dict[int, Any]:
    """Change members of an ES256 key: kty, alg, crv, x, y."""
    places = {"kty": 1, "alg": 3, "crv": -1, "x": -2, "y": -3}
    return cose_key(KEYS["ES256"]) | {places[name]: value for name, value in members.items()}


BAD_KEYS: dict[str, Any] = {
    "ES384": cose_key(generate_private_key(SECP384R1())) | {3: -35},
    "ES256 on another curve": cose_key(generate_private_key(SECP384R1())),
    "ES512": _other_key(alg=-36),
    "short RSA": cose_key(SHORT_RSA_KEY),
    "RSA-PSS": cose_key(RSA_KEY) | {3: -37},
    "RSA with SHA-1": cose_key(RSA_KEY) | {3: -65535},
    "no point of the curve": _other_key(y=bytes(31) + b"\1"),
    "no coordinate": _other_key(x=b""),
    "text for a coordinate": _other_key(x="x" * 32),
    "no algorithm": {1: 2},
    "no map": 4,
    "empty map": {},
    "a list": [1, 2],
    "Ed25519 key cut short": {1: 1, 3: -8, -1: 6, -2: b"k" * 31},
    "an unknown kind": {1: 9, 3: -7},
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_of_another_kind_or_that_is_none_is_not_permitted(name: str):
    made = SoftAuthenticator().create(CHALLENGE, ORIGIN, public_key=BAD_KEYS[name])
    with pytest.raises(NotPermitted) as refused:
        verify_creation(made, challenge=CHALLENGE, origin=ORIGIN)
    assert_refused(refused)


@pytest.mark.parametrize(
    "wrong",
    [
        {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"s"}},
        {"fmt": "tpm"},
        {"fmt": "fido-u2f"},
        {"fmt": "other"},
        {"fmt": 4},
        {"attStmt": {"sig": b"s"}},
        {"attStmt": 7},
        {"authData": b""},
        {"authData": "text"},
        {"authData": b"a" * 37},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_a_passkey_that_attests_something_or_is_broken_is_not_permitted(wrong: dict[str, Any]):
    made = SoftAuthenticator().create(CHALLENGE, ORIGIN, attestation=wrong)
    with pytest.raises(NotPermitted) as refused:
        verify_creation(made, challenge=CHALLENGE, origin=ORIGIN)
    assert_refused(refused)


def test_a_passkey_under_another_name_than_it_was_made_for_is_not_permitted():
    made = SoftAuthenticator(credential_id=b"made").create(CHALLENGE, ORIGIN)
    name = as_base64url(b"other")
    relabelled = changed(made, lambda content: content.update(id=name, rawId=name))
    with pytest.raises(NotPermitted):
        verify_creation(relabelled, challenge=CHALLENGE, origin=ORIGIN)


# A number, a list, nested lists, a text longer than all memory, lists without end, a list within itself.
BROKEN_CBOR = (
    *(b"\0", b"\x80", b"\x81" * 6000, b"\x7b" + b"\xff" * 8, b"\x9f" * 6000),
    b"\xd8\x1c\x81\xd8\x1d\0",
)
WRONG_ANSWERS: list[dict[str, Any]] = [
    {"type": "password"},
    {"type": None},
    {"id": "other"},
    {"id": "", "rawId": ""},
    {"id": 7, "rawId": 7},
    {"id": "\ud800", "rawId": "\ud800"},
    {"id": "a" * 1400, "rawId": "a" * 1400},
    {"response": None},
    {"response": []},
    {"response": {}},
]
WRONG_RESPONSES: list[dict[str, Any]] = [
    {"clientDataJSON": None},
    {"clientDataJSON": "not base64url!"},
    {"clientDataJSON": "a"},
    *(
        {"clientDataJSON": as_base64url(content)}
        for content in (b"[" * 4000, b"\xff", b"{}", b"[]", b'{"type":1,"challenge":2,"origin":3}')
    ),
    *({"authenticatorData": content, "attestationObject": content} for content in ("", "-", None)),
    *(
        {"authenticatorData": as_base64url(content), "attestationObject": as_base64url(content)}
        for content in (
            b"\0",
            b"\x80",
            b"\x81" * 6000,
            b"\x7b" + b"\xff" * 8,
            b"\x9f" * 6000,
            b"\xd8\x1c\x81\xd8\x1d\0",
        )
    ),
]


@pytest.mark.parametrize("wrong", [*WRONG_ANSWERS, *WRONG_RESPONSES], ids=lambda wrong: str(wrong)[:60])
def test_what_is_no_answer_of_a_passkey_is_not_permitted(wrong: dict[str, Any]):
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)

    def spoil(content: dict[str, Any]) -> None:
        (content if wrong in WRONG_ANSWERS else content["response"]).update(wrong)

    for parse in (
        lambda: asserted(changed(authenticator.get(CHALLENGE, ORIGIN), spoil), passkey),
        lambda: verify_creation(
            changed(authenticator.create(CHALLENGE, ORIGIN), spoil), challenge=CHALLENGE, origin=ORIGIN
        ),
    ):
        with pytest.raises(NotPermitted) as refused:
            parse()
        assert_refused(refused)


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "[]", "{}", "7", '"text"', "nothing", "{", "[" * 10_000, '{"a":' * 3000, "1" * 10_000),
        *("\N{GREEK SMALL LETTER ALPHA}", "\ud800", "\0"),
        '{"type":"public-key"}',
    ],
    ids=lambda text: text[:20].encode("unicode_escape").decode(),
)
def test_garbage_is_not_permitted_and_breaks_nothing(text: str):
    passkey = enrolled(SoftAuthenticator())
    for parse in (
        lambda: asserted(text, passkey),
        lambda: verify_creation(text, challenge=CHALLENGE, origin=ORIGIN),
        lambda: credential_id_of(text),
    ):
        with pytest.raises(NotPermitted) as refused:
            parse()
        assert_refused(refused)


def test_an_answer_longer_than_sixteen_kilobytes_is_not_looked_at():
    authenticator = SoftAuthenticator()
    passkey = enrolled(authenticator)
    answer = authenticator.get(CHALLENGE, ORIGIN)
    assert asserted(answer.ljust(MOST_JSON_CHARACTERS), passkey).signature_count == 1
    with pytest.raises(NotPermitted):
        asserted(answer.ljust(MOST_JSON_CHARACTERS + 1), passkey)


def test_which_passkey_answered_is_told_without_verifying():
    authenticator = SoftAuthenticator()
    assert (
        credential_id_of(authenticator.get(OTHER, ORIGIN, rp_id="elsewhere")) == authenticator.credential_id
    )


def test_a_kept_key_that_is_none_permits_nothing():
    authenticator = SoftAuthenticator()
    for broken in (b"", b"\4", b"\xa0", b"\xff" * 70):
        with pytest.raises(NotPermitted):
            asserted(authenticator.get(CHALLENGE, ORIGIN), Passkey(authenticator.credential_id, broken, 0))
