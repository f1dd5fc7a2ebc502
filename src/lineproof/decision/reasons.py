"""The catalogue of reasons: why something was not verified, what to do, and how to object.

A decision that is not an acceptance names reasons from here and nowhere else. Each reason is about
this document, this capture or this line; none is about a person. docs/reasons.md is checked against it.
"""

from dataclasses import dataclass
from enum import Enum

from lineproof.terms import Way


class ReasonCode(Enum):
    """The codes of the catalogue. Stored and logged; never renamed, only added."""

    SAME_IMAGE_TWICE = "same_image_twice"
    DOCUMENT_NOT_IN_VIEW = "document_not_in_view"
    DOCUMENT_LINE_CUT_SHORT = "document_line_cut_short"
    DOCUMENT_NOT_CLEAR = "document_not_clear"
    DOCUMENT_READ_UNSURE = "document_read_unsure"
    DOCUMENT_NOT_A_PASSPORT = "document_not_a_passport"  # of earlier releases, which read passports alone
    TWO_DOCUMENTS = "two_documents"
    CHECK_DIGITS_WRONG = "check_digits_wrong"
    DOCUMENT_NOT_ACCEPTED = "document_not_accepted"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_NOT_PROVEN_GENUINE = "document_not_proven_genuine"
    PRINTED_FIELDS_NOT_READ = "printed_fields_not_read"
    PRINTED_FIELDS_DIFFER = "printed_fields_differ"
    BARCODE_NOT_READ = "barcode_not_read"
    BARCODE_DIFFERS = "barcode_differs"
    PORTRAIT_MAY_BE_REPLACED = "portrait_may_be_replaced"
    PORTRAIT_NOT_EXAMINED = "portrait_not_examined"
    PORTRAIT_NOT_FOUND = "portrait_not_found"
    NO_FACE = "no_face"
    TWO_FACES = "two_faces"
    CAPTURE_NOT_FIT = "capture_not_fit"  # of earlier releases; now each cause has a reason of its own
    CAPTURE_COVERED = "capture_covered"
    CAPTURE_TOO_FAR = "capture_too_far"
    CAPTURE_BLURRED = "capture_blurred"
    CAPTURE_TOO_DARK = "capture_too_dark"
    CAPTURE_TOO_BRIGHT = "capture_too_bright"
    CAPTURE_TOO_PALE = "capture_too_pale"
    CAPTURE_LIT_FROM_ONE_SIDE = "capture_lit_from_one_side"
    CAPTURE_TURNED_AWAY = "capture_turned_away"
    CAPTURE_NOT_LEVEL = "capture_not_level"
    CAPTURE_TILTED = "capture_tilted"
    CAPTURE_COMPRESSED = "capture_compressed"
    FACE_NOT_MATCHED = "face_not_matched"
    FACE_MATCH_UNSURE = "face_match_unsure"
    NOT_PROVEN_LIVE = "not_proven_live"
    CHALLENGE_NOT_CURRENT = "challenge_not_current"
    CHALLENGE_NOT_SEEN = "challenge_not_seen"
    CHALLENGE_NOT_FOLLOWED = "challenge_not_followed"
    FACE_CHANGED = "face_changed"
    PASSIVE_LIVENESS_UNSURE = "passive_liveness_unsure"
    HOLDER_NOT_ATTESTED = "holder_not_attested"
    DOCUMENT_CONTESTED = "document_contested"
    DOCUMENTS_DISAGREE = "documents_disagree"
    CAP_REACHED = "cap_reached"
    GUARDIAN_NEEDED = "guardian_needed"
    BIRTH_NOT_KNOWN = "birth_not_known"
    CHECK_NOT_DONE = "check_not_done"


