"""A head turn in place of a photograph: asked once, told in time, examined when its last frame is there."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from lineproof.booth.seal import PartKind, Sealer, frame_content
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted, TooMany, Unavailable
from lineproof.face.challenge import draw_challenge
from lineproof.head_turn import (
    MOST_FRAME_BYTES,
    MOST_FRAMES,
    MOST_FRAMES_BYTES,
    MOST_UNDER_WAY,
    Prompted,
    Turns,
    TurnUnderWay,
)
from lineproof.line.draft import MOST_TURNS, DraftResult
from lineproof.ports import SealTerms
from lineproof.terms import SessionId
from tests.flows.test_apply_online import AT, Applicant, applicant, ready

__all__ = ["applicant", "ready"]
SECOND = timedelta(seconds=1)
CHALLENGE = draw_challenge(SessionId(uuid4()), entropy=bytes(range(32)), now=AT)


class Page:
    """What the page's script does: seals the document and each frame, one after another."""

    def __init__(self, applicant: Applicant) -> None:
        self.applicant = applicant
        self.terms: SealTerms = applicant.terms()
        self.sealer = Sealer(self.terms.epoch_key, self.terms.info)
        self.still = applicant.desk.booth.photograph_face().read_bytes()

    def document(self, **otherwise) -> bytes:
        photograph = self.applicant.desk.booth.photograph(**otherwise).read_bytes()
        return self.sealer.head + self.sealer.part(PartKind.DOCUMENT, photograph, last=False)

    def begin(self, document: bytes | None = None) -> None:
        from lineproof.registry.flows.head_turn import begin_head_turn
        from lineproof.registry.flows.send_document import send_document

        a = self.applicant
        send_document(a.desk.services, a.draft, document or self.document(), now=a.now)
        begin_head_turn(a.desk.services, a.draft, now=a.now)

    def frame(self, at_ms: int, *, is_still: bool = False, last: bool = False) -> bytes:
        content = frame_content(at_ms, is_still=is_still, photograph=self.still)
        return self.sealer.part(PartKind.FRAME, content, last=last)

    def send(self, *frames: bytes, after: timedelta = SECOND) -> Prompted | None:
        from lineproof.registry.flows.head_turn import take_frames

        a = self.applicant
        return take_frames(a.desk.services, a.draft, b"".join(frames), now=a.now + after)


@pytest.fixture
def page(ready: Applicant) -> Page:
    """Somebody whose camera is on."""
    return Page(ready)


def test_answered_to_its_end_it_is_referred_with_the_still_alone(page: Page):
    page.begin()
    document = page.applicant.desk.services.arriving.turns.of(page.applicant.draft).document
    still = page.frame(0, is_still=True)
    assert page.send(still, page.frame(200)) is not None
    assert page.send(page.frame(400, last=True), after=2 * SECOND) is None
    shown = page.applicant.page()
    assert shown.result is DraftResult.WITH_PEOPLE
    assert ReasonCode.NOT_PROVEN_LIVE not in {reason.code for reason in shown.reasons}
    desk = page.applicant.desk
    assert desk.services.referrals is not None
    kept = desk.services.referrals.store.read(SessionId(page.applicant.row.session))
    assert document.endswith(kept.removesuffix(still))
    assert kept.endswith(still)


def test_control_a_photograph_alone_is_not_proven_live(ready: Applicant):
    ready.send(ready.sealed())
    assert ReasonCode.NOT_PROVEN_LIVE in {reason.code for reason in ready.page().reasons}


def test_turn_that_ended_is_gone(page: Page):
    page.begin()
    page.send(page.frame(0, is_still=True, last=True))
    with pytest.raises(NotFound, match="No head turn is on its way"):
        page.send(page.frame(200))


def test_challenge_is_the_one_whose_nonce_was_sealed_to_and_is_spent_when_it_begins(page: Page):
    document = page.document()
    page.begin(document)
    turn = page.applicant.desk.services.arriving.turns.of(page.applicant.draft)
    assert turn.challenge.nonce == page.terms.challenge
    assert turn.challenge.issued_at == page.applicant.now
    assert page.applicant.row.turn_entropy is None
    with pytest.raises(Conflict, match="begun with these already"):
        page.begin(document)
    assert page.applicant.terms().challenge != page.terms.challenge


def test_terms_stay_the_same_until_a_turn_begins(page: Page):
    assert page.applicant.terms() == page.terms
    page.begin()
    assert page.applicant.terms() != page.terms


def test_turn_that_was_begun_anew_elsewhere_is_decided_by_nobody(page: Page):
    page.begin()
    page.applicant.terms()
    with pytest.raises(Conflict, match="begun anew"):
        page.send(page.frame(0, is_still=True, last=True))
    assert page.applicant.page().result is None
    assert page.applicant.page().tries_left == 3


def test_photograph_after_a_turn_that_was_broken_off_costs_no_try(page: Page):
    page.begin()
    page.send(page.frame(0, is_still=True))
    page.applicant.send(page.applicant.sealed())
    assert page.applicant.page().result is DraftResult.WITH_PEOPLE


def test_what_cannot_be_examined_ends_the_turn_and_counts_no_try(page: Page):
    page.still = b"no photograph of anybody"
    page.begin()
    with pytest.raises(Malformed, match="capture"):
        page.send(page.frame(0, is_still=True, last=True))
    with pytest.raises(NotFound):
        page.send(page.frame(0, is_still=True))
    assert page.applicant.page().tries_left == 3


