"""Notices reach their holders: when they are sent, where, how often; what counts, and what is too late."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, NotFound
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.notice import NoticeKind
from lineproof.messages_port import Address
from lineproof.terms import EmailAddress, HolderId, LineId, Msisdn, StaffName
from tests.fakes.messages import FakeMessages
from tests.fakes.specimens import BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

MAIL, MOBILE, LINE = EmailAddress("alice@example.org"), Msisdn("+999555009009"), Msisdn("+999555001001")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Post:
    """Alice's line, her contact points and what is sent, with a clock that begins when her line is on."""

    def __init__(self, desk: "Desk") -> None:
        from tests.flows.desk import NOW

        self.desk, self.now = desk, NOW
        self.email, self.sms = FakeMessages(), FakeMessages()
        channels = {Channel.EMAIL: self.email, Channel.SMS: self.sms}
        desk.services = replace(desk.services, messages=channels)
        holder = desk.register().holder
        assert holder is not None
        self.holder: HolderId = holder

    def add(
        self, *addresses: Address, language: Language = Language.ENGLISH, at: datetime | None = None
    ) -> None:
        from lineproof.registry.flows.contact_points import add_contact_point

        session, at = self.desk.verified(), at or self.now
        for later, address in enumerate(addresses, 1):  # the first is the oldest
            when = at - (len(addresses) - later) * SECOND
            add_contact_point(self.desk.services, session, address, language, now=when)

    def settled(self) -> None:
        """Take what was given so far for delivered: a test looks at its own notice alone."""
        from django.apps import apps

        apps.get_model("registry", "Notice").objects.update(state="delivered")

    def give(
        self,
        kind: NoticeKind = NoticeKind.SUSPENSION,
        *,
        deadline: datetime | None = None,
        about_line: bool = True,
    ) -> Any:
        """Give Alice a notice of its own procedure, about her line."""
        from django.db import transaction

        from lineproof.registry.flows.holding import give_notice
        from lineproof.registry.flows.log import LogWriter, SaltOwner
        from lineproof.registry.models.choices import Retention
        from lineproof.transparency.entry import Stage

        line = LineId(self.desk.rows("Line")[0].id) if about_line else None
        owner = SaltOwner(self.holder, Retention.IDENTITY)
        with transaction.atomic(), LogWriter(self.desk.services, owner, now=self.now) as log:
            return give_notice(
                kind, self.holder, log, line=line, deadline=deadline, stage=Stage.WAITS_FOR_PARTY
            )

    def deliver(self, after: timedelta = timedelta()):
        from lineproof.registry.flows.deliver_notices import deliver_notices

        return deliver_notices(self.desk.services, now=self.now + after)

    def hand_over(self, number: int, *, agent: str = "ada", after: timedelta = timedelta()) -> None:
        from lineproof.registry.flows.deliver_notices import hand_over

        hand_over(self.desk.services, number, StaffName(agent), now=self.now + after)

    def open_page(self, after: timedelta = timedelta()) -> None:
        from lineproof.registry.flows.page_link import issue_page_link, open_page_link

        token = issue_page_link(self.desk.services, self.holder, now=self.now + after)
        open_page_link(self.desk.services, token, now=self.now + after)

    def state(self, notice: Any) -> str:
        notice.refresh_from_db()
        return notice.state

    def sent(self) -> list[str]:
        """Say where messages were sent, in order."""
        return [message.to.text for message in (*self.email.sent, *self.sms.sent)]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        bodies = [json.loads(bytes(row.body)) for row in self.desk.rows("Entry")]
        return [body for body in bodies if body["kind"] == kind]


@pytest.fixture
def post(desk: "Desk") -> Post:
    return Post(desk)


@pytest.fixture
def reached(post: Post) -> Post:
    """Alice, whose notices go to an e-mail address and another mobile, and to her line."""
    post.add(MAIL, MOBILE)
    post.settled()
    return post


