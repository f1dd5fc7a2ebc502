"""An agent's signed statement about one session: the holder is present, the document genuine in hand.

It is bound to the session and to the digest of the very document image that was examined, so it can be
used neither for another person nor for another photograph. Where it rests on other papers as well, they are
named in it: its second version is for that alone. Ed25519 (RFC 8032) over canonical JSON (RFC 8785). It is a
finding that names the agent, is recorded and is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lineproof.decision.finding import Check, Finding, Measure, Measured, Outcome, passed
from lineproof.decision.organisation import Organisation
from lineproof.errors import NotPermitted
from lineproof.terms import SessionId, StaffName

PURPOSE = "lineproof attestation v1: the holder is present, the document is genuine in hand"
PURPOSE_WITH_PAPERS = (
    "lineproof attestation v2: the holder is present, the document is genuine in hand, and so are the papers"
)
ATTESTABLE = frozenset({Check.DOCUMENT_GENUINE, Check.LIVE, Check.HOLDER_PRESENT})


@dataclass(frozen=True, slots=True)
class SeenPapers:
    """What an agent has seen besides the document.

    permit_until: the last day of a permit to stay, if any. guardianship: the document of a minor, and proof
    that the holder of this one is their parent or guardian. Nothing of the minor is said. organisation: the
    extract of its register, and the authorisation of the holder to sign for it; its digest is signed.
    """

    permit_until: date | None = None
    guardianship: bool = False
    organisation: Organisation | None = None

    def said(self) -> dict[str, str | bool]:
        """Give what is signed, and recorded, of them: only what was seen."""
        said: dict[str, str | bool] = {}
        if self.permit_until is not None:
            said["permit_until"] = self.permit_until.isoformat()
        if self.guardianship:
            said["guardianship"] = True
        if self.organisation is not None:
            said["organisation_sha256"] = self.organisation.digest.hex()
        return said


NO_PAPERS = SeenPapers()


@dataclass(frozen=True, slots=True)
class Attestation:
    """agent: who attests. document_digest: SHA-256 of the document image, 32 bytes. signature: 64 bytes.

    papers: what they have seen besides.
    """

    agent: StaffName
    session: SessionId
    document_digest: bytes
    signature: bytes
    papers: SeenPapers = NO_PAPERS


def attested_bytes(
    *, agent: StaffName, session: SessionId, document_digest: bytes, papers: SeenPapers = NO_PAPERS
) -> bytes:
    """Give the bytes an agent signs."""
    seen = papers.said()
    return rfc8785.dumps(
        {
            "purpose": PURPOSE_WITH_PAPERS if seen else PURPOSE,
            "agent": agent.text,
            "session": str(session),
            "document_sha256": document_digest.hex(),
            **({"papers": seen} if seen else {}),
        }
    )


def verify_attestation(
    attestation: Attestation, *, public_key: bytes, session: SessionId, is_document: bool
) -> None:
    """Raise NotPermitted unless the agent signed exactly this session, this document image and these papers.

    public_key: the agent's, 32 bytes, from the record. is_document: whether the attestation's digest is that
    of the bytes which the booth examined, as the booth found.
    """
    if attestation.session != session or not is_document:
        raise NotPermitted(
            "The attestation is about another session or another photograph of the document.",
            remedy="Attest again with the document in hand.",
        )
    if not is_signed(attestation, public_key=public_key):
        raise NotPermitted(
            f"The attestation is not signed with the key of agent {attestation.agent.text}.",
            remedy="Sign with the key that was made for this agent on this record.",
        )


def is_signed(attestation: Attestation, *, public_key: bytes) -> bool:
    """Tell whether the agent of this key, 32 bytes, signed all that an attestation says."""
    message = attested_bytes(
        agent=attestation.agent,
        session=attestation.session,
        document_digest=attestation.document_digest,
        papers=attestation.papers,
    )
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(attestation.signature, message)
    except InvalidSignature:
        return False
    return True


def attest(findings: Iterable[Finding], *, attestations_by_agent: int) -> tuple[Finding, ...]:
    """Let a verified attestation settle what a photograph cannot: genuineness and presence. Nothing else.

    Only what was indeterminate is settled: no attestation overrules a check that failed.
    attestations_by_agent: how many this agent has made, this one included; it becomes the measure.
    """
    count = Measure(Measured.ATTESTATIONS_BY_AGENT, attestations_by_agent)
    return tuple(
        passed(finding.check, count)
        if finding.check in ATTESTABLE and finding.outcome is Outcome.INDETERMINATE
        else finding
        for finding in findings
    )
