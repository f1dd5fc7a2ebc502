"""Specimen passports as the two lines that a booth reads; nobody drew a picture of them."""

from dataclasses import dataclass
from datetime import date

from lineproof.document.mrz import check_digit


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
