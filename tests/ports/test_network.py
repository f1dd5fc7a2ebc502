"""What every adapter of `ports.Network` keeps to."""

import inspect
import threading
import uuid
from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from lineproof.errors import Unavailable
from lineproof.network.none import NoNetwork
from lineproof.ports import Network, NetworkOrder, SwitchState
from lineproof.terms import AccessId, Iccid, LineId, Msisdn, OrderId
from tests.fakes.network import FakeNetwork

ADAPTERS: list[Callable[[], Network]] = [NoNetwork, FakeNetwork]


def an_order(**changes: object) -> NetworkOrder:
    """Build the order to switch a mobile line on."""
    order = NetworkOrder(
        order=OrderId(uuid.uuid4()),
        line=LineId(uuid.uuid4()),
        identifier=Msisdn("+999555001001"),
        iccid=Iccid("8999900999555001001" + "0"),
        state=SwitchState.ON,
    )
    return replace(order, **changes)


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.__name__)
def network(request: pytest.FixtureRequest) -> Network:
    return request.param()


def test_order_is_carried_out_and_nothing_is_said_back(network: Network):
    assert network.switch(an_order()) is None


def test_order_of_a_fixed_line_is_carried_out(network: Network):
    network.switch(an_order(identifier=AccessId("bo.brannoch", "12 Quay Street"), iccid=None))


def test_same_order_twice_is_no_error(network: Network):
    order = an_order()
    network.switch(order)
    network.switch(order)


def test_line_may_be_switched_on_by_two_orders(network: Network):
    line = LineId(uuid.uuid4())
    for state in (SwitchState.ON, SwitchState.ON):
        network.switch(an_order(line=line, state=state))


def test_several_threads_may_switch_at_once(network: Network):
    orders = [an_order() for _ in range(16)]
    threads = [threading.Thread(target=network.switch, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_network_can_be_told_on_or_off_and_asked_nothing(network: Network):
    public = [name for name, _ in inspect.getmembers(type(network), callable) if not name.startswith("_")]
    assert public == ["switch"]
    assert list(inspect.signature(network.switch).parameters) == ["order"]


def test_fake_network_that_is_down_carries_out_nothing_and_says_when_to_try_again():
    network, order = FakeNetwork(down=True), an_order()
    with pytest.raises(Unavailable) as refused:
        network.switch(order)
    assert refused.value.retry_after_s
    assert network.orders == []


def test_fake_network_carries_a_repeated_order_out_once():
    network, order = FakeNetwork(), an_order()
    network.switch(order)
    network.switch(order)
    assert network.orders == [order]
    assert network.times_sent[order.order] == 2


def test_order_says_which_line_and_on_or_off_and_nothing_more():
    assert [f.name for f in fields(NetworkOrder)] == ["order", "line", "identifier", "iccid", "state"]
