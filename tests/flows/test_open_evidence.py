"""A referral's photographs open for a reviewer's passkey over case and browser's key, with an entry."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.seal import open_key, seal_key
from lineproof.errors import Conflict, Erased, NotFound, NotPermitted
from lineproof.ports import Epoch
from lineproof.referral import Opening, OpeningOffer, OpeningRequest, PasskeyEnrolment, ReviewTerms
from lineproof.terms import CaseId, StaffName
from tests.fakes.soft_authenticator import PRESENT, SoftAuthenticator

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL = StaffName("rhea"), StaffName("sol")
ORIGIN = "http://localhost:8470"
BROWSER = b"\4" + bytes(range(64))
NONCE = bytes(range(16))


@pytest.fixture
def now(desk: "Desk") -> datetime:
    from tests.flows.desk import NOW

    return NOW


def enrolled(desk: "Desk", name: StaffName, now: datetime) -> SoftAuthenticator:
    """Enrol a passkey of a reviewer by the link that they get."""
    from lineproof.registry.flows.enrol_passkey import enrol_passkey, invitation, issue_passkey_link

    token, passkey = issue_passkey_link(desk.services, name, now=now), SoftAuthenticator()
    attestation = passkey.create(invitation(token, now=now).challenge, ORIGIN)
    assert enrol_passkey(desk.services, PasskeyEnrolment(token, attestation, ORIGIN), now=now) == name
    return passkey


def an_offer(case: CaseId, now: datetime) -> OpeningOffer:
    return OpeningOffer(case, NONCE, now + timedelta(minutes=2))


def answer(
    passkey: SoftAuthenticator, offer: OpeningOffer, *, browser: bytes = BROWSER, **how: Any
) -> OpeningRequest:
    assertion = passkey.get(offer.challenge(browser), ORIGIN, **how)
    return OpeningRequest(offer.case, offer.opening, browser, assertion, ORIGIN)


EPOCH_KEY = generate_private_key(SECP256R1())
EPOCH = Epoch(
    EPOCH_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    datetime(2026, 11, 27, tzinfo=UTC),
)


class KeysHere:
    """Hands content keys over in this process, where the key process starts another for it."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    def hand_over(self, name: str, wrapped: bytes, terms: ReviewTerms) -> bytes:
        content_key = self._keys.unwrap(name, wrapped, session=terms.session)
        return seal_key(content_key, terms.epoch_key, terms.info)


def content_key_of(opening: Opening) -> bytes:
    """Open what was handed over, as a worker does."""
    return open_key(opening.sealed_key, EPOCH_KEY, opening.terms.info)


def open_(desk: "Desk", offer: OpeningOffer, request: OpeningRequest, now: datetime) -> Opening:
    from lineproof.registry.flows.open_evidence import open_evidence

    assert desk.services.referrals is not None
    vault: Any = KeysHere(desk.services.referrals.keys)
    return open_evidence(desk.services, vault, offer, request, EPOCH, now=now)


def entries(desk: "Desk", kind: str) -> list[dict[str, Any]]:
    bodies = [json.loads(bytes(entry.body)) for entry in desk.rows("Entry")]
    return [body for body in bodies if body["kind"] == kind]


def test_reviewer_opens_and_every_opening_is_an_entry(desk: "Desk", now: datetime):
    passkey, case = enrolled(desk, RHEA, now), desk.referred()
    offer = an_offer(case, now)
    opened = open_(desk, offer, answer(passkey, offer), now)
    assert len(content_key_of(opened)) == 32
    assert (opened.terms.browser_key, opened.terms.opening) == (BROWSER, NONCE)
    row = desk.row("EvidenceOpening")
    assert (row.case_id, row.reviewer.name, bytes(row.opening)) == (case, "rhea", NONCE)
    again = replace(offer, opening=bytes(16))
    assert content_key_of(open_(desk, again, answer(passkey, again), now)) == content_key_of(opened)
    found = entries(desk, "evidence_opened")
    assert len(found) == 2
    assert {entry["subject"] for entry in found} == {entries(desk, "case_opened")[0]["subject"]}
    assert "rhea" not in json.dumps(found)


def test_entry_is_there_before_the_key_is_used(desk: "Desk", now: datetime, monkeypatch: Any):
    passkey, case = enrolled(desk, RHEA, now), desk.referred()
    seen: list[int] = []
    assert desk.services.referrals is not None
    keys = desk.services.referrals.keys
    unwrap = keys.unwrap  # type: ignore[attr-defined]

    def look(*given: Any, **more: Any) -> bytes:
        from django.db import connection

        assert not connection.in_atomic_block
        seen.append(len(entries(desk, "evidence_opened")))
        return unwrap(*given, **more)

    monkeypatch.setattr(type(keys), "unwrap", lambda _, *given, **more: look(*given, **more))
    offer = an_offer(case, now)
    open_(desk, offer, answer(passkey, offer), now)
    assert seen == [1]


