"""A reviewer's passkey: was it made, and did it sign, for one challenge and on one page.

W3C Web Authentication level 3, 7.1 and 7.2. The library `webauthn` verifies; closed here is what it leaves
open: attestation of any format, another page's frame, keys of other strength, which credential it is.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from lineproof.errors import Malformed, NotPermitted

MOST_JSON_CHARACTERS = 16 * 1024
MOST_CREDENTIAL_ID_BYTES = 1023
_RSA_BITS = range(2048, 4097)
_ES256, _EDDSA, _RS256 = (
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
_ALGORITHMS = [_ES256, _EDDSA, _RS256]
# As a browser writes an origin (RFC 6454, 6.2). Web Authentication works on names, never on IP addresses, and
# without TLS on localhost alone.
_PORT = r"(?::[1-9][0-9]{0,4})?"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"http://(?P<here>localhost){_PORT}|https://(?P<host>(?:{_LABEL}\.)*(?!\d+(?:[:]|$)){_LABEL}){_PORT}"
)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
# All that the library and what it stands on may raise for an answer that is not right.
_REFUSALS = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it is kept: nothing in it is secret.

    credential_id: 1 to 1,023 bytes. public_key: COSE_Key (RFC 9052, 7). signature_count: as the authenticator
    last said, 0 where it does not count.
    """

    credential_id: bytes
    public_key: bytes
    signature_count: int


def verify_creation(attestation_json: str, *, challenge: bytes, origin: str) -> Passkey:
    """Give the passkey that a browser made for this challenge on a page of this origin.

    attestation_json: `PublicKeyCredential.toJSON()` of a registration. Raises NotPermitted for anything but a
    passkey of ES256, EdDSA or RS256 whose authenticator made sure of its user and attests nothing; Malformed
    for an origin that can have no passkeys.
    """
    rp_id = _host_of(origin)
    credential_id, response = _parse(attestation_json, "clientDataJSON", "attestationObject")
    with _refused_in_our_words():
        _refuse_frames(response["clientDataJSON"])
        # Before the library verifies: it would read certificates, which nobody asked for.
        if parse_attestation_object(response["attestationObject"]).fmt != "none":
            raise NotPermitted(
                "The passkey came with a statement about the device that made it, which is not accepted.",
                remedy="Open the link again, and allow the browser to leave that statement out.",
            )
        made = verify_registration_response(
            credential=RegistrationCredential(
                id=bytes_to_base64url(credential_id),
                raw_id=credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data_json=response["clientDataJSON"],
                    attestation_object=response["attestationObject"],
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            supported_pub_key_algs=_ALGORITHMS,
        )
        _check_key(made.credential_public_key)
    _check_user(was_verified=made.user_verified)
    if made.credential_id != credential_id:
        raise _not_an_answer()
    return Passkey(credential_id, made.credential_public_key, made.sign_count)


def verify_assertion(assertion_json: str, passkey: Passkey, *, challenge: bytes, origin: str) -> Passkey:
    """Make sure that this passkey signed this challenge on a page of this origin; give it with its new count.

    assertion_json: `PublicKeyCredential.toJSON()` of an authentication. Raises NotPermitted for anything
    else, for a user the authenticator did not make sure of, and for a count that does not grow; Malformed for
    an origin that can have no passkeys.
    """
    rp_id = _host_of(origin)
    credential_id, response = _parse(assertion_json, "clientDataJSON", "authenticatorData", "signature")
    if credential_id != passkey.credential_id:
        raise NotPermitted(
            "Another passkey answered than the one that is enrolled.",
            remedy="Choose the passkey that was made with your link.",
        )
    with _refused_in_our_words():
        _refuse_frames(response["clientDataJSON"])
        _check_key(passkey.public_key)
        signed = verify_authentication_response(
            credential=AuthenticationCredential(
                id=bytes_to_base64url(credential_id),
                raw_id=credential_id,
                response=AuthenticatorAssertionResponse(
                    client_data_json=response["clientDataJSON"],
                    authenticator_data=response["authenticatorData"],
                    signature=response["signature"],
                ),
            ),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            # Counts are compared below, after the signature: what is not signed accuses no passkey.
            credential_current_sign_count=0,
        )
    _check_user(was_verified=signed.user_verified)
    before, after = passkey.signature_count, signed.new_sign_count
    if (before or after) and after <= before:
        raise NotPermitted(
            "The passkey has signed this before, or there is a copy of it somewhere.",
            remedy="Try again; if it happens again, tell whoever runs this, and have a new passkey enrolled.",
        )
    return replace(passkey, signature_count=after)


def credential_id_of(assertion_json: str) -> bytes:
    """Say which passkey answered, so that it can be looked up; nothing is verified.

    Raises NotPermitted for what is no answer of a passkey.
    """
    return _parse(assertion_json, "clientDataJSON", "authenticatorData", "signature")[0]


def _host_of(origin: str) -> str:
    """Give the relying party that passkeys of an origin belong to; Malformed where there is none."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise Malformed(
            "Passkeys do not work at this address.",
            remedy="Open the page at http://localhost with its port, or at an https address with a name.",
        )
    return found["here"] or found["host"]


def _parse(text: str, *names: str) -> tuple[bytes, dict[str, bytes]]:
    """Read the credential's identifier and these members of its response; NotPermitted for anything else."""
    if len(text) > MOST_JSON_CHARACTERS or not text.isascii():
        raise _not_an_answer()
    try:
        content = json.loads(text)
        if content["type"] != "public-key" or content["id"] != content["rawId"]:
            raise _not_an_answer()
        credential_id = _bytes_of(content["rawId"])
        response = {name: _bytes_of(content["response"][name]) for name in names}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _not_an_answer() from error
    if not 1 <= len(credential_id) <= MOST_CREDENTIAL_ID_BYTES:
        raise _not_an_answer()
    return credential_id, response


def _bytes_of(text: object) -> bytes:
    """Read base64url without padding (RFC 4648, 5); ValueError for anything else."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise ValueError
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _refuse_frames(client_data: bytes) -> None:
    """Refuse what was answered within another site's page (Web Authentication level 3, 7.2, step 14)."""
    content = json.loads(client_data)
    if not isinstance(content, dict) or content.get("crossOrigin", False) is not False:
        raise _not_an_answer()


def _check_key(public_key: bytes) -> None:
    """Refuse a key that is not of an accepted kind and strength, or is no key at all."""
    decoded = decode_credential_public_key(public_key)
    match decoded_public_key_to_cryptography(decoded):
        case EllipticCurvePublicKey(curve=SECP256R1()):
            wanted = _ES256
        case Ed25519PublicKey():
            wanted = _EDDSA
        case RSAPublicKey(key_size=bits) if bits in _RSA_BITS:
            wanted = _RS256
        case _:
            raise ValueError
    if decoded.alg != wanted:
        raise ValueError


def _check_user(*, was_verified: bool) -> None:
    if not was_verified:
        raise NotPermitted(
            "The passkey answered without making sure that it is you.",
            remedy="Set a PIN, fingerprint or screen lock for it, and try again.",
        )


@contextmanager
def _refused_in_our_words() -> Iterator[None]:
    try:
        yield
    except _REFUSALS as error:
        raise _not_an_answer() from error


def _not_an_answer() -> NotPermitted:
    return NotPermitted(
        "This is not a passkey's answer to this request on this page.",
        remedy="Load the page again, and use a passkey of this address.",
    )
