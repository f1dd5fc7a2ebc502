"""What is measured of one photograph: from the bytes of its file to its embedding, as the product does it."""

from lineproof.face.compare import Capture
from lineproof.imaging.decode import CAPTURE_SIDE_PX, decode
from lineproof.imaging.embed import measure_photograph
from lineproof.imaging.models import FaceModels


def measure_bytes(content: bytes, models: FaceModels) -> Capture | None:
    """Decode at the scale of a capture, find the face, align, embed, measure quality; None without a face."""
    return measure_photograph(decode(content, longest_side_px=CAPTURE_SIDE_PX), models)
