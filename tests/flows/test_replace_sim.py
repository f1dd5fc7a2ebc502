"""Another SIM for a line: its holder has time to object, and a thief gains nothing by being quick."""

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.hold import HoldKind, held_until
from lineproof.terms import LineId, ReplacementId
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO, MALLORY
from tests.flows.changes import (
    AGAIN,
    SECOND,
    a_card,
    ask_port_out,
    ask_sim,
    entries,
    in_zone,
    line_of,
    stop_sim,
    switch_due,
    told,
)

if TYPE_CHECKING:
    from tests.flows.desk import Desk

START = datetime(2026, 7, 1, 12, tzinfo=UTC)
DUE = START + timedelta(hours=4)
# Seven days after the switch, counted in whole days.
HELD_UNTIL = datetime(2026, 7, 9, tzinfo=UTC)


@pytest.fixture
def held(desk: "Desk") -> "Desk":
    """Alice's line, switched on."""
    desk.register()
    return desk


def change(desk: "Desk", **columns: object) -> None:
    """Change the line past all procedures, as one of another kind would."""
    line = desk.row("Line")
    for name, value in columns.items():
        setattr(line, name, value)
    line.save()


def give_to_bo(desk: "Desk", *, at: datetime) -> None:
    """Pass the line on to Bo, as a transfer does."""
    from lineproof.registry.flows import lines
    from lineproof.registry.flows.log import LogWriter

    bo = desk.verify_holder(desk.present(BO), now=at).holder
    assert bo is not None
    line, log = desk.row("Line"), LogWriter(desk.services, None, now=at)
    alice = desk.row("Custody", until=None).holder_id
    request = lines.unseal_line(desk.services, line, alice)
    lines.end_custody(line, log)
    lines.take_custody(line, bo, log)
    change(desk, sealed_identifier=lines.seal_line(desk.services, request, bo))


def holds(desk: "Desk", kind: HoldKind, *, now: datetime) -> datetime | None:
    """Say until when something may not be done with the line."""
    from lineproof.registry.queries.holds import read_holds

    return held_until(read_holds(line_of(desk)), kind, now=now)


def card_of(desk: "Desk") -> str:
    """Read which card the line is on."""
    from lineproof.registry.queries.holder import read_lines

    (line,) = read_lines(desk.services.keys, desk.row("Custody", until=None).holder_id)
    return line.detail


class TestAsking:
    def test_holder_is_told_with_the_time_and_the_line_stays_on_its_card(self, held: "Desk"):
        before = card_of(held)
        asked = ask_sim(held, now=START)
        assert asked.due_at == DUE
        assert told(held) == ["line_registered", "sim_replacement_asked"]
        assert held.row("Notice", kind="sim_replacement_asked").deadline == DUE
        assert (card_of(held), held.row("Line").state) == (before, "active")
        assert len(held.network.orders) == 1

    def test_new_card_is_nowhere_in_the_clear(self, held: "Desk"):
        ask_sim(held, now=START)
        assert a_card().text.encode() not in held.raw_files()
        assert bytes(held.row("SimReplacement").sealed_iccid)

    def test_another_verified_person_cannot_ask_and_nothing_changes(self, held: "Desk"):
        session = held.verified(MALLORY)
        before = held.everything()
        with pytest.raises(NotPermitted, match="not in the name of who was verified") as refused:
            ask_sim(held, by=session, now=START)
        assert "link it to you first" in refused.value.remedy
        assert "dispute it" in refused.value.remedy
        assert held.everything() == before

    def test_document_that_is_linked_first_is_as_good(self, held: "Desk"):
        with pytest.raises(NotPermitted):
            ask_sim(held, by=MALLORY, now=START)
        held.link(ALICE, ALICES_RENEWED)
        assert ask_sim(held, by=ALICES_RENEWED, now=START).due_at == DUE

    @pytest.mark.parametrize(("late", "holds"), [(-SECOND, True), (timedelta(), False)])
    def test_verification_is_fresh(self, held: "Desk", late: timedelta, holds: bool):
        session, then = held.verified(ALICE), START + timedelta(hours=24) + late
        if holds:
            assert ask_sim(held, by=session, now=then)
        else:
            with pytest.raises(NotPermitted, match="within 24 hours"):
                ask_sim(held, by=session, now=then)

    def test_line_that_is_unknown_is_answered_as_anothers(self, held: "Desk"):
        session = held.verified(ALICE)
        with pytest.raises(NotPermitted, match="not in the name of who was verified"):
            ask_sim(held, line=LineId(session), now=START)

    def test_second_one_waits_for_the_end_of_the_first(self, held: "Desk"):
        asked = ask_sim(held, now=START)
        with pytest.raises(Conflict, match="Another SIM is asked for"):
            ask_sim(held, a_card(2), now=START)
        stop_sim(held, asked.replacement, now=START)
        assert ask_sim(held, a_card(2), now=START)

    def test_card_that_the_line_is_on_is_refused(self, held: "Desk"):
        from tests.flows.desk import a_mobile

        with pytest.raises(Conflict, match="on that card already"):
            ask_sim(held, a_mobile().iccid, now=START)

    @pytest.mark.parametrize("state", ["restricted", "suspended", "in_transfer", "porting_out", "pending"])
    def test_line_that_is_not_active_gets_none(self, held: "Desk", state: str):
        change(held, state=state)
        with pytest.raises(Conflict, match="gets no other SIM"):
            ask_sim(held, now=START)

    def test_internet_access_has_none(self, desk: "Desk"):
        from tests.flows.desk import an_access

        desk.register(request=an_access())
        with pytest.raises(Conflict, match="has no SIM"):
            ask_sim(desk, now=START)


