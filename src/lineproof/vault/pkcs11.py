"""Keys on a PKCS#11 token (OASIS PKCS #11 2.40): they are made there, used there, and never leave it.

Each is found by its label, which begins with the record's prefix:

    PREFIX mac lasting    generic secret, 32 bytes: the lasting purposes of `mac`
    PREFIX mac N          the same, of version N: blind indexes
    PREFIX wrap N         AES-256: wraps the record's data keys with CKM_AES_GCM
    PREFIX sign PURPOSE   Ed25519, CKM_EDDSA
    PREFIX open NAME      P-256, CKM_ECDH1_DERIVE
    PREFIX retired N      no key: says that version N was retired

All keys have CKA_SENSITIVE, and not CKA_EXTRACTABLE. What leaves the token is one Diffie-Hellman value for
each message that is opened: it opens that message and no other (vault/hpke.py).

A token derives no keys by purpose, so `mac` is HMAC-SHA-256(key, n | purpose | message), n being the
purpose's length in one byte: no two pairs of purpose and message give the same bytes.
"""

import secrets
from collections.abc import Callable
from typing import Any

import pkcs11
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
from pkcs11.mechanisms import KDF, GCMParams
from pkcs11.util.ec import encode_named_curve_parameters

from lineproof.errors import NotPermitted, Unavailable
from lineproof.ports import LASTING, SigningAlgorithm
from lineproof.vault import names
from lineproof.vault.hpke import ENC_BYTES, open_with
from lineproof.vault.token import GONE, Token

