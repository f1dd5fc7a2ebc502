"""Where a holder's notices go: changed by who is verified, told to all the others, sealed at rest."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.messages_port import Address
from lineproof.terms import ContactPointId, EmailAddress, HolderId, Msisdn, SessionId
from tests.fakes.messages import FakeMessages
from tests.fakes.specimens import ALICE, BO
from tests.flows.test_personal_data import in_clear

if TYPE_CHECKING:
    from tests.flows.desk import Desk

MAIL, OTHER_MAIL = EmailAddress("alice.quay@example.org"), EmailAddress("a.quay@example.net")
MOBILE = Msisdn("+999555009009")


@pytest.fixture
def add(desk: "Desk"):
    """Adds a contact point of whoever was verified in a session."""
    from lineproof.registry.flows.contact_points import add_contact_point
    from tests.flows.desk import NOW

    def added(
        session: SessionId, address: Address = MAIL, *, language: Language = Language.KOREAN, now=NOW
    ) -> ContactPointId:
        return add_contact_point(desk.services, session, address, language, now=now)

    return added


@pytest.fixture
def remove(desk: "Desk"):
    """Removes one."""
    from lineproof.registry.flows.contact_points import remove_contact_point
    from tests.flows.desk import NOW

    return lambda session, point, now=NOW: remove_contact_point(desk.services, session, point, now=now)


def known(desk: "Desk", holder: HolderId) -> list[tuple[str, str]]:
    from lineproof.registry.queries.notices import read_contact_points

    points = read_contact_points(desk.services.keys, holder)
    return [(point.address.text, point.language.value) for point in points]


def test_contact_points_are_added_and_read_back_by_who_has_the_vault(desk: "Desk", add):
    from tests.flows.desk import NOW

    session = desk.verified()
    add(session, now=NOW - timedelta(seconds=1))
    add(session, MOBILE, language=Language.ENGLISH)
    (holder,) = desk.rows("Holder")
    assert known(desk, holder.id) == [(MAIL.text, "ko"), (MOBILE.text, "en")]
    assert sorted(row.channel for row in desk.rows("ContactPoint")) == ["email", "sms"]


def test_address_does_not_lie_in_the_clear_on_the_disk(desk: "Desk", add, remove):
    session = desk.verified()
    add(session)
    point = add(session, OTHER_MAIL)
    remove(session, point)
    record = desk.raw_files()
    assert not in_clear(record, "quay@example")
    assert in_clear(record, "contact_changed")


@pytest.mark.parametrize("change", ["add", "remove"])
def test_change_is_a_notice_and_an_entry_that_name_nobody(desk: "Desk", add, remove, change: str):
    session = desk.verified()
    point = add(session)
    if change == "remove":
        remove(session, point)
    notice = desk.rows("Notice")[-1]
    bodies = [bytes(row.body) for row in desk.rows("Entry")[-2:]]
    assert (notice.kind, notice.state, notice.line) == ("contact_changed", "given", None)
    assert [bytes(notice.subject).hex().encode() in body for body in bodies] == [True, True]
    assert b'"kind":"notice_given"' in bodies[0]
    kind = {"add": b"contact_point_added", "remove": b"contact_point_removed"}[change]
    assert b'"kind":"' + kind + b'"' in bodies[1]
    assert not any(MAIL.text.encode() in body or str(point).encode() in body for body in bodies)


def test_removed_contact_point_is_empty_at_once_and_can_be_added_again(desk: "Desk", add, remove):
    from tests.flows.desk import NOW

    session = desk.verified()
    point = add(session)
    remove(session, point)
    row = desk.row("ContactPoint")
    assert (row.sealed_address, row.removed_at) == (None, NOW)
    assert known(desk, row.holder_id) == []
    add(session)
    assert known(desk, row.holder_id) == [(MAIL.text, "ko")]


def test_session_is_of_the_holder_and_fresh(desk: "Desk", add, remove):
    from tests.flows.desk import NOW

    session = desk.verified()
    policy = desk.services.policy
    over = deadline(NOW, policy.clocks.verified_within, policy.calendar)
    point = add(session, now=over - timedelta(seconds=1))
    before = desk.everything()
    for nobody, now in ((session, over), (SessionId(uuid.uuid4()), NOW)):
        with pytest.raises(NotPermitted):
            add(nobody, MOBILE, now=now)
        with pytest.raises(NotPermitted):
            remove(nobody, point, now=now)
    assert desk.everything() == before


def test_nobody_removes_what_is_another_holders(desk: "Desk", add, remove):
    alices, bos = desk.verified(ALICE), desk.verified(BO)
    point = add(alices)
    before = desk.everything()
    for session, named in ((bos, point), (alices, ContactPointId(uuid.uuid4()))):
        with pytest.raises(NotFound):
            remove(session, named)
    assert desk.everything() == before
    remove(alices, point)
    with pytest.raises(NotFound):
        remove(alices, point)


def test_same_address_twice_and_a_sixth_are_refused(desk: "Desk", add, remove):
    session = desk.verified()
    points = [add(session, EmailAddress(f"a{n}@example.org")) for n in range(5)]
    before = desk.everything()
    with pytest.raises(Conflict, match="5 places"):
        add(session, MAIL)
    assert desk.everything() == before
    remove(session, points[0])
    with pytest.raises(Conflict, match="already"):
        add(session, EmailAddress("a4@example.org"), language=Language.ENGLISH)
    add(session, MAIL)


def test_two_holders_may_have_the_same_address(desk: "Desk", add):
    """A family shares a number; and nobody learns by trying whether an address is known here."""
    add(desk.verified(ALICE), MOBILE)
    add(desk.verified(BO), MOBILE)
    assert desk.count("ContactPoint") == 2


def test_erased_holder_has_no_contact_point_and_gets_none(desk: "Desk", add):
    from tests.flows.desk import NOW

    holder = desk.register().holder
    session = desk.verified()
    add(session)
    desk.end_lines(holder, until=NOW + timedelta(seconds=1))
    desk.erase(holder, now=NOW + timedelta(seconds=2))
    assert desk.row("ContactPoint").sealed_address is None
    with pytest.raises(Conflict, match="erased"):
        add(session, now=NOW + timedelta(seconds=3))


def test_that_a_notice_arrived_is_known_while_what_it_announced_can_be_appealed(desk: "Desk", add):
    """Erasing the address, as its holder asks, does not erase that they were told what was done."""
    from lineproof.registry.flows.deliver_notices import deliver_notices
    from tests.flows.desk import NOW

    holder = desk.register().holder
    add(desk.verified())
    services = replace(desk.services, messages={Channel.EMAIL: FakeMessages()})
    deliver_notices(services, now=NOW + timedelta(seconds=1))
    arrived = desk.count("NoticeDelivery", accepted=True, contact_point=desk.row("ContactPoint").id)
    assert arrived > 0
    desk.end_lines(holder, until=NOW + timedelta(seconds=2))
    desk.erase(holder, now=NOW + timedelta(seconds=3))
    assert desk.count("NoticeDelivery", accepted=True) == arrived
    days = desk.services.policy.retention.identity.days
    desk.erase(holder, now=NOW + timedelta(days=days + 1))
    assert (desk.count("ContactPoint"), desk.count("NoticeDelivery")) == (0, 0)


def test_contact_points_stay_while_a_line_is_held_and_go_with_the_identity_unasked(desk: "Desk", add):
    from tests.flows.desk import NOW

    holder = desk.register().holder
    add(desk.verified())
    desk.erase(holder)
    assert desk.count("ContactPoint") == 1
    desk.end_lines(holder, until=NOW + timedelta(seconds=1))
    days = desk.services.policy.retention.identity.days
    desk.erase(holder, now=NOW + timedelta(days=days + 1))
    assert (desk.count("ContactPoint"), desk.count("Notice")) == (0, 0)


def test_address_moved_to_another_holder_does_not_open_and_is_found(desk: "Desk", add):
    from lineproof.registry.queries.keys import check_keys

    add(desk.verified(ALICE))
    assert check_keys(desk.services.keys).problems == []
    bos = add(desk.verified(BO), MOBILE)
    alices = desk.row("ContactPoint", channel="email")
    row = desk.row("ContactPoint", id=bos)
    row.sealed_address = alices.sealed_address
    row.save(update_fields=["sealed_address"])
    with pytest.raises(NotPermitted):
        known(desk, row.holder_id)
    (problem,) = check_keys(desk.services.keys).problems
    assert problem.startswith(f"contactpoint.sealed_address of {bos}")