class TestSwitching:
    def test_line_is_on_the_new_card_and_the_network_and_the_holder_are_told(self, held: "Desk"):
        ask_sim(held, now=START)
        assert switch_due(held, now=DUE) == 1
        assert card_of(held) == a_card().text
        number, order = held.network.orders[0].identifier, held.network.orders[-1]
        assert (order.identifier, order.iccid, order.state.value) == (number, a_card(), "on")
        assert told(held)[-1] == "sim_replaced"
        row = held.row("SimReplacement")
        assert (row.state, row.sealed_iccid, row.ended_at) == ("switched", None, DUE)
        assert held.row("Line").state == "active"

    @pytest.mark.parametrize(("before", "switched"), [(SECOND, 0), (timedelta(), 1)])
    def test_never_before_its_time(self, held: "Desk", before: timedelta, switched: int):
        ask_sim(held, now=START)
        everything = held.everything()
        assert switch_due(held, now=DUE - before) == switched
        assert (held.everything() == everything) == (not switched)

    @pytest.mark.parametrize(("before", "switched"), [(SECOND, 0), (timedelta(), 1)])
    @pytest.mark.parametrize(
        ("term", "due"),
        [
            # The night in which the clock goes forward has one hour less, and a day is still a whole day.
            pytest.param("1 day", datetime(2026, 3, 29, 22, tzinfo=UTC), id="a day"),
            pytest.param("24 hours", datetime(2026, 3, 29, 11, tzinfo=UTC), id="24 hours"),
        ],
    )
    def test_when_the_clock_changes(
        self, desk: "Desk", term: str, due: datetime, before: timedelta, switched: int
    ):
        spring = datetime(2026, 3, 28, 11, tzinfo=UTC)
        in_zone(desk, "Europe/Berlin", sim_cooling=term)
        desk.register()
        assert ask_sim(desk, now=spring).due_at == due
        assert switch_due(desk, now=due - before) == switched

    def test_twice_is_once(self, held: "Desk"):
        ask_sim(held, now=START)
        assert switch_due(held, now=DUE) == 1
        before = held.everything()
        assert switch_due(held, now=DUE + SECOND) == 0
        assert held.everything() == before

    def test_network_that_is_down_gets_the_order_when_it_is_back(self, held: "Desk"):
        ask_sim(held, now=START)
        held.network.down = True
        assert switch_due(held, now=DUE) == 1
        assert (card_of(held), len(held.network.orders)) == (a_card().text, 1)
        held.network.down = False
        assert switch_due(held, now=DUE + AGAIN) == 0
        assert held.network.orders[-1].iccid == a_card()
        on = entries(held, "line_switched_on")
        assert on[-1]["subject"] == entries(held, "sim_replaced")[0]["subject"]
        assert (on[-1]["stage"], held.row("Line").state) == ("ended", "active")

    def test_order_that_waits_holds_back_later_ones_of_its_line(self, held: "Desk"):
        """Sent after the order that bars the line, the order of the card would lift the bar."""
        from lineproof.ports import SwitchState
        from lineproof.registry.flows.log import LogWriter
        from lineproof.registry.flows.orders import order

        ask_sim(held, now=START)
        held.network.down = True
        switch_due(held, now=DUE)
        log = LogWriter(held.services, None, now=DUE + SECOND)
        order(held.row("Line"), SwitchState.OUTGOING_BARRED, log)
        sent = held.network.times_sent.total()
        switch_due(held, now=DUE + AGAIN)
        assert held.network.times_sent.total() == sent + 1
        held.network.down = False
        switch_due(held, now=DUE + 4 * AGAIN)
        assert [each.state.value for each in held.network.orders] == ["on", "on", "outgoing_barred"]

    def test_line_that_is_somebody_elses_by_then_stays_on_its_card(self, held: "Desk"):
        alice, before = held.row("Custody").holder_id, card_of(held)
        ask_sim(held, now=START)
        give_to_bo(held, at=START + SECOND)
        assert switch_due(held, now=DUE) == 0
        assert (held.row("SimReplacement").state, card_of(held)) == ("stopped", before)
        assert held.row("Notice", kind="sim_replacement_stopped").holder_id == alice
        assert entries(held, "sim_replacement_stopped")[0]["outcome"] == "holder_changed"
        assert len(held.network.orders) == 1

    @pytest.mark.parametrize("state", ["restricted", "suspended", "surrendered", "quarantine"])
    def test_line_that_is_not_active_by_then_stays_on_its_card(self, held: "Desk", state: str):
        before = card_of(held)
        ask_sim(held, now=START)
        change(held, state=state)
        assert switch_due(held, now=DUE) == 0
        assert (told(held)[-1], card_of(held)) == ("sim_replacement_stopped", before)
        assert entries(held, "sim_replacement_stopped")[0]["outcome"] == "line_not_active"

    def test_one_that_cannot_be_switched_does_not_hold_up_the_others(self, held: "Desk"):
        from tests.flows.desk import a_mobile

        ask_sim(held, now=START)
        change(held, state="suspended")
        second = held.register(held.present(BO), a_mobile("+999555001002")).line
        assert second is not None
        ask_sim(held, a_card(2), by=BO, line=second, now=START)
        assert switch_due(held, now=DUE) == 1
        assert {row.line_id: row.state for row in held.rows("SimReplacement")} == {
            second: "switched",
            held.row("Line", state="suspended").id: "stopped",
        }


