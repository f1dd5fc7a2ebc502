"""What is printed on a specimen document, and invented entries for it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from lineproof.specimen.kinds import DocumentKind
from lineproof.specimen.seeding import features_of

SPECIMEN_STATE = "UTO"  # Utopia, the state ICAO Doc 9303 sets aside for examples

# In plain letters only: the font that Pillow carries has no accents.
SURNAMES = (
    "Abelard", "Brannoch", "Castellane", "Dovrefell", "Eyvindson", "Falkenrath", "Grimaldi-Roux",
    "Harrowgate", "Ilvermoor", "Jansdotter", "Kestevan", "Lo", "M'Bali", "Nordqvast", "O'Tarrin",
    "Penhallow-Ashdown", "Quillarte", "Rosmerta", "Soderlynd", "Tamiyo", "Ulverstone", "Vantongeren",
    "Wexcombe", "Yrsa", "Zuberi",
)  # fmt: skip
# With accents: printed on cards and visas, whose letters come from OpenCV's fonts.
ACCENTED_SURNAMES = (
    "Söderlynd", "Núñez-Arce", "Łukowska", "Çelikbaş", "Björnhälla", "Žiškova", "Fréville", "Großmeyer",
    "Ångstrand", "Ó Séaghdha", "D'Orléac", "Bălănoiu", "Kőszegi", "Sønderby", "van der Brœck",
)  # fmt: skip
GIVEN_NAMES = {
    "F": ("Alva", "Beatriz", "Cleo", "Dagny", "Ebele", "Fenna Marit", "Gyda", "Hollis", "Ines-Maude",
          "Juno", "Kaia", "Liv", "Mirembe", "Nadette", "Oriel Anne"),
    "M": ("Anselm", "Bram", "Ciro", "Dov", "Emeka", "Florin", "Gaspard Elio", "Hal", "Ilan", "Jorek",
          "Kofi-Lars", "Leif", "Mansur", "Niklaus", "Oisin Tam"),
}  # fmt: skip
PLACES = ("Zenith", "New Amaurot", "Anydrus Mouth", "Cape Hythloday", "Nephelo", "Port Utopus")
AUTHORITIES = ("Amaurot Registry", "Ministry of the Interior", "Office of Persons", "Consulate at Nephelo")
STREETS = ("Anyder Quay", "Syphogrant Street", "Bridge Lane", "Hythloday Avenue", "Raphael's Walk")
EYES = ("brown", "grey", "green", "blue", "hazel")


@dataclass(frozen=True, slots=True)
class DocumentFields:
    """The entries of a document, as a person reads them.

    number: at most nine letters and digits, on a card (CARD_FRONT, CARD_BACK) at most 22, on an official
    card at most 14. personal_number: at most fourteen, empty when the state gives none; on all but
    passports it is the optional data of the zone. further_data: that of a card's middle line. nationality
    and issuer: three letters of ICAO Doc 9303-3, section 5. document_code: empty for the kind's usual
    letter. What only some kinds show is empty on the others.
    """

    surname: str
    given_names: str
    number: str
    nationality: str
    born_on: date
    sex: Literal["F", "M", "X"]
    issued_on: date
    expires_on: date
    personal_number: str = ""
    place_of_birth: str = PLACES[0]
    issuer: str = SPECIMEN_STATE
    document_code: str = ""
    further_data: str = ""
    authority: str = AUTHORITIES[0]
    address: str = ""
    height_cm: int = 0
    eyes: str = ""
    passport_number: str = ""
    entries: str = ""
    stay_days: int = 0


PassportFields = DocumentFields


def passport_fields(seed: int, *, today: date, expired: bool = False) -> DocumentFields:
    """Invent the entries of the passport of the synthetic person with this seed.

    The document is valid for ten years and in date on `today`; with expired, its validity ended
    before. The same arguments give the same entries, and another seed another number.
    """
    rng = np.random.default_rng([seed, 0xD0C])
    features = features_of(seed)
    age = 20 + round(50 * features.skin.lines)  # as old as the face looks
    issued_year = today.year - (int(rng.integers(11, 14)) if expired else int(rng.integers(1, 5)))
    month, day = int(rng.integers(1, 13)), int(rng.integers(1, 29))
    return DocumentFields(
        surname=SURNAMES[rng.integers(len(SURNAMES))],
        given_names=GIVEN_NAMES[features.sex][rng.integers(len(GIVEN_NAMES[features.sex]))],
        number=_number(rng, seed),
        nationality=SPECIMEN_STATE,
        born_on=date(today.year - age, int(rng.integers(1, 13)), int(rng.integers(1, 29))),
        sex=features.sex,
        issued_on=date(issued_year, month, day),
        expires_on=date(issued_year + 10, month, day),
        personal_number="" if rng.random() < 0.3 else f"{seed % 10**4:04d}{rng.integers(10**6):06d}",
        place_of_birth=PLACES[rng.integers(len(PLACES))],
    )


def document_fields(
    seed: int, *, kind: DocumentKind, today: date, expired: bool = False, long_number: bool = False
) -> DocumentFields:
    """Invent the entries of a document of some kind, of the synthetic person with this seed.

    The person is the one of `passport_fields`: same birth and same given names; a passport is of the same
    number and dates, and its surname may have accents. A visa is valid for a year or less. long_number:
    the number has ten to fourteen characters, for cards of either size. Both sides of a card have the same
    entries. The same arguments give the same entries.
    """
    passport = passport_fields(seed, today=today, expired=expired)
    rng = np.random.default_rng([seed, 0xD0D])
    surname = (
        passport.surname if rng.random() < 0.5 else ACCENTED_SURNAMES[rng.integers(len(ACCENTED_SURNAMES))]
    )
    own = replace(
        passport,
        surname=surname,
        authority=AUTHORITIES[rng.integers(len(AUTHORITIES))],
        address=_address(rng),
        height_cm=int(rng.integers(150, 201)),
        eyes=EYES[rng.integers(len(EYES))],
    )
    length = int(rng.integers(10, 15)) if long_number else int(rng.integers(8, 10))
    if kind is DocumentKind.PASSPORT:
        return own
    if kind in {DocumentKind.VISA_A, DocumentKind.VISA_B}:
        opens = passport.issued_on if expired else today - timedelta(days=int(rng.integers(1, 60)))
        return replace(
            own,
            number=_mixed_number(rng, 9),
            issued_on=opens,
            expires_on=opens + timedelta(days=int(rng.integers(90, 365))),
            personal_number="" if rng.random() < 0.5 else _mixed_number(rng, 8),
            passport_number=passport.number,
            entries=("1", "2", "MULT")[rng.integers(3)],
            stay_days=int(rng.choice((15, 30, 90))),
        )
    is_card = kind is not DocumentKind.OFFICIAL_CARD
    rng = np.random.default_rng([seed, 0xCA2D if is_card else 0x0FF1])
    optional = _mixed_number(rng, 9 if is_card else 7)
    return replace(
        own,
        number=_mixed_number(rng, length),
        document_code=("", "ID", "IR", "C")[rng.integers(4)],
        personal_number="" if long_number or rng.random() < 0.4 else optional,
        further_data=_mixed_number(rng, 10) if is_card and rng.random() < 0.3 else "",
    )


def _address(rng: np.random.Generator) -> str:
    house, street = int(rng.integers(1, 190)), STREETS[rng.integers(len(STREETS))]
    return f"{house} {street}, {PLACES[rng.integers(len(PLACES))]}"


def _number(rng: np.random.Generator, seed: int) -> str:
    """Return a letter, the seed's last four digits and four digits at random."""
    letter = "CFGHJKLMNPRTVWXYZ"[rng.integers(17)]
    return f"{letter}{seed % 10**4:04d}{rng.integers(10**4):04d}"


def _mixed_number(rng: np.random.Generator, length: int) -> str:
    """Return digits, letters and digits, or both mixed, as the states differ."""
    letters, digits = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"
    pattern = ("D" * length, "LL" + "D" * length, "L" + "D" * length, "DDL" * length, "LDDDLL" * length)
    chosen = pattern[rng.integers(len(pattern))][:length]
    return "".join(
        (letters if kind == "L" else digits)[rng.integers(23 if kind == "L" else 10)] for kind in chosen
    )
