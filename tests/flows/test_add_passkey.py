"""A holder's passkeys: theirs alone, told of, and worth nothing to who only has their phone for a moment."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.terms import HolderId
from tests.fakes.soft_authenticator import PRESENT, SoftAuthenticator
from tests.fakes.specimens import BO
from tests.flows.changes import entries

if TYPE_CHECKING:
    from lineproof.registry.flows.add_passkey import HolderPasskeyId
    from tests.flows.desk import Desk

ORIGIN = "http://localhost:8000"
AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def alice(desk: "Desk") -> HolderId:
    """Alice, who holds a line."""
    holder = desk.register().holder
    assert holder is not None
    return holder


def add(
    desk: "Desk", holder: HolderId, device: SoftAuthenticator, *, challenge: bytes | None = None
) -> "HolderPasskeyId":
    """Add a passkey; challenge: what is said to have been asked, if it was another."""
    from lineproof.registry.flows.add_passkey import Answer, add_passkey

    asked = secrets.token_bytes(32)
    answer = Answer(device.create(asked, ORIGIN), challenge or asked, AT, ORIGIN)
    return add_passkey(desk.services, holder, answer, now=AT)


def sign_in(
    desk: "Desk", device: SoftAuthenticator, *, asked_at: datetime = AT + SECOND, **otherwise: object
) -> HolderId:
    """Open the pages, two seconds after the passkey was made; otherwise: what of the answer is wrong."""
    from lineproof.registry.flows.add_passkey import Answer, sign_in_by_passkey

    asked = secrets.token_bytes(32)
    said = device.get(asked, ORIGIN, **{k: v for k, v in otherwise.items() if k != "challenge"})  # type: ignore[arg-type]
    challenge = otherwise.get("challenge", asked)
    assert isinstance(challenge, bytes)
    answer = Answer(said, challenge, asked_at, ORIGIN)
    return sign_in_by_passkey(desk.services, answer, now=asked_at + SECOND)


def test_passkey_opens_its_holders_pages_again_and_again(desk: "Desk", alice: HolderId):
    device = SoftAuthenticator()
    add(desk, alice, device)
    assert sign_in(desk, device) == alice
    assert sign_in(desk, device, asked_at=AT + 5 * SECOND) == alice
    assert [each["outcome"] for each in entries(desk, "signed_in")] == ["passkey", "passkey"]
    assert {each.state for each in desk.rows("Notice")} == {"delivered"}


def test_its_holder_is_told_that_it_was_made_and_that_it_was_taken_away(desk: "Desk", alice: HolderId):
    from lineproof.registry.flows.add_passkey import remove_passkey

    passkey = add(desk, alice, SoftAuthenticator())
    remove_passkey(desk.services, alice, passkey, now=AT)
    told = [each.holder_id for each in desk.rows("Notice") if each.kind == "passkeys_changed"]
    assert told == [alice, alice]
    kinds = ("holder_passkey_added", "holder_passkey_removed")
    assert [each["kind"] for each in entries(desk, *kinds)] == list(kinds)
    assert desk.count("HolderPasskey") == 0


def test_what_was_taken_away_opens_nothing(desk: "Desk", alice: HolderId):
    from lineproof.registry.flows.add_passkey import remove_passkey

    device = SoftAuthenticator()
    remove_passkey(desk.services, alice, add(desk, alice, device), now=AT)
    with pytest.raises(NotPermitted, match="opens nothing here"):
        sign_in(desk, device)


def test_nobody_takes_away_anothers(desk: "Desk", alice: HolderId):
    from lineproof.registry.flows.add_passkey import HolderPasskeyId, remove_passkey

    bo = desk.verify_holder(desk.present(BO)).holder
    assert bo is not None
    passkey = add(desk, alice, SoftAuthenticator())
    before = desk.everything()
    for holder, named in ((bo, passkey), (alice, HolderPasskeyId(uuid.uuid4()))):
        with pytest.raises(NotFound):
            remove_passkey(desk.services, holder, named, now=AT)
    assert desk.everything() == before


@pytest.mark.parametrize(
    "otherwise",
    [{"challenge": bytes(32)}, {"flags": PRESENT}, {"rp_id": "evil.example"}],
    ids=lambda each: next(iter(each)),
)
def test_what_it_did_not_sign_here_opens_nothing(desk: "Desk", alice: HolderId, otherwise: dict[str, object]):
    device = SoftAuthenticator()
    add(desk, alice, device)
    before = desk.everything()
    with pytest.raises(NotPermitted):
        sign_in(desk, device, **otherwise)
    assert desk.everything() == before


def test_an_answer_is_good_once_also_where_the_device_does_not_count(desk: "Desk", alice: HolderId):
    """A browser's cookie and answer, copied, open nothing a second time."""
    from lineproof.registry.flows.add_passkey import Answer, sign_in_by_passkey

    device = SoftAuthenticator(count=None)
    add(desk, alice, device)
    asked = secrets.token_bytes(32)
    answer = Answer(device.get(asked, ORIGIN), asked, AT + SECOND, ORIGIN)
    assert sign_in_by_passkey(desk.services, answer, now=AT + 2 * SECOND) == alice
    with pytest.raises(NotPermitted, match="answered before"):
        sign_in_by_passkey(desk.services, answer, now=AT + 3 * SECOND)
    # Nor does what another tab was asked before that.
    with pytest.raises(NotPermitted, match="answered before"):
        sign_in(desk, device, asked_at=AT + 2 * SECOND)
    assert sign_in(desk, device, asked_at=AT + 3 * SECOND) == alice


def test_another_challenge_makes_none(desk: "Desk", alice: HolderId):
    before = desk.everything()
    with pytest.raises(NotPermitted):
        add(desk, alice, SoftAuthenticator(), challenge=bytes(32))
    assert desk.everything() == before


def test_one_passkey_is_one_holders(desk: "Desk", alice: HolderId):
    bo = desk.verify_holder(desk.present(BO)).holder
    assert bo is not None
    device = SoftAuthenticator()
    add(desk, alice, device)
    for holder in (alice, bo):
        with pytest.raises(Conflict, match="enrolled already"):
            add(desk, holder, device)


def test_five_and_no_more(desk: "Desk", alice: HolderId):
    for _ in range(5):
        add(desk, alice, SoftAuthenticator())
    with pytest.raises(Conflict, match="as many passkeys"):
        add(desk, alice, SoftAuthenticator())


def test_who_was_erased_has_none(desk: "Desk", alice: HolderId):
    device = SoftAuthenticator()
    add(desk, alice, device)
    desk.end_lines(alice, until=AT)
    desk.erase(alice, now=AT + timedelta(days=36525))
    assert desk.count("HolderPasskey") == 0
    with pytest.raises(NotPermitted, match="opens nothing here"):
        sign_in(desk, device)
    with pytest.raises(Conflict):
        add(desk, alice, SoftAuthenticator())
