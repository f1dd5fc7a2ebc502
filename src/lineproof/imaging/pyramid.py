"""A grey photograph at its own size, at half of it, at a quarter, made as they are asked for."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_SHORTEST_SIDE_PX = 16  # no smaller half is made


@dataclass(slots=True)
class Pyramid:
    """Each half is the mean of two by two pixels; an odd row or column at the end is left out.

    A point p of the photograph, in pixels from its upper left corner, is at p * scale in a half; a pixel's
    middle is half a pixel from its corner at every size.
    """

    grey: Grey
    _halves: list[Grey] = field(default_factory=list)

    def at_least(self, scale: float) -> tuple[Grey, float]:
        """Give the smallest of the sizes that is no smaller than this scale, at most 1; and its scale."""
        number = 0
        while scale <= 0.5 ** (number + 1) and min(self._half(number).shape) >= 2 * _SHORTEST_SIDE_PX:
            number += 1
        return self._half(number), 0.5**number

    def _half(self, number: int) -> Grey:
        if number == 0:
            return self.grey
        if len(self._halves) < number:
            whole = self._half(number - 1)
            even = whole[: len(whole) // 2 * 2, : whole.shape[1] // 2 * 2]
            self._halves.append(cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        return self._halves[number - 1]
