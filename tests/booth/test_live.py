"""A live challenge is the end of an examination: frames come to one worker, and the still is one of them."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PIL import Image

from lineproof.booth import wire
from lineproof.booth.answer import Unopened
from lineproof.booth.open_job import open_job
from lineproof.booth.relay import MOST_LIVE, Booth
from lineproof.booth.seal import PartKind, Sealer, frame_content
from lineproof.decision.finding import Check, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed, TooMany, Unavailable
from lineproof.face.challenge import Challenge, draw_challenge
from lineproof.ports import Assignment, Epoch, Evidence, Examination, SealTerms
from lineproof.specimen.motion import Cue
from lineproof.specimen.presentation import Species, draw_presentation
from lineproof.terms import SessionId, Way
from tests.booth.conftest import children
from tests.booth.test_keeper import wait_until_gone
from tests.booth.test_seal import KEY, PUBLIC

SESSION = SessionId(UUID(int=21))
SEED, DELAY_MS, STILL = 10_001, 150, 1
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
    """A client's side of a live examination."""

    def __init__(
        self, booth: Booth, document: bytes, an_assignment, challenge: Challenge | None = None
    ) -> None:
        self.challenge = challenge or a_challenge()
        self.assignment: Assignment = replace(
            an_assignment(session=self.challenge.session), challenge=self.challenge
        )
        self.booth = booth
        self.terms = SealTerms.fresh(self.challenge.session, booth.epoch(), self.challenge)
        self.sealer = Sealer(self.terms.epoch_key, self.terms.info)
        content = self.sealer.head + self.sealer.part(PartKind.DOCUMENT, document, last=False)
        self.evidence = Evidence(self.terms, content, with_capture=True)

    def frame(self, at_ms: int, photograph: bytes, *, is_still: bool = False, last: bool = False) -> bytes:
        content = frame_content(at_ms, is_still=is_still, photograph=photograph)
        return self.sealer.part(PartKind.FRAME, content, last=last)

    def received(self, at_ms: int) -> datetime:
        return self.challenge.issued_at + timedelta(milliseconds=at_ms + DELAY_MS)

    def show(self, species: Species) -> Examination:
        shots = list(shots_of(species, self.challenge))
        with self.booth.live(self.evidence, self.assignment) as live:
            for number, (at_ms, photograph) in enumerate(shots[:-1]):
                sealed = self.frame(at_ms, photograph, is_still=number == STILL)
                live.frame(sealed, received_at=self.received(at_ms))
            at_ms, photograph = shots[-1]
            return live.examine(self.frame(at_ms, photograph, last=True), received_at=self.received(at_ms))


@pytest.mark.long
@pytest.mark.parametrize(
    ("species", "outcome"), [(Species.BONA_FIDE, Outcome.PASS), (Species.STILL, Outcome.INDETERMINATE)]
)
def test_head_that_turns_is_live_and_a_picture_of_it_is_not(booth, alice, an_assignment, species, outcome):
    examination = Camera(booth, alice.document.read_bytes(), an_assignment).show(species)
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
    with booth.live(camera.evidence, camera.assignment) as live:
        for at_ms in range(0, 900, 100):
            sealed = camera.frame(at_ms, grey.getvalue(), is_still=at_ms == 0)
            live.frame(sealed, received_at=camera.received(at_ms))
        last = camera.frame(900, grey.getvalue(), last=True)
        examination = live.examine(last, received_at=camera.received(900))
    found = {each.check: each for each in examination.findings}
    assert found[Check.LIVE].reason is ReasonCode.CHALLENGE_NOT_SEEN
    assert found[Check.ONE_FACE].reason is ReasonCode.NO_FACE
    assert Check.SAME_PERSON not in found


def test_frame_that_is_no_picture_is_refused_and_named(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    with booth.live(camera.evidence, camera.assignment) as live:
        sealed = camera.frame(0, NOBODY, is_still=True, last=True)
        with pytest.raises(Malformed, match="capture"):
            live.examine(sealed, received_at=camera.received(0))


def test_challenge_that_is_broken_off_ends_its_worker_and_another_begins_anew(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    keeper = booth.keepers.running[-1].process.pid
    before = set(children(keeper))
    with booth.live(camera.evidence, camera.assignment) as live:
        live.frame(camera.frame(0, NOBODY, is_still=True), received_at=camera.received(0))
        (worker,) = set(children(keeper)) - before
    wait_until_gone(worker)
    test_frame_that_is_no_picture_is_refused_and_named(booth, alice, an_assignment)


def test_time_that_is_over_is_said_and_counts_no_try(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    late = camera.challenge.expires_at + timedelta(seconds=1)
    with booth.live(camera.evidence, camera.assignment) as live:
        sealed = camera.frame(0, NOBODY)
        with pytest.raises(Unavailable, match="is over") as over:
            live.frame(sealed, received_at=late)
    assert "No try was counted" in over.value.remedy


def test_too_many_challenges_at_once_are_told_when_to_come_back(booth, alice, an_assignment):
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    for _ in range(MOST_LIVE):
        assert booth._live.acquire(blocking=False)
    try:
        with (
            pytest.raises(TooMany) as full,
            booth.live(camera.evidence, camera.assignment),
        ):
            pass
        assert full.value.retry_after_s
    finally:
        for _ in range(MOST_LIVE):
            booth._live.release()


def test_frames_of_one_challenge_are_no_answer_to_another(booth, alice, an_assignment):
    """The nonce of the challenge is bound in the seal."""
    camera = Camera(booth, alice.document.read_bytes(), an_assignment)
    other = replace(camera.challenge, nonce=bytes(16))
    with (
        pytest.raises(ValueError, match="nonce"),
        booth.live(camera.evidence, replace(camera.assignment, challenge=other)),
    ):
        pass
    terms = replace(camera.terms, challenge=other.nonce)
    evidence = Evidence(terms, camera.evidence.content, with_capture=True)
    with booth.live(evidence, replace(camera.assignment, challenge=other)) as live:
        last = camera.frame(0, NOBODY, is_still=True, last=True)
        with pytest.raises(Malformed, match="do not open"):
            live.examine(last, received_at=camera.received(0))


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
        (PartKind.FRAME, frame_content(0, is_still=False, photograph=b"one")),
        (PartKind.FRAME, frame_content(100, is_still=True, photograph=b"two")),
    )

    def test_frames_come_in_their_order_and_the_still_is_the_capture(self, an_assignment):
        job = self.open(an_assignment, list(self.PARTS))
        assert isinstance(job, wire.Job)
        assert (job.document, job.capture) == (b"a page", b"two")
        assert [(f.at_ms, f.received_ms, f.is_still) for f in job.frames] == [
            (0, 150, False),
            (100, 150, True),
        ]

    @pytest.mark.parametrize(
        "parts",
        [
            PARTS[:1],
            PARTS[:2],
            (PARTS[0], PARTS[2], PARTS[2]),
            (*PARTS[1:], PARTS[0]),
            (*PARTS, (PartKind.CAPTURE, b"another")),
            (PARTS[0], (PartKind.FRAME, b"\0\0\0\0")),
            (PARTS[0], (PartKind.FRAME, b"\0\0\0\0\2one")),
        ],
        ids=[
            "no frame",
            "no still",
            "two stills",
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
