"""What a letter says of the cause of a correction: to the holder, and to whoever reads it on the line."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.correction import CAUSES, Cause
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.notice import OF_CORRECTION, NoticeKind
from lineproof.terms import EmailAddress
from tests.fakes.messages import FakeMessages
from tests.flows.corrected import Corrected

if TYPE_CHECKING:
    from tests.flows.desk import Desk

MAIL, LINE = EmailAddress("alice@example.org"), "+999555001001"
AFFAIRS = [cause for cause, text in CAUSES.items() if text.holders_affair]
TO_LINE = [cause for cause in Cause if cause not in AFFAIRS]


@pytest.fixture
def channels(desk: "Desk") -> dict[Channel, FakeMessages]:
    """Both channels at the desk."""
    both = {Channel.EMAIL: FakeMessages(), Channel.SMS: FakeMessages()}
    desk.services = replace(desk.services, messages=both)
    return both


def corrected(desk: "Desk", cause: Cause, *, mail: bool = False) -> Corrected:
    """Have Alice's line corrected for a cause, its notice on the way."""
    from lineproof.registry.flows.contact_points import add_contact_point

    desk.register()
    if mail:
        add_contact_point(
            desk.services, desk.verified(), MAIL, Language.ENGLISH, now=desk.row("Line").created_at
        )
    return found(desk, cause).announce().deliver("given")


def found(desk: "Desk", cause: Cause) -> Corrected:
    """Find something wrong with Alice's line, which is one too many."""
    policy = desk.services.policy
    caps = dict.fromkeys(policy.caps, 0)
    if not desk.count("Line"):
        desk.register()
    desk.services = replace(desk.services, policy=replace(policy, caps=caps))
    return Corrected.found(desk, cause, line=desk.row("Line"))


def sent(desk: "Desk", case: Corrected, channel: FakeMessages) -> list[tuple[str, str]]:
    """Deliver the announced notice, and give where a channel brought it and its text."""
    from lineproof.registry.flows.deliver_notices import deliver_notice

    channel.sent.clear()
    deliver_notice(desk.services, case.row.notice_id, now=case.now)
    return [(message.to.text, message.text) for message in channel.sent]


@pytest.mark.parametrize("cause", [cause for cause in Cause if not CAUSES[cause].to_line_only])
def test_letter_to_the_holders_own_address_says_the_cause_and_what_puts_it_right(
    desk: "Desk", channels: dict[Channel, FakeMessages], cause: Cause
):
    case = corrected(desk, cause, mail=True)
    ((to, text),) = sent(desk, case, channels[Channel.EMAIL])
    assert to == MAIL.text
    assert f"What is wrong: {CAUSES[cause].says}\n\n{CAUSES[cause].remedy}\n\n" in text


@pytest.mark.parametrize("cause", TO_LINE)
def test_letter_to_the_line_says_what_whoever_uses_it_needs(
    desk: "Desk", channels: dict[Channel, FakeMessages], cause: Cause
):
    ((to, text),) = sent(desk, corrected(desk, cause), channels[Channel.SMS])
    assert to == LINE
    assert f"What is wrong: {CAUSES[cause].says}\n\n{CAUSES[cause].remedy}\n\n" in text


@pytest.mark.parametrize("cause", AFFAIRS)
def test_letter_to_the_line_says_nothing_of_its_holders_affairs(
    desk: "Desk", channels: dict[Channel, FakeMessages], cause: Cause
):
    ((to, text),) = sent(desk, corrected(desk, cause), channels[Channel.SMS])
    assert to == LINE
    assert "What is wrong" not in text
    assert CAUSES[cause].remedy not in text
    assert "they tell you at any counter what it is, and what helps." in text


def test_letter_to_the_line_of_a_disowned_line_addresses_its_user_and_names_nobody(
    desk: "Desk", channels: dict[Channel, FakeMessages]
):
    case = corrected(desk, Cause.HOLDER_DISPUTE, mail=True)
    assert sent(desk, case, channels[Channel.EMAIL]) == []
    case.deliver("given")
    case.row.notice.deliveries.all().delete()
    ((_, text),) = sent(desk, case, channels[Channel.SMS])
    assert "If you use the line, bring its SIM or modem and your own document" in text
    assert "Alice" not in text


def test_each_letter_has_the_cause_of_its_own_correction(desk: "Desk"):
    """Two of one line, and what is no notice of a correction."""
    case = found(desk, Cause.CAP_EXCEEDED).announce()
    assert causes(desk) == {"line_registered": None, "restriction": Cause.CAP_EXCEEDED}
    from lineproof.registry.flows.correct_lines import withdraw
    from tests.flows.corrected import RHEA

    withdraw(desk.services, case.id, RHEA, now=case.now)
    found(desk, Cause.DOCUMENT_EXPIRED).announce()
    assert [cause_of(row) for row in desk.rows("Notice")] == [
        *(None, Cause.CAP_EXCEEDED, None, Cause.DOCUMENT_EXPIRED),
    ]


def test_every_notice_on_the_ladder_has_its_cause(desk: "Desk"):
    found(desk, Cause.USED_BY_ANOTHER).until("terminated")
    told = causes(desk)
    assert told.pop("line_registered") is None
    assert set(told) == {kind.value for kind in OF_CORRECTION} - {"correction_extended"}
    assert set(told.values()) == {Cause.USED_BY_ANOTHER}


def test_page_and_printed_notice_say_the_cause(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page
    from lineproof.registry.queries.notices import read_letter
    from lineproof.terms import HolderId

    case = found(desk, Cause.CAP_EXCEEDED).announce()
    page = read_holder_page(desk.services.keys, HolderId(case.row.holder_id))
    assert page.notices[0].text.wrong == f"What is wrong: {CAUSES[Cause.CAP_EXCEEDED].says}"
    assert page.notices[0].text.remedy == CAUSES[Cause.CAP_EXCEEDED].remedy
    assert page.notices[1].text.wrong == ""
    printed = read_letter(desk.services, case.row.notice_id, Language.SPANISH)
    assert "Qué está mal: Hay más líneas de este tipo" in printed.text


def test_letter_whose_correction_was_erased_sends_to_the_counter(desk: "Desk"):
    from lineproof.registry.queries.notices import read_letter

    case = found(desk, Cause.CAP_EXCEEDED).announce()
    number = case.row.notice_id
    case.row.delete()
    text = read_letter(desk.services, number, Language.ENGLISH).text
    assert "What is wrong" not in text
    assert "at any counter what it is" in text


def cause_of(row: Any) -> Cause | None:
    from lineproof.registry.queries.notices import cause_of

    return cause_of(row)


def causes(desk: "Desk") -> dict[str, Cause | None]:
    """Tell the cause that each kind of notice given says."""
    return {NoticeKind(row.kind).value: cause_of(row) for row in desk.rows("Notice")}
