"""Photographs of documents held out from training: a camera argued from its parts, not from its pictures.

A page lies in space (`camera_pose`) under a lamp (`camera_light`) on a table (`camera_table`), held or not
(`camera_fingers`); a lens and a sensor see it (`camera_sensor`) in the circumstances of a level
(`camera_levels`). Light is reckoned on the page, in linear light, where there are fewer pixels than in the
photograph; what a lens spreads is spread there too, by the image of its spread on the page.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.camera_fingers import draw_fingers, lay_finger
from lineproof.specimen.camera_levels import COVERED, EASY, HARD, LEVELS, MODERATE, SCENE, Level
from lineproof.specimen.camera_light import Lamp, add_hologram, draw_lamp, light_page
from lineproof.specimen.camera_pose import Box, Pose, cap_height_px, draw_pose, outline
from lineproof.specimen.camera_sensor import (
    Picture,
    Sensor,
    Spread,
    add_noise,
    compress,
    linear_light,
    sharpen,
    spread_of,
)
from lineproof.specimen.camera_table import PX_PER_MM as TABLE_PX_PER_MM
from lineproof.specimen.camera_table import TABLE_PX, table, table_numbers

__all__ = ["COVERED", "EASY", "HARD", "LEVELS", "MODERATE", "SCENE", "Level", "Photograph", "photograph_page"]

CARD_WIDTH_MM = 110.0  # narrower pages than this are cards, with round corners
CORNER_MM = 3.18  # ISO/IEC 7810


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A photograph and what geometry says of it, in pixels of the finished picture.

    cap_height_px: of a capital of the zone, at the zone's middle. blur_share: deviation of all that blurs
    the page (see Spread; the telephone's smoothing and sharpening are not in it) over cap_height_px.
    tilt_degrees: from the optical axis to the page's normal. rotation_degrees: of the zone's lines,
    clockwise, 0 to 360. zone_corners: float32, four points, clockwise from the zone's own upper left.
    covered: a finger lies over the zone.
    """

    jpeg: bytes
    cap_height_px: float
    blur_share: float
    tilt_degrees: float
    rotation_degrees: float
    zone_corners: NDArray[np.float32]
    covered: bool


def photograph_page(
    page_rgb: NDArray[np.uint8], *, page_mm: tuple[float, float], zone_mm: Box, level: Level, seed: int
) -> Photograph:
    """Photograph a page as people do at a level of difficulty; the same arguments give the same bytes.

    page_rgb: rows, columns, red-green-blue, of page_mm width and height. zone_mm: left, top, width and
    height of the block of the zone's characters on the page. In order:

    1. draw the circumstances: pose, lamp, fingers, sensor, spread
    2. light and spread the page, and bring it into the sensor's code
    3. lay table, page and fingers into the picture
    4. noise, smoothing, tone curve, sharpening, perhaps a messenger, and the file
    """
    rng = np.random.default_rng([seed, 0xCA4E7A])
    enlarged = rng.uniform(1.2, 1.6) if rng.random() < level.resent else 1.0
    pose = draw_pose(rng, level, page_mm=page_mm, zone_mm=zone_mm, enlarged=enlarged)
    lamp = draw_lamp(rng, level, pose, page_mm=page_mm, zone_mm=zone_mm)
    fingers = draw_fingers(rng, level, page_mm=page_mm, zone_mm=zone_mm)
    sensor = Sensor(electrons=math.exp(rng.uniform(*np.log(level.electrons))), contrast=rng.uniform(0, 0.9))
    exposure = rng.uniform(*level.exposure)
    balance = np.exp(rng.normal(0, 0.06, 3)) * (1 + rng.uniform(-0.12, 0.12) * np.array([1, 0, -1]))
    middle = np.array([zone_mm[0] + zone_mm[2] / 2, zone_mm[1] + zone_mm[3] / 2])
    scale = pose.scale(middle)
    page, px_per_mm, other = _to_light(page_rgb, page_mm, scale, gain=balance * exposure)
    cap = cap_height_px(pose, zone_mm) / enlarged
    spread = _draw_spread(rng, level, scale / px_per_mm, cap=cap, enlarged=enlarged, other=other)
    # 2.
    strength = rng.uniform(*level.hologram)
    if strength > 0 and rng.random() < 0.6:
        add_hologram(
            rng, page, strength=strength * exposure, px_per_mm=px_per_mm, zone_mm=zone_mm,
            on_zone=level.glare_on_zone,
        )  # fmt: skip
    coded = _expose_page(rng, page, lamp, pose, sensor, spread=spread, page_mm=page_mm, exposure=exposure)
    # 3.
    picture = _lay_table(
        rng, level, pose, lamp, sensor, gain=balance * exposure, page_mm=page_mm, blur_px=spread.deviation_px
    )
    _lay_page(picture, coded, pose, page_mm=page_mm, px_per_mm=px_per_mm, spread=spread)
    for finger in fingers:
        lay_finger(picture, finger, pose, sensor, exposure=exposure)
    # 4.
    add_noise(picture, rng, deviation=sensor.deviation())
    if rng.random() < level.denoised:
        picture = cv2.medianBlur(picture, 3)
    picture = cv2.LUT(picture, sensor.develop())
    amount = rng.uniform(*level.sharpening)
    if amount > 0.15:
        picture = sharpen(picture, amount)
    if enlarged > 1:
        picture = _resend(picture, enlarged, quality=int(rng.integers(75, 95)))
    deviation = math.sqrt((spread.deviation_px / enlarged) ** 2 + _resent_variance(enlarged))
    return Photograph(
        jpeg=compress(picture, round(rng.uniform(*level.jpeg_quality))),
        cap_height_px=cap,
        blur_share=deviation / cap,
        tilt_degrees=pose.tilt_degrees,
        rotation_degrees=math.degrees(math.atan2(scale[1, 0], scale[0, 0])) % 360,
        zone_corners=((pose.see(outline(zone_mm, each=1)) + 0.5) / enlarged - 0.5).astype(np.float32),
        covered=any(finger.reaches(zone_mm) for finger in fingers),
    )


