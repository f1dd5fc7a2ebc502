"""What an identity document says of its holder."""

from dataclasses import dataclass
from datetime import date

from lineproof.document.mrz import Mrz


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """A document presented as evidence. Names are as in the machine readable zone: A to Z and spaces.

    kind: the document code without fillers, such as "P". issuer: the ICAO code of the issuing state or
    organisation. born_on is None where the zone leaves part of the date unknown. personal_number is ""
    where there is none, and for a card or visa: what an issuer puts into their optional data is not known.
    """

    kind: str
    issuer: str
    number: str
    surname: str
    given_names: str
    nationality: str
    born_on: date | None
    sex: str
    expires_on: date
    personal_number: str

    @property
    def full_name(self) -> str:
        """Give the names in reading order, as the zone spells them."""
        return f"{self.given_names} {self.surname}".strip()


def document_of(zone: Mrz) -> IdentityDocument:
    """Take the fields of a machine readable zone. Which kinds are accepted, a policy says (see validity)."""
    return IdentityDocument(
        kind=zone.document_code.rstrip("<"),
        issuer=zone.issuer.rstrip("<"),
        number=zone.number.rstrip("<"),
        surname=zone.surname,
        given_names=zone.given_names,
        nationality=zone.nationality.rstrip("<"),
        born_on=zone.born_on,
        sex=zone.sex,
        expires_on=zone.expires_on,
        personal_number=zone.personal_number.rstrip("<"),
    )
