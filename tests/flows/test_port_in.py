"""A number that comes from another operator: registered as any line, switched on when it has come."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.decide import Verdict
from lineproof.errors import Conflict, Malformed, NotFound
from lineproof.terms import PortingId, StaffName, Way
from lineproof.transparency.monitor import Monitor
from tests.fakes.specimens import BO
from tests.flows.changes import AGAIN, SECOND, UTOPIA, ask_port_out, confirm_port_out, entries, line_of, told

if TYPE_CHECKING:
    from lineproof.line.request import LineRequest
    from lineproof.ports import Presentation
    from lineproof.registry.flows.register_line import Registration
    from tests.flows.desk import Desk

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
LATER = START + timedelta(days=1)
RHEA, SOL = StaffName("rhea"), StaffName("sol")


def port_in(
    desk: "Desk", presentation: "Presentation | None" = None, request: "LineRequest | None" = None
) -> "Registration":
    """Apply for a number that is with another operator: Alice's usual one, unless told otherwise."""
    from lineproof.registry.flows.port_in import ask_port_in
    from tests.flows.desk import a_mobile

    shown = presentation or desk.present()
    return ask_port_in(desk.services, request or a_mobile(), UTOPIA, shown, now=START)


def confirm(desk: "Desk", porting: PortingId, *, now: datetime = LATER) -> None:
    """Have the other operator let the number go."""
    from lineproof.registry.flows.port_in import confirm_port_in

    confirm_port_in(desk.services, porting, now=now)


def refuse(desk: "Desk", porting: PortingId, *, now: datetime = LATER) -> None:
    """Have the other operator keep the number."""
    from lineproof.registry.flows.port_in import refuse_port_in

    refuse_port_in(desk.services, porting, now=now)


def porting_of(desk: "Desk") -> PortingId:
    """Give the one porting there is."""
    return PortingId(desk.row("Porting").id)


def states(desk: "Desk") -> tuple[str, str]:
    """Say where the line and its porting are."""
    return desk.row("Line").state, desk.row("Porting").state


@pytest.mark.parametrize("way", Way)
def test_line_is_in_the_holders_name_and_waits(desk: "Desk", way: Way):
    done = port_in(desk, desk.present(way=way))
    assert (done.decision.verdict, done.holder) == (Verdict.ACCEPT, desk.row("Custody").holder_id)
    assert states(desk) == ("porting_in", "coming")
    assert (desk.row("Line").origin, desk.row("Porting").other_operator) == ("ported_in", UTOPIA.text)
    assert told(desk) == ["line_registered"]
    assert (desk.count("Order"), desk.network.orders) == (0, [])


def test_it_is_switched_on_when_the_other_operator_lets_it_go(desk: "Desk"):
    port_in(desk)
    confirm(desk, porting_of(desk))
    assert states(desk) == ("active", "came")
    assert [order.state.value for order in desk.network.orders] == ["on"]
    came, on = entries(desk, "line_ported_in", "line_switched_on")
    assert (came["stage"], on["stage"], on["subject"]) == ("under_way", "ended", came["subject"])
    assert on["subject"] == entries(desk, "line_registered")[0]["subject"]


def test_network_that_is_down_switches_it_on_when_it_is_back(desk: "Desk"):
    port_in(desk)
    desk.network.down = True
    confirm(desk, porting_of(desk))
    assert states(desk) == ("pending", "came")
    desk.network.down = False
    desk.verify_holder(now=LATER + AGAIN)
    assert states(desk) == ("active", "came")


def test_refused_the_line_ends_and_its_holder_is_told(desk: "Desk"):
    port_in(desk)
    refuse(desk, porting_of(desk))
    assert states(desk) == ("reissued", "refused")
    assert desk.row("Custody").until == LATER
    assert told(desk) == ["line_registered", "port_in_refused"]
    assert (desk.count("Order"), desk.network.orders) == (0, [])
    assert entries(desk, "port_in_refused")[0]["stage"] == "ended"