@pytest.mark.parametrize("still", [(False, False), (False, True)], ids=["none", "the second"])
def test_first_frame_is_the_still_or_nothing_opens(page: Page, still: tuple[bool, bool]):
    page.begin()
    first, second = (page.frame(200 * n, is_still=each, last=n == 1) for n, each in enumerate(still))
    with pytest.raises(Malformed, match="do not open"):
        page.send(first, second)


def test_so_many_in_one_application_and_no_more(page: Page):
    for _ in range(MOST_TURNS):
        Page(page.applicant).begin()
    with pytest.raises(NotPermitted, match="No other head turn") as none:
        Page(page.applicant).begin()
    assert "one photograph" in none.value.remedy


def test_nothing_begins_before_consent_or_without_terms(ready: Applicant, applicant: Applicant):
    page = Page(ready)
    from lineproof.registry.flows.apply_online import begin_application

    other = Applicant(ready.desk, begin_application(ready.desk.services, now=AT))
    page.applicant = other
    with pytest.raises(Conflict, match="step before"):
        page.begin()


class TestPrompts:
    """A page is told each prompt when its time has come, and not before."""

    def told(self, at_ms: int) -> Prompted:
        turn = TurnUnderWay(CHALLENGE, b"")
        return turn.prompted(now=AT + timedelta(milliseconds=at_ms))

    def test_each_when_its_time_has_come(self):
        assert self.told(0) == Prompted(0, None, None)
        for number, prompt in enumerate(CHALLENGE.prompts):
            before, at = self.told(prompt.shown_at_ms - 1), self.told(prompt.shown_at_ms)
            assert (before.number, at.number, at.side) == (number, number + 1, prompt.side)
            assert before.ends_at_ms is None

    def test_end_is_told_with_the_last(self):
        last = CHALLENGE.prompts[-1].shown_at_ms
        assert self.told(last - 1).ends_at_ms is None
        assert self.told(last).ends_at_ms == CHALLENGE.ends_at_ms


def part(size: int = 10, *, last: int = 0) -> bytes:
    return bytes([3, last]) + size.to_bytes(4, "big") + bytes(size)


class TestFrames:
    """What comes together is cut apart, noted with its time, and bounded."""

    def turn(self) -> TurnUnderWay:
        return TurnUnderWay(CHALLENGE, b"")

    def test_they_have_the_time_at_which_they_came(self):
        turn = self.turn()
        assert turn.receive(part(1) + part(2), now=AT + 2 * SECOND) is None
        answered = turn.receive(part(3, last=1), now=AT + 3 * SECOND)
        assert answered is not None
        assert [(f.received_ms, len(f.content) - 6) for f in answered.frames] == [
            (2000, 1),
            (2000, 2),
            (3000, 3),
        ]

    @pytest.mark.parametrize(
        "sealed",
        [
            *(b"", b"\3", part()[:-1], part() + b"\3\0", part(last=1) + part(), part(last=2) + part()),
            *(part(MOST_FRAME_BYTES), part(0) * (MOST_FRAMES + 1)),
        ],
        ids=["nothing", "a byte", "cut", "a half more", "after the last", "a mark", "large", "many"],
    )
    def test_others_are_refused_with_what_to_do(self, sealed: bytes):
        with pytest.raises(Malformed) as refused:
            self.turn().receive(sealed, now=AT)
        assert refused.value.remedy

    def test_together_they_are_bounded(self):
        turn = self.turn()
        most = part(MOST_FRAME_BYTES - 6)
        for _ in range(MOST_FRAMES_BYTES // len(most)):
            turn.receive(most, now=AT)
        with pytest.raises(Malformed):
            turn.receive(part(1), now=AT)

    def test_after_the_last_and_after_its_time_nothing_is_taken(self):
        turn = self.turn()
        with pytest.raises(Unavailable, match="took too long"):
            turn.receive(part(), now=CHALLENGE.expires_at)
        turn.receive(part(last=1), now=AT)
        with pytest.raises(Malformed):
            turn.receive(part(), now=AT)


class TestTurns:
    """Each applicant has one at a time; together they are few, and end by themselves."""

    def begin(self, turns: Turns, now: datetime = AT, who=None):
        challenge = draw_challenge(SessionId(uuid4()), entropy=bytes(range(32)), now=now)
        turns.begin(who or uuid4(), TurnUnderWay(challenge, b""), now=now)

    def test_too_many_are_told_when_to_come_back_and_those_whose_time_is_over_count_no_more(self):
        turns = Turns()
        for _ in range(MOST_UNDER_WAY):
            self.begin(turns)
        with pytest.raises(TooMany) as full:
            self.begin(turns)
        assert full.value.retry_after_s
        self.begin(turns, AT + timedelta(minutes=1))

    def test_whose_time_is_over_is_forgotten_and_no_other(self):
        turns, over, there = Turns(), uuid4(), uuid4()
        self.begin(turns, who=over)
        self.begin(turns, AT + 20 * SECOND, who=there)
        turns.forget_over(now=AT + 30 * SECOND)
        assert turns.of(there)
        with pytest.raises(NotFound):
            turns.of(over)

    def test_whoever_begins_again_takes_no_second_place(self):
        turns, who = Turns(), uuid4()
        for _ in range(MOST_UNDER_WAY + 1):
            self.begin(turns, who=who)
