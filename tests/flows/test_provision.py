"""Send the orders that have not been carried out, in their order and again, and say which are stuck."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, NotFound, Unavailable
from lineproof.ports import NetworkOrder, SwitchState
from lineproof.terms import HolderId, OrderId
from tests.fakes.query_plans import plan_of, queries, scanned
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND = timedelta(seconds=1)


@pytest.fixture
def send(desk: "Desk"):
    """Sends what is open, so much later: an hour unless told otherwise."""
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    return lambda after=timedelta(hours=1): provision(desk.services, now=NOW + after)


@pytest.fixture
def order_more(desk: "Desk"):
    """Gives further orders for a line, at one moment, as a procedure does; NOW unless told otherwise."""
    from django.db import transaction

    from lineproof.registry.flows.log import LogWriter
    from lineproof.registry.flows.orders import order
    from tests.flows.desk import NOW

    def give(line: Any, *states: SwitchState, after: timedelta = timedelta()) -> None:
        with transaction.atomic(), LogWriter(desk.services, None, now=NOW + after) as log:
            for state in states:
                order(line, state, log)

    return give


@pytest.fixture
def two_pending(desk: "Desk"):
    """Alice's mobile line and Bo's internet access, registered while the network was away."""
    from tests.flows.desk import a_mobile, an_access

    desk.network.down = True
    desk.register(desk.present(ALICE), a_mobile())
    desk.register(desk.present(BO), an_access())
    desk.network.down = False
    return a_mobile().identifier, an_access().identifier


@pytest.fixture
def one_pending(desk: "Desk"):
    """Alice's line, registered while the network was away: its order has failed once, at NOW."""
    desk.network.down = True
    desk.register()
    desk.network.down = False
    return desk.row("Line")


def give_up(desk: "Desk", line: Any, after: timedelta) -> None:
    """End the custody of a line, as a surrender does, without its order."""
    from django.apps import apps

    from tests.flows.desk import NOW

    apps.get_model("registry", "Custody").objects.filter(line=line).update(until=NOW + after)
    line.state = "surrendered"
    line.save()


def told(desk: "Desk") -> list[str]:
    """What the network carried out, in that order."""
    return [order.state.value for order in desk.network.orders]


def test_orders_left_over_are_carried_out_when_the_network_is_back(desk: "Desk", two_pending, send):
    assert {line.state for line in desk.rows("Line")} == {"pending"}
    assert send() == 2
    assert {line.state for line in desk.rows("Line")} == {"active"}
    assert {order.identifier for order in desk.network.orders} == set(two_pending)


@pytest.mark.parametrize("away", ["mobile", "fixed"])
def test_line_that_cannot_be_reached_stays_pending_and_the_others_go_out(
    desk: "Desk", two_pending, send, away: str
):
    """Whichever of the two is sent first."""
    kinds = dict(zip(("mobile", "fixed"), two_pending, strict=True))
    desk.network.unreachable.add(kinds.pop(away))
    ((reached, identifier),) = kinds.items()
    assert send() == 1
    assert [order.identifier for order in desk.network.orders] == [identifier]
    assert {line.kind: line.state for line in desk.rows("Line")} == {away: "pending", reached: "active"}
    desk.network.unreachable.clear()
    assert send(timedelta(hours=2)) == 1
    assert {line.state for line in desk.rows("Line")} == {"active"}


def test_network_that_is_away_changes_nothing_but_when_it_is_tried_again(desk: "Desk", two_pending, send):
    desk.network.down = True
    before = desk.everything()
    assert send() == 0
    after = desk.everything()
    assert {table for table in before if before[table] != after[table]} == {"Order"}
    assert [(row.open, row.fault) for row in desk.rows("Order")] == [(True, "network_away")] * 2


def test_second_run_does_nothing(desk: "Desk", two_pending, send):
    send()
    sent, before = dict(desk.network.times_sent), desk.everything()
    assert send() == 0
    assert dict(desk.network.times_sent) == sent
    assert desk.everything() == before


