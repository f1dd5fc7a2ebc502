"""What is printed on a specimen passport, and invented entries for it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from lineproof.specimen.seeding import features_of

SPECIMEN_STATE = "UTO"  # Utopia, the state ICAO Doc 9303 sets aside for examples

# In plain letters only: the font that Pillow carries has no accents.
SURNAMES = (
    "Abelard", "Brannoch", "Castellane", "Dovrefell", "Eyvindson", "Falkenrath", "Grimaldi-Roux",
    "Harrowgate", "Ilvermoor", "Jansdotter", "Kestevan", "Lo", "M'Bali", "Nordqvast", "O'Tarrin",
    "Penhallow-Ashdown", "Quillarte", "Rosmerta", "Soderlynd", "Tamiyo", "Ulverstone", "Vantongeren",
    "Wexcombe", "Yrsa", "Zuberi",
)  # fmt: skip
GIVEN_NAMES = {
    "F": ("Alva", "Beatriz", "Cleo", "Dagny", "Ebele", "Fenna Marit", "Gyda", "Hollis", "Ines-Maude",
          "Juno", "Kaia", "Liv", "Mirembe", "Nadette", "Oriel Anne"),
    "M": ("Anselm", "Bram", "Ciro", "Dov", "Emeka", "Florin", "Gaspard Elio", "Hal", "Ilan", "Jorek",
          "Kofi-Lars", "Leif", "Mansur", "Niklaus", "Oisin Tam"),
}  # fmt: skip
PLACES = ("Zenith", "New Amaurot", "Anydrus Mouth", "Cape Hythloday", "Nephelo", "Port Utopus")


@dataclass(frozen=True, slots=True)
class PassportFields:
    """The entries of a passport's data page, as a person reads them.

    number: at most nine letters and digits. personal_number: at most fourteen, empty when the state
    gives none. nationality and issuer: three letters of ICAO Doc 9303-3, section 5.
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


def passport_fields(seed: int, *, today: date, expired: bool = False) -> PassportFields:
    """Invent the entries of the passport of the synthetic person with this seed.

    The document is valid for ten years and in date on `today`; with expired, its validity ended
    before. The same arguments give the same entries, and another seed another number.
    """
    rng = np.random.default_rng([seed, 0xD0C])
    features = features_of(seed)
    age = 20 + round(50 * features.skin.lines)  # as old as the face looks
    issued_year = today.year - (int(rng.integers(11, 14)) if expired else int(rng.integers(1, 5)))
    month, day = int(rng.integers(1, 13)), int(rng.integers(1, 29))
    return PassportFields(
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


def _number(rng: np.random.Generator, seed: int) -> str:
    """Return a letter, the seed's last four digits and four digits at random."""
    letter = "CFGHJKLMNPRTVWXYZ"[rng.integers(17)]
    return f"{letter}{seed % 10**4:04d}{rng.integers(10**4):04d}"
