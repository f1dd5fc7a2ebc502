"""Tell the 37 characters of OCR-B apart: a discriminant analysis over rendered and degraded glyphs.

The table was made by tools/make_glyphs.py from the OCR-B font of Debian's fonts-ocr-b, without any
photograph. Each patch of a strip is projected to the directions that separate the characters best;
there each character, and each of a few things that are no character (a blank, a place between two
characters, one too high or too low), is a normal distribution.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

CHARACTERS = "0123456789<ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# The geometry of a strip: pixels from one character to the next, and the patch that holds one.
PITCH_PX = 20
PATCH_WIDTH_PX = 24
PATCH_HEIGHT_PX = 28

# A patch with less contrast than this share of its row's is not stretched to full contrast.
_CONTRAST_FLOOR = 0.15

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GlyphTable:
    """The discriminant: k classes in d directions over patches of p pixels.

    mean: (p,). directions: (p, d). class_means: (k, d). whiteners: (k, d, d), the inverse square
    roots of the class covariances. log_norms: (k,). The first 37 classes are CHARACTERS, in order.
    """

    mean: Floats
    directions: Floats
    class_means: Floats
    whiteners: Floats
    log_norms: Floats

    def log_densities(self, patches: Floats) -> Floats:
        """Score patches, shape (n, p) as `patches_at` cuts them, against every class: (n, k)."""
        classes, depth = self.class_means.shape
        centres = np.einsum("kd,kde->ke", self.class_means, self.whiteners)
        fused = self.whiteners.transpose(1, 0, 2).reshape(depth, classes * depth)
        whitened = ((patches - self.mean) @ self.directions @ fused).reshape(-1, classes, depth)
        return self.log_norms - 0.5 * np.square(whitened - centres).sum(axis=2)


@cache
def load_glyphs() -> GlyphTable:
    """Load the table; call once before confining a process, which can then open no files."""
    packed = files("lineproof.imaging").joinpath("ocrb_glyphs.npz").read_bytes()
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        return GlyphTable(
            **{name: arrays[name].astype(np.float32) for name in GlyphTable.__dataclass_fields__}
        )


def patches_at(row: Floats, lefts: NDArray[np.intp], tops: NDArray[np.intp]) -> Floats:
    """Cut one flattened patch per (left, top), each brought to zero mean and unit contrast: (n, p).

    row: the grey strip of one line of characters, dark on light.
    """
    windows = sliding_window_view(row, (PATCH_HEIGHT_PX, PATCH_WIDTH_PX))
    patches = windows[tops, lefts].reshape(len(lefts), -1)
    centred = patches - patches.mean(axis=1, keepdims=True)
    floor = _CONTRAST_FLOOR * float(row.std()) + 1e-3
    return centred / np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + floor**2)