def test_order_is_sent_again_under_the_same_key(desk: "Desk", two_pending, send):
    """The network did it but the record did not hear of it: the key tells both that it is one order."""
    send()
    line = desk.row("Line", kind="mobile")
    order = desk.row("Order", line=line)
    sent = desk.network.times_sent[order.id]
    order.done.delete()
    order.open = True
    order.save()
    line.state = "pending"
    line.save()
    assert send() == 1
    assert desk.network.times_sent[order.id] == sent + 1
    assert sorted(order.order for order in desk.network.orders) == sorted(o.id for o in desk.rows("Order"))


def test_switching_on_is_in_the_log_under_the_pseudonym_of_its_registration(desk: "Desk", two_pending, send):
    send()
    bodies = [json.loads(bytes(row.body)) for row in desk.rows("Entry")]
    on = [body["subject"] for body in bodies if body["kind"] == "line_switched_on"]
    registered = [body["subject"] for body in bodies if body["kind"] == "line_registered"]
    assert sorted(on) == sorted(registered)
    assert len(set(on)) == 2


def test_order_tells_the_network_the_sim_of_a_mobile_line(desk: "Desk", two_pending, send):
    from tests.flows.desk import a_mobile

    send()
    sims = {order.identifier: order.iccid for order in desk.network.orders}
    assert sims == dict(zip(two_pending, (a_mobile().iccid, None), strict=True))


def test_order_waits_twice_as_long_after_each_failure_up_to_an_hour(desk: "Desk", one_pending, send):
    """To the second, on both sides of each edge."""
    desk.network.down = True
    order = desk.row("Order")
    due, sent = timedelta(seconds=30), desk.network.times_sent[order.id]
    for wait_s in (60, 120, 240, 480, 960, 1920, 3600, 3600, 3600):
        send(due - SECOND)
        assert desk.network.times_sent[order.id] == sent, due
        send(due)
        sent += 1
        assert desk.network.times_sent[order.id] == sent, due
        due += timedelta(seconds=wait_s)
    desk.network.down = False
    assert (send(due - SECOND), send(due)) == (0, 1)
    assert desk.row("Line").state == "active"


def test_network_that_asks_for_longer_is_given_longer(desk: "Desk", one_pending, send):
    class Busy:
        def switch(self, order: NetworkOrder) -> None:
            raise Unavailable("Too busy.", retry_after_s=200)

    quick, desk.services = desk.services, replace(desk.services, network=Busy())
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    provision(desk.services, now=NOW + timedelta(seconds=30))
    assert provision(quick, now=NOW + timedelta(seconds=229)) == 0
    assert provision(quick, now=NOW + timedelta(seconds=230)) == 1


def test_orders_of_a_line_go_out_as_they_were_given_even_at_one_moment(
    desk: "Desk", one_pending, send, order_more
):
    states = [SwitchState.OUTGOING_BARRED, SwitchState.EMERGENCY_ONLY, SwitchState.ON, SwitchState.OFF]
    order_more(one_pending, *states)
    assert send() == 5
    assert told(desk) == ["on", *(state.value for state in states)]


def test_later_order_never_overtakes_one_that_waits(desk: "Desk", one_pending, send, order_more):
    order_more(one_pending, SwitchState.OFF, after=SECOND)
    assert send(timedelta(seconds=29)) == 0
    assert desk.network.orders == []
    assert send(timedelta(seconds=30)) == 2
    assert told(desk) == ["on", "off"]


def test_order_that_fails_keeps_back_those_of_its_line_alone(desk: "Desk", two_pending, send, order_more):
    mobile, fixed = (desk.row("Line", kind=kind) for kind in ("mobile", "fixed"))
    desk.network.unreachable.add(two_pending[0])
    for line in (mobile, fixed):
        order_more(line, SwitchState.EMERGENCY_ONLY)
    assert send() == 2
    assert {order.line for order in desk.network.orders} == {fixed.id}


