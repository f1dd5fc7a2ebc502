"""A passive pack: one network that scores a single photograph for signs of an attack. None is shipped.

A pack that an operator brings is one signal among several: its finding passes or is indeterminate, and never
fails (`face.liveness.check_passive`). The booth does not load one yet.

The digest is checked over the very bytes that are then loaded, and they must stand alone, as for the face
models (see `onnx_file`).
"""

import hashlib
import hmac
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed, Unavailable
from lineproof.imaging.cutout import Image
from lineproof.imaging.face import Face
from lineproof.imaging.manifest import ColourOrder
from lineproof.imaging.onnx_file import NotOnnx, names_other_files

# How far the shares that a network gives may be from adding up to one.
SHARE_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class PassivePack:
    """A network and everything needed to use it as its maker did.

    sha256: of the file's bytes, in hexadecimal. licence: what an operator's lawyers should know.
    crop_scale: the crop is the face's box, so many times as wide and high, or less where the image has no
        room for it, moved inside the image and stretched to a square.
    side_px: of that square. mean, scale: a channel of 0 to 255 goes in as (value - mean) * scale; the means
        are in the order of the network's colours.
    classes, live_class: how many values come out, and which of them (from 0) is a live face.
    gives_logits: whether the values still have to be made shares of one (softmax), or are.
    most_attack_score: the limit up to which the score is a pass, 0 to 1, and calibration: how that was found.
    Raises Malformed for a convention that no image could follow, and for a limit that is none.
    """

    name: str
    sha256: str
    licence: str
    crop_scale: float
    side_px: int
    colours: ColourOrder
    mean: tuple[float, float, float]
    scale: float
    classes: int
    live_class: int
    gives_logits: bool
    most_attack_score: float
    calibration: str

    def __post_init__(self) -> None:
        """Check the promise made above."""
        numbers = (self.crop_scale, self.scale, *self.mean)
        fits = self.crop_scale > 0 and self.side_px > 0 and 0 <= self.live_class < self.classes
        if not fits or not all(math.isfinite(number) for number in numbers):
            raise Malformed(f"The passive pack {self.name} describes no input that can be made.")
        if not 0 <= self.most_attack_score <= 1:
            raise Malformed(f"The limit of the passive pack {self.name} is not between 0 and 1.")


@dataclass(frozen=True, slots=True, eq=False)
class PassiveModels:
    """A loaded pack. Not safe to share between threads."""

    pack: PassivePack
    network: cv2.dnn.Net


def load_passive(pack: PassivePack, path: Path) -> PassiveModels:
    """Read a pack's file, check its digest, and load it; after this no file is opened.

    Raises Unavailable when the file cannot be read, is not the one the pack names, or is no network that
    stands alone.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The file of the passive pack {pack.name} cannot be read.", remedy="Name the file of the pack."
        ) from error
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), pack.sha256):
        raise Unavailable(
            f"The file of the passive pack {pack.name} is another one: its digest differs.",
            remedy="Take the file that the pack was measured with.",
        )
    try:
        if names_other_files(content):
            raise Unavailable(
                f"The file of the passive pack {pack.name} names other files as its weights.",
                remedy="Ask whoever made it for a model with its weights inside, under its digest.",
            )
        return PassiveModels(pack, cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8)))
    except (NotOnnx, cv2.error) as error:
        raise Unavailable(
            f"The file of the passive pack {pack.name} is not a network that can be loaded.",
            remedy="Ask whoever made it for a model that OpenCV 5 reads.",
        ) from error


def measure_attack_score(image_rgb: Image, face: Face, models: PassiveModels) -> float:
    """Score one face: 0 to 1, larger is more attack-like; not a number where the network says nothing.

    image_rgb: uint8, shape (height, width, 3), upright. face: as found in that image.
    Raises Unavailable if the network does not take or give what its pack says: a wrong convention would not
    fail but give scores that mean nothing.
    """
    pack = models.pack
    crop = crop_for(image_rgb, face, crop_scale=pack.crop_scale, side_px=pack.side_px)
    blob = cv2.dnn.blobFromImage(
        crop, scalefactor=pack.scale, mean=pack.mean, swapRB=pack.colours is ColourOrder.BGR
    )
    try:
        models.network.setInput(blob)
        values: npt.NDArray[np.float64] = np.array(models.network.forward(), np.float64).ravel()
    except cv2.error as error:
        raise _another_convention(pack) from error
    if values.shape != (pack.classes,):
        raise _another_convention(pack)
    if not np.isfinite(values).all():
        return math.nan
    if pack.gives_logits:
        raised = np.exp(values - values.max())
        values = raised / raised.sum()
    elif not _are_shares(values):
        raise _another_convention(pack)
    return min(1.0, max(0.0, 1.0 - float(values[pack.live_class])))


def _are_shares(values: npt.NDArray[np.float64]) -> bool:
    """Tell whether the values are shares of one."""
    return bool((values >= -SHARE_TOLERANCE).all()) and abs(float(values.sum()) - 1) <= SHARE_TOLERANCE


def _another_convention(pack: PassivePack) -> Unavailable:
    return Unavailable(
        f"The network of the passive pack {pack.name} does not take or give what the pack says.",
        remedy="Correct what the pack says of side, classes and logits, or ask whoever made it.",
    )


def crop_for(image_rgb: Image, face: Face, *, crop_scale: float, side_px: int) -> Image:
    """Cut the face out with some of what is around it: RGB, uint8, shape (side_px, side_px, 3).

    See `PassivePack`. Raises Malformed for a face without a size.
    """
    height, width = image_rgb.shape[:2]
    if not (face.width > 0 and face.height > 0):
        raise Malformed("A face without a size cannot be cut out.")
    scale = min(crop_scale, width / face.width, height / face.height)
    wide, high = scale * face.width, scale * face.height
    across, down = face.centre
    left = round(min(max(0.0, across - wide / 2), width - wide))
    top = round(min(max(0.0, down - high / 2), height - high))
    part = image_rgb[top : max(top + 1, round(top + high)), left : max(left + 1, round(left + wide))]
    how = cv2.INTER_AREA if part.shape[1] > side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side_px, side_px), interpolation=how), np.uint8)
