"""What every adapter of `ports.Examiner` keeps to: the fake of the tests, and the real booth."""

import hashlib
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.relay import Booth
from lineproof.booth.seal import HEAD_BYTES, PartKind, open_key, open_parts, seal_key
from lineproof.decision.finding import Check, Finding, Outcome
from lineproof.decision.policy import Policy, shipped_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.mrz import parse_mrz
from lineproof.errors import Malformed, NotPermitted, Unavailable
from lineproof.ports import Assignment, Examination, Examiner
from lineproof.referral import Opening, ReviewTerms, wrap_info
from lineproof.terms import SessionId, Way
from lineproof.wiring import NoBooth
from tests.fakes.examiner import FakeExaminer
from tests.fakes.photographs import Photographs, examine

TODAY = date(2026, 7, 1)
FACE_CHECKS = {Check.PORTRAIT_FOUND, Check.SHARPNESS, Check.ONE_FACE, Check.SAME_PERSON, Check.LIVE}
# Drawn in a process of their own, so that this one stays as light as the one that serves.
DRAW = """
import sys
from pathlib import Path
from lineproof.specimen.people import ALICE, draw_capture, draw_document
Path(sys.argv[1], "document.jpg").write_bytes(draw_document(ALICE))
Path(sys.argv[1], "capture.jpg").write_bytes(draw_capture(ALICE))
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """An examiner, and a photograph of a passport and of its holder's face that it can read."""

    examiner: Examiner
    document: Path
    capture: Path

    def examine(
        self,
        *,
        way: Way = Way.FACE,
        document: Path | None = None,
        capture: Path | None = None,
        session: SessionId | None = None,
        today: date = TODAY,
        policy: Policy | None = None,
        attested_digest: bytes | None = None,
        case_key: bytes | None = None,
    ) -> Examination:
        """Examine Alice's two photographs, or what is given instead."""
        photographs = self.photographs(way, document=document, capture=capture)
        session = session or SessionId(uuid.uuid4())
        rules = policy or shipped_policy("specimen")
        assignment = Assignment(
            session, rules, way, today, attested_digest=attested_digest, case_key=case_key
        )
        return examine(self.examiner, photographs, assignment)

    def photographs(
        self, way: Way, *, document: Path | None = None, capture: Path | None = None
    ) -> Photographs:
        """Give Alice's photographs for a way, or what is given instead."""
        return Photographs(document or self.document, (capture or self.capture) if way is Way.FACE else None)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Alice's passport and face, drawn once."""
    folder = tmp_path_factory.mktemp("drawn")
    subprocess.run([sys.executable, "-c", DRAW, str(folder)], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def booth() -> Iterator[Booth]:
    with Booth() as booth:
        yield booth


@pytest.fixture(scope="module", params=["fake", "booth"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    if request.param == "fake":
        fake = FakeExaminer(tmp_path_factory.mktemp("fake"))
        return Bench(fake, fake.photograph(), fake.photograph_face())
    drawn = request.getfixturevalue("drawn")
    return Bench(request.getfixturevalue("booth"), drawn / "document.jpg", drawn / "capture.jpg")


@pytest.fixture(scope="module")
def at_the_counter(bench: Bench) -> tuple[SessionId, Examination]:
    """One session at the counter, and what was found, for the tests that only look."""
    session = SessionId(uuid.uuid4())
    return session, bench.examine(way=Way.COUNTER, session=session)


def outcomes(examination: Examination) -> dict[Check, Finding]:
    """Give the findings by check."""
    return {finding.check: finding for finding in examination.findings}


def test_alice_with_her_own_passport_and_face_passes_all_that_photographs_can_show(bench: Bench):
    found = outcomes(bench.examine())
    assert {check for check, finding in found.items() if finding.outcome is not Outcome.PASS} == {
        Check.DOCUMENT_GENUINE,
        Check.LIVE,
    }
    assert shipped_policy("specimen").required[Way.FACE] <= set(found)


@pytest.mark.parametrize("way", Way)
def test_photographs_prove_neither_the_document_genuine_nor_the_holder_there(bench: Bench, way: Way):
    found = outcomes(bench.examine(way=way))
    present = Check.LIVE if way is Way.FACE else Check.HOLDER_PRESENT
    assert found[Check.DOCUMENT_GENUINE].outcome is Outcome.INDETERMINATE
    assert found[present].outcome is Outcome.INDETERMINATE


def test_counter_way_looks_at_no_face(at_the_counter: tuple[SessionId, Examination]):
    assert not FACE_CHECKS & set(outcomes(at_the_counter[1]))


@pytest.mark.parametrize("way", Way)
def test_every_check_is_found_at_most_once(bench: Bench, way: Way):
    findings = bench.examine(way=way).findings
    assert len({finding.check for finding in findings}) == len(findings)


def test_answer_is_about_the_session_asked_about(at_the_counter: tuple[SessionId, Examination]):
    session, examination = at_the_counter
    assert examination.session == session


@pytest.mark.parametrize("attested", ["this document", "another", None])
def test_attested_document_is_the_one_that_was_examined_or_not(bench: Bench, attested: str | None):
    digest = hashlib.sha256(b"" if attested == "another" else bench.document.read_bytes()).digest()
    examination = bench.examine(way=Way.COUNTER, attested_digest=None if attested is None else digest)
    assert examination.attested_document == (attested == "this document")


def test_zone_that_was_read_is_a_passports(at_the_counter: tuple[SessionId, Examination]):
    zone = at_the_counter[1].zone
    assert zone is not None
    assert parse_mrz(zone, read_on=TODAY).surname == "ABELARD"


def test_document_is_judged_on_the_day_of_the_assignment(bench: Bench):
    found = outcomes(bench.examine(way=Way.COUNTER, today=date(2034, 3, 15)))
    assert found[Check.DOCUMENT_IN_DATE].reason is ReasonCode.DOCUMENT_EXPIRED


def test_document_is_judged_by_the_policy_of_the_assignment(bench: Bench):
    found = outcomes(bench.examine(way=Way.COUNTER, policy=shipped_policy("generic")))
    assert found[Check.DOCUMENT_ACCEPTED].reason is ReasonCode.DOCUMENT_NOT_ACCEPTED


def test_same_photograph_twice_is_found_out(bench: Bench):
    found = outcomes(bench.examine(capture=bench.document))
    assert found[Check.EVIDENCE_DISTINCT].reason is ReasonCode.SAME_IMAGE_TWICE


def test_same_evidence_examined_again_gives_the_same_findings(
    bench: Bench, at_the_counter: tuple[SessionId, Examination]
):
    assert bench.examine(way=Way.COUNTER).findings == at_the_counter[1].findings


@pytest.mark.parametrize("part", ["document", "capture"])
def test_file_that_is_not_there_is_malformed(bench: Bench, part: str, tmp_path: Path):
    with pytest.raises(Malformed):
        bench.examine(**{part: tmp_path / "nothing.jpg"})


@pytest.mark.parametrize("part", ["document", "capture"])
def test_file_that_is_no_image_is_malformed_and_says_which_and_what_to_do(
    bench: Bench, part: str, tmp_path: Path
):
    (tmp_path / "text.jpg").write_text("Dear Sir or Madam")
    with pytest.raises(Malformed, match=part) as refused:
        bench.examine(**{part: tmp_path / "text.jpg"})
    assert refused.value.remedy


CASE, BROWSER = (generate_private_key(SECP256R1()) for _ in range(2))


def public(key: EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def an_opening(bench: Bench, session: SessionId, wrapped_key: bytes, /, **changed: Any) -> Opening:
    """Open a wrapped key as the key process does, and seal it to the booth for a browser."""
    content_key = open_key(wrapped_key, CASE, wrap_info(session))
    epoch = bench.examiner.epoch()
    terms = ReviewTerms(session, bytes(range(16)), public(BROWSER), epoch.ends_at, epoch.public_key)
    sealed = seal_key(content_key, epoch.public_key, terms.info)
    return Opening(replace(terms, **changed), sealed)


@dataclass(frozen=True, slots=True)
class Referred:
    session: SessionId
    wrapped_key: bytes
    parts: bytes


@pytest.fixture(scope="module", params=[Way.COUNTER, pytest.param(Way.FACE, marks=pytest.mark.long)])
def referred(bench: Bench, request: pytest.FixtureRequest) -> Referred:
    """A session that nobody attended, and what is kept of it."""
    session = SessionId(uuid.uuid4())
    sealed = bench.photographs(request.param).sealed(session, bench.examiner.epoch())
    assignment = Assignment(session, shipped_policy("specimen"), request.param, TODAY, case_key=public(CASE))
    examination = bench.examiner.examine(sealed, assignment)
    assert examination.wrapped_key is not None
    return Referred(session, examination.wrapped_key, sealed.content[HEAD_BYTES:])


def test_referral_opens_for_one_browser_and_shows_its_page(bench: Bench, referred: Referred):
    opening = an_opening(bench, referred.session, referred.wrapped_key)
    sealed = bench.examiner.review(referred.parts, opening)
    key = open_key(sealed[1:HEAD_BYTES], BROWSER, opening.terms.info)
    parts = dict(open_parts(sealed[HEAD_BYTES:], key))
    assert parts[PartKind.PAGE]
    assert (PartKind.FACE in parts) == (PartKind.CAPTURE in opened_kinds(referred))


def opened_kinds(referred: Referred) -> set[PartKind]:
    content_key = open_key(referred.wrapped_key, CASE, wrap_info(referred.session))
    return {kind for kind, _ in open_parts(referred.parts, content_key)}


@pytest.mark.parametrize(
    "changed",
    [
        {"browser_key": public(CASE)},
        {"session": SessionId(uuid.UUID(int=1))},
        {"opening": bytes(16)},
    ],
)
def test_opening_that_was_allowed_for_another_browser_or_session_opens_nothing(
    bench: Bench, referred: Referred, changed: dict[str, Any]
):
    opening = an_opening(bench, referred.session, referred.wrapped_key, **changed)
    with pytest.raises(NotPermitted, match="do not open"):
        bench.examiner.review(referred.parts, opening)


@pytest.mark.parametrize(
    "change",
    [lambda p: p[:-1], lambda p: p + b"x", lambda p: p[:40] + bytes([p[40] ^ 1]) + p[41:]],
    ids=["cut", "longer", "another bit"],
)
def test_photographs_that_were_changed_do_not_open(bench: Bench, referred: Referred, change: Any):
    opening = an_opening(bench, referred.session, referred.wrapped_key)
    with pytest.raises(NotPermitted, match="do not open"):
        bench.examiner.review(change(referred.parts), opening)


def test_without_the_key_of_a_case_no_content_key_leaves(at_the_counter: tuple[SessionId, Examination]):
    assert at_the_counter[1].wrapped_key is None


def test_what_is_accepted_or_not_verified_gives_no_content_key(bench: Bench):
    digest = hashlib.sha256(bench.document.read_bytes()).digest()
    accepted = bench.examine(way=Way.COUNTER, attested_digest=digest, case_key=public(CASE))
    assert accepted.attested_document
    assert accepted.wrapped_key is None
    late = bench.examine(way=Way.COUNTER, today=date(2034, 3, 15), case_key=public(CASE))
    assert late.wrapped_key is None


def test_process_without_a_booth_says_that_it_has_none(tmp_path: Path):
    nowhere = Bench(NoBooth(), tmp_path / "document.jpg", tmp_path / "capture.jpg")
    with pytest.raises(Unavailable):
        nowhere.examine()


def test_booth_that_was_closed_is_unavailable(tmp_path: Path):
    (tmp_path / "document.jpg").write_bytes(b"anything")
    closed = Bench(Booth(), tmp_path / "document.jpg", tmp_path / "document.jpg")
    with pytest.raises(Unavailable, match="not running"):
        closed.examine()
