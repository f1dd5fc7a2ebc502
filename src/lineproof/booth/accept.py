"""Take what a worker said: an examination, or the error that its caller must act on."""

from lineproof.booth.answer import Broken, OtherModels, OutsideSchema, Part, Unopened, Unusable, parse_answer
from lineproof.booth.refer import refers
from lineproof.booth.seal import is_sealed_whole
from lineproof.errors import ImageProblem, Malformed, NotPermitted, Unavailable
from lineproof.ports import Assignment, Examination
from lineproof.referral import ReviewTerms

_PROBLEMS = {
    ImageProblem.NOT_AN_IMAGE: (
        "is not a JPEG, PNG or WebP image",
        "Give the photograph as the camera made it.",
    ),
    ImageProblem.DAMAGED: ("is damaged or incomplete", "Copy or take the photograph again."),
    ImageProblem.TOO_MANY_PIXELS: (
        "has more than 25 megapixels ({width} x {height})",
        "Take it with a lower resolution, or reduce its size.",
    ),
    ImageProblem.TOO_SMALL: ("is too small ({width} x {height} pixels)", "Take it with a higher resolution."),
}
_SHOWN = {Part.DOCUMENT: "document", Part.CAPTURE: "face (the capture)"}


def accepted(content: bytes, assignment: Assignment) -> Examination:
    """Read an answer to an assignment; raises what `ports.Examiner.examine` says, in its sentences."""
    try:
        answer = parse_answer(content, explain=assignment.explain, may_wrap=assignment.case_key is not None)
    except OutsideSchema as error:
        raise _no_answer() from error
    if not isinstance(answer, Broken) and answer.session != assignment.session:
        raise Unavailable("The booth answered about another session.", remedy="Try again.")
    match answer:
        case Broken():
            raise died()
        case Unopened():
            raise Malformed(
                "The sealed photographs do not open: they were changed on the way, sealed for another "
                "session, or are not those that this way asks for.",
                remedy="Seal them again for this session.",
            )
        case OtherModels():
            policy = assignment.policy
            raise Unavailable(
                f"The policy {policy.name} has its thresholds for the model pack {policy.model_pack}, "
                f"calibration {policy.calibration_version}; this booth has loaded another. "
                "Nothing was compared.",
                remedy="Start the booth with the pack that the policy names; if it was, the policy needs the "
                "pack's present calibration and thresholds.",
            )
        case Unusable():
            says, remedy = _PROBLEMS[answer.problem]
            says = says.format(width=answer.width_px, height=answer.height_px)
            raise Malformed(f"The photograph of the {_SHOWN[answer.part]} {says}.", remedy=remedy)
        case Examination():
            # A worker that was taken over must not decide what is kept: the decision is made here again.
            wanted = assignment.case_key is not None and refers(answer, assignment)
            if wanted != (answer.wrapped_key is not None):
                raise _no_answer()
            return answer


def reviewed(content: bytes, terms: ReviewTerms) -> bytes:
    """Read the answer to a review: sealed crops, whole as far as can be seen from outside."""
    if is_sealed_whole(content):
        return content
    try:
        answer = parse_answer(content, explain=False, may_wrap=False)
    except OutsideSchema as error:
        raise _no_answer() from error
    if isinstance(answer, Unopened) and answer.session == terms.session:
        raise NotPermitted(
            "The photographs of this case do not open: they were changed, or opened for another browser.",
            remedy="Open them again; if it happens again, return the case.",
        )
    raise died()


def _no_answer() -> Unavailable:
    return Unavailable("The booth gave an answer that is not one.", remedy="Try again.")


def died() -> Unavailable:
    """Say that a worker did not answer."""
    return Unavailable(
        "The booth could not finish this examination; nothing was decided.",
        remedy="Try again.",
        retry_after_s=5,
    )
