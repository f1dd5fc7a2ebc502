"""The species of attack that show one photograph: as a stream, on paper, or on a screen turned by hand."""

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.face import EYE_LINE, UNITS_PER_SIDE
from lineproof.specimen.held_picture import (
    Cover,
    Shot,
    add_moire,
    hold_bent,
    hold_flat,
    hold_folded,
)
from lineproof.specimen.motion import Place
from lineproof.specimen.scene import FIGURE_PX, FRAME_SIZE, Frames, Scene
from lineproof.specimen.seeding import features_of

# A photograph that is fed in as a stream fills the frame with some to spare.
STREAM_PX = 530
# How far around the nose a program pulls, as shares of the picture's width and height.
NOSE_SPREAD = (0.10, 0.04)


def draw_still(scene: Scene) -> Frames:
    """Shift one photograph in step with the prompts, as a crude program does."""
    for place in scene.places():
        yield place, _streamed(scene.photograph, place, aside=0.1 * place.turn)


def draw_nose_warp(scene: Scene) -> Frames:
    """Pull the nose of one drawn photograph to the side that is asked for, and leave the rest."""
    largest = scene.rng.uniform(0.07, 0.11)
    nose_at = EYE_LINE + features_of(scene.seed).nose.y / UNITS_PER_SIDE
    for place in scene.places():
        pulled = pull_nose(scene.photograph, largest * place.turn, nose_at=nose_at)
        yield place, _streamed(pulled, place, aside=0)


def draw_print_turned(scene: Scene) -> Frames:
    """Turn a flat print by hand."""
    largest = scene.rng.uniform(20, 55)
    for place in scene.places():
        yield place, scene.over(*_seen_flat(_print(scene), place, yaw_degrees=largest * place.turn))


def draw_print_tilted(scene: Scene) -> Frames:
    """Turn a flat print by hand, and tilt and roll it as it turns."""
    largest, pitch = scene.rng.uniform(20, 50), scene.rng.uniform(10, 40) * scene.rng.choice((-1, 1))
    for place in scene.places():
        seen = _seen_flat(
            _print(scene),
            place,
            yaw_degrees=largest * place.turn,
            pitch_degrees=pitch * abs(place.turn),
        )
        yield place, scene.over(*seen)


def draw_screen_still(scene: Scene) -> Frames:
    """Turn a photograph on a screen by hand: a print with a screen's pattern, which stays the camera's."""
    largest = scene.rng.uniform(20, 55)
    for place in scene.places():
        seen, cover = _seen_flat(_print(scene), place, yaw_degrees=largest * place.turn)
        yield place, scene.over(add_moire(seen, seed=scene.seed), cover)


def draw_cut_out(scene: Scene) -> Frames:
    """Turn the cut-out contour of the person by hand."""
    largest = scene.rng.uniform(20, 55)
    figure = _cut_out(scene.photograph)
    for place in scene.places():
        yield place, scene.over(*_seen_flat(figure, place, yaw_degrees=largest * place.turn))


def draw_print_bent(scene: Scene) -> Frames:
    """Turn a print that is bent round an upright cylinder."""
    bend, largest = scene.rng.uniform(40, 90), scene.rng.uniform(25, 50)
    for place in scene.places():
        seen, cover = hold_bent(
            scene.photograph,
            place,
            size=FRAME_SIZE,
            width_px=FIGURE_PX,
            yaw_degrees=largest * place.turn,
            bend_degrees=bend,
        )
        yield place, scene.over(seen, cover)


def draw_print_folded(scene: Scene) -> Frames:
    """Turn a print that is folded along the nose, so that the nose stands out."""
    fold, largest = scene.rng.uniform(25, 45), scene.rng.uniform(18, 40)
    for place in scene.places():
        seen, cover = hold_folded(
            scene.photograph,
            place,
            size=FRAME_SIZE,
            width_px=FIGURE_PX,
            yaw_degrees=largest * place.turn,
            fold_degrees=fold,
        )
        yield place, scene.over(seen, cover)


def _streamed(picture: NDArray[np.uint8], place: Place, *, aside: float) -> Shot:
    """Fill the frame with a photograph; aside: how far it is shifted, as a share of the frame's width."""
    moved = Place(place.at_ms, 0, place.right + aside, place.down, place.scale, place.roll_degrees)
    return hold_flat(picture, moved, size=FRAME_SIZE, width_px=STREAM_PX, yaw_degrees=0, fill=True)


def pull_nose(picture: NDArray[np.uint8], by: float, *, nose_at: float) -> NDArray[np.uint8]:
    """Pull what is at the nose to the side by a share of the picture's width, less and less around it.

    nose_at: how far down the picture the nose of somebody who looks straight ahead is, as a share.
    """
    rows, columns = picture.shape[:2]
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    from_nose = ((x / columns - 0.5 - by) / NOSE_SPREAD[0]) ** 2
    from_nose += ((y / rows - nose_at) / NOSE_SPREAD[1]) ** 2
    pull = np.float32(by * columns) * np.exp(-from_nose).astype(np.float32)
    return np.asarray(cv2.remap(picture, x - pull, y, cv2.INTER_LINEAR), np.uint8)


def _print(scene: Scene) -> NDArray[np.uint8]:
    """Give the photograph with a cover: it covers as far as it reaches."""
    return np.dstack([scene.photograph, np.full(scene.photograph.shape[:2], 255, np.uint8)])


def _seen_flat(
    picture: NDArray[np.uint8], place: Place, *, yaw_degrees: float, pitch_degrees: float = 0.0
) -> tuple[Shot, Cover]:
    seen = hold_flat(
        picture,
        place,
        size=FRAME_SIZE,
        width_px=FIGURE_PX,
        yaw_degrees=yaw_degrees,
        pitch_degrees=pitch_degrees,
    )
    return seen[..., :3], seen[..., 3] / 255


def _cut_out(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a head and shoulders out of a picture along a rough contour: an oval on a broad foot."""
    rows, columns = picture.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    head = (x / 0.62) ** 2 + ((y + 0.08) / 0.84) ** 2 < 1
    shoulders = (np.abs(x) < 0.9) & (y > 0.62 + 0.3 * x**2)
    cover = cv2.GaussianBlur((255 * (head | shoulders)).astype(np.uint8), (0, 0), columns / 300)
    return np.dstack([picture, cover])
