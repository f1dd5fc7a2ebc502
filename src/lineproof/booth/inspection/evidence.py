"""What is observed of sealed evidence, given to a booth of one's own: it opens there, as it was sealed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from lineproof.booth.inspection.observation import NotChecked, Observation, Seen, observes
from lineproof.booth.seal import HEAD_BYTES
from lineproof.booth.sealed_file import seal_files
from lineproof.errors import LineproofError, Malformed, Unavailable
from lineproof.ports import Assignment, Evidence, Examination, Examiner
from lineproof.terms import SessionId, Way

_RUN_BYTES = 16
_NOT_OPENED = "do not open"  # booth/accept.py's words for it: a photograph that opened may be refused as well


@dataclass(frozen=True, slots=True)
class Drawn:
    """Photographs of a person who does not exist, in files."""

    document: Path
    capture: Path

    def sealed(self, assignment: Assignment, booth: Examiner) -> Evidence:
        """Seal what the assignment's way asks for, to the booth's present key."""
        capture = self.capture if assignment.way is Way.FACE else None
        return seal_files(
            document=self.document, capture=capture, session=assignment.session, epoch=booth.epoch()
        )


@observes(
    "Photographs are handed to the booth as ciphertext",
    how=f"search for their bytes, {_RUN_BYTES} at a time",
)
def observe_ciphertext(evidence: Evidence, drawn: Drawn) -> Seen:
    """Look for pieces of the photographs in what was sealed; the same search in themselves is the control."""
    plain = [drawn.document.read_bytes(), drawn.capture.read_bytes()]
    pieces = {
        content[at : at + _RUN_BYTES]
        for content in plain
        for at in range(0, len(content) - _RUN_BYTES + 1, _RUN_BYTES)
    }
    if not all(_found(pieces, content) for content in plain):
        raise NotChecked("the search does not find them in the photographs themselves")
    found = _found(pieces, evidence.content)
    return Seen(
        holds=found == 0,
        what=f"{found} of {len(pieces):,} pieces found; in the plain files, all",
    )


@observes(
    "Evidence with one byte changed is not opened", how="changed in the sealed key, in the middle, at the end"
)
def observe_changed_is_refused(booth: Examiner, evidence: Evidence, assignment: Assignment) -> Seen:
    """Change one byte at a time, and ask."""
    content = evidence.content
    places = {"the key": HEAD_BYTES - 1, "the middle": len(content) // 2, "the end": len(content) - 1}
    for name, at in places.items():
        changed = bytearray(content)
        changed[at] ^= 1
        if not _is_refused(booth, replace(evidence, content=bytes(changed)), assignment):
            return Seen(holds=False, what=f"changed at {name}, it was opened")
    return Seen(holds=True, what=f"refused, {len(places)} of {len(places)}")


@observes("Evidence of one session is not opened for another", how="asked for another session")
def observe_other_session_is_refused(booth: Examiner, evidence: Evidence, assignment: Assignment) -> Seen:
    """Ask for a session that the evidence was not sealed for."""
    other = SessionId(uuid4())
    terms = replace(evidence.terms, session=other)
    if _is_refused(booth, replace(evidence, terms=terms), replace(assignment, session=other)):
        return Seen(holds=True, what="refused")
    return Seen(holds=False, what="it was opened")


@observes(
    "Evidence is not opened after its time, nor for longer than it was sealed for",
    how="sealed until a second ago; a later end claimed",
)
def observe_late_is_refused(booth: Examiner, drawn: Drawn, assignment: Assignment) -> Seen:
    """Ask when the terms are over, refused unsent; and with a later end, which a worker cannot open."""
    now = datetime.now(UTC)
    epoch = replace(booth.epoch(), ends_at=now - timedelta(seconds=1))
    over = seal_files(
        document=drawn.document,
        capture=drawn.capture if assignment.way is Way.FACE else None,
        session=assignment.session,
        epoch=epoch,
    )
    if not _is_over(booth, over, assignment):
        return Seen(holds=False, what="its time over, it was opened")
    longer = replace(over, terms=replace(over.terms, expires_at=now + timedelta(minutes=5)))
    if not _is_refused(booth, longer, assignment):
        return Seen(holds=False, what="a later end claimed, it was opened")
    return Seen(holds=True, what="both refused")


@observes("The answer says where the zone was seen only if asked", how="asked without and with")
def observe_no_more_than_asked(plain: Examination, explained: Examination) -> Seen:
    """Compare an answer with one that was to explain itself, which is the control."""
    if explained.seen is None:
        raise NotChecked("the zone was not read, so that there was nothing to explain")
    return Seen(
        holds=plain.seen is None,
        what="absent; present when asked for" if plain.seen is None else "present, unasked",
    )


def observe_evidence(
    booth: Examiner, drawn: Drawn, evidence: Evidence, assignment: Assignment, answer: Examination
) -> list[Observation]:
    """Observe everything of one session's evidence, which was answered already."""
    refusals: list[Callable[[Examiner, Evidence, Assignment], Observation]] = [
        observe_changed_is_refused,
        observe_other_session_is_refused,
    ]
    return [
        observe_ciphertext(evidence, drawn),
        *(observe(booth, evidence, assignment) for observe in refusals),
        observe_late_is_refused(booth, drawn, assignment),
        observe_no_more_than_asked(answer, _explained(booth, drawn, assignment)),
    ]


def _explained(booth: Examiner, drawn: Drawn, assignment: Assignment) -> Examination:
    asked = replace(assignment, session=SessionId(uuid4()), way=Way.COUNTER, explain=True)
    return booth.examine(drawn.sealed(asked, booth), asked)


def _found(pieces: set[bytes], content: bytes) -> int:
    """Count the different pieces that are anywhere in the content."""
    return len({content[at : at + _RUN_BYTES] for at in range(len(content) - _RUN_BYTES + 1)} & pieces)


def _is_refused(booth: Examiner, evidence: Evidence, assignment: Assignment) -> bool:
    """Ask, and tell whether it was said not to open; NotChecked when something else came of it."""
    try:
        booth.examine(evidence, assignment)
    except Malformed as error:
        return _NOT_OPENED in error.what
    except LineproofError as error:
        raise NotChecked(error.what) from error
    return False


def _is_over(booth: Examiner, evidence: Evidence, assignment: Assignment) -> bool:
    """Ask, and tell whether it was said to be too late."""
    try:
        booth.examine(evidence, assignment)
    except Unavailable as error:
        return error.retry_after_s == 0
    except Malformed as error:
        return _NOT_OPENED in error.what
    except LineproofError as error:
        raise NotChecked(error.what) from error
    return False