def test_notice_goes_to_every_contact_point_and_to_the_line_itself(reached: Post):
    notice = reached.give()
    done = reached.deliver()
    assert reached.sent() == [MAIL.text, MOBILE.text, LINE.text]
    assert (done.attempts, done.accepted, done.delivered, done.on_their_way) == (3, 3, 1, 0)
    assert reached.state(notice) == "delivered"
    rows = [
        (row.channel, row.contact_point is None, row.attempt, row.accepted) for row in notice.deliveries.all()
    ]
    assert rows == [("email", False, 1, True), ("sms", False, 1, True), ("sms", True, 1, True)]


def test_what_is_sent_says_what_happened_until_when_and_about_which_line(reached: Post):
    notice = reached.give(deadline=datetime(2026, 8, 1, tzinfo=reached.now.tzinfo))
    reached.deliver()
    (message,) = reached.email.sent
    assert message.subject == "Your line is to be suspended"
    for words in ("ends in 001.", "until the end of 31 July 2026.", f"notice: {notice.id}.", "call for help"):
        assert words in message.text
    assert LINE.text not in message.text


def test_each_place_has_its_language_and_the_line_that_of_the_oldest(post: Post):
    post.add(MAIL, language=Language.ARABIC, at=post.now - SECOND)
    post.add(MOBILE, language=Language.KOREAN)
    post.settled()
    post.give()
    post.deliver()
    assert [message.language for message in (*post.email.sent, *post.sms.sent)] == [
        *(Language.ARABIC, Language.KOREAN, Language.ARABIC)
    ]


def test_line_is_written_to_in_english_where_nobody_said_a_language(post: Post):
    post.deliver()
    assert [message.language for message in post.sms.sent] == [Language.ENGLISH]


def test_delivered_notice_is_never_sent_again(reached: Post):
    notice = reached.give()
    reached.deliver()
    assert reached.deliver(100 * DAY).attempts == 0
    assert len(reached.sent()) == 3
    assert len(reached.entries("notice_delivered")) == 1
    assert reached.state(notice) == "delivered"


def test_one_channel_that_takes_a_notice_over_is_enough_and_the_entry_says_which(reached: Post):
    reached.sms.down = True
    notice = reached.give()
    reached.deliver()
    assert reached.state(notice) == "delivered"
    (entry,) = reached.entries("notice_delivered")
    assert (entry["outcome"], entry["by"], entry["subject"]) == ("email", [], bytes(notice.subject).hex())
    assert Counter(row.accepted for row in notice.deliveries.all()) == {True: 1, False: 2}


def test_every_channel_that_is_down_costs_an_attempt_and_the_last_one_leaves_it_undelivered(reached: Post):
    """Three attempts, 24 hours apart: both sides of each."""
    reached.email.down = reached.sms.down = True
    notice = reached.give()
    for made, (before, at) in enumerate(
        [(-SECOND, timedelta()), (DAY - SECOND, DAY), (2 * DAY - SECOND, 2 * DAY)]
    ):
        if made:
            assert reached.deliver(before).attempts == 0
        assert reached.state(notice) == "given"
        assert reached.deliver(at).attempts == 3
    assert reached.state(notice) == "undelivered"
    (entry,) = reached.entries("notice_undelivered")
    assert (entry["outcome"], entry["subject"]) == ("suspension", bytes(notice.subject).hex())
    assert notice.deliveries.count() == 9
    reached.email.down = reached.sms.down = False
    assert reached.deliver(9 * DAY).attempts == 0


def test_notice_that_fails_and_then_arrives_is_delivered(reached: Post):
    reached.email.down = reached.sms.down = True
    notice = reached.give()
    reached.deliver()
    reached.email.down = False
    reached.deliver(DAY)
    assert reached.state(notice) == "delivered"


