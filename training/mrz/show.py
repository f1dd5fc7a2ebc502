"""Write a sheet of examples to look at: python3 -m training.mrz.show {reader|finder} FILE.png."""

import sys

import cv2
import numpy as np

from training.mrz import pages, strips


def main(which: str, path: str) -> None:
    """Draw forty strips, or ten places with their masks."""
    rng = np.random.default_rng(3)
    if which == "reader":
        sheet = np.full((40 * 27, 900), 255, np.uint8)
        for at in range(40):
            pixels = strips.strip(rng).pixels[:, :900]
            sheet[at * 27 : at * 27 + 24, : pixels.shape[1]] = pixels
    else:
        places = [each for _ in range(3) for each in pages.places(rng)][:10]
        pairs = [np.vstack([each.pixels, cv2.resize(each.mask, each.pixels.shape)]) for each in places]
        sheet = np.vstack([np.hstack(pairs[:5]), np.hstack(pairs[5:])])
    cv2.imwrite(path, sheet)


if __name__ == "__main__":
    main(*sys.argv[1:])