def test_refused_number_can_be_applied_for_again(desk: "Desk"):
    port_in(desk)
    refuse(desk, porting_of(desk))
    again = port_in(desk)
    assert (again.decision.verdict, desk.count("Holder")) == (Verdict.ACCEPT, 1)
    assert [row.state for row in desk.rows("Porting")].count("coming") == 1


@pytest.mark.parametrize("end", [confirm, refuse])
def test_it_comes_or_is_refused_once(desk: "Desk", end):
    port_in(desk)
    porting = porting_of(desk)
    end(desk, porting)
    before = desk.everything()
    for again in (confirm, refuse):
        with pytest.raises(Conflict, match="cannot be"):
            again(desk, porting, now=LATER + SECOND)
    assert desk.everything() == before


def test_it_counts_for_the_cap_at_once(desk: "Desk"):
    from tests.flows.desk import a_mobile

    port_in(desk)
    desk.register(request=a_mobile("+999555001002"))
    third = desk.register(request=a_mobile("+999555001003"))
    assert (third.decision.verdict, third.line) == (Verdict.REFER, None)


def test_who_is_at_the_cap_is_referred_and_not_refused(desk: "Desk"):
    from tests.flows.desk import a_mobile

    for number in ("+999555001002", "+999555001003"):
        desk.register(request=a_mobile(number))
    assert port_in(desk).decision.verdict is Verdict.REFER


def test_referred_it_waits_for_two_people_and_then_for_the_other_operator(desk: "Desk"):
    referred = port_in(desk, desk.present(attended=False))
    assert referred.case is not None
    assert desk.count("Line") == desk.count("Porting") == 0
    review = desk.accept(referred.case, RHEA, SOL)
    assert review.line == line_of(desk)
    assert states(desk) == ("porting_in", "coming")
    assert (desk.row("Porting").other_operator, desk.count("Order")) == (UTOPIA.text, 0)
    confirm(desk, porting_of(desk))
    assert states(desk) == ("active", "came")
    subjects = {body["subject"] for body in entries(desk, "case_opened", "port_in_asked", "line_switched_on")}
    assert len(subjects) == 1


def test_refused_by_two_people_nothing_comes(desk: "Desk"):
    referred = port_in(desk, desk.present(attended=False))
    assert referred.case is not None
    desk.refuse(referred.case, RHEA, SOL)
    assert desk.count("Line") == desk.count("Porting") == 0


def test_who_is_not_verified_brings_no_number(desk: "Desk"):
    assert port_in(desk, desk.present(None)).decision.verdict is Verdict.NOT_VERIFIED
    assert desk.count("Line") == desk.count("Porting") == 0


def test_number_that_is_registered_here_does_not_come(desk: "Desk"):
    desk.register()
    with pytest.raises(Conflict, match="already registered"):
        port_in(desk, desk.present(BO))
    assert desk.count("Porting") == 0


def test_internet_access_does_not_come(desk: "Desk"):
    from tests.flows.desk import an_access

    with pytest.raises(Malformed, match="Only a mobile number"):
        port_in(desk, request=an_access())


def test_number_that_comes_cannot_leave_and_one_that_leaves_did_not_come(desk: "Desk"):
    port_in(desk)
    with pytest.raises(Conflict, match="porting in is not ported out"):
        ask_port_out(desk, now=START)
    with pytest.raises(Conflict, match="is to come from another operator cannot be taken"):
        confirm_port_out(desk, porting_of(desk), now=LATER)
    confirm(desk, porting_of(desk))
    leaving = ask_port_out(desk, now=LATER)
    for end in (confirm, refuse):
        with pytest.raises(Conflict, match="is to go to another operator cannot be"):
            end(desk, leaving.porting)


def test_porting_that_is_unknown_is_not_found(desk: "Desk"):
    port_in(desk)
    with pytest.raises(NotFound, match="no such porting"):
        confirm(desk, PortingId(line_of(desk)))


