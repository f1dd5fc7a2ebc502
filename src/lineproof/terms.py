"""The identifiers Lineproof speaks of, as types: parsed once, valid ever after.

A value of one of these types exists only if it is well formed; nothing downstream checks again.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import NewType, Self
from uuid import UUID

from lineproof.errors import Malformed

HolderId = NewType("HolderId", UUID)
# An installation address, in characters.
ADDRESS_LENGTHS = (5, 200)
# An e-mail address, in characters: all of it, and before the @ (RFC 5321, 4.5.3.1).
MOST_EMAIL, MOST_LOCAL_PART = 254, 64
# How many days an inspector's token holds unless told otherwise, and at most.
TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 366

LineId = NewType("LineId", UUID)
CaseId = NewType("CaseId", UUID)
CorrectionId = NewType("CorrectionId", UUID)
DisputeId = NewType("DisputeId", UUID)
OrderId = NewType("OrderId", UUID)
ReplacementId = NewType("ReplacementId", UUID)
PortingId = NewType("PortingId", UUID)
SessionId = NewType("SessionId", UUID)
TransferId = NewType("TransferId", UUID)
ContactPointId = NewType("ContactPointId", UUID)


class LineKind(Enum):
    """What is registered: a mobile number, or an internet access at an address."""

    MOBILE = "mobile"
    FIXED = "fixed"


class Way(Enum):
    """How an applicant chooses to be verified. Every way has the same outcome and the same price."""

    FACE = "face"
    COUNTER = "counter"


class Procedure(Enum):
    """What a verification is for. A procedure may require more than the way does."""

    VERIFICATION = "verification"
    HOLDER = "holder"
    REGISTRATION = "registration"
    LINK = "link"


class Origin(Enum):
    """How a line came to be on record: registered here, brought in from an existing base, or from elsewhere.

    PORTED_IN: with its number, from another operator.
    """

    REGISTERED = "registered"
    IMPORTED = "imported"
    PORTED_IN = "ported_in"


class StaffRole(Enum):
    """What somebody enrolled may do: attest at a counter, review a referred case, or read the log alone."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    INSPECTOR = "inspector"


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A mobile number: '+' and 5 to 15 digits (ITU-T E.164)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number in international form, spaces, dots and hyphens allowed between digits."""
        bare = re.sub(r"[\s.\-()]", "", text)
        if not re.fullmatch(r"\+[1-9][0-9]{4,14}", bare):
            raise Malformed(
                "That is not a mobile number in international form.",
                remedy="Write it as +, country code and number, for example +999555001001.",
            )
        return cls(bare)


@dataclass(frozen=True, slots=True)
class Iccid:
    """The number of a SIM card: 19 or 20 digits beginning with 89 (ITU-T E.118), check digit right."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the number printed on a SIM card; a wrong Luhn check digit is refused."""
        bare = re.sub(r"[\s\-]", "", text)
        if not re.fullmatch(r"89[0-9]{17,18}", bare) or luhn_digit(bare[:-1]) != bare[-1]:
            raise Malformed(
                "That is not the number of a SIM card.",
                remedy="Copy all 19 or 20 digits printed on the card; they begin with 89.",
            )
        return cls(bare)


@dataclass(frozen=True, slots=True)
class AccessId:
    """A fixed internet access: the operator's account or circuit (RFC 2865 User-Name), and its address."""

    account: str
    address: str

    @classmethod
    def parse(cls, account: str, address: str) -> Self:
        """Read an account of 3 to 64 letters, digits and ._@-, and an address of 5 to 200 characters."""
        account, address = account.strip().lower(), " ".join(address.split())
        if not re.fullmatch(r"[a-z0-9][a-z0-9._@\-]{2,63}", account):
            raise Malformed(
                "That is not an internet account.",
                remedy="Use 3 to 64 letters, digits, dots, hyphens, underscores or @.",
            )
        if not ADDRESS_LENGTHS[0] <= len(address) <= ADDRESS_LENGTHS[1] or not address.isprintable():
            raise Malformed(
                "That is not an installation address.",
                remedy="Write street, number and place in 5 to 200 characters.",
            )
        return cls(account, address)


LineIdentifier = Msisdn | AccessId


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address for e-mail: a dot-atom, @, and a domain name of two labels or more (RFC 5321, RFC 1123).

    ASCII alone: no quoted local part, no address literal, and of RFC 6531 nothing. A domain name in another
    script is written in its ASCII form (RFC 5890, "xn--").
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address; its domain is taken in small letters, what is before the @ as it is."""
        local, _, domain = text.strip().rpartition("@")
        whole = f"{local}@{domain.lower()}"
        fits = len(whole) <= MOST_EMAIL and len(local) <= MOST_LOCAL_PART
        if not fits or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain.lower()):
            raise Malformed(
                "That is not an e-mail address.",
                remedy="Write it as name@example.org, in plain letters, digits and signs.",
            )
        return cls(whole)

    @property
    def domain(self) -> str:
        """Give what is after the @."""
        return self.text.rpartition("@")[2]


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
# The last label is not a number: an address literal is none.
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}")


@dataclass(frozen=True, slots=True)
class StaffName:
    """The short name of an agent, a reviewer or an inspector.

    2 to 40 letters, digits, dots, hyphens or underscores.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name; it becomes part of a file's name, so nothing else is let through."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,39}", text):
            raise Malformed(
                f"{text!r} is not a name for a member of staff.",
                remedy="Use 2 to 40 letters, digits, dots, hyphens or underscores.",
            )
        return cls(text)


def luhn_digit(digits: str) -> str:
    """Give the Luhn check digit of a string of digits (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += sum(divmod(value, 10))
    return str(-total % 10)
