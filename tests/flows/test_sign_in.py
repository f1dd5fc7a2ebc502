"""Signing in by a code: for who has the line and knows the document. Nobody learns anything by trying."""

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import NotPermitted, TooMany
from lineproof.line.hold import HoldKind
from lineproof.line.sign_in import DocumentNumber
from lineproof.line.state import LineState
from lineproof.terms import HolderId, Msisdn
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO
from tests.flows.changes import entries

if TYPE_CHECKING:
    from lineproof.registry.flows.sign_in import Asked
    from tests.flows.desk import Desk

LINE = Msisdn("+999555001001")
AGAIN = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.fixture
def alice(desk: "Desk") -> HolderId:
    """Alice, who holds a line that is switched on."""
    holder = desk.register().holder
    assert holder is not None
    return holder


def ask(desk: "Desk", **otherwise: object) -> "Asked":
    """Ask for a code to Alice's line, as she does, unless told otherwise."""
    from lineproof.registry.flows.sign_in import ask_for_code

    said = {"line": LINE, "document": DocumentNumber(ALICE.number), "address": "203.0.113.7", "now": AGAIN}
    return ask_for_code(desk.services, **{**said, **otherwise})  # type: ignore[arg-type]


def enter(desk: "Desk", asked: "Asked", code: str | None = None, *, after: timedelta = MINUTE) -> HolderId:
    """Enter the code that was sent, unless told otherwise."""
    from lineproof.registry.flows.sign_in import enter_code

    code = asked.code if code is None else code
    assert code is not None
    return enter_code(desk.services, asked.id, code, now=AGAIN + after)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_who_has_the_line_and_the_document_sees_their_pages(desk: "Desk", alice: HolderId):
    asked = ask(desk)
    assert asked.code is not None
    assert asked.code.isdecimal()
    assert len(asked.code) == 6
    assert not entries(desk, "signed_in")
    assert enter(desk, asked) == alice
    assert len(entries(desk, "signed_in")) == 1
    # What stands on the pages has reached them, as with a link.
    assert {each.state for each in desk.rows("Notice")} == {"delivered"}


def test_code_is_good_once(desk: "Desk", alice: HolderId):
    asked = ask(desk)
    assert enter(desk, asked) == alice
    with pytest.raises(NotPermitted, match="opens nothing any more"):
        enter(desk, asked)


def test_code_is_good_for_ten_minutes(desk: "Desk", alice: HolderId):
    asked = ask(desk)
    with pytest.raises(NotPermitted, match="opens nothing any more"):
        enter(desk, asked, after=10 * MINUTE)
    assert enter(desk, asked, after=10 * MINUTE - INSTANT) == alice


def test_five_tries_and_no_more(desk: "Desk", alice: HolderId):
    from lineproof.registry.flows.sign_in import WrongCode

    asked = ask(desk)
    assert asked.code is not None
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongCode) as wrong:
            enter(desk, asked, another(asked.code))
        assert wrong.value.tries_left == left
    with pytest.raises(NotPermitted, match=r"not the code.*Ask for another"):
        enter(desk, asked, another(asked.code))
    with pytest.raises(NotPermitted, match="opens nothing any more"):
        enter(desk, asked)
    assert desk.row("SignIn").tries == 5


def test_the_code_of_another_asking_opens_nothing(desk: "Desk", alice: HolderId):
    first, second = ask(desk), ask(desk)
    if first.code != second.code:
        with pytest.raises(NotPermitted, match="not the code"):
            enter(desk, first, second.code)
    with pytest.raises(NotPermitted, match="opens nothing"):
        enter(desk, replace(first, id=uuid.uuid4()))
    assert enter(desk, first) == alice


@pytest.mark.parametrize(
    "otherwise",
    [{"line": Msisdn("+999555001002")}, {"document": DocumentNumber(BO.number)}],
    ids=["line", "document"],
)
def test_where_line_and_document_do_not_belong_together_nothing_is_sent_and_nothing_is_said(
    desk: "Desk", alice: HolderId, otherwise: dict[str, object]
):
    """The row is as it is where they do, but for the code; every code is wrong in the same words."""
    asked = ask(desk, **otherwise)
    assert asked.code is None
    with pytest.raises(NotPermitted, match="not the code that was sent"):
        enter(desk, asked, "000000")
    assert desk.row("SignIn").holder_id is None


def test_anothers_document_opens_nothing_also_where_both_are_known(desk: "Desk", alice: HolderId):
    desk.verify_holder(desk.present(BO))
    assert ask(desk, document=DocumentNumber(BO.number)).code is None


