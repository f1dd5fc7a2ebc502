"""The colours of a head, painted on its relief: skin, eyes, brows, lips, hair, glasses.

Nothing here is a photograph: every mark is a formula with the person's features in it.
"""

import numpy as np

from lineproof.specimen.canvas import Canvas, Picture, blots, line, strands, times
from lineproof.specimen.features import Features
from lineproof.specimen.relief import COLUMNS, ROWS, Expression, Map, Relief, bump, step

WHITE_OF_EYE = (234, 229, 224)
TEETH = (228, 222, 210)
LASHES = (28, 22, 22)
SHADOW = (0.62, 0.52, 0.48)  # what a crease leaves of the skin's red, green and blue


def paint_head(features: Features, *, relief: Relief, expression: Expression) -> Picture:
    """Paint a head in even light; the result covers the relief's map, cell by cell."""
    rng = np.random.default_rng([features.seed, 0x9A1])
    picture = np.empty((ROWS, COLUMNS, 3), np.float32)
    picture[:] = features.skin.colour
    picture *= (1 + 0.016 * blots(rng, picture, cells=30) + 0.007 * blots(rng, picture, cells=2))[..., None]
    whole = Canvas(picture, relief.x, relief.y, np.abs(relief.x), relief.front)
    _paint_skin(whole, features, rng)
    _paint_age(whole, features, expression)
    _paint_nose(whole, features)
    _paint_mouth(whole, features, expression)
    streaks = strands(rng, picture)
    whole.paint(relief.beard * (0.88 + 0.12 * streaks), times(features.hair.colour, 0.85))
    for half in (-1, 1):
        _paint_eye(whole, features, expression, half)
        _paint_brow(whole, features, rng, half)
    _paint_hair(picture, features, relief, streaks)
    _paint_glasses(whole, features, relief)
    return picture


def _paint_skin(whole: Canvas, features: Features, rng: np.random.Generator) -> None:
    skin, nose = features.skin, features.nose
    face = whole.within(angles=(-1.25, 1.25), heights=(-0.9, 1.2))
    flush = bump(face.side, face.y, at=(0.42, nose.y - 0.03), spread=(0.20, 0.17))
    face.paint(0.26 * flush, times(skin.colour, (1.0, 0.78, 0.74)))
    if skin.freckles > 0:
        spots = step(blots(rng, face.picture, cells=4) - 1.2, width=0.4)
        across = bump(face.side, face.y, at=(0.25, nose.y - 0.14), spread=(0.34, 0.20))
        face.paint(0.6 * skin.freckles * spots * across, times(skin.colour, (0.70, 0.55, 0.45)))
    for place in skin.moles:
        face.paint(0.8 * bump(face.x, face.y, at=place, spread=(0.016, 0.016)), times(skin.colour, 0.38))


def _paint_age(whole: Canvas, features: Features, expression: Expression) -> None:
    """Age lines: from the nose to the mouth, over the forehead, beside and below the eyes."""
    eyes, nose, mouth, age = features.eyes, features.nose, features.mouth, features.skin.lines
    face = whole.within(angles=(-1.25, 1.25), heights=(-0.9, 1.2))
    dark = times(features.skin.colour, (0.70, 0.60, 0.56))
    along = (face.y - nose.y) / (mouth.y + 0.05 - nose.y)
    fold_x = nose.width + 0.06 + (mouth.width - nose.width + 0.06) * along
    ends = step(along + 0.05, width=0.4) * step(0.95 - along, width=0.5)
    face.paint(
        (0.04 + 0.45 * age**1.5 + 0.3 * expression.smile) * line(face.side - fold_x, 0.024) * ends, dark
    )
    for number, rise in enumerate((0.40, 0.48, 0.56)):
        height = eyes.y - rise + 0.03 * np.cos(face.x * 7 + number)
        face.paint(
            max(0.0, age - 0.4) * 0.8 * line(face.y - height, 0.011) * step(0.42 - face.side, width=0.3),
            dark,
        )
    from_eye = face.side - eyes.x
    under = line(face.y - eyes.y - 0.12 + 1.2 * from_eye**2, 0.022) * step(
        0.13 - np.abs(from_eye), width=0.12
    )
    face.paint((0.05 + 0.5 * age**1.5) * under, dark)
    rays = line(np.sin((face.y - eyes.y) * 70 + from_eye * 12), 0.35)
    corner = bump(from_eye, face.y, at=(eyes.length + 0.10, eyes.y), spread=(0.06, 0.07))
    face.paint(max(0.0, age - 0.4 + 0.3 * expression.smile) * 0.5 * rays * corner, dark)


