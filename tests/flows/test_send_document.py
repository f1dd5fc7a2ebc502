"""The document comes first, sealed, and waits for its face: for some minutes, in memory, once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lineproof.arriving import MOST_BYTES, MOST_DOCUMENT_BYTES, SentDocument, SentDocuments
from lineproof.booth.seal import PartKind, Sealer
from lineproof.errors import Conflict, Malformed, TooMany, Unavailable
from lineproof.line.draft import DraftResult
from lineproof.ports import SealTerms
from tests.flows.test_apply_online import AT, Applicant, applicant, ready

__all__ = ["applicant", "ready"]
MINUTE = timedelta(minutes=1)


class Page:
    """What the page's script does."""

    def __init__(self, applicant: Applicant) -> None:
        self.applicant = applicant
        self.terms: SealTerms = applicant.terms()
        self.sealer = Sealer(self.terms.epoch_key, self.terms.info)

    def send_document(self, **otherwise) -> None:
        from lineproof.registry.flows.send_document import send_document

        a = self.applicant
        photograph = a.desk.booth.photograph(**otherwise).read_bytes()
        sealed = self.sealer.head + self.sealer.part(PartKind.DOCUMENT, photograph, last=False)
        send_document(a.desk.services, a.draft, sealed, now=a.now)

    def face(self) -> bytes:
        photograph = self.applicant.desk.booth.photograph_face().read_bytes()
        return self.sealer.part(PartKind.CAPTURE, photograph, last=True)

    def send_face(self, sealed: bytes | None = None) -> None:
        from lineproof.registry.flows.send_document import send_face

        a = self.applicant
        send_face(a.desk.services, a.draft, sealed or self.face(), now=a.now)

    @property
    def is_there(self) -> bool:
        return self.applicant.page().document_sent != ""


@pytest.fixture
def page(ready: Applicant) -> Page:
    """Somebody with their document in the hand."""
    return Page(ready)


def test_document_and_face_that_follows_it_are_examined_together(page: Page):
    page.send_document()
    assert page.applicant.page().document_sent == page.terms.challenge.hex()
    page.send_face()
    assert page.applicant.page().result is DraftResult.WITH_PEOPLE
    assert not page.is_there


def test_face_sent_twice_is_examined_once(page: Page):
    page.send_document()
    face = page.face()
    page.send_face(face)
    page.send_face(face)
    assert page.applicant.desk.count("Decision") == 1


def test_not_verified_sent_twice_is_examined_once(page: Page):
    from tests.fakes.examiner import ANOTHER_PERSON

    page.send_document(instead=[ANOTHER_PERSON])
    face = page.face()
    page.send_face(face)
    page.send_face(face)
    assert page.applicant.page().result is DraftResult.NOT_VERIFIED
    assert page.applicant.desk.count("Decision") == 1


def test_face_alone_is_no_try_and_says_what_to_do(page: Page):
    with pytest.raises(Conflict, match="not here any more") as gone:
        page.send_face()
    assert "Take it again" in gone.value.remedy
    assert page.applicant.page().tries_left == 3


def test_document_of_another_try_does_not_wait_for_this_one(page: Page):
    from tests.fakes.examiner import ANOTHER_PERSON

    page.send_document(instead=[ANOTHER_PERSON])
    page.send_face()
    page.applicant.again()
    assert not page.is_there
    with pytest.raises(Conflict):
        Page(page.applicant).send_face()


def test_booth_that_is_away_leaves_the_document_where_it_is(page: Page, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object) -> None:
        raise Unavailable("No booth.")

    page.send_document()
    face = page.face()
    with monkeypatch.context() as patched:
        patched.setattr(type(page.applicant.desk.booth), "examine", away)
        with pytest.raises(Unavailable):
            page.send_face(face)
    page.send_face(face)
    assert page.applicant.page().result is DraftResult.WITH_PEOPLE


def test_whoever_deletes_the_application_deletes_the_document(page: Page):
    page.send_document()
    documents, draft = page.applicant.desk.services.arriving.documents, page.applicant.draft
    assert documents.has(draft, page.terms.challenge, now=AT)
    page.applicant.end()
    assert not documents.has(draft, page.terms.challenge, now=AT)


def test_nothing_is_kept_before_anything_can_be_sealed(ready: Applicant):
    from lineproof.registry.flows.send_document import send_document

    with pytest.raises(Conflict, match="step before"):
        send_document(ready.desk.services, ready.draft, b"sealed", now=AT)


class TestKeeping:
    """Each has one; they end with their terms; together they are bounded."""

    NONCE = b"n" * 16

    def sent(self, size: int = 10, **otherwise) -> SentDocument:
        return SentDocument(
            **{"nonce": self.NONCE, "content": bytes(size), "until": AT + MINUTE, **otherwise}
        )

    def test_it_is_there_for_its_terms_and_as_long_as_they_hold(self):
        documents, who = SentDocuments(), uuid4()
        documents.keep(who, self.sent(), now=AT)
        assert documents.of(who, self.NONCE, now=AT) == bytes(10)
        for nonce, now, asking in (
            (b"o" * 16, AT, who),
            (self.NONCE, AT + MINUTE, who),
            (self.NONCE, AT, uuid4()),
        ):
            assert not documents.has(asking, nonce, now=now)
            with pytest.raises(Conflict):
                documents.of(asking, nonce, now=now)

    def test_another_takes_its_place(self):
        documents, who = SentDocuments(), uuid4()
        documents.keep(who, self.sent(10), now=AT)
        documents.keep(who, self.sent(20), now=AT)
        assert len(documents.of(who, self.NONCE, now=AT)) == 20

    def test_they_are_bounded_and_those_whose_time_is_over_make_room(self):
        documents, most = SentDocuments(), self.sent(MOST_DOCUMENT_BYTES)
        for _ in range(MOST_BYTES // MOST_DOCUMENT_BYTES):
            documents.keep(uuid4(), most, now=AT)
        with pytest.raises(TooMany) as full:
            documents.keep(uuid4(), most, now=AT)
        assert full.value.retry_after_s
        documents.keep(uuid4(), self.sent(until=AT + 2 * MINUTE), now=AT + MINUTE)
        with pytest.raises(Malformed, match="too large"):
            documents.keep(uuid4(), self.sent(MOST_DOCUMENT_BYTES + 1), now=AT)

    def test_whose_time_is_over_is_forgotten_and_no_other(self):
        documents, over, there = SentDocuments(), uuid4(), uuid4()
        documents.keep(over, self.sent(), now=AT)
        documents.keep(there, self.sent(until=AT + 2 * MINUTE), now=AT)
        documents.forget_over(now=AT + MINUTE)
        assert not documents.has(over, self.NONCE, now=AT), "it would be there by the clock of before"
        assert documents.has(there, self.NONCE, now=AT)