def _to_light(
    page_rgb: NDArray[np.uint8],
    page_mm: tuple[float, float],
    scale: NDArray[np.float64],
    *,
    gain: NDArray[np.float64],
) -> tuple[NDArray[np.float32], float, float]:
    """Turn a page into light, as blue-green-red, no finer than the photograph can use.

    Returns it, its pixels per millimetre, and the variance in its square pixels of its own sampling:
    a pixel of the drawing, a pixel after reduction, and interpolation between pixels.
    """
    light_of = (linear_light()[:, None] * gain).astype(np.float32).reshape(1, 256, 3)
    light = cv2.LUT(cv2.cvtColor(page_rgb, cv2.COLOR_RGB2BGR), light_of)
    drawn_px = page_rgb.shape[1] / page_mm[0]
    wanted_px = 1.2 * float(np.linalg.norm(scale, 2))
    if drawn_px < 1.4 * wanted_px:
        return light, drawn_px, 1 / 12 + 1 / 6
    size = (round(page_mm[0] * wanted_px), round(page_mm[1] * wanted_px))
    px_per_mm = size[0] / page_mm[0]
    light = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    return light, px_per_mm, (px_per_mm / drawn_px) ** 2 / 12 + 1 / 12 + 1 / 6


def _draw_spread(
    rng: np.random.Generator,
    level: Level,
    scale: NDArray[np.float64],
    *,
    cap: float,
    enlarged: float,
    other: float,
) -> Spread:
    """Share out the level's blur: what pixels leave over is defocus and motion."""
    resampled = _resent_variance(enlarged)
    wanted = ((rng.uniform(*level.blur_share) * cap) ** 2 - resampled) * enlarged**2
    optical = max(wanted - float((scale**2).sum()) / 2 * other, 0.0)
    moved, angle = rng.uniform(*level.motion_share), rng.uniform(0, math.pi)
    for _ in range(3):  # the kernel has whole pixels: what it spreads too much is taken off
        spread = spread_of(
            defocus_px=2 * math.sqrt(optical * (1 - moved)),
            motion_px=math.sqrt(24 * optical * moved),
            motion_angle=angle,
            scale=scale,
            other=other,
        )
        optical = max(optical + wanted - spread.deviation_px**2, 0.0)
    return spread


def _expose_page(
    rng: np.random.Generator,
    page: NDArray[np.float32],
    lamp: Lamp,
    pose: Pose,
    sensor: Sensor,
    *,
    spread: Spread,
    page_mm: tuple[float, float],
    exposure: float,
) -> Picture:
    """Light the page, add what it mirrors, spread it, and bring it into the sensor's code."""
    gain, glare = light_page(rng, lamp, pose, page_mm)
    size = (page.shape[1], page.shape[0])
    page = cv2.multiply(page, cv2.resize(cv2.merge([gain] * 3), size), dst=page)
    if glare.max() > 0.01:
        page = cv2.add(page, cv2.resize(cv2.merge([glare * exposure] * 3), size), dst=page)
    return sensor.encode(cv2.filter2D(page, -1, spread.kernel))


