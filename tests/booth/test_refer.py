"""Worker and parent must agree on what is referred; only then a content key leaves, for a case alone."""

from dataclasses import replace
from uuid import UUID

import pytest

from lineproof.booth.accept import accepted
from lineproof.booth.answer import OutsideSchema, answer_bytes, parse_answer
from lineproof.booth.answer_schema import bound
from lineproof.booth.refer import refers, wrap_if_referred
from lineproof.booth.seal import SEALED_KEY_BYTES, NotOpened, open_key
from lineproof.decision.decide import Verdict, decide
from lineproof.errors import Unavailable
from lineproof.ports import EVIDENCE_HEAD_BYTES
from lineproof.referral import WRAPPED_KEY_BYTES, wrap_info
from lineproof.terms import SessionId, Way
from tests.booth.test_seal import KEY, PUBLIC
from tests.fakes.examiner import ANOTHER_PERSON, PERHAPS_THE_SAME, an_examination

CONTENT_KEY = bytes(range(32))


@pytest.fixture
def case(an_assignment):
    return an_assignment(case_key=PUBLIC)


def found(assignment, **how):
    return an_examination(session=assignment.session, way=assignment.way, policy=assignment.policy, **how)


def attested(assignment, **how):
    return replace(found(assignment, **how), attested_document=True)


def test_wrapped_key_is_the_length_of_every_sealed_key():
    assert WRAPPED_KEY_BYTES == SEALED_KEY_BYTES
    assert EVIDENCE_HEAD_BYTES == 1 + SEALED_KEY_BYTES


def test_referral_wraps_the_content_key_to_the_case_for_its_session(case):
    wrapped = wrap_if_referred(found(case), case, CONTENT_KEY).wrapped_key
    assert wrapped is not None
    assert open_key(wrapped, KEY, wrap_info(case.session)) == CONTENT_KEY


@pytest.mark.parametrize("way", Way)
def test_booth_refers_what_the_rules_refer(an_assignment, way):
    assignment = an_assignment(way=way, case_key=PUBLIC)
    for examination in (found(assignment), attested(assignment)):
        findings = examination.findings
        verdict = decide(findings, policy=assignment.policy, way=way).verdict
        wanted = verdict is Verdict.REFER and not examination.attested_document
        assert refers(examination, assignment) == wanted


@pytest.mark.parametrize("instead", [ANOTHER_PERSON])
def test_what_fails_is_not_referred_and_no_key_leaves(case, instead):
    examination = found(case, instead=[instead])
    assert wrap_if_referred(examination, case, CONTENT_KEY) == examination


def test_doubt_that_no_attestation_settles_is_referred_with_one_too(case):
    assert refers(attested(case, instead=[PERHAPS_THE_SAME]), case)


def test_worker_that_gives_no_key_for_a_referral_is_not_believed(case):
    with pytest.raises(Unavailable, match="not one"):
        accepted(answer_bytes(found(case)), case)


def test_worker_that_gives_a_key_where_nothing_is_referred_is_not_believed(case):
    lie = replace(attested(case), wrapped_key=bytes(WRAPPED_KEY_BYTES))
    assert not refers(lie, case)
    with pytest.raises(Unavailable, match="not one"):
        accepted(answer_bytes(lie), case)


def test_key_for_no_case_is_outside_the_schema(an_assignment):
    assignment = an_assignment()
    lie = replace(found(assignment), wrapped_key=bytes(WRAPPED_KEY_BYTES))
    with pytest.raises(OutsideSchema):
        parse_answer(answer_bytes(lie), explain=False, may_wrap=False)
    with pytest.raises(Unavailable, match="not one"):
        accepted(answer_bytes(lie), assignment)


@pytest.mark.parametrize("wrapped", [b"", bytes(112), bytes(114)])
def test_key_of_another_length_is_outside_the_schema(case, wrapped):
    lie = replace(found(case), wrapped_key=wrapped)
    with pytest.raises(OutsideSchema):
        parse_answer(answer_bytes(lie), explain=False, may_wrap=True)


def test_honest_answer_of_a_referral_is_taken(case):
    answer = replace(wrap_if_referred(found(case), case, CONTENT_KEY), milliseconds={})
    assert accepted(answer_bytes(answer), case) == answer


def test_wrapped_key_is_counted_in_the_bound():
    bits = bound()
    assert 8 * WRAPPED_KEY_BYTES <= bits.referred - bits.whole < 8 * WRAPPED_KEY_BYTES + 1
    assert round(bits.referred) == 1747


def test_key_that_was_wrapped_for_another_session_does_not_open(case, an_assignment):
    other = an_assignment(case_key=PUBLIC, session=SessionId(UUID(int=9)))
    wrapped = wrap_if_referred(found(other), other, CONTENT_KEY).wrapped_key
    with pytest.raises(NotOpened):
        open_key(wrapped, KEY, wrap_info(case.session))