def test_same_notice_to_the_same_place_has_the_same_id_in_every_attempt_and_no_other_has(reached: Post):
    reached.email.down = reached.sms.down = True
    reached.give()
    reached.give(NoticeKind.RESTRICTION)
    for days in range(3):
        reached.deliver(days * DAY)
    by_place = Counter((message.id, message.to) for message in (*reached.email.sent, *reached.sms.sent))
    assert set(by_place.values()) == {3}
    assert len(by_place) == len({id_ for id_, _ in by_place}) == 6


def test_what_was_sent_and_not_recorded_is_sent_again_under_the_same_id(reached: Post):
    """The process dies between sending and recording."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    notice = reached.give()
    real = reached.sms.taken
    reached.sms.taken = type("Dying", (list,), {"append": die})()
    with pytest.raises(Killed):
        reached.deliver()
    reached.sms.taken = real
    assert reached.state(notice) == "given"
    reached.deliver()
    assert [message.to for message in reached.email.sent] == [MAIL]
    first, second, third = reached.sms.sent
    assert (first.id, first.to) == (second.id, second.to)
    assert third.to == LINE
    assert reached.state(notice) == "delivered"


def test_nothing_is_sent_within_a_transaction(reached: Post):
    from django.db import connection

    within = []
    for channel in (reached.email, reached.sms):
        channel.before = lambda _: within.append(connection.in_atomic_block)
    reached.give()
    reached.deliver()
    assert within == [False, False, False]


def test_contact_point_that_came_later_or_was_removed_is_sent_nothing(reached: Post):
    from lineproof.registry.flows.contact_points import remove_contact_point

    notice = reached.give()
    reached.add(EmailAddress("later@example.org"), at=reached.now + SECOND)
    point = reached.desk.row("ContactPoint", channel="sms")
    remove_contact_point(reached.desk.services, reached.desk.verified(), point.id, now=reached.now + SECOND)
    reached.deliver(2 * SECOND)
    assert reached.state(notice) == "delivered"
    assert [row.channel for row in notice.deliveries.all()] == ["email", "sms"]
    said = [
        message.to.text
        for message in (*reached.email.sent, *reached.sms.sent)
        if "suspended" in message.subject
    ]
    assert said == [MAIL.text, LINE.text]


def test_change_of_contact_points_is_told_to_every_other_one_and_not_to_the_new_one(post: Post):
    post.add(MAIL, MOBILE)
    post.settled()
    post.add(EmailAddress("mallory@example.org"))
    post.deliver()
    assert post.sent() == [MAIL.text, MOBILE.text]
    assert "Where your notices go was changed" in post.email.sent[0].subject


def test_removal_is_told_to_those_that_are_left(reached: Post):
    from lineproof.registry.flows.contact_points import remove_contact_point

    point = reached.desk.row("ContactPoint", channel="sms")
    remove_contact_point(reached.desk.services, reached.desk.verified(), point.id, now=reached.now)
    reached.deliver()
    assert reached.sent() == [MAIL.text]


def test_contact_point_that_is_the_line_itself_is_written_to_once(post: Post):
    post.add(LINE)
    post.settled()
    notice = post.give()
    post.deliver()
    assert post.sent() == [LINE.text]
    assert post.state(notice) == "delivered"


@pytest.mark.parametrize(
    ("state", "written_to"),
    [
        *(("active", True), ("restricted", True), ("in_transfer", True), ("porting_out", True)),
        *(("pending", False), ("suspended", False), ("surrendered", False), ("quarantine", False)),
    ],
)
def test_line_is_written_to_only_while_it_takes_messages(post: Post, state: str, written_to: bool):
    """A gateway would take over what a suspended line can never get, and it would count as delivered."""
    post.settled()
    line = post.desk.row("Line")
    line.state = state
    line.save(update_fields=["state"])
    notice = post.give()
    post.deliver()
    assert post.sent() == [LINE.text] * written_to
    assert post.state(notice) == ("delivered" if written_to else "given")


def test_line_that_somebody_else_holds_now_is_not_written_to(post: Post):
    post.settled()
    notice = post.give(NoticeKind.LINE_TRANSFERRED)
    post.desk.end_lines(post.holder, until=post.now + SECOND)
    post.deliver(2 * SECOND)
    assert (post.sent(), post.state(notice)) == ([], "given")


def test_notice_that_is_about_no_line_or_an_internet_access_goes_to_contact_points_alone(reached: Post):
    reached.give(NoticeKind.DOCUMENT_LINKED, about_line=False)
    reached.deliver()
    assert reached.sent() == [MAIL.text, MOBILE.text]


def test_notice_about_an_internet_access_is_not_sent_to_it(desk: "Desk"):
    from tests.flows.desk import NOW, an_access

    sms = FakeMessages()
    desk.services = replace(desk.services, messages={Channel.SMS: sms})
    desk.register(desk.present(BO), an_access())
    from lineproof.registry.flows.deliver_notices import deliver_notices

    assert deliver_notices(desk.services, now=NOW).attempts == 0


def test_notice_that_can_go_nowhere_is_undelivered_when_the_attempts_would_be_over(post: Post):
    post.settled()
    notice = post.give(NoticeKind.DOCUMENT_LINKED, about_line=False)
    for after, state in ((timedelta(), "given"), (3 * DAY - SECOND, "given"), (3 * DAY, "undelivered")):
        assert post.deliver(after).attempts == 0
        assert post.state(notice) == state
    assert [entry["outcome"] for entry in post.entries("notice_undelivered")] == ["document_linked"]


def test_without_channels_a_notice_waits_for_page_and_counter(post: Post):
    post.desk.services = replace(post.desk.services, messages={})
    post.add(MAIL)
    post.settled()
    notice = post.give()
    assert post.deliver().on_their_way == 1
    assert post.state(notice) == "given"
    post.open_page(HOUR)
    assert post.state(notice) == "delivered"


@pytest.mark.parametrize("way", ["sent", "page", "counter"])
def test_what_comes_at_the_deadline_or_after_it_is_too_late(reached: Post, way: str):
    deadline = reached.now + 7 * DAY
    in_time, late = reached.give(deadline=deadline + SECOND), reached.give(deadline=deadline)
    if way == "page":
        reached.open_page(7 * DAY)
    elif way == "counter":
        reached.hand_over(in_time.id, after=7 * DAY)
        with pytest.raises(Conflict, match="is over"):
            reached.hand_over(late.id, after=7 * DAY)
    reached.deliver(7 * DAY)
    assert (reached.state(in_time), reached.state(late)) == ("delivered", "undelivered")
    assert late.deliveries.count() == 0


def test_page_that_a_holder_opens_delivers_all_that_stands_on_it_and_no_other_holders(desk: "Desk"):
    from tests.flows.desk import a_mobile

    post = Post(desk)
    desk.register(desk.present(BO), a_mobile("+999555001002"))
    post.give()
    post.open_page(HOUR)
    states = {(row.holder_id == post.holder, row.state) for row in desk.rows("Notice")}
    assert states == {(True, "delivered"), (False, "given")}
    assert [entry["outcome"] for entry in post.entries("notice_delivered")] == ["page", "page"]


def test_notice_is_handed_over_once_by_an_agent_whose_name_the_log_does_not_show(post: Post):
    notice = post.give()
    post.hand_over(notice.id)
    assert post.state(notice) == "delivered"
    (entry,) = post.entries("notice_delivered")
    assert (entry["outcome"], len(entry["by"])) == ("counter", 1)
    assert not any(b'"ada"' in bytes(row.body) for row in post.desk.rows("Entry"))
    (row,) = notice.deliveries.all()
    assert (row.channel, row.contact_point, row.accepted) == ("counter", None, True)
    before = post.desk.everything()
    with pytest.raises(Conflict, match="delivered stays so"):
        post.hand_over(notice.id)
    assert post.desk.everything() == before


def test_undelivered_notice_stays_so_whoever_sees_it_later(reached: Post):
    """Suspension rests on having been told in time: reading it afterwards does not make up for it."""
    reached.email.down = reached.sms.down = True
    notice = reached.give()
    for days in range(3):
        reached.deliver(days * DAY)
    reached.open_page(3 * DAY)
    with pytest.raises(Conflict, match="undelivered stays so"):
        reached.hand_over(notice.id, after=3 * DAY)
    assert reached.state(notice) == "undelivered"


@pytest.mark.parametrize(("number", "agent"), [(10**6, "ada"), (None, "rhea"), (None, "nobody")])
def test_nobody_but_an_agent_hands_over_what_there_is(post: Post, number: int | None, agent: str):
    notice = post.give()
    before = post.desk.everything()
    with pytest.raises(NotFound):
        post.hand_over(number or notice.id, agent=agent)
    assert post.desk.everything() == before


def test_notice_of_an_earlier_release_is_delivered_without_an_entry(reached: Post):
    notice = reached.give()
    notice.subject = None
    notice.save(update_fields=["subject"])
    before = reached.desk.count("Entry")
    reached.deliver()
    assert (reached.state(notice), reached.desk.count("Entry")) == ("delivered", before)


def test_who_was_erased_is_sent_nothing_and_gets_no_key_again(reached: Post):
    from lineproof.registry.models.choices import Retention

    reached.give()
    days = reached.desk.services.policy.retention.identity.days
    reached.desk.end_lines(reached.holder, until=reached.now + SECOND)
    reached.desk.erase(reached.holder, now=reached.now + timedelta(days=days + 1))
    done = reached.deliver(timedelta(days=days + 2))
    assert (done.attempts, done.on_their_way, reached.sent()) == (0, 0, [])
    assert reached.desk.count("DataKey", subject=reached.holder, retention=Retention.IDENTITY.value) == 0


def test_who_is_erased_while_a_message_is_on_its_way_leaves_no_row_behind(reached: Post):
    """Between sending and recording: the attempt is of nobody any more."""
    days = reached.desk.services.policy.retention.identity.days
    reached.desk.end_lines(reached.holder, until=reached.now + SECOND)
    reached.give(NoticeKind.DOCUMENT_LINKED, about_line=False)
    later = reached.now + timedelta(days=days + 1)
    reached.email.before = lambda _: reached.desk.erase(reached.holder, now=later)
    reached.deliver()
    assert [reached.desk.count(table) for table in ("Notice", "NoticeDelivery", "ContactPoint")] == [0, 0, 0]
    assert reached.desk.count("DataKey", subject=reached.holder, retention="identity") == 0


def test_two_runs_at_once_record_an_attempt_once(reached: Post):
    """A second run, from within the first: what both send has one id."""
    notice = reached.give()

    def again(_: object) -> None:
        reached.email.before = lambda _: None
        reached.deliver()

    reached.email.before = again
    reached.deliver()
    assert reached.state(notice) == "delivered"
    assert notice.deliveries.count() == 3
    assert len({message.id for message in reached.email.sent}) == 1
    assert len(reached.entries("notice_delivered")) == 1


def test_address_that_is_refused_does_not_keep_others_from_being_told(reached: Post):
    reached.email.refused.add(MAIL.text)
    first, second = reached.give(), reached.give(NoticeKind.RESTRICTION)
    done = reached.deliver()
    assert (done.attempts, done.accepted, done.delivered) == (6, 4, 2)
    assert (reached.state(first), reached.state(second)) == ("delivered", "delivered")


def test_printed_notice_is_what_is_sent(reached: Post):
    from lineproof.registry.queries.notices import read_letter

    notice = reached.give()
    reached.deliver()
    letter = read_letter(reached.desk.services, notice.id, Language.ENGLISH)
    assert (letter.subject, letter.text) == (reached.email.sent[0].subject, reached.email.sent[0].text)
    with pytest.raises(NotFound):
        read_letter(reached.desk.services, 10**6, Language.ENGLISH)
