"""The desk of the flows: red lines are held on real procedures."""

from tests.flows.conftest import desk

__all__ = ["desk"]
