"""The networks that find and read the machine readable zone, and what they are fed with.

All were trained on drawings alone, by training/mrz; each lies beside its model card, which says how, from
what and with which outcome. A network whose bytes are not those of its card is not loaded.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.errors import Unavailable

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

# What the reader answers for each column: that no character's middle is there, or which one's is.
CHARACTERS = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BETWEEN = 0
STRIP_HEIGHT_PX = 24
STRIP_CAPITAL_PX = 13.0
STRIP_STEP_PX = 4
MASK_STEP_PX = 4
PATCH_HEIGHT_PX, PATCH_WIDTH_PX, PATCH_CAPITAL_PX = 40, 56, 24.0

_FOLDER = "lineproof.imaging.mrz"
_SUREST = 30.0  # a logit; beyond it nothing changes but that exp overflows
_MULTIPLE_PX = 8  # the finder's rows and columns
_NAMES = ("finder", "reader", "teller")


@dataclass(frozen=True, slots=True, eq=False)
class MrzNetworks:
    """All networks, loaded. Not safe to share between threads: a worker has its own after the fork."""

    finder: cv2.dnn.Net
    reader: cv2.dnn.Net
    teller: cv2.dnn.Net

    def line_shares(self, grey: Grey) -> Floats:
        """Say how surely a line of a zone is at each place, 0 to 1.

        grey: (h, w). Returns (ceil(h / 8) * 2, ceil(w / 8) * 2): one value for four by four pixels.
        """
        rows, columns = grey.shape
        lower, right = -rows % _MULTIPLE_PX, -columns % _MULTIPLE_PX
        padded = cv2.copyMakeBorder(grey, 0, lower, 0, right, cv2.BORDER_REPLICATE)
        logits = _answer(self.finder, padded)[0, 0]
        return 1 / (1 + np.exp(-np.clip(logits, -_SUREST, _SUREST)))

    def log_likelihoods(self, strip: Grey) -> Floats:
        """Say for each column of a strip, (24, w) with w a multiple of four, how likely each class is.

        Returns (w / 4, 38), logarithms: BETWEEN, then CHARACTERS in order.
        """
        scores = _answer(self.reader, strip)[0, :, 0].T
        scores = scores - scores.max(axis=1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def told_apart(self, patches: Sequence[Grey]) -> Floats:
        """Say which of CHARACTERS stands in the middle of each patch, (40, 56): shares, (n, 37)."""
        scores = np.stack([_answer(self.teller, patch)[0, :, 0, 0] for patch in patches])
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)


@cache
def load_mrz_networks() -> MrzNetworks:
    """Load all networks; call before confining a process, which can then open no files.

    Raises Unavailable if one is missing or is not the one its card describes.
    """
    finder, reader, teller = (_load(name) for name in _NAMES)
    return MrzNetworks(finder=finder, reader=reader, teller=teller)


def model_card(name: str) -> dict[str, object]:
    """Read the model card of "finder", "reader" or "teller"."""
    card = json.loads(files(_FOLDER).joinpath(f"{name}.json").read_text())
    assert isinstance(card, dict)
    return card


def _load(name: str) -> cv2.dnn.Net:
    try:
        content = files(_FOLDER).joinpath(f"{name}.onnx").read_bytes()
        expected = model_card(name)["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise Unavailable(
            f"The {name} of the machine readable zone is missing or has no model card.",
            remedy="Install Lineproof again.",
        ) from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise Unavailable(
            f"The {name} of the machine readable zone is not the one that was measured.",
            remedy="Install Lineproof again; it brings the right one.",
        )
    return cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))


def _answer(network: cv2.dnn.Net, grey: Grey) -> Floats:
    """Run a network on pixels brought to zero mean and unit contrast, except where there is hardly any."""
    values = grey.astype(np.float32)
    mean, deviation = cv2.meanStdDev(values)
    values = (values - np.float32(mean[0, 0])) / np.float32(deviation[0, 0] + 8)
    network.setInput(values[None, None])
    return network.forward()
