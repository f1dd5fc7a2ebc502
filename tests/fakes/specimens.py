"""Specimen passports as the two lines a booth reads; their pictures are whatever bytes a test likes."""

from dataclasses import dataclass, replace
from datetime import date

from lineproof.document.mrz import check_digit

TODAY = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Passport:
    """The entries of one passport, of the specimen state unless said otherwise."""

    surname: str
    given_names: str
    number: str
    born_on: date = date(1990, 8, 12)
    expires_on: date = date(2034, 3, 14)
    personal_number: str = ""
    issuer: str = "UTO"

    @property
    def zone(self) -> tuple[str, str]:
        """Compose the machine readable zone, all check digits right (ICAO Doc 9303-4)."""
        names = f"{self.surname}<<{self.given_names}".replace(" ", "<")
        number, born, expires = (
            text + check_digit(text)
            for text in (f"{self.number:<<9}", f"{self.born_on:%y%m%d}", f"{self.expires_on:%y%m%d}")
        )
        personal = f"{self.personal_number:<<14}"
        personal += check_digit(personal) if self.personal_number else "<"
        composite = check_digit(number + born + expires + personal)
        upper = f"P<{self.issuer:<<3}{names:<<39}"
        return upper, f"{number}{self.issuer:<<3}{born}F{expires}{personal}{composite}"


ALICE = Passport("ABELARD", "ALICE", "A10010001")
BO = Passport("BRANNOCH", "BO", "B20020002", born_on=date(1985, 2, 28))
MALLORY = Passport("NORDQVAST", "MALLORY", "M50050005", born_on=date(1979, 11, 3))
ALICES_RENEWED = replace(ALICE, number="R30030003", expires_on=date(2036, 5, 2))
ALICES_NAMESAKE = replace(ALICE, number="N40040004")
BOS_EXPIRED = replace(BO, number="H60060006", expires_on=date(2026, 6, 30))