def _lay_table(
    rng: np.random.Generator,
    level: Level,
    pose: Pose,
    lamp: Lamp,
    sensor: Sensor,
    *,
    gain: NDArray[np.float64],
    page_mm: tuple[float, float],
    blur_px: float,
) -> Picture:
    """See the table, turned anyhow under the page, with the page's shadow on it."""
    numbers = table_numbers(cluttered=rng.random() < level.cluttered)
    drawn = table(numbers[int(rng.integers(len(numbers)))])
    width, height = pose.frame
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    eye, rays = pose.eye, pose.rays(corners)
    met = eye[:2] - rays[:, :2] * (eye[2] / rays[:, 2:])
    angle, middle = rng.uniform(0, 2 * math.pi), np.array(page_mm) / 2
    turn = (
        np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * TABLE_PX_PER_MM
    )
    origin = TABLE_PX / 2 + rng.uniform(-100, 100, 2)
    on_table = (met - middle) @ turn.T + origin
    low = np.clip(on_table.min(axis=0) - 4, 0, TABLE_PX - 64).astype(int)
    high = np.maximum(np.clip(on_table.max(axis=0) + 4, 0, TABLE_PX).astype(int), low + 64)
    part = cv2.LUT(
        drawn[low[1] : high[1], low[0] : high[0]], sensor.encode_table(gain * rng.uniform(0.8, 1.1))
    )
    size = (part.shape[1], part.shape[0])
    # the light at every few millimetres, as bytes of 128 for 1; the code goes with the light's root
    cells = (max(size[0] // 12, 2), max(size[1] // 12, 2))
    across, down = ((np.arange(n) + 0.5) * s / n + at for n, s, at in zip(cells, size, low, strict=True))
    flat = (np.stack(np.meshgrid(across, down), -1) - origin) @ np.linalg.inv(turn).T + middle
    places = np.concatenate([flat, np.zeros((*flat.shape[:2], 1))], -1)
    lit, _ = lamp.on(places, np.broadcast_to((0.0, 0.0, 1.0), places.shape), pose)
    beyond = np.maximum(np.abs(flat - middle - (2, 3)) - middle, 0)
    lit *= 1 - 0.55 * np.exp(-np.hypot(*np.moveaxis(beyond, -1, 0)) / 3.0)
    factor = np.clip(128 * np.sqrt(lit), 0, 255).astype(np.uint8)
    part = cv2.multiply(part, cv2.resize(cv2.merge([factor] * 3), size), scale=1 / 128)
    seen_px = math.sqrt(abs(np.linalg.det(pose.scale(middle)))) / TABLE_PX_PER_MM
    if blur_px / seen_px > 0.5:
        part = cv2.GaussianBlur(part, (0, 0), min(blur_px / seen_px, 6.0))
    # where the table is drawn more coarsely than it is seen, half the pixels each way lose nothing
    halved = 2 if seen_px > 1.7 and width % 2 == height % 2 == 0 else 1
    mapping = cv2.getPerspectiveTransform(
        (on_table - low).astype(np.float32), ((corners + 0.5) / halved - 0.5).astype(np.float32)
    )
    seen = cv2.warpPerspective(
        cv2.cvtColor(part, cv2.COLOR_BGR2BGRA),  # four channels are the quicker ones
        mapping,
        (width // halved, height // halved),
        borderMode=cv2.BORDER_REFLECT_101,
    )
    seen = cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR)
    return seen if halved == 1 else cv2.resize(seen, pose.frame)


def _lay_page(
    picture: Picture,
    coded: Picture,
    pose: Pose,
    *,
    page_mm: tuple[float, float],
    px_per_mm: float,
    spread: Spread,
) -> None:
    """See the page where it lies, over the table, in place; its edges are as soft as its print."""
    edge = pose.see(outline((0, 0, *page_mm)))
    width, height = pose.frame
    left, top = np.clip(np.floor(edge.min(axis=0)).astype(int) - 3, 0, (width, height))
    right, bottom = np.clip(np.ceil(edge.max(axis=0)).astype(int) + 3, 0, (width, height))
    at_x, at_y = pose.look((left, top, right - left, bottom - top), px_per_mm=px_per_mm)
    rows, columns = coded.shape[:2]
    cover = np.zeros((rows, columns), np.uint8)
    corner = round(CORNER_MM * px_per_mm) if page_mm[0] < CARD_WIDTH_MM else 1
    for inset_x, inset_y in ((corner, 1), (1, corner)):
        cover[inset_y : rows - inset_y, inset_x : columns - inset_x] = 255
    for x, y in ((corner, corner), (columns - 1 - corner, corner),
                 (corner, rows - 1 - corner), (columns - 1 - corner, rows - 1 - corner)):  # fmt: skip
        cv2.circle(cover, (x, y), corner - 1, 255, cv2.FILLED)
    cover = cv2.GaussianBlur(cover, (0, 0), 0.7 + len(spread.kernel) / 10)
    # with its cover as a fourth channel: OpenCV looks up four channels in less than half the time of three
    seen = cv2.remap(cv2.merge([*cv2.split(coded), cover]), at_x, at_y, cv2.INTER_LINEAR)
    weight = cv2.multiply(cv2.extractChannel(seen, 3), 1 / 255, dtype=cv2.CV_32F)
    part = picture[top:bottom, left:right]
    part[:] = cv2.blendLinear(cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR), part, weight, 1 - weight)


def _resent_variance(enlarged: float) -> float:
    """Give the variance, in square pixels of the reduced picture, of interpolating in the larger one."""
    return 1 / 6 / enlarged**2 if enlarged > 1 else 0.0


def _resend(picture: Picture, enlarged: float, *, quality: int) -> Picture:
    """Reduce a picture as messengers do, by interpolating; it was a file before."""
    was = cv2.imdecode(np.frombuffer(compress(picture, quality), np.uint8), cv2.IMREAD_COLOR)
    size = (round(picture.shape[1] / enlarged), round(picture.shape[0] / enlarged))
    return cv2.resize(was, size, interpolation=cv2.INTER_LINEAR)
