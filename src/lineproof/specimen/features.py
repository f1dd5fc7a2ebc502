"""The features of a synthetic person: head, eyes, brows, nose, mouth, hair, skin.

Lengths are in head units: an ordinary head is about 1.5 wide and 2.1 high; x runs to the right of the
picture and y down, both 0 between the ears, a little below the eyes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

Colour: TypeAlias = tuple[float, float, float]  # red, green, blue, each 0 to 255


class HairStyle(StrEnum):
    """How the hair is worn."""

    BALD = "bald"
    CROPPED = "cropped"
    SHORT = "short"
    CURLY = "curly"
    BOB = "bob"
    LONG = "long"


class Beard(StrEnum):
    """How the beard is worn."""

    NONE = "none"
    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    GOATEE = "goatee"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Head:
    """Half width, half height, width of the jaw as a share of the head's, fullness of the cheeks."""

    width: float
    height: float
    jaw: float
    chin: float
    cheek: float
    ear: float


@dataclass(frozen=True, slots=True)
class Eyes:
    """Distance of each eye from the middle, height of its line, half its length, opening, tilt outward-up."""

    x: float
    y: float
    length: float
    opening: float
    tilt: float
    fold: float
    iris: Colour
    iris_size: float
    shadow: float


@dataclass(frozen=True, slots=True)
class Brows:
    """Height above the eye, half thickness, arch, tilt outward-up, density from 0 to 1."""

    rise: float
    thickness: float
    arch: float
    tilt: float
    density: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Nose:
    """Height of its tip's line, half width at the wings, how far the tip and the bridge stand out."""

    y: float
    width: float
    tip: float
    bridge: float
    bridge_width: float


@dataclass(frozen=True, slots=True)
class Mouth:
    """Height of its line, half its width, thickness of each lip, redness, depth of the bow."""

    y: float
    width: float
    upper: float
    lower: float
    redness: float
    bow: float


@dataclass(frozen=True, slots=True)
class Hair:
    """Style, colour, height of the hairline at the forehead, side of the parting, beard and its colour."""

    style: HairStyle
    colour: Colour
    hairline: float
    parting: float
    volume: float
    beard: Beard


@dataclass(frozen=True, slots=True)
class Skin:
    """Colour, age lines from 0 to 1, freckles from 0 to 1, places of a few moles."""

    colour: Colour
    lines: float
    freckles: float
    moles: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Glasses:
    """Half the width and height of one lens, how round its corners are (2 an ellipse, 6 a box), rim."""

    width: float
    height: float
    corner: float
    rim: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Features:
    """Everything that stays the same between two pictures of one synthetic person."""

    seed: int
    sex: Literal["F", "M"]
    head: Head
    eyes: Eyes
    brows: Brows
    nose: Nose
    mouth: Mouth
    hair: Hair
    skin: Skin
    glasses: Glasses | None
    coat: Colour
