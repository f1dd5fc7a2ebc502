"""What may stand before the camera when a head turn is asked for: a person, or one species of attack.

Every presentation is drawn by code for given cues and a seed: frames with their times, nothing else. They
serve to choose and to test limits; they say nothing about how often real people or real attacks pass.

ISO/IEC 30107-1 (presentation attack instrument species).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lineproof.specimen import shown_picture as shown
from lineproof.specimen.face import drape_figure, draw_draped, draw_face, draw_sitter
from lineproof.specimen.held_picture import add_moire
from lineproof.specimen.motion import Cue, Place
from lineproof.specimen.photograph import draw_room
from lineproof.specimen.scene import (
    FIGURE_PX,
    FRAME_SIZE,
    STRANGER,
    YAW_STEP_DEGREES,
    Frames,
    Scene,
    expose,
    figure_of,
    largest_turn,
    light_of,
    sitter_of,
)

PICTURE_PX = 512
# A splice shows the victim up to this share of a turn, and somebody else beyond.
SPLICED_FROM = 0.25


class Species(Enum):
    """A person who does as asked, and the attacks, each by its instrument."""

    BONA_FIDE = "bona_fide"
    STILL = "still"  # one photograph as a stream, shifted in step with the prompts
    NOSE_WARP = "nose_warp"  # the same, with only the nose pulled to the side by a program
    PRINT_TURNED = "print_turned"  # a flat print turned by hand as the prompts say
    PRINT_TILTED = "print_tilted"  # the same, tilted up or down and rolled as well
    PRINT_BENT = "print_bent"  # bent round an upright cylinder and turned
    PRINT_FOLDED = "print_folded"  # folded along the nose, stretched beforehand so as to look right, turned
    CUT_OUT = "cut_out"  # the contour of the person, cut out, before the room
    SCREEN_STILL = "screen_still"  # a photograph on a screen, turned by hand
    SLIDE_SHOW = "slide_show"  # three photographs of the person, ahead and to both sides, shown on cue
    WRONG_ORDER = "wrong_order"  # a live person who turns to other sides than those asked for
    SWAP = "swap"  # the victim for the still, then another person who turns
    SPLICE = "splice"  # the victim whenever the face looks ahead, another person while it turns
    REPLAY_OTHER = "replay_other"  # a recording made for a challenge with other sides
    REPLAY_SAME_SIDES = "replay_same_sides"  # a recording with the right sides at another challenge's times
    REPLAY_ON_CUE = "replay_on_cue"  # recordings on a screen, started by hand at each prompt
    PUPPET = "puppet"  # a photograph laid over the shape of the person's head by a program, and turned


@dataclass(frozen=True, slots=True, eq=False)
class TimedShot:
    """One frame. at_ms: since the challenge was issued. pixels: rows, columns, red-green-blue, uint8."""

    at_ms: int
    pixels: NDArray[np.uint8]


def draw_presentation(
    species: Species,
    cues: Sequence[Cue],
    *,
    ends_at_ms: int,
    seed: int,
    photograph: NDArray[np.uint8] | None = None,
) -> Iterator[TimedShot]:
    """Draw the frames of one presentation, one by one; the same arguments give the same pixels.

    cues: what the challenge asks for. seed: who is shown, and every accident.
    photograph: red-green-blue, what a print, a screen or a still shows; None is a drawn one of the person
    with this seed. Live species do not use it. The first frames, before the first cue, are frontal.
    """
    rng = np.random.default_rng([seed, list(Species).index(species), 0x71E])
    if photograph is None:
        photograph = _photograph(seed)
    scene = Scene(seed, tuple(cues), ends_at_ms, draw_room(rng, size=FRAME_SIZE), photograph, rng)
    for place, shot in _DRAWN[species](scene):
        yield TimedShot(place.at_ms, expose(shot, rng))


@lru_cache(maxsize=2)
def _photograph(seed: int) -> NDArray[np.uint8]:
    return draw_face(seed=seed, light=light_of(seed), size_px=PICTURE_PX)


def _draw_bona_fide(scene: Scene) -> Frames:
    return _draw_live(scene, scene.places())


def _draw_wrong_order(scene: Scene) -> Frames:
    return _draw_live(scene, scene.places(_other_sides(scene)))


def _draw_replay_other(scene: Scene) -> Frames:
    return _draw_live(scene, scene.places(_other_times(scene, _other_sides(scene))))


def _draw_replay_same_sides(scene: Scene) -> Frames:
    return _draw_live(scene, scene.places(_other_times(scene, scene.cues)))


def _draw_replay_on_cue(scene: Scene) -> Frames:
    for place, shot in _draw_live(scene, scene.places()):
        yield place, add_moire(shot, seed=scene.seed)


def _draw_swap(scene: Scene) -> Frames:
    """Show the victim until the first cue, then somebody else at the same place."""
    places = scene.places()
    before = [place for place in places if place.at_ms < scene.cues[0].shown_at_ms]
    yield from _draw_live(scene, before)
    yield from _draw_live(scene, places[len(before) :], seed=scene.seed + STRANGER)


def _draw_splice(scene: Scene) -> Frames:
    for place in scene.places():
        aside = abs(place.turn) > SPLICED_FROM
        yield from _draw_live(scene, (place,), seed=scene.seed + STRANGER if aside else None)


def _draw_slide_show(scene: Scene) -> Frames:
    largest = largest_turn(scene.seed)
    for place in scene.places():
        yield place, scene.stand(figure_of(scene.seed, largest * round(place.turn)), place)


def _draw_live(scene: Scene, places: Sequence[Place], *, seed: int | None = None) -> Frames:
    """Draw a head that turns before the room."""
    who = scene.seed if seed is None else seed
    largest = largest_turn(who)
    for place in places:
        yield place, scene.stand(figure_of(who, largest * place.turn), place)


def _draw_puppet(scene: Scene) -> Frames:
    """Animate one frontal photograph of a person over a shape that fits: the best that a program can do."""
    sitter = sitter_of(scene.seed)
    frontal = draw_sitter(sitter, light=light_of(scene.seed), size_px=PICTURE_PX)
    draped = drape_figure(frontal, over=sitter)
    largest = scene.rng.uniform(34, 43)
    drawn: dict[int, NDArray[np.uint8]] = {}
    for place in scene.places():
        yaw = YAW_STEP_DEGREES * round(largest * place.turn / YAW_STEP_DEGREES)
        if yaw not in drawn:
            drawn[yaw] = draw_draped(draped, yaw_degrees=yaw, size_px=FIGURE_PX)
        yield place, scene.stand(drawn[yaw], place)


_DRAWN: dict[Species, Callable[[Scene], Frames]] = {
    Species.BONA_FIDE: _draw_bona_fide,
    Species.STILL: shown.draw_still,
    Species.NOSE_WARP: shown.draw_nose_warp,
    Species.PRINT_TURNED: shown.draw_print_turned,
    Species.PRINT_TILTED: shown.draw_print_tilted,
    Species.PRINT_BENT: shown.draw_print_bent,
    Species.PRINT_FOLDED: shown.draw_print_folded,
    Species.CUT_OUT: shown.draw_cut_out,
    Species.SCREEN_STILL: shown.draw_screen_still,
    Species.SLIDE_SHOW: _draw_slide_show,
    Species.WRONG_ORDER: _draw_wrong_order,
    Species.SWAP: _draw_swap,
    Species.SPLICE: _draw_splice,
    Species.REPLAY_OTHER: _draw_replay_other,
    Species.REPLAY_SAME_SIDES: _draw_replay_same_sides,
    Species.REPLAY_ON_CUE: _draw_replay_on_cue,
    Species.PUPPET: _draw_puppet,
}


def _other_sides(scene: Scene) -> tuple[Cue, ...]:
    """Turn at least one of the cues round."""
    flips = scene.rng.integers(0, 2, size=len(scene.cues))
    flips[scene.rng.integers(len(flips))] = 1
    return tuple(
        Cue(cue.shown_at_ms, -cue.towards if flip else cue.towards)
        for cue, flip in zip(scene.cues, flips, strict=True)
    )


def _other_times(scene: Scene, cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Keep the sides and draw the times anew, as another challenge would have them."""
    at_ms = int(scene.rng.integers(8, 16)) * 100
    moved = []
    for cue in cues:
        moved.append(Cue(at_ms, cue.towards))
        at_ms += int(scene.rng.integers(26, 39)) * 100
    return tuple(moved)
