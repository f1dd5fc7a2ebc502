"""Send the orders that have not been carried out."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def send(desk: "Desk"):
    """Sends what is open, later."""
    from lineproof.registry.flows.provision import provision
    from tests.flows.desk import NOW

    return lambda: provision(desk.services, now=NOW + timedelta(hours=1))


@pytest.fixture
def two_pending(desk: "Desk"):
    """Alice's mobile line and Bo's internet access, registered while the network was away."""
    from tests.flows.desk import a_mobile, an_access

    desk.network.down = True
    desk.register(desk.present(ALICE), a_mobile())
    desk.register(desk.present(BO), an_access())
    desk.network.down = False
    return a_mobile().identifier, an_access().identifier


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
    assert send() == 1
    assert {line.state for line in desk.rows("Line")} == {"active"}


def test_network_that_is_away_leaves_everything_as_it_was(desk: "Desk", two_pending, send):
    desk.network.down = True
    before = desk.everything()
    assert send() == 0
    assert desk.everything() == before


def test_second_run_does_nothing(desk: "Desk", two_pending, send):
    send()
    sent, before = dict(desk.network.times_sent), desk.everything()
    assert send() == 0
    assert dict(desk.network.times_sent) == sent
    assert desk.everything() == before


def test_order_is_sent_again_under_the_same_key(desk: "Desk", two_pending, send):
    """The network did it but the record did not hear of it: the key tells both that it is one order."""
    send()
    sent = dict(desk.network.times_sent)
    desk.row("OrderDone", order__line__kind="mobile").delete()
    line = desk.row("Line", kind="mobile")
    line.state = "pending"
    line.save()
    assert send() == 1
    assert desk.network.times_sent[desk.row("Order", line=line).id] > sent[desk.row("Order", line=line).id]
    assert sorted(order.order for order in desk.network.orders) == sorted(o.id for o in desk.rows("Order"))


def test_switching_on_is_in_the_log_under_the_pseudonym_of_its_registration(desk: "Desk", two_pending, send):
    import json

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
