"""Find the portrait on a straightened page of a document and measure it.

ICAO Doc 9303 puts the portrait at the left of the page (parts 4 to 6, zone III); many documents repeat it,
smaller and paler, at the right: the ghost image. So the left part is searched first, and the largest face
there is the portrait.
"""

from lineproof.face.compare import Portrait
from lineproof.imaging.cutout import Image
from lineproof.imaging.embed import align, embed
from lineproof.imaging.face import Face, find_upright_faces, refine_face
from lineproof.imaging.models import FaceModels
from lineproof.imaging.quality import measure_face

# The portrait is at most 45 mm wide and starts near the left edge: of a passport page of 125 mm, and of a
# card of 85.6 mm, this share holds it; a ghost image begins further right.
LEFT_SHARE = 0.55


def find_portrait(page_rgb: Image, models: FaceModels) -> Face | None:
    """Find the portrait on an upright page, in pixels of the page; None if no face is on it.

    page_rgb: uint8, shape (height, width, 3): the page alone, straightened, at any scale. Small pages are
    enlarged for the search. Documents with the portrait elsewhere are searched whole, largest face first.
    """
    left_part = page_rgb[:, : max(1, round(page_rgb.shape[1] * LEFT_SHARE))]
    for part in (left_part, page_rgb):
        faces = find_upright_faces(part, models)
        if faces:
            # Both parts begin at the page's corner, so their pixels are the page's.
            return refine_face(page_rgb, max(faces, key=lambda face: face.eye_distance_px), models)
    return None


def measure_portrait(page_rgb: Image, models: FaceModels) -> Portrait | None:
    """Measure the portrait on an upright page: embedding and quality; None if no face is on it.

    page_rgb: as in `find_portrait`. The embedding is made from the page's own pixels.
    """
    face = find_portrait(page_rgb, models)
    if face is None:
        return None
    aligned = align(page_rgb, face, models.pack)
    return Portrait(
        embedding=embed(aligned, models),
        measures=measure_face(aligned, face, models.pack.template),
    )
