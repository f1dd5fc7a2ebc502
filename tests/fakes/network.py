"""The simulated network. It passes tests/ports/test_network.py."""

from lineproof.simulate.network import SimulatedNetwork as FakeNetwork

__all__ = ["FakeNetwork"]
