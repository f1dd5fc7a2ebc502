"""The errors a caller may meet. Nothing else is raised across a package boundary on purpose.

An outcome of a procedure (an expired document, a low score) is never an error: it is a `Finding`
or a `Decision`. See STYLE.md, "Errors and outcomes".
"""


class LineproofError(Exception):
    """Say in one sentence what was wrong, and in another what to do.

    what: what was wrong, naming the thing. Never a name, number or image of a person.
    remedy: what the caller should do now.
    retry_after_s: seconds after which trying again is sensible; None when trying again is useless.
    """

    def __init__(self, what: str, *, remedy: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        """Join the two sentences."""
        return f"{self.what} {self.remedy}".strip()


class Malformed(LineproofError):
    """Input that cannot be what it claims to be: bytes, an identifier, an argument."""


class NotPermitted(LineproofError):
    """The caller may not do this: a bad signature, a used link, a second opinion by the same person."""


class NotFound(LineproofError):
    """Something named by the caller does not exist: an agent, a policy, a line."""


class Conflict(LineproofError):
    """The record's present state does not allow this: a number already registered, a cap reached."""


class TooMany(LineproofError):
    """A limit on attempts is reached; `retry_after_s` says when to come back."""


class Unavailable(LineproofError):
    """Something outside is missing or broken: the record's folder, the disk, the booth."""
