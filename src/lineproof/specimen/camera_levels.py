"""How hard a photograph of a document is, as data: what decides whether its zone can be read."""

from dataclasses import dataclass

Range = tuple[float, float]  # from, to: a value is drawn evenly between them

# Height of a capital of OCR-B printed ten characters to the inch: ICAO Doc 9303-3, section 4.4.
CAP_MM = 2.54 * 713 / 723


@dataclass(frozen=True, slots=True)
class Level:
    """Ranges from which the circumstances of one photograph are drawn.

    cap_height_px: height of the zone's capitals in the finished picture; None where it follows from
    frame_px and fill. blur_share: deviation of the whole blur over the height of a capital; a page is
    never sharper than its own drawing, so that the lower end may not be reached. fill: share of the
    frame's width or height over which the document extends. rotation_degrees: clockwise; quarter_turned
    is the share of photographs turned by a further quarter or two. electrons: of a pixel at its limit;
    fewer are noisier. glare: a reflection's peak, where white paper is 1; glare_on_zone: whether it may fall
    there. hologram: its strength, on the zone as well where glare may fall there. bent, fingers, shadow,
    cluttered, resent, denoised, worn: shares of photographs of which each is true: the page is bent, a
    hand holds it, a soft shadow lies on it, things lie about it, a messenger has reduced and
    compressed it again, the telephone has smoothed its noise, the zone's print is worn or made of
    dots. covered: a finger lies over characters of the zone.
    """

    name: str
    cap_height_px: Range | None
    blur_share: Range
    tilt_degrees: Range
    rotation_degrees: Range
    jpeg_quality: Range
    electrons: Range
    quarter_turned: float = 0.0
    fill: Range = (0.6, 0.97)
    frame_px: tuple[int, int] | None = None
    glare: Range = (0.0, 0.0)
    glare_on_zone: bool = False
    hologram: Range = (0.0, 0.0)
    exposure: Range = (0.50, 0.85)
    sharpening: Range = (0.0, 0.8)
    motion_share: Range = (0.0, 0.6)
    distortion: Range = (-0.02, 0.02)
    bent: float = 0.0
    fingers: float = 0.0
    shadow: float = 0.0
    cluttered: float = 0.0
    resent: float = 0.0
    denoised: float = 0.0
    worn: float = 0.0
    covered: bool = False


EASY = Level(
    name="easy", cap_height_px=(18, 40), blur_share=(0.02, 0.05), tilt_degrees=(0, 10),
    rotation_degrees=(-8, 8), jpeg_quality=(80, 95), electrons=(1500, 6000), bent=0.1, fingers=0.15,
    shadow=0.1, cluttered=0.15,
)  # fmt: skip

MODERATE = Level(
    name="moderate", cap_height_px=(12, 30), blur_share=(0.03, 0.08), tilt_degrees=(0, 25),
    rotation_degrees=(-20, 20), quarter_turned=0.25, jpeg_quality=(50, 92), electrons=(400, 3000),
    fill=(0.45, 0.95), glare=(0.0, 2.5), hologram=(0.05, 0.35), exposure=(0.35, 0.9), bent=0.3,
    fingers=0.35, shadow=0.35, cluttered=0.4, resent=0.25, denoised=0.2, worn=0.05,
)  # fmt: skip

# The hardest level with a goal: hard by its capitals and its blur alone, otherwise like MODERATE.
HARD = Level(
    name="hard", cap_height_px=(7, 14), blur_share=(0.08, 0.15), tilt_degrees=(0, 30),
    rotation_degrees=(-45, 45), quarter_turned=0.5, jpeg_quality=(50, 92), electrons=(400, 3000),
    fill=(0.35, 0.95), glare=(0.0, 2.5), hologram=(0.05, 0.35), exposure=(0.35, 0.9), bent=0.3,
    fingers=0.35, shadow=0.35, cluttered=0.4, resent=0.25, denoised=0.2, worn=0.05,
)  # fmt: skip

# Beyond it: as small and as blurred, and also dark, noisy, much compressed, worn and under reflections.
# Many of these a person cannot read; here what counts is that nothing wrong is accepted.
EXTREME = Level(
    name="extreme", cap_height_px=(7, 14), blur_share=(0.08, 0.15), tilt_degrees=(0, 30),
    rotation_degrees=(-45, 45), quarter_turned=0.5, jpeg_quality=(30, 60), electrons=(90, 500),
    fill=(0.35, 0.95), glare=(0.1, 0.5), glare_on_zone=True, hologram=(0.05, 0.25), exposure=(0.25, 0.95),
    bent=0.4, fingers=0.4, shadow=0.5, cluttered=0.5, resent=0.4, denoised=0.3, worn=0.4,
)  # fmt: skip

SCENE = Level(
    name="scene", cap_height_px=None, blur_share=(0.03, 0.08), tilt_degrees=(0, 40),
    rotation_degrees=(0, 360), jpeg_quality=(60, 95), electrons=(500, 4000), fill=(0.35, 0.80),
    frame_px=(4000, 3000), glare=(0.0, 2.0), hologram=(0.05, 0.35), exposure=(0.35, 0.85), bent=0.25,
    fingers=0.25, shadow=0.4, cluttered=0.9, denoised=0.1, worn=0.05,
)  # fmt: skip

COVERED = Level(
    name="covered", cap_height_px=(12, 30), blur_share=(0.03, 0.08), tilt_degrees=(0, 25),
    rotation_degrees=(0, 360), jpeg_quality=(50, 92), electrons=(400, 3000), fill=(0.45, 0.95),
    glare=(0.0, 1.0), hologram=(0.05, 0.3), exposure=(0.4, 0.9), bent=0.2, fingers=1.0, shadow=0.3,
    cluttered=0.4, covered=True,
)  # fmt: skip

LEVELS = {level.name: level for level in (EASY, MODERATE, HARD, EXTREME, SCENE, COVERED)}
