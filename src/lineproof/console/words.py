"""The words a reviewer reads for what the rules call by an enum."""

from typing import assert_never

from django.utils.translation import gettext

from lineproof.decision.finding import Check
from lineproof.decision.referred import Found
from lineproof.line.case import Opinion
from lineproof.registry.queries.case import CaseToReview


def check_in_words(check: Check) -> str:
    """Say what a check asks, so that "passed" answers it."""
    return {
        Check.EVIDENCE_DISTINCT: gettext("Document and face are two photographs"),
        Check.DOCUMENT_READ: gettext("The document was read"),
        Check.ONE_DOCUMENT: gettext("One document is in view"),
        Check.CHECK_DIGITS: gettext("Its check digits are right"),
        Check.DOCUMENT_ACCEPTED: gettext("It is of an accepted kind and issuer"),
        Check.DOCUMENT_IN_DATE: gettext("It is in date"),
        Check.DOCUMENT_GENUINE: gettext("It is genuine"),
        Check.PRINTED_NAME_AGREES: gettext("The printed name agrees"),
        Check.PRINTED_NUMBER_AGREES: gettext("The printed number agrees"),
        Check.PRINTED_DATES_AGREE: gettext("The printed dates agree"),
        Check.BARCODE_AGREES: gettext("The barcode agrees"),
        Check.PORTRAIT_ORIGINAL: gettext("The portrait was not replaced"),
        Check.PORTRAIT_FOUND: gettext("It has a portrait"),
        Check.FACE_OCCLUSION_PREVENTION: gettext("The face is free"),
        Check.INTER_EYE_DISTANCE: gettext("The face is near enough"),
        Check.SHARPNESS: gettext("The face is sharp"),
        Check.UNDER_EXPOSURE_PREVENTION: gettext("The face is not too dark"),
        Check.OVER_EXPOSURE_PREVENTION: gettext("The face is not too bright"),
        Check.DYNAMIC_RANGE: gettext("The face has light and shade"),
        Check.ILLUMINATION_UNIFORMITY: gettext("The face is lit evenly"),
        Check.HEAD_POSE_YAW: gettext("The face looks ahead"),
        Check.HEAD_POSE_PITCH: gettext("The face is level"),
        Check.HEAD_POSE_ROLL: gettext("The face is upright"),
        Check.COMPRESSION_ARTIFACTS: gettext("The photograph is not compressed too much"),
        Check.ONE_FACE: gettext("One face is before the camera"),
        Check.SAME_PERSON: gettext("The face is the one in the document"),
        Check.LIVE: gettext("The person is present"),
        Check.PASSIVE_LIVENESS: gettext("It is no picture of a picture"),
        Check.HOLDER_PRESENT: gettext("An agent saw the person"),
        Check.HOLDER_CERTAIN: gettext("The document is one holder's"),
        Check.WITHIN_CAP: gettext("They have room for one more line"),
        Check.ADULT_BY_DOCUMENT: gettext("They are of age by the document"),
    }[check]


def found_in_words(found: Found) -> str:
    """Say what is known of a check."""
    match found:
        case Found.PASSED:
            return gettext("passed")
        case Found.UNSURE:
            return gettext("unsure")
        case Found.NOT_DONE:
            return gettext("not done")
        case Found.NOT_KNOWN:
            return gettext("passed, or not done: the record does not say")
        case _:
            assert_never(found)


def kind_in_words(case: CaseToReview) -> str:
    """Say why people look at a case."""
    return {
        "referral": gettext("An application was referred"),
        "contested_document": gettext("A document is contested"),
        "possible_same_holder": gettext("Two holders may be one"),
    }[case.kind.value]


def opinion_in_words(opinion: Opinion) -> str:
    """Say what a reviewer says of a case."""
    match opinion:
        case Opinion.ACCEPT:
            return gettext("Accept")
        case Opinion.RETURN:
            return gettext("Return")
        case Opinion.REFUSE:
            return gettext("Refuse")
        case _:
            assert_never(opinion)