def test_order_given_by_a_clock_that_is_behind_comes_after_the_earlier_one(
    desk: "Desk", one_pending, send, order_more
):
    order_more(one_pending, SwitchState.OFF, after=-timedelta(minutes=5))
    assert send() == 2
    assert told(desk) == ["on", "off"]


def test_lines_whose_orders_wait_do_not_keep_back_a_new_one(desk: "Desk", two_pending, send, order_more):
    """Three orders wait, behind two that failed: of a run of one line, the new one is it."""
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW, a_mobile

    for line in desk.rows("Line"):
        order_more(line, SwitchState.OFF)
    for _ in range(2):
        assert provision(desk.services, now=NOW, most_at_once=1) == 0
    desk.register(desk.present(ALICE), a_mobile("+999555001002"))
    assert desk.network.states[desk.row("Line", state="active").id] is SwitchState.ON


def test_network_that_is_away_for_five_lines_in_a_row_is_not_asked_for_the_sixth(
    desk: "Desk", one_pending, send
):
    from django.db import transaction

    from lineproof.registry.flows.lines import enter_line
    from lineproof.registry.flows.log import LogWriter
    from tests.flows.desk import NOW, a_mobile

    holder = HolderId(desk.row("Holder").id)
    with transaction.atomic(), LogWriter(desk.services, None, now=NOW) as log:
        for number in range(2, 7):
            enter_line(a_mobile(f"+99955500100{number}"), holder, log)
    desk.network.down = True
    assert send() == 0
    assert sum(desk.network.times_sent.values()) == 1 + 5
    desk.network.down = False
    assert send() == 1
    assert send(timedelta(hours=2)) == 5


def test_broken_adapter_is_a_fault_of_ours_and_does_not_come_first_again(desk: "Desk", two_pending, send):
    class Broken:
        def switch(self, order: NetworkOrder) -> None:
            if order.identifier == two_pending[0]:
                raise ZeroDivisionError
            desk.network.switch(order)

    desk.services = replace(desk.services, network=Broken())
    with pytest.raises(ZeroDivisionError):
        send()
    assert send() == 1
    assert desk.row("Order", open=True).fault == "broken"


@pytest.fixture
def open_orders(desk: "Desk"):
    """Reads what `lineproof orders list` shows, so much later."""
    from lineproof.registry.queries.orders import count_stuck_orders, read_open_orders
    from tests.flows.desk import NOW

    def read(after: timedelta, *, stuck: bool = True) -> list[tuple[str, str | None, bool]]:
        found = read_open_orders(now=NOW + after, stuck=stuck)
        assert count_stuck_orders(now=NOW + after) == sum(order.stuck for order in found)
        return [(order.state.value, order.fault and order.fault.value, order.first) for order in found]

    return read


def test_order_that_waits_for_an_hour_is_stuck_and_stays(desk: "Desk", one_pending, send, open_orders):
    desk.network.down = True
    assert open_orders(timedelta(hours=1) - SECOND) == []
    assert open_orders(timedelta(hours=1)) == [("on", "network_away", True)]
    send(timedelta(days=30))
    assert open_orders(timedelta(days=30)) == [("on", "network_away", True)]
    desk.network.down = False
    assert send(timedelta(days=31)) == 1
    assert open_orders(timedelta(days=31)) == []


def test_order_whose_number_was_erased_is_stuck_at_once_and_tried_hourly(
    desk: "Desk", one_pending, send, open_orders
):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy

    destroy(desk.row("Holder").id, Retention.LINE)
    assert send(timedelta(minutes=1)) == 0
    assert open_orders(timedelta(minutes=1)) == [("on", "erased", True)]
    for after, failures in ((60, 2), (61, 3), (120, 3), (121, 4)):
        send(timedelta(minutes=after))
        assert desk.row("Order").failures == failures, after
    assert desk.row("Line").state == "pending"


