"""What a referral's reasons say of each check: it passed, is unsure, or was not done.

Of a referral the record keeps reasons alone, no finding and no measure: no reviewer is shown a score, ever.
A reason that several checks can have leaves all of them unsure.
"""

from collections.abc import Iterable
from enum import Enum

from lineproof.decision.finding import Check
from lineproof.decision.reasons import ReasonCode

_C, _R = Check, ReasonCode


class Found(Enum):
    """What is known of a check. NOT_KNOWN: of some doubt it is not known whose it is."""

    PASSED = "passed"
    UNSURE = "unsure"
    NOT_DONE = "not_done"
    NOT_KNOWN = "not_known"


_PRINTED = (_C.PRINTED_NAME_AGREES, _C.PRINTED_NUMBER_AGREES, _C.PRINTED_DATES_AGREE)
# Which checks a doubt can be about. `CHECK_NOT_DONE`, and what is not here, can be about any.
CHECKS_OF: dict[ReasonCode, tuple[Check, ...]] = {
    _R.DOCUMENT_READ_UNSURE: (_C.DOCUMENT_READ,),
    _R.DOCUMENT_NOT_PROVEN_GENUINE: (_C.DOCUMENT_GENUINE,),
    _R.PRINTED_FIELDS_NOT_READ: _PRINTED,
    _R.PRINTED_FIELDS_DIFFER: _PRINTED,
    _R.BARCODE_NOT_READ: (_C.BARCODE_AGREES,),
    _R.BARCODE_DIFFERS: (_C.BARCODE_AGREES,),
    _R.PORTRAIT_MAY_BE_REPLACED: (_C.PORTRAIT_ORIGINAL,),
    _R.PORTRAIT_NOT_EXAMINED: (_C.PORTRAIT_ORIGINAL,),
    _R.TWO_FACES: (_C.ONE_FACE, _C.LIVE),
    _R.CAPTURE_COVERED: (_C.FACE_OCCLUSION_PREVENTION,),
    _R.CAPTURE_TOO_FAR: (_C.INTER_EYE_DISTANCE,),
    _R.CAPTURE_BLURRED: (_C.SHARPNESS,),
    _R.CAPTURE_TOO_DARK: (_C.UNDER_EXPOSURE_PREVENTION,),
    _R.CAPTURE_TOO_BRIGHT: (_C.OVER_EXPOSURE_PREVENTION,),
    _R.CAPTURE_TOO_PALE: (_C.DYNAMIC_RANGE,),
    _R.CAPTURE_LIT_FROM_ONE_SIDE: (_C.ILLUMINATION_UNIFORMITY,),
    _R.CAPTURE_TURNED_AWAY: (_C.HEAD_POSE_YAW,),
    _R.CAPTURE_NOT_LEVEL: (_C.HEAD_POSE_PITCH,),
    _R.CAPTURE_TILTED: (_C.HEAD_POSE_ROLL,),
    _R.CAPTURE_COMPRESSED: (_C.COMPRESSION_ARTIFACTS,),
    _R.FACE_MATCH_UNSURE: (_C.SAME_PERSON,),
    _R.NOT_PROVEN_LIVE: (_C.LIVE,),
    _R.CHALLENGE_NOT_CURRENT: (_C.LIVE,),
    _R.CHALLENGE_NOT_SEEN: (_C.LIVE,),
    _R.CHALLENGE_NOT_FOLLOWED: (_C.LIVE,),
    _R.FACE_CHANGED: (_C.LIVE,),
    _R.PASSIVE_LIVENESS_UNSURE: (_C.PASSIVE_LIVENESS,),
    _R.HOLDER_NOT_ATTESTED: (_C.HOLDER_PRESENT,),
    _R.DOCUMENT_CONTESTED: (_C.HOLDER_CERTAIN, _C.WITHIN_CAP),
    _R.DOCUMENTS_DISAGREE: (_C.HOLDER_CERTAIN,),
    _R.CAP_REACHED: (_C.WITHIN_CAP,),
    _R.GUARDIAN_NEEDED: (_C.ADULT_BY_DOCUMENT,),
    _R.BIRTH_NOT_KNOWN: (_C.ADULT_BY_DOCUMENT,),
}
# What these say is that nobody could look, not that something was seen.
NOT_DONE = frozenset(
    {
        *(_R.DOCUMENT_NOT_PROVEN_GENUINE, _R.PRINTED_FIELDS_NOT_READ, _R.BARCODE_NOT_READ),
        *(_R.PORTRAIT_NOT_EXAMINED, _R.NOT_PROVEN_LIVE, _R.CHALLENGE_NOT_SEEN, _R.HOLDER_NOT_ATTESTED),
    }
)


def found_of(check: Check, reasons: Iterable[ReasonCode]) -> Found:
    """Tell what the reasons of a referral say of a check that its policy requires.

    A check has passed only where every reason is known to be another's.
    """
    codes = set(reasons)
    own = {code for code in codes if check in CHECKS_OF.get(code, ())}
    if own:
        return Found.NOT_DONE if own <= NOT_DONE else Found.UNSURE
    return Found.PASSED if codes <= CHECKS_OF.keys() else Found.NOT_KNOWN
