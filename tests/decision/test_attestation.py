"""An agent's signed statement about one session and one document."""

import hashlib
import uuid
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof.decision.attestation import Attestation, SeenPapers, attest, attested_bytes, verify_attestation
from lineproof.decision.finding import (
    Check,
    Finding,
    Measure,
    Measured,
    Outcome,
    failed,
    indeterminate,
    passed,
)
from lineproof.decision.organisation import Organisation
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import NotPermitted
from lineproof.terms import SessionId, StaffName

ADA, BEA = StaffName("ada"), StaffName("bea")
KEYS = {ADA: Ed25519PrivateKey.generate(), BEA: Ed25519PrivateKey.generate()}
SESSION, OTHER_SESSION = SessionId(uuid.UUID(int=1)), SessionId(uuid.UUID(int=2))
QUAY = Organisation.parse(name="Quay Ltd", register="Companies House", number="01234567")
DOCUMENT, OTHER_DOCUMENT = (hashlib.sha256(name).digest() for name in (b"one", b"other"))
ATTESTABLE = {Check.DOCUMENT_GENUINE, Check.LIVE, Check.HOLDER_PRESENT}


def an_attestation(*, agent: StaffName = ADA, key: Ed25519PrivateKey | None = None) -> Attestation:
    """Build the attestation of an agent over SESSION and DOCUMENT."""
    message = attested_bytes(agent=agent, session=SESSION, document_digest=DOCUMENT)
    return Attestation(agent, SESSION, DOCUMENT, (key or KEYS[agent]).sign(message))


def verify(attestation: Attestation, *, session=SESSION, document=DOCUMENT, agent=ADA) -> None:
    """Verify as the record would, with the key it holds of the agent."""
    public_key = KEYS[agent].public_key().public_bytes_raw()
    is_document = attestation.document_digest == document
    verify_attestation(attestation, public_key=public_key, session=session, is_document=is_document)


def test_attestation_of_this_session_and_document_is_taken():
    verify(an_attestation())


def test_attestation_of_another_session_is_not_permitted():
    with pytest.raises(NotPermitted, match="another session"):
        verify(an_attestation(), session=OTHER_SESSION)


def test_attestation_of_another_photograph_is_not_permitted():
    with pytest.raises(NotPermitted, match="another session or another photograph"):
        verify(an_attestation(), document=OTHER_DOCUMENT)


def test_attestation_relabelled_for_another_session_is_not_permitted():
    with pytest.raises(NotPermitted, match="not signed"):
        verify(replace(an_attestation(), session=OTHER_SESSION), session=OTHER_SESSION)


def test_attestation_relabelled_for_another_photograph_is_not_permitted():
    with pytest.raises(NotPermitted, match="not signed"):
        verify(replace(an_attestation(), document_digest=OTHER_DOCUMENT), document=OTHER_DOCUMENT)


def test_attestation_signed_with_another_agents_key_is_not_permitted():
    with pytest.raises(NotPermitted, match="agent ada"):
        verify(an_attestation(agent=ADA, key=KEYS[BEA]))


def test_attestation_of_one_agent_in_the_name_of_another_is_not_permitted():
    with pytest.raises(NotPermitted, match="not signed"):
        verify(replace(an_attestation(agent=BEA), agent=ADA))


@pytest.mark.parametrize("signature", [b"", bytes(64), bytes(63), bytes(65)])
def test_what_is_no_signature_is_not_permitted(signature: bytes):
    with pytest.raises(NotPermitted, match="not signed"):
        verify(replace(an_attestation(), signature=signature))


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_signature_changed_in_one_bit_is_not_permitted(bit: int):
    signature = bytearray(an_attestation().signature)
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotPermitted):
        verify(replace(an_attestation(), signature=bytes(signature)))


def test_what_is_signed_says_what_it_is_for():
    signed = attested_bytes(agent=ADA, session=SESSION, document_digest=DOCUMENT)
    assert b"lineproof attestation v1: the holder is present" in signed
    assert DOCUMENT.hex().encode() in signed
    assert str(SESSION).encode() in signed


def test_papers_that_were_seen_are_in_what_is_signed_and_none_are_in_the_first_version():
    papers = SeenPapers(permit_until=date(2027, 3, 1))
    signed = attested_bytes(agent=ADA, session=SESSION, document_digest=DOCUMENT, papers=papers)
    assert b'"papers":{"permit_until":"2027-03-01"}' in signed
    assert b"lineproof attestation v2: the holder is present" in signed
    assert b"papers" not in attested_bytes(agent=ADA, session=SESSION, document_digest=DOCUMENT)


def test_organisation_is_signed_for_by_its_digest():
    signed = attested_bytes(
        agent=ADA, session=SESSION, document_digest=DOCUMENT, papers=SeenPapers(organisation=QUAY)
    )
    assert b'"papers":{"organisation_sha256":"' + QUAY.digest.hex().encode() + b'"}' in signed
    assert b"Quay" not in signed


@pytest.mark.parametrize(
    ("signed", "shown"),
    [
        (SeenPapers(), SeenPapers(permit_until=date(2027, 3, 1))),
        (SeenPapers(permit_until=date(2027, 3, 1)), SeenPapers()),
        (SeenPapers(permit_until=date(2027, 3, 1)), SeenPapers(permit_until=date(2027, 3, 2))),
        (SeenPapers(), SeenPapers(guardianship=True)),
        (SeenPapers(guardianship=True), SeenPapers()),
        (SeenPapers(), SeenPapers(organisation=QUAY)),
        (SeenPapers(organisation=QUAY), SeenPapers()),
        (SeenPapers(organisation=QUAY), SeenPapers(organisation=replace(QUAY, number="01234568"))),
        (SeenPapers(organisation=QUAY), SeenPapers(organisation=replace(QUAY, name="Quay Plc"))),
    ],
)
def test_other_papers_than_were_signed_are_not_permitted(signed: SeenPapers, shown: SeenPapers):
    message = attested_bytes(agent=ADA, session=SESSION, document_digest=DOCUMENT, papers=signed)
    attestation = Attestation(ADA, SESSION, DOCUMENT, KEYS[ADA].sign(message), signed)
    verify(attestation)
    with pytest.raises(NotPermitted, match="not signed"):
        verify(replace(attestation, papers=shown))


@pytest.mark.parametrize(("check", "outcome"), list(product(Check, Outcome)))
def test_attestation_settles_only_genuineness_and_presence_and_only_doubts(check: Check, outcome: Outcome):
    before = Finding(check, outcome, None if outcome is Outcome.PASS else ReasonCode.CHECK_NOT_DONE)
    (after,) = attest([before], attestations_by_agent=3)
    if check in ATTESTABLE and outcome is Outcome.INDETERMINATE:
        assert after == passed(check, Measure(Measured.ATTESTATIONS_BY_AGENT, 3))
    else:
        assert after is before


def test_attestation_overrules_no_failed_check():
    findings = (
        failed(Check.SAME_PERSON, ReasonCode.FACE_NOT_MATCHED),
        indeterminate(Check.LIVE, ReasonCode.NOT_PROVEN_LIVE),
    )
    same_person, live = attest(findings, attestations_by_agent=1)
    assert same_person.outcome is Outcome.FAIL
    assert live.outcome is Outcome.PASS


def test_attestation_adds_no_check_that_was_not_done():
    assert attest([], attestations_by_agent=1) == ()
