"""The second job of a worker: open a referral's photographs, and seal crops to one reviewer's browser."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lineproof.booth.answer import Unopened, answer_bytes
from lineproof.booth.examine import Kit
from lineproof.booth.review import opened_photographs, review_images, seal_review
from lineproof.booth.seal import NotOpened, open_key
from lineproof.booth.wire import ReviewJob


def review(job: ReviewJob, kit: Kit, private_key: EllipticCurvePrivateKey, *, now: datetime) -> bytes:
    """Give the crops, sealed; or an answer that says it does not open under its terms, or is too late.

    The terms name the browser's key: a content key that was sealed for one browser opens for no other.
    """
    terms = job.opening.terms
    if now >= terms.expires_at:
        return answer_bytes(Unopened(terms.session))
    try:
        content_key = open_key(job.opening.sealed_key, private_key, terms.info)
        photographs = opened_photographs(job.parts, content_key)
    except NotOpened:
        return answer_bytes(Unopened(terms.session))
    images = review_images(photographs.document, photographs.capture, kit)
    return seal_review(images, browser_key=terms.browser_key, info=terms.info)
