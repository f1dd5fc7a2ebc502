"""The line that an applicant asks for."""

from dataclasses import dataclass

from lineproof.errors import Malformed
from lineproof.terms import AccessId, Iccid, LineIdentifier, LineKind, Msisdn


@dataclass(frozen=True, slots=True)
class LineRequest:
    """The line asked for: a mobile number with the number of its SIM, or an internet access."""

    identifier: LineIdentifier
    iccid: Iccid | None = None

    def __post_init__(self) -> None:
        """Refuse a mobile number without a SIM, and an internet access with one."""
        if (self.iccid is not None) != isinstance(self.identifier, Msisdn):
            raise Malformed(
                "A SIM goes with a mobile number, and with nothing else.",
                remedy="Give the number of the SIM card for a mobile line only.",
            )

    @property
    def kind(self) -> LineKind:
        """Tell which kind of line it is."""
        return LineKind.MOBILE if isinstance(self.identifier, Msisdn) else LineKind.FIXED

    @property
    def name(self) -> str:
        """Give the number or the account."""
        return self.identifier.text if isinstance(self.identifier, Msisdn) else self.identifier.account

    @property
    def detail(self) -> str:
        """Give the SIM's number or the address."""
        if isinstance(self.identifier, AccessId):
            return self.identifier.address
        return "" if self.iccid is None else self.iccid.text
