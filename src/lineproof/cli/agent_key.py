"""An agent's private key as a file beside the record, and signing with it.

In a shop the key belongs on the agent's own device; in this version it is a file that only its owner can
read, and docs/trust.md says what follows from that.
"""

import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from lineproof.booth.photograph_file import open_photograph
from lineproof.decision.attestation import NO_PAPERS, Attestation, SeenPapers, attested_bytes
from lineproof.errors import Malformed, NotFound, Unavailable
from lineproof.terms import SessionId, StaffName


def write_key(record: Path, name: StaffName) -> tuple[Path, bytes]:
    """Make a key for an agent and write it as a draft; give the draft's path and the public key, 32 bytes.

    `keep_key` makes the draft the agent's key once the agent is enrolled.
    """
    key = Ed25519PrivateKey.generate()
    draft = _path(record, name).with_suffix(".draft")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unavailable(
            f"The agent's key cannot be written in {draft.parent}: {error.strerror}.",
            remedy="Choose a record whose folder can be written.",
        ) from error
    return draft, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def keep_key(record: Path, name: StaffName) -> Path:
    """Make the draft the agent's key."""
    path = _path(record, name)
    path.with_suffix(".draft").replace(path)
    return path


def attest_document(
    record: Path, name: StaffName, *, session: SessionId, document: Path, papers: SeenPapers = NO_PAPERS
) -> Attestation:
    """Sign, as the agent, that the holder is present and this document genuine in hand, and these papers.

    The image is read in chunks for its digest and not kept. NotFound if the agent has no key here,
    Malformed if the image cannot be read.
    """
    path = _path(record, name)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise NotFound(
            f"There is no agent named {name.text} on this record.",
            remedy=f"Add one to the same record with: lineproof agents add {name.text}",
        ) from None
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The key of agent {name.text} cannot be read.", remedy="Check its file's permissions."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed(f"The key of agent {name.text} is not an Ed25519 key.")
    digest = _digest(document)
    message = attested_bytes(agent=name, session=session, document_digest=digest, papers=papers)
    return Attestation(name, session, digest, key.sign(message), papers)


def _digest(document: Path) -> bytes:
    descriptor, _ = open_photograph(document, called="document")
    with os.fdopen(descriptor, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _path(record: Path, name: StaffName) -> Path:
    return record / "agents" / f"{name.text}.key"