def test_keys_that_are_away_are_waited_for(desk: "Desk", one_pending, send, open_orders):
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise Unavailable("No token.")

    there = desk.services
    desk.services = replace(there, keys=Away())
    assert send(timedelta(minutes=1)) == 0
    assert open_orders(timedelta(minutes=1), stuck=False) == [("on", "keys_away", True)]
    desk.services = there
    assert send(timedelta(minutes=2)) == 1


def test_sealed_number_that_does_not_open_is_stuck_and_stops_nobody(
    desk: "Desk", two_pending, send, open_orders
):
    line = desk.row("Line", kind="mobile")
    line.sealed_identifier = bytes(60)
    line.save()
    assert send(timedelta(minutes=1)) == 1
    assert open_orders(timedelta(minutes=1)) == [("on", "refused", True)]


def test_line_that_was_given_up_before_it_was_on_is_switched_off_alone(
    desk: "Desk", one_pending, send, order_more
):
    """Nobody is switched on whom nobody asked for; the order to switch off does not wait for it."""
    give_up(desk, one_pending, SECOND)
    order_more(one_pending, SwitchState.OFF, after=SECOND)
    assert send() == 1
    assert told(desk) == ["off"]
    assert desk.row("Line").state == "quarantine"
    assert (desk.count("Order", open=True), desk.count("OrderDone")) == (0, 1)
    last = [json.loads(bytes(row.body)) for row in desk.rows("Entry")][-2:]
    assert [(body["kind"], body["outcome"]) for body in last] == [
        ("order_overtaken", "on"),
        ("line_switched", "off"),
    ]


def test_line_that_nobody_holds_any_more_is_not_switched_on(desk: "Desk", one_pending, send, open_orders):
    give_up(desk, one_pending, SECOND)
    assert send(timedelta(minutes=1)) == 0
    assert desk.network.orders == []
    assert open_orders(timedelta(minutes=1)) == [("on", "nobody_holds", True)]


def test_line_that_is_given_up_while_the_network_is_told_stays_given_up(desk: "Desk", one_pending):
    """The state is read again in the transaction: the network takes its time."""
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    class Slow:
        def switch(self, order: NetworkOrder) -> None:
            give_up(desk, one_pending, SECOND)
            desk.network.switch(order)

    assert provision(replace(desk.services, network=Slow()), now=NOW + timedelta(hours=1)) == 1
    assert desk.row("Line").state == "surrendered"


def test_order_of_a_holder_whose_identity_was_erased_is_carried_out(
    desk: "Desk", one_pending, send, order_more
):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy

    send()
    give_up(desk, one_pending, SECOND)
    order_more(one_pending, SwitchState.OFF, after=timedelta(hours=2))
    holder = desk.row("Holder")
    destroy(holder.id, Retention.IDENTITY)
    holder.sealed_identity = holder.likeness_index = None
    holder.save()
    assert send(timedelta(hours=3)) == 1
    assert desk.count("DataKey", subject=holder.id, retention="identity") == 0
    assert json.loads(bytes(desk.rows("Entry")[-1].body))["commitments"] == []


def test_two_who_send_at_once_carry_an_order_out_once(desk: "Desk", one_pending, send):
    """While one tells the network, another does the same, whole."""
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    class Twice:
        def switch(self, order: NetworkOrder) -> None:
            assert send() == 1
            desk.network.switch(order)

    entries = desk.count("Entry")
    assert provision(replace(desk.services, network=Twice()), now=NOW + timedelta(hours=1)) == 0
    assert (desk.count("OrderDone"), desk.count("Entry")) == (1, entries + 1)
    assert told(desk) == ["on"]


def test_one_who_fails_does_not_reopen_what_another_has_carried_out(desk: "Desk", one_pending, send):
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    class TooLate:
        def switch(self, order: NetworkOrder) -> None:
            assert send() == 1
            raise Unavailable("Too late.")

    assert provision(replace(desk.services, network=TooLate()), now=NOW + timedelta(hours=1)) == 0
    order = desk.row("Order")
    assert (order.open, order.fault, order.next_at) == (False, "", None)