class TestStopping:
    @pytest.mark.parametrize("after", [timedelta(), timedelta(hours=3), timedelta(hours=9)])
    def test_holder_stops_it_for_as_long_as_it_is_not_switched(self, held: "Desk", after: timedelta):
        """Also when its time is over and the office is late: a late office harms nobody."""
        before, asked = card_of(held), ask_sim(held, now=START)
        stop_sim(held, asked.replacement, now=START + after)
        assert switch_due(held, now=DUE + after) == 0
        row = held.row("SimReplacement")
        assert (row.state, row.sealed_iccid, card_of(held)) == ("stopped", None, before)
        assert told(held)[-1] == "sim_replacement_stopped"
        assert entries(held, "sim_replacement_stopped")[0]["outcome"] == "by_holder"

    def test_another_person_cannot_stop_it(self, held: "Desk"):
        asked = ask_sim(held, now=START)
        with pytest.raises(NotPermitted, match="not in the name"):
            stop_sim(held, asked.replacement, by=MALLORY, now=START)
        assert held.row("SimReplacement").state == "asked"

    def test_who_holds_the_line_by_then_stops_what_was_asked_for_before(self, held: "Desk"):
        asked = ask_sim(held, now=START)
        give_to_bo(held, at=START + SECOND)
        with pytest.raises(NotPermitted):
            stop_sim(held, asked.replacement, by=ALICE, now=START + SECOND)
        stop_sim(held, asked.replacement, by=BO, now=START + SECOND)
        assert entries(held, "sim_replacement_stopped")[0]["outcome"] == "holder_changed"

    def test_what_is_switched_or_stopped_is_not_stopped_again(self, held: "Desk"):
        asked = ask_sim(held, now=START)
        switch_due(held, now=DUE)
        with pytest.raises(Conflict, match="switched already"):
            stop_sim(held, asked.replacement, now=DUE)
        second = ask_sim(held, a_card(2), now=DUE)
        stop_sim(held, second.replacement, now=DUE)
        with pytest.raises(Conflict, match="stopped already"):
            stop_sim(held, second.replacement, now=DUE)

    def test_replacement_that_is_unknown_is_not_found(self, held: "Desk"):
        with pytest.raises(NotFound, match="no such replacement"):
            stop_sim(held, ReplacementId(line_of(held)), now=START)

    def test_another_procedure_stops_it_in_its_own_transaction(self, held: "Desk"):
        """As a dispute does: what is written stands under the pseudonym of the replacement."""
        from django.db import transaction

        from lineproof.line.sim import SimEvent
        from lineproof.registry.flows.log import LogWriter
        from lineproof.registry.flows.replace_sim import stop_open_sim

        ask_sim(held, now=START)
        with transaction.atomic(), LogWriter(held.services, None, now=START) as log:
            assert stop_open_sim(held.row("Line"), SimEvent.DISPUTED, log)
            assert not stop_open_sim(held.row("Line"), SimEvent.DISPUTED, log)
        (stopped,) = entries(held, "sim_replacement_stopped")
        assert stopped["outcome"] == "disputed"
        assert stopped["subject"] == entries(held, "sim_replacement_asked")[0]["subject"]
        assert len(stopped["commitments"]) == 1
        assert switch_due(held, now=DUE) == 0


