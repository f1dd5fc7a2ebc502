"""A line is given up by its holder, and comes back to nobody else while its number is nobody's."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.ports import SwitchState
from lineproof.terms import HolderId, LineId
from tests.fakes.specimens import ALICE, BO, Passport
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NUMBER = "+999555001001"
# Five days in the specimen pack, from one in the afternoon of the first of July: to the end of the sixth.
QUARANTINE_ENDS = datetime.fromisoformat("2026-07-07T00:00:00+00:00")


@dataclass
class Ending:
    """Alice with a mobile line, and what can be asked for. Times count from NOW."""

    desk: "Desk"
    line: LineId
    alice: HolderId

    def at(self, later: timedelta) -> datetime:
        from tests.flows.desk import NOW

        return NOW + later

    def surrender(self, later: timedelta = HOUR, *, by: Passport = ALICE) -> None:
        from lineproof.registry.flows.surrender_line import surrender_line

        session = self.desk.verified(by, now=self.at(later))
        surrender_line(self.desk.services, self.line, session, now=self.at(later))

    def take_back(self, later: timedelta = 2 * HOUR, *, by: Passport = ALICE) -> None:
        from lineproof.registry.flows.surrender_line import take_back

        session = self.desk.verified(by, now=self.at(later))
        take_back(self.desk.services, self.line, session, now=self.at(later))

    def release(self, now: datetime, *, most_at_once: int = 500) -> int:
        from lineproof.registry.flows.reissue_numbers import release_numbers

        return release_numbers(self.desk.services, now=now, most_at_once=most_at_once)

    @property
    def state(self) -> str:
        return str(self.desk.row("Line", id=self.line).state)

    def switched(self) -> list[SwitchState]:
        return [order.state for order in self.desk.network.orders]

    def told(self, kind: str) -> list[HolderId]:
        return [row.holder_id for row in self.desk.rows("Notice") if row.kind == kind]

    def entered(self, kind: str) -> int:
        return sum(f'"kind":"{kind}"'.encode() in bytes(row.body) for row in self.desk.rows("Entry"))

    def findings(self, later: timedelta) -> tuple[object, ...]:
        return monitored(self.desk, at=self.at(later)).findings


@pytest.fixture
def ending(desk: "Desk") -> Ending:
    done = desk.register()
    assert done.line is not None
    assert done.holder is not None
    return Ending(desk, done.line, done.holder)


def test_line_that_is_given_up_is_switched_off_its_holder_is_told_and_its_number_is_nobodys(ending: Ending):
    ending.surrender()
    assert ending.state == "quarantine"
    (custody,) = ending.desk.rows("Custody")
    assert custody.until == ending.at(HOUR)
    assert ending.switched() == [SwitchState.ON, SwitchState.OFF]
    assert ending.told("line_surrendered") == [ending.alice]
    assert ending.findings(HOUR) == ()


def test_number_that_is_in_quarantine_is_registered_to_nobody(ending: Ending):
    ending.surrender()
    with pytest.raises(Conflict, match="already registered"):
        ending.desk.register(ending.desk.present(BO))


def test_nobody_gives_up_anothers_line(ending: Ending):
    with pytest.raises(NotPermitted, match="not in the name of who was verified"):
        ending.surrender(by=BO)
    assert ending.state == "active"
    ending.line = LineId(uuid.uuid4())
    with pytest.raises(NotPermitted, match="not in the name of who was verified"):
        ending.surrender()


def test_nobody_gives_up_a_line_unverified(ending: Ending):
    from lineproof.registry.flows.surrender_line import surrender_line

    session = ending.desk.verified(ALICE, now=ending.at(HOUR))
    with pytest.raises(NotPermitted):
        surrender_line(ending.desk.services, ending.line, session, now=ending.at(HOUR + DAY))


def test_line_is_given_up_once(ending: Ending):
    ending.surrender()
    with pytest.raises(NotPermitted, match="not in the name of who was verified"):
        ending.surrender(2 * HOUR)


def test_line_that_is_being_ported_is_not_given_up(ending: Ending):
    from lineproof.registry.models import Line

    Line.objects.update(state="porting_out")
    with pytest.raises(Conflict, match="porting out cannot be surrendered"):
        ending.surrender()
    assert ending.desk.row("Custody").until is None
    assert ending.desk.count("Order") == 1
    assert ending.entered("line_surrendered") == 0
    assert ending.entered("holder_verified") == 1


def test_open_transfer_is_ended_first_as_if_its_giver_took_it_back(ending: Ending):
    from lineproof.registry.flows.transfer_line import offer_line

    session = ending.desk.verified(ALICE, now=ending.at(HOUR))
    offer_line(ending.desk.services, ending.line, session, now=ending.at(HOUR))
    ending.surrender(2 * HOUR)
    transfer = ending.desk.row("Transfer")
    assert (transfer.state, transfer.outcome, ending.state) == ("cancelled", "by_giver", "quarantine")
    assert ending.told("transfer_ended") == ending.told("line_surrendered") == [ending.alice]
    assert ending.findings(2 * HOUR) == ()


def test_line_waits_until_the_network_has_switched_it_off(ending: Ending):
    ending.desk.network.down = True
    ending.surrender()
    assert ending.state == "surrendered"
    with pytest.raises(Conflict, match="not switched the line off yet"):
        ending.take_back()
    ending.desk.network.down = False
    ending.take_back(3 * HOUR)  # the verification before it sends what waits
    assert ending.state == "active"
    assert ending.findings(3 * HOUR) == ()


def test_line_that_was_never_switched_on_is_given_up_and_never_switched_on(desk: "Desk"):
    desk.network.down = True
    done = desk.register()
    assert done.line is not None
    assert done.holder is not None
    ending = Ending(desk, done.line, done.holder)
    ending.surrender()
    desk.network.down = False
    desk.verify_holder(now=ending.at(2 * HOUR))
    assert (ending.state, ending.switched()) == ("quarantine", [SwitchState.OFF])


def test_last_holder_takes_a_line_back_and_it_is_switched_on(ending: Ending):
    from lineproof.registry.queries.holder import read_lines

    ending.surrender()
    ending.take_back()
    (line,) = read_lines(ending.desk.services.keys, ending.alice)
    assert (line.label, line.state.value) == (NUMBER, "active")
    assert ending.switched() == [SwitchState.ON, SwitchState.OFF, SwitchState.ON]
    first, second = ending.desk.rows("Custody")
    assert (first.until, second.since, second.until) == (ending.at(HOUR), ending.at(2 * HOUR), None)
    assert ending.told("line_restored") == [ending.alice]
    assert ending.findings(2 * HOUR) == ()


def test_nobody_else_takes_it_back(ending: Ending):
    ending.surrender()
    with pytest.raises(NotFound, match="held last"):
        ending.take_back(by=BO)
    assert ending.state == "quarantine"


def test_giver_of_a_line_that_its_receiver_gave_up_does_not_get_it_back(ending: Ending):
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers, offer_line

    services, desk = ending.desk.services, ending.desk
    offer = offer_line(services, ending.line, desk.verified(ALICE), now=ending.at(HOUR))
    accept_line(services, offer.code, desk.verified(BO), terms_version="1", now=ending.at(HOUR))
    complete_due_transfers(services, now=ending.at(2 * DAY))
    ending.surrender(2 * DAY + HOUR, by=BO)
    with pytest.raises(NotFound, match="held last"):
        ending.take_back(2 * DAY + 2 * HOUR, by=ALICE)
    ending.take_back(2 * DAY + 2 * HOUR, by=BO)
    assert ending.state == "active"


def test_who_is_not_to_be_recognised_any_more_takes_nothing_back(ending: Ending):
    """Verified a moment before, and erased at their request since: nobody that a line could be of."""
    from lineproof.registry.flows.surrender_line import take_back

    ending.surrender()
    session = ending.desk.verified(ALICE, now=ending.at(2 * HOUR))
    assert ending.desk.erase(ending.alice, now=ending.at(2 * HOUR)).erased
    with pytest.raises(Conflict, match="erased at their request"):
        take_back(ending.desk.services, ending.line, session, now=ending.at(3 * HOUR))


def test_line_that_is_held_is_not_taken_back(ending: Ending):
    with pytest.raises(NotFound, match="do not hold any more"):
        ending.take_back()


def test_nobody_takes_a_line_back_above_the_cap(ending: Ending):
    from tests.flows.desk import a_mobile

    ending.surrender()
    for number in ("+999555001002", "+999555001003"):
        assert ending.desk.register(request=a_mobile(number)).line is not None
    with pytest.raises(Conflict, match="as one may: 2"):
        ending.take_back()


@pytest.mark.parametrize("early", [SECOND, timedelta()])
def test_number_is_released_when_its_quarantine_is_over_and_not_before(ending: Ending, early: timedelta):
    ending.surrender()
    assert ending.release(QUARANTINE_ENDS - early) == (0 if early else 1)
    line = ending.desk.row("Line")
    assert (line.state, line.identifier_index is None) == (
        ("quarantine", False) if early else ("reissued", True)
    )
    assert line.sealed_identifier
    later = QUARANTINE_ENDS - ending.at(timedelta())
    assert ending.findings(later) == ()
    if early:
        ending.take_back(later - early)
        assert ending.state == "active"
    else:
        with pytest.raises(Conflict, match="released"):
            ending.take_back(later)


def test_line_is_taken_back_as_long_as_nobody_released_its_number(ending: Ending):
    """An office that is late does not take anything from anybody."""
    ending.surrender()
    ending.take_back(9 * DAY)
    assert ending.state == "active"


def test_quarantine_counts_from_the_last_time_that_the_line_ended(ending: Ending):
    ending.surrender()
    ending.take_back(2 * DAY)
    ending.surrender(3 * DAY)
    assert ending.release(QUARANTINE_ENDS) == 0
    assert ending.release(QUARANTINE_ENDS + 2 * DAY + 12 * HOUR) == 0
    assert ending.release(QUARANTINE_ENDS + 3 * DAY) == 1


def test_line_that_the_network_has_not_switched_off_keeps_its_number(ending: Ending):
    ending.desk.network.down = True
    ending.surrender()
    assert ending.release(QUARANTINE_ENDS + 100 * DAY) == 0
    assert ending.desk.row("Line").identifier_index is not None


def released(ending: Ending) -> HolderId:
    """Have the number given up, released, and registered by Bo; give Bo."""
    ending.surrender()
    assert ending.release(QUARANTINE_ENDS) == 1
    done = ending.desk.register(ending.desk.present(BO))
    assert done.holder is not None
    return done.holder


def test_number_that_was_released_is_another_line_of_another_person(ending: Ending):
    from lineproof.registry.queries.holder import find_last_holder_by_name, read_holder_page

    bo = released(ending)
    keys = ending.desk.services.keys
    assert ending.desk.count("Line") == 2
    assert find_last_holder_by_name(keys, NUMBER) == bo
    assert [line.label for line in read_holder_page(keys, bo).lines] == [NUMBER]
    page = read_holder_page(keys, ending.alice)
    assert page.lines == ()
    assert {notice.line_label for notice in page.notices} == {""}


def test_who_held_a_released_number_is_told_what_is_kept_and_erased_at_its_end(ending: Ending):
    from lineproof.registry.flows.erase import erase_due
    from lineproof.registry.queries.holder import find_holder_by_name

    bo = released(ending)
    erasure = ending.desk.erase(ending.alice, now=QUARANTINE_ENDS + SECOND)
    assert [kept.line for kept in erasure.kept if kept.line] == [NUMBER]
    erase_due(ending.desk.services, now=QUARANTINE_ENDS + 6 * DAY)
    old = ending.desk.row("Line", id=ending.line)
    assert (old.state, old.sealed_identifier) == ("reissued", None)
    assert ending.desk.count("DataKey", subject=ending.alice, retention="line") == 0
    assert find_holder_by_name(ending.desk.services.keys, NUMBER) == bo


def test_numbers_are_released_in_batches_the_one_that_ended_first_at_the_top(ending: Ending):
    from lineproof.registry.flows.surrender_line import surrender_line
    from tests.flows.desk import a_mobile, an_access

    second = ending.desk.register(request=a_mobile("+999555001002")).line
    third = ending.desk.register(request=an_access()).line
    for line, later in ((third, 2 * DAY), (ending.line, HOUR), (second, HOUR)):
        assert line is not None
        now = ending.at(later)
        surrender_line(ending.desk.services, line, ending.desk.verified(ALICE, now=now), now=now)
    assert ending.release(QUARANTINE_ENDS, most_at_once=1) == 2
    assert ending.desk.row("Line", state="quarantine").id == third
    assert ending.release(QUARANTINE_ENDS + DAY) == 0
    assert ending.release(QUARANTINE_ENDS + 2 * DAY) == 1
    assert ending.entered("number_released") == 3


def test_release_for_who_was_erased_makes_no_key_for_them_again(ending: Ending):
    from lineproof.registry.flows.erase import erase_holder

    ending.surrender()
    late = ending.at(200 * DAY)
    erase_holder(ending.desk.services, ending.alice, now=late)
    assert ending.desk.count("DataKey", subject=ending.alice) == 0
    assert ending.state == "quarantine"
    assert ending.release(late) == 1
    assert ending.state == "reissued"
    assert ending.desk.count("DataKey", subject=ending.alice) == 0


def test_line_that_the_network_has_not_switched_off_is_not_erased_until_it_is(ending: Ending):
    """Erased, nothing could tell the network which line it is; and other orders go out all the same."""
    from tests.flows.desk import an_access

    desk, late = ending.desk, 300 * DAY
    desk.register(request=an_access())
    desk.network.down = True
    ending.surrender()
    (kept,) = (each for each in desk.erase(ending.alice, now=ending.at(late)).kept if each.line == NUMBER)
    assert (kept.until, kept.why) == (None, "the network has not switched it off yet")
    desk.network.down = False
    # The network is tried again a while after, and so it was switched off after this.
    assert desk.erase(ending.alice, now=ending.at(late + DAY)).erased == ()
    assert ending.state == "quarantine"
    again = ending.at(late + DAY)
    assert [matter.value for matter in desk.erase(ending.alice, now=again).erased] == ["line"]
    assert desk.verify_holder(now=again).holder == ending.alice


def test_order_for_a_line_that_was_erased_stops_no_other(ending: Ending):
    from lineproof.registry.models import Line
    from tests.flows.desk import a_mobile, an_access

    desk = ending.desk
    desk.register(request=an_access())
    desk.network.down = True
    ending.surrender()
    Line.objects.filter(id=ending.line).update(identifier_index=None, sealed_identifier=None)
    desk.network.down = False
    done = desk.register(request=a_mobile("+999555001002"))
    assert desk.row("Line", id=done.line).state == "active"
    assert desk.row("Line", id=ending.line).state == "surrendered"


def test_line_of_who_was_erased_is_switched_off_and_makes_no_key_for_them_again(ending: Ending):
    from lineproof.registry.flows.provision import provision

    ending.desk.network.down = True
    ending.surrender()
    late = ending.at(300 * DAY)
    assert {matter.value for matter in ending.desk.erase(ending.alice, now=late).erased} == {
        *("identity", "recognition"),
    }
    ending.desk.network.down = False
    assert provision(ending.desk.services, now=ending.at(301 * DAY)) == 1
    assert ending.state == "quarantine"
    assert ending.desk.count("DataKey", subject=ending.alice, retention="identity") == 0