def test_order_that_an_earlier_release_carried_out_is_found_done_and_closed(desk: "Desk", one_pending, send):
    """It writes the done row and knows nothing of the column."""
    from django.apps import apps

    from tests.flows.desk import NOW

    apps.get_model("registry", "OrderDone").objects.create(order=desk.row("Order"), done_at=NOW)
    entries = desk.count("Entry")
    assert send() == 0
    assert (desk.row("Order").open, desk.count("Entry")) == (False, entries)


def test_stuck_order_is_confirmed_by_hand_once_and_no_other(desk: "Desk", one_pending, send, order_more):
    from lineproof.registry.flows.provision import confirm_order
    from tests.flows.desk import NOW

    order_more(one_pending, SwitchState.OUTGOING_BARRED)
    first, second = (OrderId(row.id) for row in sorted(desk.rows("Order"), key=lambda row: row.number))
    with pytest.raises(Conflict, match="not stuck"):
        confirm_order(desk.services, first, now=NOW + timedelta(minutes=59))
    with pytest.raises(Conflict, match="earlier order"):
        confirm_order(desk.services, second, now=NOW + timedelta(hours=1))
    confirm_order(desk.services, first, now=NOW + timedelta(hours=1))
    assert desk.row("Line").state == "active"
    assert desk.network.orders == []
    with pytest.raises(Conflict, match="not stuck"):
        confirm_order(desk.services, first, now=NOW + timedelta(hours=2))
    with pytest.raises(NotFound):
        confirm_order(desk.services, OrderId(one_pending.id), now=NOW)


def test_stuck_order_of_a_line_that_nobody_holds_is_closed_and_not_called_carried_out(
    desk: "Desk", one_pending, send
):
    from lineproof.registry.flows.provision import confirm_order
    from tests.flows.desk import NOW

    give_up(desk, one_pending, SECOND)
    send(timedelta(minutes=1))
    confirm_order(desk.services, OrderId(desk.row("Order").id), now=NOW + timedelta(minutes=2))
    assert (desk.row("Order").open, desk.count("OrderDone")) == (False, 0)
    assert json.loads(bytes(desk.rows("Entry")[-1].body))["kind"] == "order_overtaken"


def test_stuck_order_whose_number_was_erased_is_confirmed_under_no_ones_name(desk: "Desk", one_pending, send):
    from django.apps import apps

    from lineproof.registry.flows.provision import confirm_order
    from tests.flows.desk import NOW

    apps.get_model("registry", "Line").objects.update(identifier_index=None, sealed_identifier=None)
    apps.get_model("registry", "Order").objects.update(subject=b"")
    send(timedelta(minutes=1))
    assert desk.row("Order").fault == "erased"
    confirm_order(desk.services, OrderId(desk.row("Order").id), now=NOW + timedelta(minutes=2))
    last = json.loads(bytes(desk.rows("Entry")[-1].body))
    assert (last["kind"], last["outcome"], len(last["subject"])) == ("line_switched", "on", 32)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"fault": "bad_person"}, "order_fault_is_known"),
        ({"open": False, "fault": "refused", "next_at": None}, "a_closed_order_waits_for_nothing"),
        ({"open": False, "fault": ""}, "a_closed_order_waits_for_nothing"),
    ],
)
def test_order_is_either_open_or_waits_for_nothing(
    desk: "Desk", one_pending, change: dict[str, Any], constraint: str
):
    from django.apps import apps
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match=constraint):
        apps.get_model("registry", "Order").objects.update(**change)


def test_open_orders_are_found_without_looking_at_those_that_are_done(desk: "Desk", one_pending, send):
    """Every query of a run over the orders goes by an index of the open ones, or of the line's."""
    with queries() as asked:
        assert send() == 1
    of_orders = [query for query in asked if 'FROM "registry_order"' in query[0]]
    assert len(of_orders) > 4
    for query in of_orders:
        for table, index in filter(None, map(scanned, plan_of(query))):
            assert (table, index is not None) != ("registry_order", False), query
