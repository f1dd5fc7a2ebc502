"""A number goes to another operator when its holder asked for it and had time to object, and else stays."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.terms import PortingId
from tests.fakes.specimens import ALICE, BO, MALLORY
from tests.flows.changes import (
    AGAIN,
    SECOND,
    UTOPIA,
    a_card,
    ask_port_out,
    ask_sim,
    confirm_port_out,
    end_due_ports,
    entries,
    in_zone,
    line_of,
    stop_port_out,
    switch_due,
    told,
)

if TYPE_CHECKING:
    from lineproof.registry.flows.port_out import PortOutAsked
    from tests.flows.desk import Desk

START = datetime(2026, 7, 1, 12, tzinfo=UTC)  # a Wednesday
DUE = datetime(2026, 7, 7, tzinfo=UTC)  # three working days later
CLOSES = datetime(2026, 7, 11, tzinfo=UTC)  # and three more


@pytest.fixture
def held(desk: "Desk") -> "Desk":
    """Alice's line, switched on."""
    desk.register()
    return desk


def states(desk: "Desk") -> tuple[str, str]:
    """Say where the line and its porting are."""
    return desk.row("Line").state, desk.row("Porting").state


class TestAsking:
    def test_line_works_as_before_and_its_holder_is_told_until_when_to_object(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        assert (asked.due_at, asked.closes_at) == (DUE, CLOSES)
        assert states(held) == ("porting_out", "leaving")
        assert told(held) == ["line_registered", "port_out_asked"]
        assert held.row("Notice", kind="port_out_asked").deadline == DUE
        assert [order.state.value for order in held.network.orders] == ["on"]
        assert held.row("Porting").other_operator == UTOPIA.text

    def test_another_verified_person_cannot_ask_and_nothing_changes(self, held: "Desk"):
        session = held.verified(MALLORY)
        before = held.everything()
        with pytest.raises(NotPermitted, match="not in the name of who was verified"):
            ask_port_out(held, by=session, now=START)
        assert held.everything() == before

    def test_second_time_waits_for_the_end_of_the_first(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        with pytest.raises(Conflict, match="porting out is not ported out"):
            ask_port_out(held, now=START)
        stop_port_out(held, asked.porting, now=START)
        assert ask_port_out(held, now=START)

    def test_no_other_sim_is_put_on_a_line_that_leaves(self, held: "Desk"):
        ask_port_out(held, now=START)
        with pytest.raises(Conflict, match="porting out gets no other SIM"):
            ask_sim(held, now=START)

    def test_internet_access_has_no_number(self, desk: "Desk"):
        from tests.flows.desk import an_access

        desk.register(request=an_access())
        with pytest.raises(Conflict, match="no number to take along"):
            ask_port_out(desk, now=START)

    def test_hold_says_until_when(self, held: "Desk"):
        from lineproof.line.hold import Hold, HoldKind
        from lineproof.registry.flows.held_line import set_hold
        from lineproof.registry.flows.log import LogWriter

        until = START + timedelta(days=2)
        log = LogWriter(held.services, None, now=START)
        set_hold(held.row("Line"), Hold(HoldKind.PORT_OUT, until), log)
        with pytest.raises(Conflict, match="until 2026-07-03 12:00 UTC"):
            ask_port_out(held, now=until - SECOND)
        assert ask_port_out(held, now=until)


class TestLeaving:
    @pytest.mark.parametrize(
        ("now", "leaves"),
        [(DUE - SECOND, False), (DUE, True), (CLOSES - SECOND, True), (CLOSES, False)],
    )
    def test_not_before_the_holder_could_object_and_not_for_ever(
        self, held: "Desk", now: datetime, leaves: bool
    ):
        asked = ask_port_out(held, now=START)
        if leaves:
            confirm_port_out(held, asked.porting, now=now)
            assert states(held) == ("ported_out", "left")
        else:
            before = held.everything()
            with pytest.raises(Conflict):
                confirm_port_out(held, asked.porting, now=now)
            assert held.everything() == before

    @pytest.mark.parametrize(("before", "leaves"), [(SECOND, False), (timedelta(), True)])
    def test_when_the_clock_changes(self, desk: "Desk", before: timedelta, leaves: bool):
        """A day that ends in the hour that is there twice ends with the midnight of its zone."""
        autumn, due = datetime(2026, 10, 24, 10, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
        in_zone(desk, "Europe/Berlin", port_out="1 day")
        desk.register()
        asked = ask_port_out(desk, now=autumn)
        assert (asked.due_at, asked.closes_at) == (due, due + timedelta(days=2))
        if leaves:
            confirm_port_out(desk, asked.porting, now=due - before)
        else:
            with pytest.raises(Conflict, match="stays until 2026-10-25 23:00 UTC"):
                confirm_port_out(desk, asked.porting, now=due - before)

    def test_line_ends_here_the_network_switches_it_off_and_the_holder_is_told(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        confirm_port_out(held, asked.porting, now=DUE)
        custody, order = held.row("Custody"), held.network.orders[-1]
        assert custody.until == DUE
        assert (order.state.value, order.identifier) == ("off", held.network.orders[0].identifier)
        assert told(held)[-1] == "line_ported_out"
        assert held.row("Line").state == "ported_out"
        assert entries(held, "line_switched")[0]["outcome"] == "off"

    def test_number_is_not_found_here_and_may_come_back(self, held: "Desk"):
        from lineproof.registry.queries.holder import find_holder_by_name, find_last_holder_by_name

        asked = ask_port_out(held, now=START)
        confirm_port_out(held, asked.porting, now=DUE)
        for find in (find_holder_by_name, find_last_holder_by_name):
            with pytest.raises(NotFound):
                find(held.services.keys, "+999555001001")
        assert held.register(held.present(BO)).line is not None
        assert {row.state for row in held.rows("Line")} == {"ported_out", "active"}

    def test_number_that_left_counts_for_no_cap(self, held: "Desk"):
        from tests.flows.desk import a_mobile

        held.register(held.present(), a_mobile("+999555001002"))
        asked_for = a_mobile("+999555001003")
        assert held.register(held.present(), asked_for).case is not None  # two are the cap
        asked = ask_port_out(held, line=line_of(held, custodies__slot=1), now=START)
        confirm_port_out(held, asked.porting, now=DUE)
        assert held.register(held.present(), asked_for).line is not None

    def test_network_that_is_down_is_told_when_it_is_back(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        held.network.down = True
        confirm_port_out(held, asked.porting, now=DUE)
        assert held.row("Line").state == "ported_out"
        assert [order.state.value for order in held.network.orders] == ["on"]
        held.network.down = False
        assert end_due_ports(held, now=DUE + AGAIN) == 0
        assert [order.state.value for order in held.network.orders] == ["on", "off"]
        off, left = entries(held, "line_switched")[0], entries(held, "line_ported_out")[0]
        assert (off["subject"], off["stage"], held.row("Line").state) == (
            left["subject"],
            "ended",
            "ported_out",
        )

    def test_it_is_taken_once(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        confirm_port_out(held, asked.porting, now=DUE)
        session = held.verified(ALICE, now=DUE)
        before = held.everything()
        with pytest.raises(Conflict, match="has gone to another operator cannot be taken"):
            confirm_port_out(held, asked.porting, now=DUE + SECOND)
        with pytest.raises(Conflict, match="has gone to another operator cannot be kept here"):
            stop_port_out(held, asked.porting, by=session, now=DUE + SECOND)
        assert held.everything() == before

    def test_porting_that_is_unknown_is_not_found(self, held: "Desk"):
        with pytest.raises(NotFound, match="no such porting"):
            confirm_port_out(held, PortingId(line_of(held)), now=DUE)

    def test_data_of_a_line_that_left_is_erased_in_its_time(self, held: "Desk"):
        from lineproof.registry.flows.erase import erase_due

        days = held.services.policy.retention.line.days
        asked = ask_port_out(held, now=START)
        confirm_port_out(held, asked.porting, now=DUE)
        erase_due(held.services, now=DUE + timedelta(days=days) - SECOND)
        assert held.row("Line").sealed_identifier is not None
        assert held.count("Porting") == 1
        erase_due(held.services, now=DUE + timedelta(days=days))
        assert held.row("Line").sealed_identifier is None
        assert held.count("Porting") == held.count("Hold") == 0


class TestStaying:
    @pytest.mark.parametrize("now", [START, DUE - SECOND, DUE, CLOSES + timedelta(days=30)])
    def test_holder_keeps_it_until_it_has_left(self, held: "Desk", now: datetime):
        asked = ask_port_out(held, now=START)
        stop_port_out(held, asked.porting, now=now)
        assert states(held) == ("active", "stayed")
        assert told(held)[-1] == "port_out_ended"
        assert entries(held, "port_out_ended")[0]["outcome"] == "by_holder"
        with pytest.raises(Conflict, match="stays here cannot be taken"):
            confirm_port_out(held, asked.porting, now=DUE)

    def test_another_person_cannot_keep_it(self, held: "Desk"):
        asked = ask_port_out(held, now=START)
        with pytest.raises(NotPermitted, match="not in the name"):
            stop_port_out(held, asked.porting, by=MALLORY, now=START)
        assert states(held) == ("porting_out", "leaving")

    @pytest.mark.parametrize(("before", "kept"), [(SECOND, 0), (timedelta(), 1)])
    def test_not_confirmed_in_time_it_stays_switched_on(self, held: "Desk", before: timedelta, kept: int):
        ask_port_out(held, now=START)
        assert end_due_ports(held, now=CLOSES - before) == kept
        assert states(held) == (("active", "stayed") if kept else ("porting_out", "leaving"))
        assert (told(held)[-1] == "port_out_ended") == bool(kept)
        assert [order.state.value for order in held.network.orders] == ["on"]
        assert end_due_ports(held, now=CLOSES) == 1 - kept

    def test_another_procedure_keeps_it_in_its_own_transaction(self, held: "Desk"):
        """As a dispute does: what is written stands under the pseudonym of the porting."""
        from django.db import transaction

        from lineproof.line.porting import PortingEvent
        from lineproof.registry.flows.log import LogWriter
        from lineproof.registry.flows.port_out import end_open_port_out

        ask_port_out(held, now=START)
        with transaction.atomic(), LogWriter(held.services, None, now=START) as log:
            assert end_open_port_out(held.row("Line"), PortingEvent.DISPUTED, log)
            assert not end_open_port_out(held.row("Line"), PortingEvent.DISPUTED, log)
        (ended,) = entries(held, "port_out_ended")
        assert (ended["outcome"], len(ended["commitments"])) == ("disputed", 1)
        assert ended["subject"] == entries(held, "port_out_asked")[0]["subject"]
        assert states(held) == ("active", "stayed")


class TestOrdersThatWait:
    """The network was away when another SIM was due, and still is when the number leaves."""

    @pytest.fixture
    def leaving(self, held: "Desk") -> "PortOutAsked":
        sim = ask_sim(held, now=START)
        held.network.down = True
        assert switch_due(held, now=sim.due_at) == 1
        return ask_port_out(held, now=START + timedelta(days=10))

    def test_sim_of_a_number_that_left_is_never_sent_and_the_log_says_so_at_once(
        self, held: "Desk", leaving: "PortOutAsked"
    ):
        confirm_port_out(held, leaving.porting, now=leaving.due_at)
        waiting = [order.state for order in held.rows("Order") if order.open]
        assert waiting == ["off"]
        (overtaken,), (replaced,) = entries(held, "order_overtaken"), entries(held, "sim_replaced")
        assert (overtaken["outcome"], overtaken["stage"]) == ("on", "ended")
        assert overtaken["subject"] == replaced["subject"]
        held.network.down = False
        switch_due(held, now=leaving.due_at + timedelta(days=1))
        assert [order.state.value for order in held.network.orders] == ["on", "off"]
        assert held.count("Order", open=True) == 0

    def test_sim_of_a_number_that_stays_is_sent(self, held: "Desk", leaving: "PortOutAsked"):
        stop_port_out(held, leaving.porting, now=leaving.due_at)
        held.network.down = False
        switch_due(held, now=leaving.due_at + timedelta(days=1))
        assert [order.iccid for order in held.network.orders][1:] == [a_card()]
        assert entries(held, "order_overtaken") == []

    def test_confirmation_that_is_refused_cancels_nothing(self, held: "Desk", leaving: "PortOutAsked"):
        before = held.everything()
        with pytest.raises(Conflict):
            confirm_port_out(held, leaving.porting, now=leaving.due_at - SECOND)
        assert held.everything() == before