class TestHolds:
    def test_from_asking_on_and_for_days_after_the_switch(self, held: "Desk"):
        ask_sim(held, now=START)
        assert holds(held, HoldKind.PORT_OUT, now=START) == HELD_UNTIL
        assert holds(held, HoldKind.TRANSFER, now=START) == HELD_UNTIL
        assert holds(held, HoldKind.HIGH_RISK_ANSWERS, now=START) == DUE + timedelta(hours=72)
        switch_due(held, now=DUE)
        assert held.count("Hold") == len(HoldKind)

    def test_office_that_switches_late_counts_them_from_then(self, held: "Desk"):
        ask_sim(held, now=START)
        late = DUE + timedelta(days=2)
        switch_due(held, now=late)
        assert holds(held, HoldKind.PORT_OUT, now=late) == HELD_UNTIL + timedelta(days=2)
        assert holds(held, HoldKind.HIGH_RISK_ANSWERS, now=late) == late + timedelta(hours=72)

    def test_stopping_it_leaves_them_since_somebody_tried(self, held: "Desk"):
        asked = ask_sim(held, now=START)
        stop_sim(held, asked.replacement, now=START + SECOND)
        assert holds(held, HoldKind.PORT_OUT, now=START + SECOND) == HELD_UNTIL
        with pytest.raises(Conflict, match="until 2026-07-09 00:00 UTC"):
            ask_port_out(held, now=START + SECOND)

    @pytest.mark.parametrize(("before", "held_up"), [(SECOND, True), (timedelta(), False)])
    def test_answers_of_high_risk_wait_for_their_hours(self, held: "Desk", before: timedelta, held_up: bool):
        ask_sim(held, now=START)
        then = DUE + timedelta(hours=72) - before
        assert (holds(held, HoldKind.HIGH_RISK_ANSWERS, now=then) is not None) == held_up

    @pytest.mark.parametrize(("before", "held_up"), [(SECOND, True), (timedelta(), False)])
    def test_number_is_held_to_the_midnight_of_its_zone_when_the_clock_changes(
        self, desk: "Desk", before: timedelta, held_up: bool
    ):
        """From summer into winter: seven days of a week that has an hour more."""
        autumn, until = datetime(2026, 10, 20, 10, tzinfo=UTC), datetime(2026, 10, 27, 23, tzinfo=UTC)
        in_zone(desk, "Europe/Berlin")
        desk.register()
        switch_due(desk, now=ask_sim(desk, now=autumn).due_at)
        if held_up:
            with pytest.raises(Conflict, match="until 2026-10-27 23:00 UTC"):
                ask_port_out(desk, now=until - before)
        else:
            assert ask_port_out(desk, now=until - before)

    @pytest.mark.parametrize(("before", "held_up"), [(SECOND, True), (timedelta(), False)])
    def test_thief_with_a_new_card_cannot_take_the_number_away_before_they_end(
        self, held: "Desk", before: timedelta, held_up: bool
    ):
        """Whoever passes for Alice at a counter gains a card after hours, and the number not for a week."""
        ask_sim(held, now=START)
        with pytest.raises(Conflict, match="Another SIM is asked for"):
            ask_port_out(held, now=START)
        switch_due(held, now=DUE)
        with pytest.raises(Conflict, match="until 2026-07-09 00:00 UTC"):
            ask_port_out(held, now=DUE)
        then = HELD_UNTIL - before
        if held_up:
            with pytest.raises(Conflict, match="until 2026-07-09 00:00 UTC"):
                ask_port_out(held, now=then)
        else:
            assert ask_port_out(held, now=then)


