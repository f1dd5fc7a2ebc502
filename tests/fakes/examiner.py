"""The simulated booth with its photographs in files, and the examination in which all is well."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import uuid4

from lineproof.decision.finding import Check, Finding
from lineproof.decision.policy import Policy, shipped_policy
from lineproof.document.checks import check_read
from lineproof.document.mrz_format import MrzFormat
from lineproof.ports import Assignment, Epoch, Evidence, Examination, Workshop
from lineproof.referral import Opening
from lineproof.simulate.examiner import (
    ANOTHER_PERSON,
    PERHAPS_THE_SAME,
    SAME_PERSON,
    SimulatedExaminer,
    examination_of,
)
from lineproof.terms import SessionId, Way
from tests.fakes.specimens import ALICE, TODAY

__all__ = [
    "ANOTHER_PERSON",
    "PERHAPS_THE_SAME",
    "SAME_PERSON",
    "UNSURELY_READ",
    "FakeExaminer",
    "an_examination",
]
UNSURELY_READ = check_read(kind=MrzFormat.TD3, least_confidence=0.2, repaired=0, agreed=True)


def an_examination(
    *,
    session: SessionId | None = None,
    way: Way = Way.FACE,
    zone: tuple[str, ...] | None = ALICE.zone,
    instead: Collection[Finding] = (),
    without: Collection[Check] = (),
    document: bytes = b"a photograph of a passport",
    policy: Policy | None = None,
    today: date = TODAY,
    attested_digest: bytes | None = None,
) -> Examination:
    """Build what the booth says of photographs in which all is well, unless told otherwise."""
    return examination_of(
        session=session or SessionId(uuid4()),
        way=way,
        zone=zone,
        document=document,
        policy=policy or shipped_policy("specimen"),
        today=today,
        attested_digest=attested_digest,
        instead=instead,
        without=without,
    )


@dataclass(slots=True)
class FakeExaminer:
    """A `SimulatedExaminer` that takes its photographs into a folder."""

    folder: Path
    booth: SimulatedExaminer = field(default_factory=SimulatedExaminer)

    @property
    def workshop(self) -> Workshop:
        """Say what examines here."""
        return self.booth.workshop

    def photograph(
        self,
        zone: tuple[str, ...] | None = ALICE.zone,
        *,
        instead: Collection[Finding] = (),
        without: Collection[Check] = (),
    ) -> Path:
        """Take a photograph of a document; each is another file, even of the same document."""
        return self._write(self.booth.photograph(zone, instead=instead, without=without))

    def photograph_face(self) -> Path:
        """Take a photograph of a face. Whose it is, the photograph of the document says."""
        return self._write(self.booth.photograph_face())

    def photograph_that_is_none(self) -> Path:
        """Give a file that is no image."""
        return self._write(secrets.token_bytes(64))

    def epoch(self) -> Epoch:
        """Give the key to seal to."""
        return self.booth.epoch()

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Examine as `ports.Examiner` says."""
        return self.booth.examine(evidence, assignment)

    def review(self, parts: bytes, opening: Opening) -> bytes:
        """Give what was photographed, sealed to the browser."""
        return self.booth.review(parts, opening)

    def _write(self, content: bytes) -> Path:
        path = self.folder / f"{content[:6].hex()}.jpg"
        path.write_bytes(content)
        return path
