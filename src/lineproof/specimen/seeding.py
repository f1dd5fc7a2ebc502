"""Which features a seed gives a synthetic person."""

from typing import Literal

import numpy as np

from lineproof.specimen.features import (
    Beard,
    Brows,
    Colour,
    Eyes,
    Features,
    Glasses,
    Hair,
    HairStyle,
    Head,
    Mouth,
    Nose,
    Skin,
)

SKINS: tuple[Colour, ...] = (
    (241, 208, 186), (228, 187, 158), (214, 168, 132), (190, 142, 105),
    (160, 112, 78), (128, 86, 60), (98, 64, 46), (222, 178, 140),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (26, 22, 22), (44, 31, 25), (74, 48, 32), (112, 74, 44), (168, 126, 74), (205, 172, 118), (128, 54, 28),
)  # fmt: skip
GREY: Colour = (176, 174, 172)
IRISES: tuple[Colour, ...] = (
    (58, 36, 22),
    (84, 56, 30),
    (104, 92, 52),
    (74, 100, 74),
    (84, 116, 146),
    (104, 116, 122),
)


# The faces of seeds 0 to 13: of 561 drawn, fourteen of whom few resemble another. Photographed on a document
# and compared by the project itself, 17 of 182 pairs of strangers reach the 0.688 from which people are
# accepted, and each reaches 0.88 with themselves; of arbitrary seeds a third of the strangers do. They were
# chosen by calibration 1 of the default model pack, by which it was 3 of 182. They exchange places.
_DISTINCT = (78, 83, 148, 193, 196, 213, 221, 696, 709, 732, 751, 778, 797, 822)
_EXCHANGED = dict(enumerate(_DISTINCT)) | {there: here for here, there in enumerate(_DISTINCT)}


def features_of(seed: int) -> Features:
    """Draw the features of the synthetic person with this seed; the same seed is the same person.

    Features are drawn independently and widely, but a comparison made for people still takes about a third
    of the pairs of drawn strangers for one person. Seeds 0 to 13 were chosen to do so less: see `_DISTINCT`.
    """
    rng = np.random.default_rng([_EXCHANGED.get(seed, seed), 0xFACE])
    sex: Literal["F", "M"] = "F" if rng.random() < 0.5 else "M"
    age = float(rng.beta(1.2, 1.6))
    skin = Skin(
        colour=_near(rng, SKINS[rng.integers(len(SKINS))], 8),
        lines=age,
        freckles=float(max(0.0, rng.uniform(-1.2, 1.0))),
        moles=tuple((_u(rng, -0.5, 0.5), _u(rng, -0.5, 0.8)) for _ in range(rng.integers(0, 4))),
    )
    hair = _hair_of(rng, sex=sex, age=age)
    eyes_y = _u(rng, -0.14, -0.02)
    nose_y = eyes_y + _u(rng, 0.30, 0.54)
    mouth_y = nose_y + _u(rng, 0.15, 0.29)
    return Features(
        seed=seed,
        sex=sex,
        head=Head(
            width=_u(rng, 0.68, 0.86),
            height=mouth_y + _u(rng, 0.40, 0.56),
            jaw=_u(rng, 0.55, 0.80) if sex == "F" else _u(rng, 0.62, 0.88),
            chin=_u(rng, 0.0, 1.0),
            cheek=_u(rng, -0.3, 1.0),
            ear=_u(rng, 0.07, 0.13),
        ),
        eyes=Eyes(
            x=_u(rng, 0.245, 0.375),
            y=eyes_y,
            length=_u(rng, 0.10, 0.185),
            opening=_u(rng, 0.042, 0.098),
            tilt=_u(rng, -0.24, 0.30),
            fold=_u(rng, 0.0, 1.0),
            iris=IRISES[rng.integers(len(IRISES))],
            iris_size=_u(rng, 0.052, 0.082),
            shadow=_u(rng, 0.0, 1.0),
        ),
        brows=Brows(
            rise=_u(rng, 0.10, 0.25),
            thickness=_u(rng, 0.010, 0.038) if sex == "F" else _u(rng, 0.018, 0.060),
            arch=_u(rng, -0.03, 0.10),
            tilt=_u(rng, -0.32, 0.16),
            density=_u(rng, 0.2, 1.0),
            colour=_darker(hair.colour),
        ),
        nose=Nose(
            y=nose_y,
            width=_u(rng, 0.095, 0.225),
            tip=_u(rng, 0.10, 0.32),
            bridge=_u(rng, 0.0, 0.2),
            bridge_width=_u(rng, 0.04, 0.14),
        ),
        mouth=Mouth(
            y=mouth_y,
            width=_u(rng, 0.15, 0.33),
            upper=_u(rng, 0.012, 0.09),
            lower=_u(rng, 0.025, 0.11),
            redness=_u(rng, 0.1, 1.0) if sex == "F" else _u(rng, 0.0, 0.45),
            bow=_u(rng, 0.0, 1.0),
        ),
        hair=hair,
        skin=skin,
        glasses=_glasses_of(rng) if rng.random() < 0.4 else None,
        coat=_near(rng, (96, 96, 108), 60),
    )


def _u(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw between two bounds, oftener near one of them than between: mixtures of extremes differ most."""
    return low + (high - low) * float(rng.beta(0.5, 0.5))


def _darker(colour: Colour) -> Colour:
    red, green, blue = colour
    return red * 0.62, green * 0.60, blue * 0.58


def _near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    red, green, blue = np.clip(np.array(colour) + rng.uniform(-spread, spread, 3), 12, 248).tolist()
    return red, green, blue


def _hair_of(rng: np.random.Generator, *, sex: Literal["F", "M"], age: float) -> Hair:
    styles = {
        "F": (HairStyle.SHORT, HairStyle.CURLY, HairStyle.BOB, HairStyle.BOB, HairStyle.LONG, HairStyle.LONG),
        "M": (
            HairStyle.BALD,
            HairStyle.CROPPED,
            HairStyle.CROPPED,
            HairStyle.SHORT,
            HairStyle.SHORT,
            HairStyle.CURLY,
        ),
    }[sex]
    beards = tuple(Beard) if sex == "M" else (Beard.NONE,)
    pigment = np.array(HAIRS[rng.integers(len(HAIRS))])
    greying = float(np.clip((age - 0.55) * 2.2, 0, 0.95))
    red, green, blue = (pigment * (1 - greying) + np.array(GREY) * greying).tolist()
    return Hair(
        style=styles[rng.integers(len(styles))],
        colour=(red, green, blue),
        hairline=_u(rng, -0.78, -0.52),
        parting=_u(rng, -0.5, 0.5),
        volume=_u(rng, 0.6, 1.5),
        beard=beards[rng.integers(len(beards))],
    )


def _glasses_of(rng: np.random.Generator) -> Glasses:
    colours: tuple[Colour, ...] = ((28, 26, 28), (84, 50, 30), (120, 120, 126), (34, 44, 84))
    return Glasses(
        width=_u(rng, 0.19, 0.235),
        height=_u(rng, 0.12, 0.19),
        corner=_u(rng, 2.0, 5.0),
        rim=_u(rng, 0.010, 0.030),
        colour=colours[rng.integers(len(colours))],
    )
