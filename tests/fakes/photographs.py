"""Photographs that lie in files, and asking a booth about them as a client of ours does: sealed."""

from dataclasses import dataclass
from pathlib import Path

from lineproof.booth.sealed_file import seal_files
from lineproof.ports import Assignment, Epoch, Evidence, Examination, Examiner
from lineproof.terms import SessionId


@dataclass(frozen=True, slots=True)
class Photographs:
    """A photograph of a document and, by face, one of a face."""

    document: Path
    capture: Path | None

    def sealed(self, session: SessionId, epoch: Epoch) -> Evidence:
        """Seal them for a session."""
        return seal_files(document=self.document, capture=self.capture, session=session, epoch=epoch)


def examine(examiner: Examiner, photographs: Photographs, assignment: Assignment) -> Examination:
    """Seal photographs to the booth's present key and have them examined."""
    return examiner.examine(photographs.sealed(assignment.session, examiner.epoch()), assignment)
