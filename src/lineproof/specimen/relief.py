"""The head as a relief: its distance from an upright axis, for every direction and height.

One map of distances describes the whole head, with its hair and neck, so a picture at any yaw is a
look-up, not a mesh. Columns of the map run over the angle about the axis (0 is straight ahead, positive
toward the right of the picture), rows over the height.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.features import Beard, Features, HairStyle

ANGLE_LIMIT = 2.6  # radians; beyond it lies the back of the head, which no picture shows
TOP, BOTTOM = -1.45, 1.75  # head units
ROWS, COLUMNS = 560, 832
CROWN, HAIR_CROWN = 1.12, 1.24  # height of the skull, and of the hair on it, above the middle of the head

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Expression:
    """What the face is doing: smile and mouth_open from 0 to 1."""

    smile: float = 0.0
    mouth_open: float = 0.0


@dataclass(frozen=True, slots=True)
class Relief:
    """The shape of one head.

    angle, y: where each cell of the map looks, radians and head units.
    x: the cell's place right of the nose, as the face is seen from the front.
    radius: distance from the axis. front: 1 on the face, falling to 0 on the sides.
    hair: from 0 on skin to 1 on hair of the head. beard: the same for the beard.
    """

    angle: Map
    y: Map
    x: Map
    radius: Map
    front: Map
    hair: Map
    beard: Map


def bump(x: Map, y: Map, *, at: tuple[float, float], spread: tuple[float, float]) -> Map:
    """Return a smooth hill of height 1 at a place, with its spread to the side and in height."""
    return np.exp(-(((x - at[0]) / spread[0]) ** 2) - ((y - at[1]) / spread[1]) ** 2)


def step(value: Map, *, width: float) -> Map:
    """Return 0 where the value is well below nought, 1 well above, and a ramp of that width between."""
    return np.clip(value / width + 0.5, 0, 1)


def shape_head(features: Features, *, expression: Expression) -> Relief:
    """Build the relief of a head making an expression."""
    angle, y = np.meshgrid(
        np.linspace(-ANGLE_LIMIT, ANGLE_LIMIT, COLUMNS, dtype=np.float32),
        np.linspace(TOP, BOTTOM, ROWS, dtype=np.float32),
    )
    skull = _skull(features, angle=angle, y=y, crown=CROWN)
    x = skull * np.sin(angle)
    front = step(np.cos(angle) - 0.2, width=0.35)
    hair, thickness = _hair(features, angle=angle, y=y)
    beard = _beard(features, x=x, y=y) * front
    face = skull + front * _face(features, x=x, y=y, expression=expression)
    face += front * _character(features, y.shape)
    face += features.head.ear * _ears(angle, y) * (1 - hair)
    face += 0.03 * beard * (features.hair.beard is Beard.FULL)
    under_hair = _skull(features, angle=angle, y=y, crown=HAIR_CROWN)
    radius = np.maximum(face, _neck(angle, y))
    radius = np.maximum(radius, hair * (np.maximum(radius, under_hair) + thickness))
    return Relief(
        angle=angle,
        y=y,
        x=x,
        radius=cv2.GaussianBlur(radius, (0, 0), 1.5),
        front=front,
        hair=np.clip(4 * hair, 0, 1),  # the step from skin to hair is hair-coloured
        beard=beard,
    )


def _skull(features: Features, *, angle: Map, y: Map, crown: float) -> Map:
    """The egg without features: an ellipse at each height, narrowing to the jaw and closing at the crown."""
    head = features.head
    y = y[:, :1]  # the profile is the same for every angle
    up = np.clip(-y / crown, 0, 1)
    down = np.clip(y / head.height, 0, 1)
    dome = np.sqrt(np.clip(1 - up**2.3, 0, 1))
    jaw = (1 - (1 - head.jaw) * down**1.5) * np.sqrt(np.clip(1 - down ** (3 + 3 * head.chin), 0, 1))
    width = head.width * np.where(y < 0, dome, jaw)
    depth_front = 0.80 * np.where(y < 0, np.clip(1 - up**3, 0, 1) ** 0.5, np.clip(1 - down**9, 0, 1) ** 0.5)
    depth_back = 0.95 * np.where(y < 0, dome, np.clip(1 - (down / 0.9) ** 2, 0, 1) ** 0.5)
    depth = np.where(np.cos(angle) > 0, depth_front, depth_back)
    return 1 / np.sqrt((np.sin(angle) / (width + 1e-3)) ** 2 + (np.cos(angle) / (depth + 1e-3)) ** 2)


def _face(features: Features, *, x: Map, y: Map, expression: Expression) -> Map:
    """What stands out of the egg or lies below it."""
    eyes, nose, mouth, head = features.eyes, features.nose, features.mouth, features.head
    side = np.abs(x)
    middle = (eyes.y + nose.y) / 2
    # the nose: ridge, tip and wings
    out = nose.bridge * bump(x, y, at=(0, middle - 0.06), spread=(nose.bridge_width, 0.22))
    out += nose.tip * bump(x, y, at=(0, nose.y - 0.02), spread=(nose.width * 0.75, 0.11))
    out += 0.07 * bump(side, y, at=(nose.width * 0.72, nose.y), spread=(0.06, 0.06))
    # the sockets, the brow ridge and the lids' ball
    out -= 0.10 * bump(side, y, at=(eyes.x, eyes.y - 0.01), spread=(0.17, 0.11))
    out += 0.045 * bump(side, y, at=(eyes.x, eyes.y), spread=(0.10, 0.07))
    out += 0.045 * bump(side, y, at=(eyes.x, eyes.y - 0.17), spread=(0.24, 0.06))
    # the cheekbones, raised by a smile
    cheek = 0.05 * head.cheek + 0.05 * expression.smile
    out += cheek * bump(side, y, at=(0.40, nose.y - 0.06 - 0.04 * expression.smile), spread=(0.18, 0.17))
    # the lips, the hollow under them and the chin
    out += 0.05 * bump(x, y, at=(0, mouth.y), spread=(mouth.width * 1.1, 0.10))
    out -= 0.045 * bump(x, y, at=(0, mouth.y + mouth.lower + 0.06), spread=(0.20, 0.05))
    out += 0.06 * bump(x, y, at=(0, head.height - 0.14), spread=(0.18, 0.12))
    hollow = bump(side, y, at=(mouth.width + 0.09, mouth.y - 0.06), spread=(0.05, 0.16))
    out -= 0.03 * features.skin.lines * hollow
    return out


def _character(features: Features, shape: tuple[int, ...]) -> Map:
    """Small rises and hollows that no measure names and that are this person's own, alike on both sides."""
    rng = np.random.default_rng([features.seed, 0xC4A])
    rows, columns = shape
    coarse = rng.standard_normal((15, 23), np.float32)
    coarse = 0.8 * (coarse + coarse[:, ::-1]) / 2**0.5 + 0.3 * coarse
    return 0.018 * cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)


