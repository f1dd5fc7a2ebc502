"""Find the portrait on a page that may repeat it, once, for everything that is asked of it.

Documents repeat the portrait, smaller and paler: the ghost image. It is usually at the right, and then
`find_portrait`, which looks at the left first, never sees it. Some have them the other way round: then a
clearly larger face elsewhere on the page is the portrait, and the one at the left is its ghost.
"""

import math

from lineproof.face.compare import Portrait
from lineproof.imaging.cutout import Image
from lineproof.imaging.embed import align, embed
from lineproof.imaging.face import CLEAR, Face, find_upright_faces, refine_face
from lineproof.imaging.models import FaceModels
from lineproof.imaging.portrait import find_portrait
from lineproof.imaging.quality import measure_face

# A face elsewhere is the portrait if its eyes are this many times as far apart. Ghost images are about half
# as wide as their portraits; the detector places the eyes of a pale one to a tenth. It must be clear, too.
CLEARLY_LARGER = 1.25


def find_page_portrait(page_rgb: Image, models: FaceModels) -> Face | None:
    """Find the portrait on an upright page, in pixels of the page; None if no face is on it.

    page_rgb: uint8, shape (height, width, 3): the page alone, straightened, at any scale.
    """
    face = find_portrait(page_rgb, models)
    if face is None:
        return None
    elsewhere = [each for each in find_upright_faces(page_rgb, models) if _is_ghost(face, of=each)]
    if not elsewhere:
        return face
    return refine_face(page_rgb, max(elsewhere, key=lambda each: each.eye_distance_px), models)


def measure_found(page_rgb: Image, face: Face, models: FaceModels) -> Portrait:
    """Measure a portrait that was found on this page: embedding and quality."""
    aligned = align(page_rgb, face, models.pack)
    return Portrait(
        embedding=embed(aligned, models),
        measures=measure_face(aligned, face, models.pack.template),
    )


def _is_ghost(face: Face, *, of: Face) -> bool:
    """Tell whether a face is a smaller one beside another, and not the same seen twice."""
    apart = math.dist(face.centre, of.centre) > of.width / 2
    larger = of.eye_distance_px > CLEARLY_LARGER * face.eye_distance_px
    return apart and larger and of.confidence >= CLEAR