class TestLateness:
    """The other operator has until the end of the third working day: Wednesday's question, Monday's end."""

    DUE = datetime(2026, 7, 7, tzinfo=UTC)

    @staticmethod
    def tell(desk: "Desk", *, now: datetime) -> int:
        from lineproof.registry.flows.port_in import tell_late_ports

        return tell_late_ports(desk.services, now=now)

    @staticmethod
    def findings(desk: "Desk", *, at: datetime) -> list[str]:
        watching = Monitor(at=at)
        for row in desk.rows("Entry"):
            watching.add(row.position, bytes(row.body))
        return [one.rule.value for one in watching.finish().findings]

    def test_time_that_it_has_is_on_record_and_in_the_log(self, desk: "Desk"):
        port_in(desk)
        assert desk.row("Porting").due_at == self.DUE
        (asked,) = entries(desk, "port_in_asked")
        assert asked["due_at"] == "2026-07-07T00:00:00Z"
        confirm(desk, porting_of(desk))
        assert entries(desk, "line_ported_in")[0]["answers"] == asked["due_at"]
        assert self.findings(desk, at=self.DUE + timedelta(days=90)) == []

    @pytest.mark.parametrize(("before", "late"), [(SECOND, 0), (timedelta(), 1)])
    def test_holder_is_told_from_the_end_of_it_on_once_and_nothing_else_changes(
        self, desk: "Desk", before: timedelta, late: int
    ):
        port_in(desk)
        everything = desk.everything()
        assert self.tell(desk, now=self.DUE - before) == late
        assert (desk.everything() == everything) == (not late)
        assert told(desk) == ["line_registered", *["port_in_late"] * late]
        assert states(desk) == ("porting_in", "coming")
        assert (desk.count("Order"), desk.network.orders) == (0, [])
        again = desk.everything()
        assert self.tell(desk, now=self.DUE - before) == 0
        assert desk.everything() == again

    @pytest.mark.parametrize(("end", "last"), [(confirm, "came"), (refuse, "refused")])
    def test_other_operator_may_still_let_it_go_or_not(self, desk: "Desk", end, last: str):
        port_in(desk)
        self.tell(desk, now=self.DUE)
        end(desk, porting_of(desk), now=self.DUE + timedelta(days=9))
        assert states(desk)[1] == last
        assert self.findings(desk, at=self.DUE + timedelta(days=10)) == []

    @pytest.mark.parametrize("end", [confirm, refuse])
    def test_what_came_or_was_refused_in_time_is_never_late(self, desk: "Desk", end):
        port_in(desk)
        end(desk, porting_of(desk))
        assert self.tell(desk, now=self.DUE + timedelta(days=9)) == 0

    def test_number_that_leaves_is_not_looked_at(self, desk: "Desk"):
        desk.register()
        ask_port_out(desk, now=START)
        assert self.tell(desk, now=self.DUE + timedelta(days=9)) == 0

    def test_office_that_does_not_tell_is_found_in_the_log_a_day_later(self, desk: "Desk"):
        port_in(desk)
        day = timedelta(days=1)
        assert self.findings(desk, at=self.DUE + day) == []
        assert self.findings(desk, at=self.DUE + day + SECOND) == ["holder_told"]
        self.tell(desk, now=self.DUE + day)
        assert self.findings(desk, at=self.DUE + 9 * day) == []

    def test_it_is_listed_counted_and_due_to_be_told(self, desk: "Desk"):
        from lineproof.registry.flows.due import TaskName
        from lineproof.registry.queries.gauges import GAUGES
        from lineproof.registry.queries.holds import read_late_portings

        port_in(desk)
        (gauge,) = (gauge for gauge in GAUGES if gauge.name == "lineproof_portings_late")
        for now, late in ((self.DUE, 0), (self.DUE + SECOND, 1)):
            assert [sample.value for sample in gauge.read(desk.services, now)] == [late]
            assert len(read_late_portings(now=now)) == late
        (row,) = read_late_portings(now=self.DUE + SECOND)
        assert (row.id, row.line, row.other_operator) == (porting_of(desk), line_of(desk), UTOPIA.text)
        assert TaskName("tell_late_ports")

    def test_porting_of_an_earlier_release_has_no_time_and_is_never_late(self, desk: "Desk"):
        port_in(desk)
        row = desk.row("Porting")
        row.due_at = None
        row.save()
        assert self.tell(desk, now=self.DUE + timedelta(days=90)) == 0
