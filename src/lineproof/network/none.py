"""No network: the order is on record as carried out, and nothing outside is told. The embedded default.

For a demonstration, and for an operator who switches lines by hand from the orders on record.
"""

from lineproof.ports import NetworkOrder


class NoNetwork:
    """A `Network` whose every order is done as soon as it is given; the record keeps the order."""

    def switch(self, order: NetworkOrder) -> None:
        """Do nothing: the record of the order is all there is."""
