"""A head turn takes the place of a photograph of the face: the still is the first of its frames."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PIL import Image

from lineproof.booth import wire
from lineproof.booth.answer import Unopened
from lineproof.booth.open_job import open_job
from lineproof.booth.relay import Booth
from lineproof.booth.seal import HEAD_BYTES, PartKind, Sealer, frame_content
from lineproof.decision.finding import Check, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed
from lineproof.face.challenge import Challenge, draw_challenge
from lineproof.head_turn import AnsweredTurn, SealedFrame
from lineproof.ports import Assignment, Epoch, Evidence, Examination, SealTerms
from lineproof.specimen.motion import Cue
from lineproof.specimen.presentation import Species, draw_presentation
from lineproof.terms import SessionId, Way
from tests.booth.test_seal import KEY, PUBLIC

SESSION = SessionId(UUID(int=21))
SEED, DELAY_MS = 10_001, 150
NOBODY = b"no photograph"


def a_challenge(session: SessionId = SESSION, *, ago_s: float = 40.0) -> Challenge:
    """Draw a challenge that was issued some seconds ago, so that a test need not wait for its end."""
    issued_at = datetime.now(UTC) - timedelta(seconds=ago_s)
    return draw_challenge(session, entropy=bytes(range(32)), now=issued_at, life=timedelta(seconds=59))


def shots_of(species: Species, challenge: Challenge) -> Iterator[tuple[int, bytes]]:
    """Draw what stands before the camera, as files."""
    cues = [Cue(prompt.shown_at_ms, prompt.side.in_image) for prompt in challenge.prompts]
    for shot in draw_presentation(species, cues, ends_at_ms=challenge.ends_at_ms, seed=SEED):
        written = io.BytesIO()
        Image.fromarray(shot.pixels).save(written, "JPEG", quality=92)
        yield shot.at_ms, written.getvalue()


class Camera:
    """A client's side of a head turn, and the door's, which notes when each frame came."""

    def __init__(self, booth: Booth, document: bytes, an_assignment, challenge: Challenge | None = None):
        self.challenge = challenge or a_challenge()
        self.assignment: Assignment = replace(
            an_assignment(session=self.challenge.session), challenge=self.challenge
        )
        self.booth = booth
        self.terms = SealTerms.fresh(self.challenge.session, booth.epoch(), self.challenge)
        self.sealer = Sealer(self.terms.epoch_key, self.terms.info)
        self.content = self.sealer.head + self.sealer.part(PartKind.DOCUMENT, document, last=False)

    def frame(self, at_ms: int, photograph: bytes, *, is_still: bool = False, last: bool = False):
        content = frame_content(at_ms, is_still=is_still, photograph=photograph)
        return SealedFrame(at_ms + DELAY_MS, self.sealer.part(PartKind.FRAME, content, last=last))

    def frames(self, shots: Sequence[tuple[int, bytes]]) -> tuple[SealedFrame, ...]:
        last = len(shots) - 1
        return tuple(
            self.frame(at_ms, photograph, is_still=number == 0, last=number == last)
            for number, (at_ms, photograph) in enumerate(shots)
        )

    def evidence(self, *frames: SealedFrame) -> Evidence:
        turn = AnsweredTurn(self.challenge, frames)
        return Evidence(self.terms, self.content, with_capture=True, turn=turn)

    def examine(self, *frames: SealedFrame) -> Examination:
        return self.booth.examine(self.evidence(*frames), self.assignment)


@pytest.mark.long
@pytest.mark.parametrize(
    ("species", "outcome"), [(Species.BONA_FIDE, Outcome.PASS), (Species.STILL, Outcome.INDETERMINATE)]
)
def test_head_that_turns_is_live_and_a_picture_of_it_is_not(booth, alice, an_assignment, species, outcome):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    examination = camera.examine(*camera.frames(list(shots_of(species, camera.challenge))))
    found = {each.check: each for each in examination.findings}
    assert found[Check.LIVE].outcome is outcome
    assert found[Check.DOCUMENT_READ].outcome is Outcome.PASS
    assert found[Check.ONE_FACE].outcome is Outcome.PASS
    assert Check.SAME_PERSON in found, "the still among the frames is compared"
    if outcome is Outcome.PASS:
        assert {measure.what for measure in found[Check.LIVE].measures} == {
            Measured.SIMILARITY,
            Measured.HEAD_TURN,
        }


def test_frames_without_a_face_are_not_live_and_nothing_is_compared(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    grey = io.BytesIO()
    Image.new("RGB", (320, 400), (90, 90, 90)).save(grey, "JPEG")
    examination = camera.examine(*camera.frames([(at_ms, grey.getvalue()) for at_ms in range(0, 1000, 100)]))
    found = {each.check: each for each in examination.findings}
    assert found[Check.LIVE].reason is ReasonCode.CHALLENGE_NOT_SEEN
    assert found[Check.ONE_FACE].reason is ReasonCode.NO_FACE
    assert Check.SAME_PERSON not in found


def test_frame_that_is_no_picture_is_refused_and_named(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    with pytest.raises(Malformed, match="capture"):
        camera.examine(*camera.frames([(0, NOBODY)]))


def test_of_a_turn_that_is_referred_the_document_and_the_still_are_kept(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    still, *others = camera.frames([(0, alice.capture.read_bytes()), (100, NOBODY), (200, NOBODY)])
    kept = camera.evidence(still, *others).parts
    assert kept == camera.content[HEAD_BYTES:] + still.content
    assert not any(frame.content in kept for frame in others)


def test_frames_of_one_challenge_are_no_answer_to_another(booth, alice, an_assignment):
    """The nonce of the challenge is bound in the seal."""
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    other = replace(camera.challenge, nonce=bytes(16))
    evidence = camera.evidence(*camera.frames([(0, NOBODY)]))
    asked = replace(evidence, terms=replace(camera.terms, challenge=other.nonce))
    with pytest.raises(Malformed, match="do not open"):
        booth.examine(asked, replace(camera.assignment, challenge=other))


class TestOpening:
    """What a worker makes of the parts of a live challenge."""

    def open(self, an_assignment, parts: list[tuple[PartKind, bytes]], *, cut: int = 0, way: Way = Way.FACE):
        challenge = a_challenge()
        terms = replace(SealTerms.fresh(SESSION, _epoch(), challenge), epoch_key=PUBLIC)
        sealer = Sealer(terms.epoch_key, terms.info)
        sealed = [
            sealer.part(kind, content, last=number == len(parts) - 1)
            for number, (kind, content) in enumerate(parts)
        ]
        assignment = replace(an_assignment(session=SESSION, way=way), challenge=challenge)
        frames = tuple((150, part) for part in sealed[1 : len(sealed) - cut])
        job = wire.SealedJob(assignment, terms, sealer.head + sealed[0], frames)
        return open_job(job, KEY, now=datetime.now(UTC))

    PARTS = (
        (PartKind.DOCUMENT, b"a page"),
        (PartKind.FRAME, frame_content(0, is_still=True, photograph=b"one")),
        (PartKind.FRAME, frame_content(100, is_still=False, photograph=b"two")),
    )

    def test_frames_come_in_their_order_and_the_still_is_the_capture(self, an_assignment):
        job = self.open(an_assignment, list(self.PARTS))
        assert isinstance(job, wire.Job)
        assert (job.document, job.capture) == (b"a page", b"one")
        assert [(f.at_ms, f.received_ms, f.is_still) for f in job.frames] == [
            (0, 150, True),
            (100, 150, False),
        ]

    @pytest.mark.parametrize(
        "parts",
        [
            PARTS[:1],
            (PARTS[0], PARTS[2]),
            (PARTS[0], PARTS[1], PARTS[1]),
            (PARTS[0], PARTS[2], PARTS[1]),
            (*PARTS[1:], PARTS[0]),
            (*PARTS, (PartKind.CAPTURE, b"another")),
            (PARTS[0], (PartKind.FRAME, b"\0\0\0\0")),
            (PARTS[0], (PartKind.FRAME, b"\0\0\0\0\2one")),
        ],
        ids=[
            "no frame",
            "no still",
            "two stills",
            "the still second",
            "document last",
            "a capture",
            "no picture",
            "a wrong mark",
        ],
    )
    def test_other_parts_are_not_opened(self, an_assignment, parts):
        assert self.open(an_assignment, list(parts)) == Unopened(SESSION)

    def test_frames_that_were_cut_off_are_not_opened(self, an_assignment):
        assert self.open(an_assignment, list(self.PARTS), cut=1) == Unopened(SESSION)

    def test_way_without_a_face_takes_no_frames(self, an_assignment):
        assert self.open(an_assignment, list(self.PARTS), way=Way.COUNTER) == Unopened(SESSION)


def _epoch() -> Epoch:
    return Epoch(PUBLIC, datetime.now(UTC) + timedelta(minutes=12))
