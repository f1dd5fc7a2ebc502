"""The positive control of the scans after a review: makes a reviewer's pictures, holds all of it, and waits.

argv: the document's photograph, and the capture's. It says, in hexadecimal: a row of pixels of the document,
of the capture and of the straightened page; then a piece of each picture's file: portrait, face, page.
"""

import sys
import time
from pathlib import Path

from lineproof.booth.examine import load_kit
from lineproof.booth.page_checks import see_page
from lineproof.booth.review import review_images
from lineproof.imaging.decode import CAPTURE_SIDE_PX, LONGEST_SIDE_PX, decode
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz

kit = load_kit()
document, capture = (Path(name).read_bytes() for name in sys.argv[1:3])
image, face = (
    decode(document, longest_side_px=LONGEST_SIDE_PX),
    decode(capture, longest_side_px=CAPTURE_SIDE_PX),
)
reading = read_mrz(image, kit.networks)
assert isinstance(reading, MrzReading)
page = see_page(image, reading, kit.models).page
images = review_images(document, capture, kit)
rows = [each.pixels[len(each.pixels) // 2].tobytes()[300:348] for each in (image, face, page)]
pieces = [
    content[len(content) // 2 :][:32]
    for content in (images.portrait, images.face, images.page)
    if content is not None
]
for needle in rows + pieces:
    sys.stdout.write(needle.hex() + "\n")
sys.stdout.flush()
time.sleep(600)