class TestRaced:
    @pytest.mark.parametrize("_", range(3))
    def test_replacement_and_port_out_asked_for_at_once_are_not_both_under_way(self, held: "Desk", _: int):
        from django.db import connection

        sessions = [held.verified(ALICE), held.verified(ALICE)]
        said: list[str] = []
        together = threading.Barrier(2)

        def ask(index: int) -> None:
            together.wait()
            try:
                (ask_sim, ask_port_out)[index](held, by=sessions[index], now=START)
                said.append("asked")
            except Conflict:
                said.append("conflict")
            finally:
                connection.close()

        threads = [threading.Thread(target=ask, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(said) == ["asked", "conflict"]
        assert held.count("SimReplacement") + held.count("Porting") == 1

    def test_two_processes_that_switch_what_is_due_switch_it_once(self, held: "Desk"):
        from django.db import connection

        ask_sim(held, now=START)
        counted: list[int] = []
        together = threading.Barrier(2)

        def switch() -> None:
            together.wait()
            try:
                counted.append(switch_due(held, now=DUE))
            finally:
                connection.close()

        threads = [threading.Thread(target=switch) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(counted) == [0, 1]
        assert told(held).count("sim_replaced") == 1
        assert held.count("Order") == 2


class TestLog:
    def test_each_step_is_an_entry_of_one_procedure(self, held: "Desk"):
        ask_sim(held, now=START)
        switch_due(held, now=DUE)
        (asked,), (replaced,) = entries(held, "sim_replacement_asked"), entries(held, "sim_replaced")
        procedure = [body for body in entries(held, *_KINDS) if body["subject"] == asked["subject"]]
        assert [(body["kind"], body["stage"]) for body in procedure] == [
            ("notice_given", "under_way"),
            ("sim_replacement_asked", "waits_for_party"),
            ("notice_given", "under_way"),
            ("sim_replaced", "under_way"),
            ("line_switched_on", "ended"),
        ]
        assert asked["due_at"] == replaced["answers"] == "2026-07-01T16:00:00Z"

    def test_entries_show_nothing_of_the_card_or_the_person(self, held: "Desk"):
        ask_sim(held, now=START)
        switch_due(held, now=DUE)
        log = b"".join(bytes(row.body) for row in held.rows("Entry"))
        for shown in (a_card().text, "999555001001", ALICE.surname, str(line_of(held))):
            assert shown.encode() not in log


_KINDS = ("notice_given", "sim_replacement_asked", "sim_replaced", "line_switched_on")


class TestErasure:
    def test_erased_line_takes_its_replacements_along_and_ends_what_is_open(self, held: "Desk"):
        """Where a pack keeps next to nothing: the data goes before the cooling-off is over."""
        import copy
        from dataclasses import replace

        from lineproof.decision.policy import parse_policy

        content = copy.deepcopy(dict(held.services.policy.content))
        content["retention"]["identity"]["days"] = 0
        content["retention"]["line"]["days"] = 1
        content["clocks"] |= {"quarantine": "1 hour", "sim_cooling": "72 hours"}
        held.services = replace(held.services, policy=parse_policy(content))
        holder = held.row("Custody").holder_id
        ask_sim(held, now=START)
        held.end_lines(holder, until=START + SECOND)
        held.erase(holder, now=START + timedelta(days=1, seconds=1))
        assert (
            held.count("SimReplacement") == held.count("Hold") == held.count("DataKey", subject=holder) == 0
        )
        (stopped,) = entries(held, "sim_replacement_stopped")
        assert (stopped["outcome"], stopped["commitments"]) == ("erased", [])
        before = held.everything()
        assert switch_due(held, now=DUE) == 0
        assert held.everything() == before

    def test_sealed_card_is_checked_with_the_keys(self, held: "Desk"):
        from lineproof.registry.models import SimReplacement
        from lineproof.registry.queries.keys import check_keys

        ask_sim(held, now=START)
        assert check_keys(held.services.keys).problems == []
        SimReplacement.objects.update(sealed_iccid=b"x" * 40)
        assert "simreplacement.sealed_iccid" in "".join(check_keys(held.services.keys).problems)
