"""Single-use links to a holder's pages."""

import hashlib
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import NotFound, NotPermitted
from lineproof.terms import HolderId

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def holder(desk: "Desk") -> HolderId:
    """Alice, who holds a line."""
    holder = desk.register().holder
    assert holder is not None
    return holder


@pytest.fixture
def issue(desk: "Desk", holder: HolderId):
    """Issues a link to Alice's pages."""
    from lineproof.registry.flows.page_link import issue_page_link
    from tests.flows.desk import NOW

    return lambda: issue_page_link(desk.services, holder, now=NOW)


@pytest.fixture
def open_after(desk: "Desk"):
    """Opens a link some minutes after it was issued."""
    from lineproof.registry.flows.page_link import open_page_link
    from tests.flows.desk import NOW

    return lambda token, minutes=1.0: open_page_link(
        desk.services, token, now=NOW + timedelta(minutes=minutes)
    )


def test_link_opens_its_holders_pages_once(issue, open_after, holder):
    token = issue()
    assert open_after(token) == holder
    with pytest.raises(NotPermitted, match="once"):
        open_after(token)


@pytest.mark.parametrize("minutes", [0, 59.99])
def test_link_is_good_for_an_hour(issue, open_after, holder, minutes: float):
    assert open_after(issue(), minutes) == holder


@pytest.mark.parametrize("minutes", [60, 61, 60 * 24 * 400])
def test_link_opens_nothing_after_its_hour(issue, open_after, minutes: float):
    with pytest.raises(NotPermitted, match="within an hour"):
        open_after(issue(), minutes)


def test_refused_opening_uses_up_nothing(issue, open_after, holder):
    token = issue()
    with pytest.raises(NotPermitted):
        open_after(token, 61)
    assert open_after(token, 1) == holder


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "é"])
def test_link_that_was_never_issued_opens_nothing(issue, open_after, token: str):
    issue()
    with pytest.raises(NotPermitted):
        open_after(token)


def test_used_unknown_and_old_links_are_refused_in_the_same_words(issue, open_after):
    """What a stranger tries tells them nothing."""
    used = issue()
    open_after(used)
    said = set()
    for token, minutes in ((used, 1), ("nothing", 1), (issue(), 61)):
        with pytest.raises(NotPermitted) as refused:
            open_after(token, minutes)
        said.add(str(refused.value))
    assert len(said) == 1


def test_two_links_are_two(issue, open_after, holder):
    first, second = issue(), issue()
    assert first != second
    assert [open_after(token) for token in (second, first)] == [holder, holder]


def test_record_holds_no_link_that_could_be_used(desk: "Desk", issue):
    token = issue()
    assert bytes(desk.row("PageLink").token_digest) == hashlib.sha256(token.encode()).digest()
    assert token.encode() not in desk.raw_files()


def test_every_issue_is_an_entry_that_names_nobody(desk: "Desk", issue, holder):

    before = desk.count("Entry")
    issue()
    issue()
    bodies = [bytes(row.body) for row in desk.rows("Entry")[before:]]
    assert [b'"kind":"page_link_issued"' in body for body in bodies] == [True, True]
    assert not any(str(holder).encode() in body or holder.bytes.hex().encode() in body for body in bodies)


def test_link_for_nobody_is_not_found(desk: "Desk"):
    from lineproof.registry.flows.page_link import issue_page_link
    from tests.flows.desk import NOW

    before = desk.everything()
    with pytest.raises(NotFound, match="no such holder"):
        issue_page_link(desk.services, HolderId(uuid.uuid4()), now=NOW)
    assert desk.everything() == before