def test_a_linked_document_is_as_good(desk: "Desk", alice: HolderId):
    desk.link(ALICE, ALICES_RENEWED)
    assert enter(desk, ask(desk, document=DocumentNumber(ALICES_RENEWED.number))) == alice


def test_a_contested_document_opens_nothing(desk: "Desk", alice: HolderId):
    binding = desk.row("DocumentBinding")
    binding.contested = True
    binding.save()
    assert ask(desk).code is None


@pytest.mark.parametrize("state", [LineState.SUSPENDED, LineState.SURRENDERED, LineState.PENDING])
def test_a_line_that_takes_no_messages_gets_no_code(desk: "Desk", alice: HolderId, state: LineState):
    line = desk.row("Line")
    line.state = state.value
    line.save()
    assert ask(desk).code is None


def test_a_disowned_line_opens_nothing(desk: "Desk", alice: HolderId):
    custody = desk.row("Custody")
    custody.disowned_at, custody.slot = AGAIN, None
    custody.save()
    assert ask(desk).code is None


def test_for_a_while_after_another_sim_the_line_gets_no_code(desk: "Desk", alice: HolderId):
    """A thief who had the SIM replaced learns nothing by being quick."""
    from lineproof.registry import models

    models.Hold.objects.create(
        line=desk.row("Line"),
        kind=HoldKind.HIGH_RISK_ANSWERS.value,
        since=AGAIN - MINUTE,
        until=AGAIN + MINUTE,
        subject=bytes(16),
    )
    assert ask(desk).code is None
    assert ask(desk, now=AGAIN + MINUTE).code is not None


def test_three_codes_an_hour_for_a_line_with_its_document(desk: "Desk", alice: HolderId):
    for _ in range(3):
        ask(desk)
    with pytest.raises(TooMany) as refused:
        ask(desk, now=AGAIN + 20 * MINUTE)
    assert refused.value.retry_after_s == 40 * 60
    # Who only knows the number keeps nobody out.
    ask(desk, document=DocumentNumber(BO.number), now=AGAIN + 20 * MINUTE)
    assert ask(desk, now=AGAIN + 60 * MINUTE).code is not None


def test_a_stranger_who_only_knows_the_number_keeps_its_holder_from_nothing(desk: "Desk", alice: HolderId):
    for tried in range(9):
        ask(desk, document=DocumentNumber(f"X{tried}000000"))
    assert ask(desk).code is not None


def test_thirty_an_hour_from_one_address_and_none_counted_where_it_says_nothing(desk: "Desk"):
    for tried in range(30):
        ask(desk, document=DocumentNumber(f"X{tried:07}"))
    with pytest.raises(TooMany):
        ask(desk, document=DocumentNumber("X9999999"))
    ask(desk, document=DocumentNumber("X9999999"), address="203.0.113.8")
    ask(desk, document=DocumentNumber("X9999998"), address="")


def test_an_asking_is_forgotten_after_an_hour(desk: "Desk", alice: HolderId):
    from lineproof.registry.flows.sign_in import forget_sign_ins

    ask(desk)
    assert forget_sign_ins(now=AGAIN + 60 * MINUTE - INSTANT) == 0
    assert forget_sign_ins(now=AGAIN + 60 * MINUTE) == 1
    ask(desk)
    ask(desk, now=AGAIN + 61 * MINUTE)
    assert desk.count("SignIn") == 1


def test_what_is_kept_shows_neither_line_nor_document_nor_code_nor_address(desk: "Desk", alice: HolderId):
    asked = ask(desk)
    (row,) = desk.everything()["SignIn"]
    kept = repr(row)
    for said in (LINE.text[1:], ALICE.number, asked.code, "203.0.113.7"):
        assert said is not None
        assert said not in kept


def test_who_was_erased_is_not_signed_in(desk: "Desk", alice: HolderId):
    asked = ask(desk)
    desk.end_lines(alice, until=AGAIN)
    desk.erase(alice, now=AGAIN + timedelta(days=36525))
    assert desk.count("SignIn") == 0
    with pytest.raises(NotPermitted, match="opens nothing"):
        enter(desk, asked)


def test_of_ten_who_enter_one_code_at_once_one_gets_in(desk: "Desk", alice: HolderId):
    from django.db import connections

    asked, let_in = ask(desk), []

    def try_it() -> None:
        try:
            let_in.append(enter(desk, asked))
        except NotPermitted:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_it) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert let_in == [alice]