def _paint_nose(whole: Canvas, features: Features) -> None:
    nose, skin = features.nose, features.skin.colour
    near = whole.within(angles=(-0.6, 0.6), heights=(nose.y - 0.2, nose.y + 0.2))
    side, drop = near.side, near.y - nose.y
    wing = line(np.hypot(side - nose.width * 0.60, drop * 0.9) - nose.width * 0.46, 0.016)
    outer = (
        step(side - nose.width * 0.8, width=0.06)
        * step(drop + 0.06, width=0.06)
        * step(0.06 - drop, width=0.05)
    )
    near.paint(0.40 * wing * outer, times(skin, SHADOW))
    near.paint(0.35 * bump(near.x, drop, at=(0, 0.075), spread=(nose.width, 0.022)), times(skin, SHADOW))
    hole = bump(side, drop, at=(nose.width * 0.45, 0.050), spread=(nose.width * 0.24, 0.016))
    near.paint(0.85 * hole, times(skin, (0.34, 0.24, 0.22)))


def _paint_mouth(whole: Canvas, features: Features, expression: Expression) -> None:
    # In order, each over the last:  1. lips  2. their gloss  3. the opening and teeth  4. the seam
    mouth, skin = features.mouth, np.asarray(features.skin.colour, np.float32)
    near = whole.within(angles=(-0.9, 0.9), heights=(mouth.y - 0.3, mouth.y + 0.35))
    half_width = mouth.width * (1 + 0.20 * expression.smile)
    u = near.x / half_width
    arc = np.clip(1 - u**2, 0, 1)
    rest = (
        0.025 + 0.055 * expression.smile
    )  # corners lie a little above the middle: a calm face, not a stern one
    drop = near.y - mouth.y + rest * (u**2 - 0.3)  # 0 where the lips meet
    gap = (0.10 * expression.mouth_open + 0.035 * expression.smile) * arc**0.7
    bow = 1 - (0.15 + 0.4 * mouth.bow) * np.exp(-((u / 0.16) ** 2))
    # 1
    lip = skin * (0.86, 0.62, 0.60) * (1 - mouth.redness) + np.array((176, 62, 68)) * mouth.redness * (
        0.45 + skin.mean() / 400
    )
    upper = step(drop + mouth.upper * arc**0.75 * bow, width=0.012) * step(-drop, width=0.012)
    lower = step(drop - gap, width=0.012) * step(gap + mouth.lower * arc**0.7 - drop, width=0.02)
    near.paint(0.85 * upper * (arc > 0), lip * 0.90)
    near.paint(0.80 * lower * (arc > 0), lip)
    # 2
    gloss = bump(near.x, drop - gap, at=(0, mouth.lower * 0.5), spread=(half_width * 0.5, mouth.lower * 0.25))
    near.paint(0.18 * gloss, (255, 236, 230))
    # 3
    opening = step(drop, width=0.01) * step(gap - drop, width=0.01) * (gap > 0.008)
    near.paint(opening, (74, 32, 32))
    near.paint(opening * step(0.6 * gap + 0.012 - drop, width=0.01), TEETH)
    # 4
    corners = 0.7 * bump(np.abs(u), drop, at=(1.0, 0), spread=(0.06, 0.016))
    seam = line(drop, 0.009) * step(1.02 - np.abs(u), width=0.08) + corners
    near.paint(np.clip(0.8 * seam, 0, 0.8), skin * (0.40, 0.26, 0.26))


