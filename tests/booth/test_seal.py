"""What is sealed opens for its key, under its terms, whole and unchanged; nothing else opens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from lineproof.booth import seal
from lineproof.booth.answer import Unopened
from lineproof.booth.open_job import open_job
from lineproof.booth.seal import NotOpened, PartKind, open_evidence, open_key, seal_evidence, seal_key
from lineproof.booth.warm import changed
from lineproof.booth.wire import Job, SealedJob
from lineproof.errors import Malformed
from lineproof.ports import Epoch, Evidence, Presentation, SealTerms
from lineproof.terms import SessionId, Way
from tests.booth.conftest import SESSION

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = generate_private_key(SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
TERMS = SealTerms.fresh(SESSION, Epoch(PUBLIC, NOW + timedelta(minutes=12)))
BOTH = [(PartKind.DOCUMENT, b"a page" * 1000), (PartKind.CAPTURE, b"a face" * 1000)]
SEALED = seal_evidence(BOTH, TERMS)


def test_evidence_opens_as_it_was_sealed():
    key, parts = open_evidence(SEALED, KEY, TERMS.info)
    assert parts == dict(BOTH)
    assert open_key(SEALED[1 : seal.HEAD_BYTES], KEY, TERMS.info) == key


def test_content_key_is_fresh_and_ciphertext_is_never_the_same():
    again = seal_evidence(BOTH, TERMS)
    assert open_evidence(again, KEY, TERMS.info)[0] != open_evidence(SEALED, KEY, TERMS.info)[0]
    assert again[1:] != SEALED[1:]


@pytest.mark.parametrize(
    "other",
    [
        {"session": SessionId(UUID(int=5))},
        {"challenge": b"another challenge"[:16]},
        {"expires_at": TERMS.expires_at + timedelta(seconds=1)},
    ],
    ids=str,
)
def test_evidence_opens_under_no_other_terms(other):
    with pytest.raises(NotOpened):
        open_evidence(SEALED, KEY, replace(TERMS, **other).info)


def test_no_two_terms_have_the_same_info():
    """Each field has its own place and width, so that no two lists of fields run together."""
    infos = {
        TERMS.info,
        *(
            replace(TERMS, **other).info
            for other in ({"session": SessionId(UUID(int=5))}, {"challenge": bytes(16)}, {"expires_at": NOW})
        ),
    }
    assert len(infos) == 4
    assert len({len(info) for info in infos}) == 1


def test_evidence_opens_for_no_other_key():
    with pytest.raises(NotOpened):
        open_evidence(SEALED, generate_private_key(SECP256R1()), TERMS.info)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_evidence_with_any_byte_changed_does_not_open(at, change):
    changed = SEALED[:at] + bytes([SEALED[at] ^ change]) + SEALED[at + 1 :]
    with pytest.raises(NotOpened):
        open_evidence(changed, KEY, TERMS.info)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, len(SEALED) - 1))
def test_evidence_cut_anywhere_does_not_open(at):
    with pytest.raises(NotOpened):
        open_evidence(SEALED[:at], KEY, TERMS.info)


def parts_of(sealed: bytes) -> list[bytes]:
    at, parts = seal.HEAD_BYTES, []
    while at < len(sealed):
        end = at + seal.PART_HEAD_BYTES + int.from_bytes(sealed[at + 2 : at + 6], "big")
        parts.append(sealed[at:end])
        at = end
    return parts


def test_parts_can_be_neither_left_out_nor_exchanged_nor_added():
    head, (page, face) = SEALED[: seal.HEAD_BYTES], parts_of(SEALED)
    for forged in (head + page, head + face, head + face + page, head + page + face + face, head):
        with pytest.raises(NotOpened):
            open_evidence(forged, KEY, TERMS.info)
    other = parts_of(seal_evidence(BOTH, TERMS))
    with pytest.raises(NotOpened):
        open_evidence(head + page + other[1], KEY, TERMS.info)


def test_what_is_no_point_of_the_curve_is_no_key():
    with pytest.raises(ValueError, match=r"point|key|curve"):
        seal_key(bytes(32), b"\4" + b"x" * 64, b"")


def test_key_of_another_length_is_not_opened():
    with pytest.raises(NotOpened):
        open_key(seal_key(bytes(31), PUBLIC, b""), KEY, b"")


class TestJob:
    """A worker opens what its way wants, in time."""

    def open(self, an_assignment, *, way=Way.FACE, parts=BOTH, now=NOW):
        job = SealedJob(an_assignment(way=way), TERMS, seal_evidence(parts, TERMS))
        return open_job(job, KEY, now=now)

    def test_is_opened(self, an_assignment):
        job = self.open(an_assignment)
        assert isinstance(job, Job)
        assert (job.document, job.capture) == (BOTH[0][1], BOTH[1][1])

    def test_is_not_opened_when_its_terms_are_over(self, an_assignment):
        assert self.open(an_assignment, now=TERMS.expires_at) == Unopened(SESSION)

    @pytest.mark.parametrize(
        ("way", "parts"),
        [
            (Way.FACE, BOTH[:1]),
            (Way.FACE, BOTH[1:]),
            (Way.COUNTER, BOTH),
            (Way.COUNTER, BOTH[1:]),
            (Way.COUNTER, [(PartKind.DOCUMENT, b"")]),
        ],
    )
    def test_of_other_photographs_than_its_way_wants_is_not_opened(self, an_assignment, way, parts):
        """On the counter way no face is looked at, whatever a client sends."""
        assert self.open(an_assignment, way=way, parts=parts) == Unopened(SESSION)


def test_evidence_of_another_session_cannot_be_presented():
    evidence = Evidence(TERMS, SEALED, with_capture=True)
    with pytest.raises(Malformed, match="another session"):
        Presentation(SessionId(UUID(int=5)), Way.FACE, evidence, None)


def test_evidence_that_a_keeper_warms_up_with_is_broken_whatever_its_last_byte():
    """It was made by writing an "x" over it, and one keeper in 256 did not start."""
    assert [changed(bytes([7, last])) for last in range(256)] == [bytes([7, last ^ 1]) for last in range(256)]
