"""A network in memory, for simulations and tests. It passes tests/ports/test_network.py."""

from collections import Counter
from dataclasses import dataclass, field

from lineproof.errors import Unavailable
from lineproof.ports import NetworkOrder, SwitchState
from lineproof.terms import LineId, LineIdentifier, OrderId


@dataclass(slots=True)
class SimulatedNetwork:
    """A `Network` that remembers what it was told.

    orders: those carried out, each once, in order. times_sent: how often each was sent, refused ones too.
    unreachable: identifiers of lines that cannot be switched now. down: whether nothing can be.
    """

    orders: list[NetworkOrder] = field(default_factory=list)
    times_sent: Counter[OrderId] = field(default_factory=Counter)
    states: dict[LineId, SwitchState] = field(default_factory=dict)
    unreachable: set[LineIdentifier] = field(default_factory=set)
    down: bool = False
    _carried_out: set[OrderId] = field(default_factory=set)

    def switch(self, order: NetworkOrder) -> None:
        """Carry out an order as `ports.Network` says."""
        self.times_sent[order.order] += 1
        if self.down or order.identifier in self.unreachable:
            raise Unavailable("The network cannot be reached.", remedy="Try again.", retry_after_s=30)
        if order.order not in self._carried_out:
            self._carried_out.add(order.order)
            self.orders.append(order)
            self.states[order.line] = order.state