@pytest.mark.parametrize("wrong", ["case", "opening", "browser", "origin", "unknown", "unverified", "key"])
def test_anything_else_than_the_passkeys_word_on_this_opens_nothing(desk: "Desk", now: datetime, wrong: str):
    from tests.flows.desk import a_mobile

    passkey, case = enrolled(desk, RHEA, now), desk.referred()
    other = desk.referred(request=a_mobile("+999555001002"))
    offer = an_offer(case, now)
    request = answer(passkey, offer)
    match wrong:
        case "case":
            request = replace(answer(passkey, an_offer(other, now)), case=case)
        case "opening":
            request = answer(passkey, replace(offer, opening=bytes(16)))
        case "browser":
            request = replace(request, browser_key=b"\4" + bytes(64))
        case "origin":
            request = replace(request, origin="http://localhost:1")
        case "unknown":
            request = answer(SoftAuthenticator(), offer)
        case "unverified":
            request = answer(passkey, offer, flags=PRESENT)
        case "key":
            request = answer(passkey, offer, key=generate_private_key(SECP256R1()))
    before = desk.everything()
    with pytest.raises(NotPermitted):
        open_(desk, offer, request, now)
    assert desk.everything() == before


def test_same_assertion_does_not_open_twice(desk: "Desk", now: datetime):
    passkey, case = enrolled(desk, RHEA, now), desk.referred()
    offer = an_offer(case, now)
    request = answer(passkey, offer)
    open_(desk, offer, request, now)
    with pytest.raises(NotPermitted):
        open_(desk, offer, request, now)
    assert desk.count("EvidenceOpening") == 1


def test_what_was_decided_or_is_over_or_never_was_does_not_open(desk: "Desk", now: datetime):
    import uuid

    from tests.flows.desk import a_mobile

    passkey = enrolled(desk, RHEA, now)
    case = desk.referred()
    until = desk.row("CaseEvidence", case=case).kept_until
    offer = an_offer(case, now)
    with pytest.raises(Erased):
        open_(desk, offer, answer(passkey, offer), until)
    assert content_key_of(open_(desk, offer, answer(passkey, offer), until - timedelta(seconds=1)))
    desk.refuse(case, RHEA, SOL)
    with pytest.raises(Erased):
        open_(desk, offer, answer(passkey, offer), now)
    unknown = an_offer(CaseId(uuid.uuid4()), now)
    with pytest.raises(NotFound):
        open_(desk, unknown, answer(passkey, unknown), now)
    services, desk.services = desk.services, replace(desk.services, referrals=None)
    unkept = an_offer(desk.referred(request=a_mobile("+999555001003")), now)
    desk.services = services
    with pytest.raises(Erased):
        open_(desk, unkept, answer(passkey, unkept), now)


def test_link_enrols_one_passkey_within_an_hour(desk: "Desk", now: datetime):
    from lineproof.registry.flows.enrol_passkey import enrol_passkey, invitation, issue_passkey_link

    token = issue_passkey_link(desk.services, RHEA, now=now)
    late = now + timedelta(hours=1)
    with pytest.raises(NotPermitted):
        invitation(token, now=late)
    challenge = invitation(token, now=late - timedelta(seconds=1)).challenge
    one, two = SoftAuthenticator(), SoftAuthenticator()
    enrolment = PasskeyEnrolment(token, one.create(challenge, ORIGIN), ORIGIN)
    with pytest.raises(NotPermitted):
        enrol_passkey(desk.services, enrolment, now=late)
    wrong = replace(enrolment, attestation=one.create(bytes(32), ORIGIN))
    with pytest.raises(NotPermitted):
        enrol_passkey(desk.services, wrong, now=now)
    assert enrol_passkey(desk.services, enrolment, now=now) == RHEA
    with pytest.raises(NotPermitted):
        enrol_passkey(desk.services, replace(enrolment, attestation=two.create(challenge, ORIGIN)), now=now)
    assert desk.count("Passkey") == 1
    again = issue_passkey_link(desk.services, SOL, now=now)
    with pytest.raises(Conflict):
        enrol_passkey(
            desk.services,
            PasskeyEnrolment(again, one.create(invitation(again, now=now).challenge, ORIGIN), ORIGIN),
            now=now,
        )


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_only_a_reviewer_gets_a_link(desk: "Desk", now: datetime, name: str):
    from lineproof.registry.flows.enrol_passkey import issue_passkey_link

    with pytest.raises((NotFound, NotPermitted)):
        issue_passkey_link(desk.services, StaffName(name), now=now)
    assert desk.count("PasskeyLink") == 0


def test_token_of_a_link_is_nowhere_in_the_record(desk: "Desk", now: datetime):
    from lineproof.registry.flows.enrol_passkey import issue_passkey_link

    token = issue_passkey_link(desk.services, RHEA, now=now)
    assert token.encode() not in desk.raw_files()