FIRST_VERSION = 1
_SEARCHES = 8
_KEY_BITS = 256
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_STAYS = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_LEAVES = {Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
_P256 = encode_named_curve_parameters("secp256r1")
_ED25519 = encode_named_curve_parameters("1.3.101.112")  # id-Ed25519, RFC 8410
# What a module says of a key that goes while it is read. SoftHSM 2.6 says CKR_FUNCTION_FAILED.
_GONE_MEANWHILE = (*GONE, pkcs11.FunctionFailed)
# What a module says of a ciphertext that is not one. SoftHSM 2.6 says CKR_GENERAL_ERROR.
_NOT_ONE = (pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange, pkcs11.GeneralError)


class Pkcs11Vault:
    """A `KeyService` over a token. What another process destroyed is gone here as well."""

    def __init__(self, token: Token) -> None:
        """Use a token; see `make_first_keys` for one that is new."""
        self._token = token

    def make_first_keys(self) -> None:
        """Make the lasting key and version 1, unless the token has keys of this record."""
        with self._token.making() as session:
            if not self._version_numbers(session):
                self._make_mac_key(session, "lasting")
                self._make_version(session, FIRST_VERSION)

    def versions(self) -> tuple[int, ...]:
        """Name the versions that are there."""
        with self._token.session() as session:
            return self._version_numbers(session)

    def make_version(self, version: int) -> None:
        """Make the keys of a version that are not there."""
        names.check_version(version)
        with self._token.making() as session:
            if self._is_there(session, f"retired {version}", ObjectClass.DATA):
                raise names.retired(version)
            self._make_version(session, version)

    def retire_version(self, version: int) -> None:
        """Note that the version is retired, so that it is not made again, and destroy both its keys."""
        names.check_version(version)
        with self._token.making() as session:
            if not self._is_there(session, f"retired {version}", ObjectClass.DATA):
                session.create_object(
                    {
                        Attribute.CLASS: ObjectClass.DATA,
                        Attribute.LABEL: self._label(f"retired {version}"),
                        Attribute.TOKEN: True,
                    }
                )
            self._destroy(session, f"wrap {version}")
            self._destroy(session, f"mac {version}")

    def wrap(self, key: bytes, *, context: str, version: int) -> bytes:
        """Encrypt on the token with AES-256-GCM: 12 bytes of nonce, then the ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = GCMParams(nonce, context.encode())

        def encrypt(wrapping: Any) -> bytes:
            return bytes(wrapping.encrypt(key, mechanism=Mechanism.AES_GCM, mechanism_param=bound))

        return nonce + self._use_secret("wrap", version, encrypt)

    def unwrap(self, wrapped: bytes, *, context: str, version: int) -> bytes:
        """Decrypt on the token; NotPermitted if it was not wrapped here for this context."""
        if len(wrapped) != _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES:
            raise _does_not_unwrap()
        nonce, ciphertext = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        bound = GCMParams(nonce, context.encode())

        def decrypt(wrapping: Any) -> bytes:
            try:
                return bytes(wrapping.decrypt(ciphertext, mechanism=Mechanism.AES_GCM, mechanism_param=bound))
            except _NOT_ONE as error:
                raise _does_not_unwrap() from error

        return self._use_secret("wrap", version, decrypt)

    def mac(self, message: bytes, *, purpose: str, version: int = LASTING) -> bytes:
        """HMAC-SHA-256 on the token, over purpose and message."""
        names.check_purpose(purpose)
        said = purpose.encode()
        covered = bytes([len(said)]) + said + message
        return self._use_secret(
            "mac", version, lambda key: bytes(key.sign(covered, mechanism=Mechanism.SHA256_HMAC))
        )

    def sign(
        self, message: bytes, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519
    ) -> bytes:
        """Ed25519 on the token under the purpose's own key, made at first use."""
        names.check_purpose(purpose)
        _check_algorithm(algorithm)
        label = f"sign {purpose}"

        def find() -> Any:
            self.public_key(purpose=purpose)  # makes the pair
            with self._token.session() as session:
                return self._find(session, label, ObjectClass.PRIVATE_KEY)

        return self._token.use(
            self._label(label), find, lambda key: bytes(key.sign(message, mechanism=Mechanism.EDDSA))
        )

    def public_key(self, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519) -> bytes:
        """Give the purpose's public key, making the pair at first use."""
        names.check_purpose(purpose)
        _check_algorithm(algorithm)
        return self._pair(f"sign {purpose}", _make_ed25519, _KEY_BYTES)

    def make_opening_key(self, name: str) -> bytes:
        """Make a pair on the token, unless it is there."""
        names.check_name(name)
        return self._pair(f"open {name}", _make_p256, ENC_BYTES)

    def opening_keys(self) -> tuple[str, ...]:
        """List both halves of pairs, of which one may be left."""
        begins = self._label("open ")
        with self._token.session() as session:
            labels = _labels(session, ObjectClass.PUBLIC_KEY) | _labels(session, ObjectClass.PRIVATE_KEY)
        found = {label.removeprefix(begins) for label in labels if label.startswith(begins)}
        return names.in_order(found, place=f"the token {self._token.place.token}")

    def open(self, sealed: bytes, *, name: str, info: bytes) -> bytes:
        """Agree on the token, and open with what was agreed."""
        names.check_name(name)
        with self._token.session() as session:
            try:
                private_key = self._find(session, f"open {name}", ObjectClass.PRIVATE_KEY)
                public_key = _point(self._find(session, f"open {name}", ObjectClass.PUBLIC_KEY), ENC_BYTES)
            except pkcs11.NoSuchKey as error:
                raise names.no_opening_key(name) from error
            enc, ciphertext = sealed[:ENC_BYTES], sealed[ENC_BYTES:]
            try:
                # A point off the curve would tell of the private key, were a token to take it.
                EllipticCurvePublicKey.from_encoded_point(SECP256R1(), enc)
                agreed = _agree(private_key, enc)
                return open_with(agreed, enc=enc, public_key=public_key, info=info, ciphertext=ciphertext)
            except (InvalidTag, ValueError) as error:
                raise NotPermitted("What was sealed does not open with this key.") from error

    def destroy(self, name: str) -> None:
        """Destroy the pair on the token."""
        names.check_name(name)
        with self._token.making() as session:
            self._destroy(session, f"open {name}")

    def _label(self, rest: str) -> str:
        return f"{self._token.place.prefix} {rest}"

    def _find(self, session: pkcs11.Session, rest: str, kind: ObjectClass) -> Any:
        """Find a key; Any, because the package's annotations do not say what which key can do."""
        return session.get_key(label=self._label(rest), object_class=kind)

    def _use_secret(self, use: str, version: int, act: Callable[[Any], bytes]) -> bytes:
        """Do something with a secret key of a version; NotFound without it."""
        lasting = use == "mac" and version == LASTING
        if not lasting:
            names.check_version(version)
        rest = f"{use} lasting" if lasting else f"{use} {version}"

        def find() -> Any:
            with self._token.session() as session:
                try:
                    return self._find(session, rest, ObjectClass.SECRET_KEY)
                except pkcs11.NoSuchKey as error:
                    raise names.no_version(version) from error

        return self._token.use(self._label(rest), find, act)

    def _version_numbers(self, session: pkcs11.Session) -> tuple[int, ...]:
        """Name the versions that have both keys."""
        numbers: dict[str, set[int]] = {"wrap": set(), "mac": set()}
        for label in _labels(session, ObjectClass.SECRET_KEY):
            use, _, number = label.removeprefix(self._label("")).partition(" ")
            if label.startswith(self._label("")) and use in numbers and number.isdecimal():
                numbers[use].add(int(number))
        return tuple(sorted(numbers["wrap"] & numbers["mac"]))

    def _make_version(self, session: pkcs11.Session, version: int) -> None:
        """Make what is missing of a version: the process may have ended between its two keys."""
        if not self._is_there(session, f"wrap {version}"):
            session.generate_key(
                KeyType.AES,
                _KEY_BITS,
                label=self._label(f"wrap {version}"),
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template=_STAYS,
            )
        self._make_mac_key(session, str(version))

    def _make_mac_key(self, session: pkcs11.Session, which: str) -> None:
        if not self._is_there(session, f"mac {which}"):
            session.generate_key(
                KeyType.GENERIC_SECRET,
                _KEY_BITS,
                mechanism=Mechanism.GENERIC_SECRET_KEY_GEN,
                label=self._label(f"mac {which}"),
                store=True,
                capabilities=MechanismFlag.SIGN,
                template=_STAYS,
            )

    def _pair(self, rest: str, make: Callable[[pkcs11.Session, str], Any], size: int) -> bytes:
        """Give the public point of a pair, making it if it is not there."""
        with self._token.session() as session:
            if not self._is_there(session, rest, ObjectClass.PUBLIC_KEY):
                with self._token.making():
                    if not self._is_there(session, rest, ObjectClass.PUBLIC_KEY):
                        # Not looked up: SoftHSM may miss what it made while another process searches.
                        return _point(make(session, self._label(rest)), size)
            return _point(self._find(session, rest, ObjectClass.PUBLIC_KEY), size)

    def _is_there(
        self, session: pkcs11.Session, rest: str, kind: ObjectClass = ObjectClass.SECRET_KEY
    ) -> bool:
        looked_for = {Attribute.CLASS: kind, Attribute.LABEL: self._label(rest)}
        return bool(list(session.get_objects(looked_for)))

    def _destroy(self, session: pkcs11.Session, rest: str) -> None:
        """Destroy every object of a label, the public one last: a pair is there as long as it is."""
        found = list(session.get_objects({Attribute.LABEL: self._label(rest)}))
        for key in sorted(found, key=lambda key: key[Attribute.CLASS] == ObjectClass.PUBLIC_KEY):
            key.destroy()


def _labels(session: pkcs11.Session, kind: ObjectClass) -> set[str]:
    """Read the labels of every object of a kind on the token.

    One that another process destroys meanwhile ends the search; then it is begun again.
    """
    left = _SEARCHES
    while True:
        try:
            return {str(key[Attribute.LABEL]) for key in list(session.get_objects({Attribute.CLASS: kind}))}
        except _GONE_MEANWHILE:
            left -= 1
            if not left:
                raise


def _make_ed25519(session: pkcs11.Session, label: str) -> Any:
    """Make a pair; its public key is given."""
    domain = session.create_domain_parameters(KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _ED25519}, local=True)
    public_key, _ = domain.generate_keypair(
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
        label=label,
        store=True,
        capabilities=MechanismFlag.SIGN,
        private_template=_STAYS,
    )
    return public_key


