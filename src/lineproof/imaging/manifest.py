"""The manifest of a model pack, `pack.toml`: which files it has, how to feed them, what its scores are worth.

A manifest is data from outside. It is read strictly: an unknown key, a missing one, a value of another sort
or out of its range is refused with the key's name, since a wrong convention would not fail but give scores
that mean nothing. docs/commands.md, "Model packs", says what each key means.
"""

import hashlib
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NoReturn, TypeVar

from lineproof.errors import Malformed
from lineproof.face.compare import Calibration, CalibrationPoint

FORMAT = 1
MOST_MANIFEST_BYTES = 64 * 1024
PACK_NAME = re.compile(r"(?=.{1,64}\Z)[a-z0-9]+([.-][a-z0-9]+)*")
LONGEST_TEXT = 2000
LANDMARK_COUNT = 5
CHANNELS = 3
# The side of the aligned face, in pixels: between the smallest that shows a face and what nobody feeds.
LEAST_SIDE_PX, MOST_SIDE_PX = 16, 1024
MOST_DIMENSIONS = 8192
# Beyond this a mean or a factor is a slip, and float32 would lose the pixels beside it.
LARGEST_NUMBER = 1e5

_REMEDY = (
    "Ask whoever made the pack for a corrected one, or correct its pack.toml; docs/commands.md, "
    '"Model packs", says what each key means.'
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")

Choice = TypeVar("Choice", bound=Enum)
Point = tuple[float, float]
Landmarks = tuple[Point, Point, Point, Point, Point]
"""Eyes, nose, corners of the mouth: (x, y) in pixels, the left of the image first."""


class DetectorKind(Enum):
    """The detectors whose outputs we know how to read."""

    YUNET = "yunet"


class ColourOrder(Enum):
    """In which order a network takes the three colours of a pixel."""

    RGB = "rgb"
    BGR = "bgr"


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of a pack: where it lies, and the SHA-256 digest of its bytes in hexadecimal.

    path: relative, with /, never upwards. distribution: the installed package that carries the file, at this
    path beside its own modules; None for a file of the pack's own folder.
    """

    path: str
    sha256: str
    distribution: str | None = None


@dataclass(frozen=True, slots=True)
class CalibrationRun:
    """How a calibration was made: the release or commit of the code that measured, and the command."""

    code_version: str
    command: str


@dataclass(frozen=True, slots=True)
class ModelPack:
    """A detector and an embedder, and everything needed to use them as they were calibrated.

    digest: SHA-256 of the manifest, in hexadecimal; it holds the digests of all files, so it is the pack's.
    face_px: side of the square, aligned face that the embedder takes.
    template: where the five landmarks lie in that square.
    colour_order, mean, scale: the network is given (value - mean) * scale of values from 0 to 255; mean and
    scale are per channel, in the order in which the network takes the channels.
    input_name: the embedder's input; its weights may be declared as inputs too, so it must be named.
    mirrored: whether the embedding of the face and that of its mirror image are added up.
    dimensions: length of an embedding.
    centre: what embeddings of many people have in common, taken off each; empty for nothing.
    licence: the text that an operator's lawyers should read.
    """

    name: str
    digest: str
    detector_kind: DetectorKind
    detector: PackFile
    embedder: PackFile
    face_px: int
    template: Landmarks
    colour_order: ColourOrder
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    input_name: str
    mirrored: bool
    dimensions: int
    centre: tuple[float, ...]
    licence: PackFile
    calibration: Calibration
    calibration_run: CalibrationRun


def parse_manifest(content: bytes, *, called: str) -> ModelPack:
    """Read the bytes of a `pack.toml`.

    called: the pack, or the folder it lies in, as a refusal names it.
    Raises Malformed, naming the key and what it must be.
    """
    if len(content) > MOST_MANIFEST_BYTES:
        raise Malformed(
            f"The manifest of the model pack {called} is larger than {MOST_MANIFEST_BYTES >> 10} KiB.",
            remedy=_REMEDY,
        )
    try:
        fields = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(
            f"The manifest of the model pack {called} is not TOML in UTF-8.", remedy=_REMEDY
        ) from error
    return pack_of(fields, called=called, digest=hashlib.sha256(content).hexdigest())


def pack_of(fields: Mapping[str, object], *, called: str, digest: str) -> ModelPack:
    """Make a pack of a manifest's fields; Malformed names the key that is missing, unknown or wrong."""
    top = _Table(fields, at="", called=called)
    top.whole("format", least=FORMAT, most=FORMAT)
    name = top.text("name")
    if not PACK_NAME.fullmatch(name):
        top.refuse("name", "must be 1 to 64 small letters and digits, with single dots or hyphens between")
    detector, embedder = top.table("detector"), top.table("embedder")
    calibration, licence = top.table("calibration"), top.table("licence")
    top.close()
    dimensions = embedder.whole("dimensions", least=2, most=MOST_DIMENSIONS)
    pack = ModelPack(
        name=name,
        digest=digest,
        detector_kind=detector.choice("kind", DetectorKind),
        detector=detector.file(may_be_installed=True),
        embedder=embedder.file(may_be_installed=True),
        face_px=embedder.whole("side_px", least=LEAST_SIDE_PX, most=MOST_SIDE_PX),
        template=_template(embedder),
        colour_order=embedder.choice("colour_order", ColourOrder),
        mean=embedder.channels("mean", above=-LARGEST_NUMBER),
        scale=embedder.channels("scale", above=0.0),
        input_name=embedder.text("input_name"),
        mirrored=embedder.flag("mirrored"),
        dimensions=dimensions,
        centre=_centre(calibration, dimensions),
        licence=licence.file(),
        calibration=Calibration(
            pack=name,
            version=calibration.text("version"),
            source=calibration.text("data"),
            points=_points(calibration),
        ),
        calibration_run=CalibrationRun(
            code_version=calibration.text("code_version"), command=calibration.text("command")
        ),
    )
    for table in (detector, embedder, calibration, licence):
        table.close()
    return pack


class _Table:
    """One table of a manifest, read key by key; `close` refuses the keys that nobody asked for."""

    def __init__(self, fields: Mapping[str, object], *, at: str, called: str) -> None:
        self._fields, self._at, self._called = fields, at, called
        self._known: set[str] = set()

    def refuse(self, key: str, must: str) -> NoReturn:
        """Refuse the pack for one key. The value is not shown: it can be anything, and of any length."""
        raise Malformed(
            f"The manifest of the model pack {self._called} is not right: {self._at}{key} {must}.",
            remedy=_REMEDY,
        )

    def close(self) -> None:
        """Refuse a key that is not one of a manifest: it may be a slip for one that is."""
        for key in self._fields:
            if key not in self._known:
                # TOML's quoted keys may hold anything, and this is printed.
                shown = key if key.isprintable() and len(key) <= LONGEST_TEXT // 10 else "(unprintable)"
                self.refuse(shown, "is not a key of this table")

    def has(self, key: str) -> bool:
        """Tell whether an optional key is there."""
        return key in self._fields

    def value(self, key: str) -> object:
        self._known.add(key)
        if key not in self._fields:
            self.refuse(key, "is missing")
        return self._fields[key]

    def table(self, key: str) -> "_Table":
        value = self.value(key)
        if not isinstance(value, dict):
            self.refuse(key, "must be a table")
        return _Table(value, at=f"{self._at}{key}.", called=self._called)

    def text(self, key: str) -> str:
        """Read a text that can be printed on one line: it is shown to people, in terminals too."""
        value = self.value(key)
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            self.refuse(key, "must be a text of one line that is not empty")
        if len(value) > LONGEST_TEXT:
            self.refuse(key, f"must have at most {LONGEST_TEXT} characters")
        return value

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        value = self.value(key)
        known = {member.value: member for member in kind}
        if not isinstance(value, str) or value not in known:
            self.refuse(key, f"must be one of: {', '.join(known)}")
        return known[value]

    def flag(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def whole(self, key: str, *, least: int, most: int) -> int:
        value = self.value(key)
        if type(value) is not int or not least <= value <= most:
            self.refuse(key, f"must be {least}" if least == most else f"must be from {least} to {most}")
        return value

    def number(self, key: str, *, above: float, below: float) -> float:
        value = self.value(key)
        number = _number(value)
        if number is None or not above < number < below:
            self.refuse(key, f"must be a number above {above:g} and below {below:g}")
        return number

    def rows(self, key: str) -> list[object]:
        value = self.value(key)
        if not isinstance(value, list):
            self.refuse(key, "must be a list")
        return value

    def channels(self, key: str, *, above: float) -> tuple[float, float, float]:
        """Read one number for each channel."""
        numbers = [_number(value) for value in self.rows(key)]
        good = [number for number in numbers if number is not None and above < number < LARGEST_NUMBER]
        if not len(numbers) == len(good) == CHANNELS:
            self.refuse(key, f"must be {CHANNELS} numbers, each above {above:g} and below {LARGEST_NUMBER:g}")
        return good[0], good[1], good[2]

    def file(self, *, may_be_installed: bool = False) -> PackFile:
        """Read `file`, `sha256` and, for a model that a package carries, `distribution`."""
        path, digest = self.text("file"), self.text("sha256")
        if PurePosixPath(path).is_absolute() or any(part in {"", ".", ".."} for part in path.split("/")):
            self.refuse("file", "must be a path inside the pack, relative and without . or ..")
        if "\\" in path or ":" in path:
            self.refuse("file", "must be a path with / and neither \\ nor :")
        if not _SHA256.fullmatch(digest):
            self.refuse("sha256", "must be 64 hexadecimal digits in small letters")
        if not (may_be_installed and self.has("distribution")):
            return PackFile(path, digest)
        distribution = self.text("distribution")
        if not _DISTRIBUTION.fullmatch(distribution):
            self.refuse("distribution", "must be the name of an installed package")
        return PackFile(path, digest, distribution)


def _number(value: object) -> float | None:
    """Take a number; True and what no float can hold are none. NaN then fails every comparison."""
    if isinstance(value, float):
        return value
    if type(value) is int and abs(value) <= LARGEST_NUMBER:
        return float(value)
    return None


def _template(embedder: _Table) -> Landmarks:
    side_px = embedder.whole("side_px", least=LEAST_SIDE_PX, most=MOST_SIDE_PX)
    points: list[Point] = []
    for row in embedder.rows("template"):
        numbers = [_number(value) for value in row] if isinstance(row, list) else []
        inside = [number for number in numbers if number is not None and 0 <= number <= side_px]
        if not len(numbers) == len(inside) == len(("x", "y")):
            embedder.refuse("template", "must have points [x, y] inside the square of side_px")
        points.append((inside[0], inside[1]))
    if len(points) != LANDMARK_COUNT:
        embedder.refuse("template", "must have five points: eyes, nose, corners of the mouth")
    eye0, eye1, nose, mouth0, mouth1 = points
    if not (
        eye0[0] < eye1[0] and mouth0[0] < mouth1[0] and max(eye0[1], eye1[1]) < min(mouth0[1], mouth1[1])
    ):
        embedder.refuse(
            "template", "must be of an upright face: left of the image first, the eyes above the mouth"
        )
    return eye0, eye1, nose, mouth0, mouth1


def _centre(calibration: _Table, dimensions: int) -> tuple[float, ...]:
    numbers = [_number(value) for value in calibration.rows("centre")]
    inside = tuple(number for number in numbers if number is not None and -1 < number < 1)
    if len(inside) != len(numbers) or len(inside) not in {0, dimensions}:
        calibration.refuse("centre", f"must be empty, or {dimensions} numbers between -1 and 1")
    if math.hypot(*inside) >= 1:
        calibration.refuse("centre", "must be shorter than an embedding, whose length is 1")
    return inside


def _points(calibration: _Table) -> tuple[CalibrationPoint, ...]:
    points: list[CalibrationPoint] = []
    for row in calibration.rows("points"):
        if not isinstance(row, dict):
            calibration.refuse("points", "must be a list of tables")
        one = _Table(row, at="calibration.points.", called=calibration._called)  # noqa: SLF001 -- of this class
        points.append(
            CalibrationPoint(
                false_match_rate=one.number("false_match_rate", above=0.0, below=1.0),
                similarity=one.number("similarity", above=0.0, below=1.0),
            )
        )
        one.close()
    if not points:
        calibration.refuse("points", "must have at least one point")
    for commoner, rarer in pairwise(points):
        if not (
            commoner.false_match_rate > rarer.false_match_rate and commoner.similarity < rarer.similarity
        ):
            calibration.refuse(
                "points", "must go from the commonest false match to the rarest, the similarity rising"
            )
    return tuple(points)