APPEAL = (
    "If you think this is wrong, ask at any counter for a person to look at it. Somebody who did not take "
    "part decides, and tells you why."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One catalogued reason, in whole sentences for the person concerned.

    says: what happened. remedy: what to do now. other_ways: ways that may get round this obstacle.
    appeal: how to object.
    """

    code: ReasonCode
    says: str
    remedy: str
    other_ways: tuple[Way, ...] = (Way.COUNTER,)
    appeal: str = APPEAL


_REASONS = (
    Reason(
        ReasonCode.SAME_IMAGE_TWICE,
        "The document and the face are the same photograph.",
        "Take one photograph of the document, and another of your own face.",
    ),
    Reason(
        ReasonCode.DOCUMENT_NOT_IN_VIEW,
        "No passport, card or visa was found in the photograph.",
        "Lay the document flat, the whole side with the lines of letters and < signs in the picture.",
    ),
    Reason(
        ReasonCode.DOCUMENT_LINE_CUT_SHORT,
        "The lines of letters and < signs are cut off or partly covered.",
        "Photograph the whole side again, with its edges in the picture and no finger on the lines.",
    ),
    Reason(
        ReasonCode.DOCUMENT_NOT_CLEAR,
        "The lines of letters and < signs could not be read.",
        "Photograph it again in even light, without glare, closer, holding the phone still.",
    ),
    Reason(
        ReasonCode.DOCUMENT_READ_UNSURE,
        "Some characters of the document could not be read with certainty.",
        "Nothing more is needed from you: a person will read it. A sharper photograph may be quicker.",
    ),
    Reason(
        ReasonCode.DOCUMENT_NOT_A_PASSPORT,
        "The document was read, but its lines are not those of a passport.",
        "Show the photograph page of a passport; other documents are taken at the counter.",
    ),
    Reason(
        ReasonCode.TWO_DOCUMENTS,
        "More than one document is in the photograph.",
        "Put the other documents away, and photograph the one you want to show.",
    ),
    Reason(
        ReasonCode.CHECK_DIGITS_WRONG,
        "The check digits of the document do not agree with what is printed.",
        "Photograph the page again in good light. If it stays so, bring the document to a counter.",
    ),
    Reason(
        ReasonCode.DOCUMENT_NOT_ACCEPTED,
        "Documents of this kind or from this issuer are not accepted under these rules.",
        "Show another identity document, or ask at a counter which ones are accepted.",
    ),
    Reason(
        ReasonCode.DOCUMENT_EXPIRED,
        "The document has expired.",
        "Show a document that is in date; if yours is being renewed, ask at a counter what helps.",
    ),
    Reason(
        ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE,
        "A photograph alone cannot prove that the document is genuine.",
        "Nothing more is needed from you: a person will look at it. At a counter it is settled at once.",
    ),
    Reason(
        ReasonCode.PRINTED_FIELDS_NOT_READ,
        "Not all of the name, number and dates printed on the page could be read.",
        "Nothing more is needed from you: a person can read them. A sharper photograph may be quicker.",
    ),
    Reason(
        ReasonCode.PRINTED_FIELDS_DIFFER,
        "Something printed on the page was read otherwise than in the lines of letters and < signs.",
        "Nothing more is needed from you: a person will look at both. At a counter it is settled at once.",
    ),
    Reason(
        ReasonCode.BARCODE_NOT_READ,
        "A barcode on the document could not be read.",
        "Photograph that side again, flat and in focus.",
    ),
    Reason(
        ReasonCode.BARCODE_DIFFERS,
        "The barcode on the document says something else than its lines of letters and < signs.",
        "Nothing more is needed from you: a person will look at both. You may also show another document.",
    ),
    Reason(
        ReasonCode.PORTRAIT_MAY_BE_REPLACED,
        "The portrait on the document does not look like one piece with the page around it.",
        "Nothing more is needed from you: a person will look at it. A photograph without glare or shadow on "
        "the portrait may be quicker.",
    ),
    Reason(
        ReasonCode.PORTRAIT_NOT_EXAMINED,
        "The portrait in the photograph is too small or too unclear to be examined.",
        "Photograph the whole side again, closer, in even light, holding the phone still.",
    ),
    Reason(
        ReasonCode.PORTRAIT_NOT_FOUND,
        "The portrait in the document could not be found.",
        "Photograph the whole page again, without glare on the portrait.",
    ),
    Reason(
        ReasonCode.NO_FACE,
        "No face was found in the photograph of the person.",
        "Take it again with the whole face in the picture, facing the camera and a window or lamp.",
    ),
    Reason(
        ReasonCode.TWO_FACES,
        "More than one face is in the photograph of the person.",
        "Take it again with one person in the picture.",
    ),
    Reason(
        ReasonCode.CAPTURE_NOT_FIT,
        "The photograph of the face is dark, blurred, small or turned away.",
        "Face the camera and a window or lamp, hold the phone still and at arm's length.",
    ),
    Reason(
        ReasonCode.CAPTURE_COVERED,
        "Part of the face seems to be covered.",
        "Take it again without mask, sunglasses, hair or hand before the face. What you wear for "
        "your faith may stay on if eyes, nose and mouth are free; if not, choose the counter.",
    ),
    Reason(
        ReasonCode.CAPTURE_TOO_FAR,
        "The face in the photograph is small.",
        "Come closer, or hold the phone closer, until the face fills most of the picture.",
    ),
    Reason(
        ReasonCode.CAPTURE_BLURRED,
        "The photograph of the face is blurred.",
        "Wipe the camera, hold the phone still with both hands, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_TOO_DARK,
        "The face in the photograph is too dark.",
        "Turn towards the window or a lamp, so that the light falls on your face, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_TOO_BRIGHT,
        "The light on the face is too bright.",
        "Step out of the direct sun or away from the lamp, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_TOO_PALE,
        "The photograph of the face shows little contrast, as if through mist.",
        "Wipe the camera, turn so that no light shines into it, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_LIT_FROM_ONE_SIDE,
        "The face is lit from one side only.",
        "Face the window or the lamp straight, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_TURNED_AWAY,
        "The face is turned to one side.",
        "Look straight into the camera, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_NOT_LEVEL,
        "The face is seen from above or from below.",
        "Hold the phone at the height of your eyes, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_TILTED,
        "The face in the photograph is tilted.",
        "Hold the head and the phone upright, and take it again.",
    ),
    Reason(
        ReasonCode.CAPTURE_COMPRESSED,
        "The photograph lost detail when it was stored or sent.",
        "Send the photograph as the camera made it, not through a messenger or as a screen shot.",
    ),
    Reason(
        ReasonCode.FACE_NOT_MATCHED,
        "The face could not be matched with the portrait in the document.",
        "Try again in better light, facing the camera, without glasses; or choose a way without a face.",
    ),
    Reason(
        ReasonCode.FACE_MATCH_UNSURE,
        "The face and the portrait are alike, but not clearly enough.",
        "Nothing more is needed from you: a person will compare them. A better photograph may be quicker.",
    ),
    Reason(
        ReasonCode.NOT_PROVEN_LIVE,
        "A single photograph cannot prove that the person is present.",
        "Nothing more is needed from you: a person will look at it. At a counter it is settled at once.",
    ),
    Reason(
        ReasonCode.CHALLENGE_NOT_CURRENT,
        "The photographs of the turning face were not taken for this check, or came too late.",
        "Start the check again and follow it to its end without a pause.",
    ),
    Reason(
        ReasonCode.CHALLENGE_NOT_SEEN,
        "The face was not in the picture often enough to see its turns.",
        "Try again with the whole face in the picture, in even light, holding the phone still.",
    ),
    Reason(
        ReasonCode.CHALLENGE_NOT_FOLLOWED,
        "The turns of the face that were asked for were not seen.",
        "Try again: when asked, turn the head clearly to that side, then look straight ahead; or choose a "
        "way without a face.",
    ),
    Reason(
        ReasonCode.FACE_CHANGED,
        "The face did not stay the same from the first photograph to the last.",
        "Try again alone in the picture, moving slowly, in even light, without stepping out of view.",
    ),
    Reason(
        ReasonCode.PASSIVE_LIVENESS_UNSURE,
        "It is not clear that the photograph shows a face and not a picture of one.",
        "Nothing more is needed from you: a person will look at it. Light without reflections may help.",
    ),
    Reason(
        ReasonCode.HOLDER_NOT_ATTESTED,
        "No agent has confirmed that the holder of the document is present.",
        "Show the document to an agent at a counter, who confirms it.",
        (Way.FACE, Way.COUNTER),
    ),
    Reason(
        ReasonCode.DOCUMENT_CONTESTED,
        "This document is bound to more than one holder, and both have been told.",
        "Nothing more is needed from you: a person will settle whose it is.",
    ),
    Reason(
        ReasonCode.DOCUMENTS_DISAGREE,
        "The two documents do not clearly belong to the same person.",
        "Nothing more is needed from you: a person will look at both.",
    ),
    Reason(
        ReasonCode.CAP_REACHED,
        "The number of lines that one person may hold here is reached.",
        "Give up a line you no longer need, or wait for a person to look at your case.",
    ),
    Reason(
        ReasonCode.GUARDIAN_NEEDED,
        "By the document, its holder is too young for a line in their own name.",
        "Come with a parent or guardian to any counter, and the line is registered in their name for you.",
    ),
    Reason(
        ReasonCode.BIRTH_NOT_KNOWN,
        "The document does not say the whole date of birth.",
        "Nothing more is needed from you: a person will look at it.",
    ),
    Reason(
        ReasonCode.CHECK_NOT_DONE,
        "A required check could not be carried out.",
        "Nothing more is needed from you: a person will look at it.",
    ),
)

CATALOGUE: dict[ReasonCode, Reason] = {reason.code: reason for reason in _REASONS}
