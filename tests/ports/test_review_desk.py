"""What every adapter of `referral.ReviewDesk` keeps to: the fake of the tests, and the real key process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted
from lineproof.referral import (
    OPENING_BYTES,
    WRAPPED_KEY_BYTES,
    Opening,
    OpeningOffer,
    OpeningRequest,
    PasskeyEnrolment,
    ReviewDesk,
)
from lineproof.terms import CaseId
from tests.fakes.reviewing import CASE, GONE_CASE, DeskOfPasskeys
from tests.fakes.soft_authenticator import PRESENT, WITH_CREDENTIAL, SoftAuthenticator
from tests.key_process.served import ORIGIN, a_browser, answered, enrolled, serving


@dataclass(frozen=True, slots=True)
class Bench:
    """A desk, and what it is asked about. new_link: gives the token of a link for Rhea.

    case: waits, with photographs. other: another one, for which no offer is answered here. gone: its
    photographs are gone. passkey: enrolled, Rhea's.
    """

    desk: ReviewDesk
    new_link: Callable[[], str]
    case: CaseId
    other: CaseId
    gone: CaseId
    passkey: SoftAuthenticator

    def answer(self, *, public: bytes | None = None, **how: Any) -> OpeningRequest:
        """Answer a fresh offer with Rhea's passkey."""
        return answered(self.desk.offer(self.case), self.passkey, public or a_browser()[1], **how)


@contextmanager
def fake(folder: Path) -> Iterator[Bench]:
    desk = DeskOfPasskeys()
    passkey = enrolled(desk, desk.link_for("rhea"))
    yield Bench(desk, lambda: desk.link_for("rhea"), CASE, CaseId(uuid4()), GONE_CASE, passkey)


@contextmanager
def real(folder: Path) -> Iterator[Bench]:
    with serving(folder) as server:
        desk = server.lent.desk
        case, other, gone = (
            CaseId(UUID(server.referred(f"+99955500100{number}")["case"])) for number in range(3)
        )
        server.command("reviewers", "add", "sol")
        for name in ("rhea", "sol"):
            server.command("cases", "decide", str(gone), "--as", name, "--accept")
        passkey = enrolled(desk, server.link_for("rhea"))
        yield Bench(desk, lambda: server.link_for("rhea"), case, other, gone, passkey)


@pytest.fixture(scope="module", params=[fake, pytest.param(real, marks=pytest.mark.long)])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with request.param(tmp_path_factory.mktemp("desk")) as bench:
        yield bench


def test_case_that_is_unknown_is_not_found(bench: Bench):
    with pytest.raises(NotFound):
        bench.desk.offer(CaseId(uuid4()))


def test_photographs_that_are_gone_are_said_to_be_gone(bench: Bench):
    with pytest.raises(Erased):
        bench.desk.offer(bench.gone)


def test_offers_of_one_case_differ_and_end(bench: Bench):
    offers = [bench.desk.offer(bench.case) for _ in range(3)]
    assert {offer.case for offer in offers} == {bench.case}
    assert {len(offer.opening) for offer in offers} == {OPENING_BYTES}
    public = a_browser()[1]
    assert len({offer.challenge(public) for offer in offers}) == 3
    for offer in offers:
        assert 0 < (offer.expires_at - datetime.now(UTC)).total_seconds() <= 120


def test_offer_opens_once(bench: Bench):
    request = bench.answer()
    assert isinstance(bench.desk.open(request), Opening)
    with pytest.raises(NotPermitted, match="over, or was used"):
        bench.desk.open(request)


def test_what_is_opened_is_bound_to_the_browsers_key_and_the_offer(bench: Bench):
    """Two openings of a case by one browser are two: each has its nonce, and a key sealed for it."""
    public = a_browser()[1]
    requests = [bench.answer(public=public) for _ in range(2)]
    opened = [bench.desk.open(request) for request in requests]
    for request, opening in zip(requests, opened, strict=True):
        assert opening.terms.browser_key == public
        assert opening.terms.opening == request.opening
        assert public in opening.terms.info
        assert request.opening in opening.terms.info
        assert opening.terms.expires_at > datetime.now(UTC)
        assert len(opening.sealed_key) == WRAPPED_KEY_BYTES
    assert opened[0].terms.session == opened[1].terms.session
    assert opened[0].sealed_key != opened[1].sealed_key


def anothers_browser_key(_: Bench, request: OpeningRequest) -> OpeningRequest:
    return replace(request, browser_key=a_browser()[1])


