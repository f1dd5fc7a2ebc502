"""How a long measurement says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Told how many of how many steps are done."""


def silent(done: int, of: int) -> None:
    """Say nothing."""
