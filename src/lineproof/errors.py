"""The errors a caller may meet. Nothing else is raised across a package boundary on purpose.

An outcome of a procedure (an expired document, a low score) is never an error: it is a `Finding`
or a `Decision`. See STYLE.md, "Errors and outcomes".
"""

from datetime import UTC, datetime
from enum import Enum


class LineproofError(Exception):
    """Say in one sentence what was wrong, and in another what to do.

    what: what was wrong, naming the thing. Never a name, number or image of a person.
    remedy: what the caller should do now.
    retry_after_s: seconds after which trying again is sensible; None when trying again is useless.
    facts: what is put into either sentence, where it has `{name}`: a page puts it into the sentence of its
    own language, so each sentence stays whole. sentence, advice: the two without them.
    """

    def __init__(
        self, what: str, *, remedy: str = "", retry_after_s: int | None = None, **facts: object
    ) -> None:
        self.sentence, self.advice, self.facts = what, remedy, facts
        said = {name: _in_english(fact) for name, fact in facts.items()}
        self.what = what.format(**said) if facts else what
        self.remedy = remedy.format(**said) if facts else remedy
        self.retry_after_s = retry_after_s
        super().__init__(self.what)

    def __str__(self) -> str:
        """Join the two sentences."""
        return f"{self.what} {self.remedy}".strip()


def _in_english(fact: object) -> str:
    return f"{fact.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if isinstance(fact, datetime) else str(fact)


class Malformed(LineproofError):
    """Input that cannot be what it claims to be: bytes, an identifier, an argument."""


class ImageProblem(Enum):
    """Why a file cannot be used as a photograph at all."""

    NOT_AN_IMAGE = "not_an_image"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"


class Undecodable(Malformed):
    """A file that is not a usable photograph. width_px, height_px: as its header states, 0 if unknown."""

    def __init__(
        self, problem: ImageProblem, what: str, *, remedy: str, width_px: int = 0, height_px: int = 0
    ) -> None:
        super().__init__(what, remedy=remedy)
        self.problem = problem
        self.width_px = width_px
        self.height_px = height_px


class NotPermitted(LineproofError):
    """The caller may not do this: a bad signature, a used link, a second opinion by the same person."""


class NotFound(LineproofError):
    """Something named by the caller does not exist: an agent, a policy, a line."""


class Erased(NotFound):
    """What is named was there, and the key that opened it was destroyed: it cannot be brought back."""


class Conflict(LineproofError):
    """The record's present state does not allow this: a number already registered, a cap reached."""


class TooMany(LineproofError):
    """A limit on attempts is reached; `retry_after_s` says when to come back."""


class Unavailable(LineproofError):
    """Something outside is missing or broken: the record's folder, the disk, the booth."""