def _paint_eye(whole: Canvas, features: Features, expression: Expression, half: int) -> None:
    # In order, each over the last:  1. socket  2. ball and iris  3. lashes and rim  4. fold
    eyes, skin = features.eyes, features.skin.colour
    angles = (0.0, 1.2) if half > 0 else (-1.2, 0.0)
    near = whole.within(angles=angles, heights=(eyes.y - 0.3, eyes.y + 0.3))
    out = near.side - eyes.x  # grows toward the ear
    u, v = out / eyes.length, near.y - eyes.y + eyes.tilt * out
    arc, across = np.clip(1 - u**2, 0, 1), np.abs(u)
    upper = -eyes.opening * arc**0.72
    lower = eyes.opening * (0.62 - 0.28 * expression.smile) * arc**0.9
    # 1
    socket = bump(u, v, at=(-0.1, -0.05), spread=(1.3, 0.07))
    near.paint((0.10 + 0.26 * eyes.shadow) * socket, times(skin, SHADOW))
    # 2
    ball = step(v - upper, width=0.012) * step(lower - v, width=0.012) * (arc > 0)
    near.paint(ball, WHITE_OF_EYE)
    radius = np.hypot(out, v + 0.010)
    for share, softness, colour in (
        (1.0, 0.012, times(eyes.iris, 0.6)),
        (0.82, 0.02, times(eyes.iris, 1.2)),
        (0.42, 0.012, (10, 9, 10)),
    ):
        near.paint(ball * step(eyes.iris_size * share - radius, width=softness), colour)
    near.paint(0.40 * ball * line(v - upper, 0.026), (60, 44, 40))
    near.paint(
        ball * bump(near.x, v, at=(half * eyes.x - 0.022, -0.030), spread=(0.016, 0.016)), (255, 255, 255)
    )
    # 3
    near.paint(0.9 * line(v - upper, 0.013) * step(1.04 - across, width=0.08), LASHES)
    near.paint(0.40 * line(v - lower, 0.010) * step(1 - across, width=0.1), times(skin, (0.55, 0.40, 0.38)))
    # 4
    fold = line(v - 1.05 * upper + 0.030 + 0.022 * eyes.fold, 0.011) * step(1.1 - across, width=0.4)
    near.paint((0.15 + 0.5 * eyes.fold) * fold, times(skin, SHADOW))


def _paint_brow(whole: Canvas, features: Features, rng: np.random.Generator, half: int) -> None:
    eyes, brows = features.eyes, features.brows
    angles = (0.0, 1.25) if half > 0 else (-1.25, 0.0)
    near = whole.within(angles=angles, heights=(eyes.y - 0.5, eyes.y))
    u = (near.side - eyes.x) / 0.20
    middle = eyes.y - brows.rise - brows.arch * (1 - (u - 0.25) ** 2) - 0.2 * brows.tilt * u
    thickness = brows.thickness * (1 - 0.62 * np.clip(u, 0, 1.1))
    hairs = 0.85 + 0.25 * blots(rng, near.picture, cells=2.5)
    body = np.exp(-(np.abs((near.y - middle) / thickness) ** 2.6))
    near.paint(
        brows.density * body * hairs * step(u + 0.95, width=0.25) * step(1.08 - u, width=0.25), brows.colour
    )


def _paint_hair(picture: Picture, features: Features, relief: Relief, streaks: Map) -> None:
    shine = np.exp(-(((relief.y + 0.80 + 0.05 * np.sin(relief.angle * 5)) / 0.12) ** 2))
    tint = times(features.hair.colour, (1 + 0.20 * streaks + 0.22 * shine * (1 + streaks))[..., None])
    np.add(picture, relief.hair[..., None] * (tint - picture), out=picture)


def _paint_glasses(whole: Canvas, features: Features, relief: Relief) -> None:
    glasses, eyes = features.glasses, features.eyes
    if glasses is None:
        return
    drop = whole.y - eyes.y - 0.02
    reach = np.power(
        np.power(np.abs(whole.side - eyes.x) / glasses.width, glasses.corner)
        + np.power(np.abs(drop) / glasses.height, glasses.corner),
        1 / glasses.corner,
    )
    rim = line((reach - 1) * glasses.height, glasses.rim)
    bridge = line(drop + 0.04 + whole.side**2, glasses.rim) * step(
        eyes.x - glasses.width - whole.side, width=0.02
    )
    temple = line(drop + 0.05, glasses.rim) * step(whole.side - eyes.x - glasses.width, width=0.02)
    whole.paint(0.06 * step(1 - reach, width=0.02), (255, 255, 255))
    whole.paint(0.96 * np.maximum(np.maximum(rim, bridge), temple) * (1 - relief.hair), glasses.colour)