def another_case(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    return replace(request, case=bench.other)


def another_origin(_: Bench, request: OpeningRequest) -> OpeningRequest:
    return replace(request, origin="http://localhost:8471")


def no_answer(_: Bench, request: OpeningRequest) -> OpeningRequest:
    return replace(request, assertion="{}")


def unknown_passkey(_: Bench, request: OpeningRequest) -> OpeningRequest:
    return signed_anew(request, as_offered(request), SoftAuthenticator())


def passkey_that_names_itself_as_hers(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    mallorys = SoftAuthenticator(credential_id=bench.passkey.credential_id, count=1000)
    return signed_anew(request, as_offered(request), mallorys)


def nobody_made_sure_of(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    return signed_anew(request, as_offered(request), bench.passkey, flags=PRESENT)


def count_that_does_not_grow(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    """A copy of her passkey, made before it was last used."""
    copy = SoftAuthenticator(bench.passkey.key, bench.passkey.credential_id, 0)
    return signed_anew(request, as_offered(request), copy)


def answer_to_an_earlier_offer(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    earlier = bench.answer(public=request.browser_key)
    bench.desk.open(earlier)
    return replace(request, assertion=earlier.assertion)


def answer_to_another_offer(bench: Bench, request: OpeningRequest) -> OpeningRequest:
    return replace(request, assertion=bench.answer(public=request.browser_key).assertion)


def as_offered(request: OpeningRequest) -> OpeningOffer:
    """Give an offer back from the answer to it; its end is not signed."""
    return OpeningOffer(request.case, request.opening, datetime.now(UTC))


def signed_anew(
    request: OpeningRequest, offer: OpeningOffer, passkey: SoftAuthenticator, **how: Any
) -> OpeningRequest:
    """Have the answer signed by this passkey instead."""
    return replace(request, assertion=answered(offer, passkey, request.browser_key, **how).assertion)


@pytest.mark.parametrize(
    "change",
    [
        *(anothers_browser_key, another_case, another_origin, no_answer),
        *(unknown_passkey, passkey_that_names_itself_as_hers, nobody_made_sure_of),
        *(count_that_does_not_grow, answer_to_an_earlier_offer, answer_to_another_offer),
    ],
)
def test_wrong_answer_opens_nothing_and_uses_the_offer_up(bench: Bench, change: Any):
    bench.desk.open(bench.answer())  # so that her passkey was used before
    right = bench.answer()
    with pytest.raises(NotPermitted):
        bench.desk.open(change(bench, right))
    with pytest.raises(NotPermitted, match="over, or was used"):
        bench.desk.open(right)


def test_offer_that_nobody_made_opens_nothing(bench: Bench):
    with pytest.raises(NotPermitted, match="over, or was used"):
        bench.desk.open(replace(bench.answer(), opening=bytes(OPENING_BYTES)))


@pytest.mark.parametrize(
    "key",
    [b"", b"\4" * 65, a_browser()[1][:-1], b"\2" + a_browser()[1][1:33]],
    ids=["nothing", "no point", "cut", "compressed"],
)
def test_browsers_key_that_is_none_is_malformed_and_uses_nothing_up(bench: Bench, key: bytes):
    right = bench.answer()
    with pytest.raises(Malformed):
        bench.desk.open(replace(right, browser_key=key))
    assert bench.desk.open(right)


def test_challenge_of_a_link_is_the_same_when_asked_again_and_gone_after_enrolment(bench: Bench):
    token, another = bench.new_link(), bench.new_link()
    challenges = {bench.desk.invitation(token).challenge for _ in range(3)}
    assert [len(challenge) for challenge in challenges] == [32]
    assert bench.desk.invitation(another).challenge not in challenges
    enrolled(bench.desk, token)
    with pytest.raises(NotPermitted):
        bench.desk.invitation(token)
    assert bench.desk.invitation(another).challenge, "another link is none the worse"


def test_link_enrols_once_and_its_passkey_opens(bench: Bench):
    token = bench.new_link()
    challenge = bench.desk.invitation(token).challenge
    passkey = enrolled(bench.desk, token)
    assert bench.desk.open(answered(bench.desk.offer(bench.case), passkey, a_browser()[1]))
    for made in (passkey, SoftAuthenticator()):
        with pytest.raises(NotPermitted):
            bench.desk.enrol(PasskeyEnrolment(token, made.create(challenge, ORIGIN), ORIGIN))


def test_link_that_nobody_issued_enrols_nothing(bench: Bench):
    with pytest.raises(NotPermitted):
        bench.desk.invitation("nothing")
    made = SoftAuthenticator().create(bytes(32), ORIGIN)
    with pytest.raises(NotPermitted):
        bench.desk.enrol(PasskeyEnrolment("nothing", made, ORIGIN))


def test_passkey_that_is_not_right_leaves_the_link_whole(bench: Bench):
    token, another = bench.new_link(), bench.new_link()
    challenge, passkey = bench.desk.invitation(token).challenge, SoftAuthenticator()
    for attestation in (
        "{}",
        passkey.create(bytes(32), ORIGIN),
        passkey.create(bench.desk.invitation(another).challenge, ORIGIN),
        passkey.create(challenge, "http://localhost:8471"),
        passkey.create(challenge, ORIGIN, flags=PRESENT | WITH_CREDENTIAL),
        passkey.get(challenge, ORIGIN),
    ):
        with pytest.raises(NotPermitted):
            bench.desk.enrol(PasskeyEnrolment(token, attestation, ORIGIN))
    large = SoftAuthenticator(credential_id=bytes(449)).create(challenge, ORIGIN)
    with pytest.raises(Malformed):
        bench.desk.enrol(PasskeyEnrolment(token, large, ORIGIN))
    for _ in range(2):
        with pytest.raises(Conflict):
            bench.desk.enrol(PasskeyEnrolment(token, bench.passkey.create(challenge, ORIGIN), ORIGIN))
    assert enrolled(bench.desk, token)