def _make_p256(session: pkcs11.Session, label: str) -> Any:
    """Make a pair; its public key is given."""
    domain = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: _P256}, local=True)
    public_key, _ = domain.generate_keypair(
        label=label, store=True, capabilities=MechanismFlag.DERIVE, private_template=_STAYS
    )
    return public_key


def _agree(private_key: Any, enc: bytes) -> bytes:
    """Agree on the x-coordinate with a point: 32 bytes, of this message alone."""
    agreed = private_key.derive_key(
        KeyType.GENERIC_SECRET,
        _KEY_BITS,
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, enc),
        store=False,
        template=_LEAVES,
    )
    try:
        return bytes(agreed[Attribute.VALUE])
    finally:
        agreed.destroy()


def _point(public_key: Any, size: int) -> bytes:
    """Read a public point of this many bytes: a DER octet string by the standard, bare in some modules."""
    return bytes(public_key[Attribute.EC_POINT])[-size:]


def _check_algorithm(algorithm: SigningAlgorithm) -> None:
    """Refuse ML-DSA-44: PKCS #11 has it from 3.2 on, and the modules and the package in use do not."""
    if algorithm is not SigningAlgorithm.ED25519:
        raise Unavailable(
            "Keys on a token sign with Ed25519 alone.",
            remedy="ML-DSA-44 needs a record whose keys are in files.",
        )


def _does_not_unwrap() -> NotPermitted:
    return NotPermitted("A key of the record does not open with this vault.")