def _ears(angle: Map, y: Map) -> Map:
    """Two shells a little behind the middle of the sides."""
    outline = np.sqrt(np.clip(1 - ((y - 0.08) / (0.24 - 0.04 * np.sign(y - 0.08))) ** 2, 0, 1))
    return outline * np.exp(-(((np.abs(angle) - 1.68) / 0.13) ** 4))


def _neck(angle: Map, y: Map) -> Map:
    """A column behind the chin; it widens toward the shoulders."""
    widening = 0.10 * np.clip(y - 1.1, 0, 1)
    return np.where(y > 0.25, 0.44 + widening - 0.10 * np.cos(angle), 0).astype(np.float32)


def _hair(features: Features, *, angle: Map, y: Map) -> tuple[Map, Map]:
    """Where the hair of the head lies, and how thick it is there."""
    hair = features.hair
    turn = np.abs(angle)
    temple = np.clip((turn - 0.55) / 0.75, 0, 1)  # 0 on the forehead, 1 in front of the ear
    parted = 0.10 * np.sin(np.clip((angle - hair.parting) * 2.2, -1.5, 1.5)) * np.sign(hair.parting)
    hairline = hair.hairline + parted + temple**2 * 0.62
    behind = step(turn - 1.45, width=0.25)
    match hair.style:
        case HairStyle.BALD:
            return np.zeros_like(y), np.zeros_like(y)
        case HairStyle.CROPPED:
            lower, thickness = hairline + behind * 0.7, 0.035 + 0 * y
        case HairStyle.SHORT:
            lower, thickness = hairline + behind * 0.6, 0.05 + 0.09 * hair.volume * step(-y - 0.5, width=0.7)
        case HairStyle.CURLY:
            curls = 0.03 * np.sin(angle * 17 + 3 * np.sin(y * 9)) * np.sin(y * 19 + 2 * np.sin(angle * 7))
            lower = hairline + behind * 0.8 + curls
            thickness = 0.16 * hair.volume * step(0.6 - y, width=0.8) + curls
        case HairStyle.BOB:
            lower = np.where(turn > 1.12, 0.95 + 0 * y, hairline)
            thickness = 0.07 + 0.08 * hair.volume * step(y + 1.0, width=0.8)
        case HairStyle.LONG:
            lower = np.where(turn > 1.16, 2.5 + 0 * y, hairline)
            thickness = 0.06 + 0.07 * hair.volume * step(y + 1.0, width=0.8) + 0.25 * step(y - 0.6, width=0.9)
    mask = cv2.GaussianBlur(step(lower - y, width=0.06), (0, 0), 2.0)
    closing = np.sqrt(np.clip(1 - np.clip(-y[:, :1] / HAIR_CROWN, 0, 1) ** 4, 0, 1))
    return mask, (thickness * closing).astype(np.float32)


def _beard(features: Features, *, x: Map, y: Map) -> Map:
    """How densely the beard covers each place."""
    mouth, nose, head = features.mouth, features.nose, features.head
    side = np.abs(x)
    lips = step(
        1 - (x / (mouth.width * 1.08)) ** 2 - ((y - mouth.y - 0.01) / (mouth.lower * 1.25)) ** 2, width=0.6
    )
    moustache = step(
        1 - (x / (mouth.width * 1.12)) ** 2 - ((y - (nose.y + mouth.y) / 2 - 0.045) / 0.075) ** 2, width=0.8
    )
    chin = step(1 - (x / 0.26) ** 2 - ((y - head.height + 0.12) / 0.24) ** 2, width=0.7)
    jawline = mouth.y - 0.02 - 0.55 * np.clip(side - mouth.width - 0.06, 0, 1) ** 0.8
    jaw = np.maximum(
        step(y - jawline, width=0.14) * step(side - mouth.width * 0.95, width=0.08),
        step(y - mouth.y - 0.14, width=0.1),
    )
    match features.hair.beard:
        case Beard.NONE:
            cover = np.zeros_like(y)
        case Beard.STUBBLE:
            cover = 0.40 * np.maximum(jaw, moustache)
        case Beard.MOUSTACHE:
            cover = 0.9 * moustache
        case Beard.GOATEE:
            cover = 0.88 * np.maximum(moustache, chin)
        case Beard.FULL:
            cover = 0.93 * np.maximum(jaw, moustache)
    return (cover * (1 - lips) * step(head.height - 0.03 - y, width=0.08)).astype(np.float32)
