"""What `verify` and `register` share: from options to a presentation, and the booth with its times."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import click

from lineproof.booth.photograph_file import require_photograph
from lineproof.booth.relay import Booth
from lineproof.booth.sealed_file import seal_files
from lineproof.cli import options
from lineproof.cli.agent_key import attest_document
from lineproof.cli.policy_file import named_policy
from lineproof.decision.attestation import NO_PAPERS, SeenPapers
from lineproof.decision.policy import Policy
from lineproof.ports import Confinement, Epoch, Examination, Presentation
from lineproof.terms import SessionId, StaffName, Way

UNFILTERED = (
    "This machine does not filter system calls (seccomp): images are opened in a process that limits alone "
    "hold. What is recorded says so."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a verification, checked."""

    document: Path
    capture: Path | None
    way: Way
    attended_by: StaffName | None
    policy: Policy
    papers: SeenPapers = NO_PAPERS

    @classmethod
    def of(
        cls,
        *,
        document: Path,
        capture: Path | None,
        way: str,
        attended_by: str | None,
        policy: str,
        papers: SeenPapers = NO_PAPERS,
    ) -> Self:
        """Check the options and files; a face way without a capture, or the reverse, is a usage error.

        So are papers that no agent has seen.

        So early, because the booth takes a while to start.
        """
        if (capture is not None) != (way == Way.FACE.value):
            raise click.UsageError(
                "--capture goes with the face way. Give --capture FILE, or choose --way counter without it."
            )
        if papers != NO_PAPERS and attended_by is None:
            raise click.UsageError("Papers are seen by an agent: give --attended-by AGENT.")
        agent = None if attended_by is None else StaffName.parse(attended_by)
        require_photograph(document, called="document")
        if capture is not None:
            require_photograph(capture, called="capture")
        return cls(document, capture, Way(way), agent, named_policy(policy), papers)

    def present(self, record: Path | None, epoch: Epoch) -> Presentation:
        """Open a session, seal the files for it and, where an agent attends, have the agent's key sign."""
        session = SessionId(uuid.uuid4())
        evidence = seal_files(document=self.document, capture=self.capture, session=session, epoch=epoch)
        attestation = None
        if self.attended_by is not None and record is not None:
            attestation = attest_document(
                record, self.attended_by, session=session, document=self.document, papers=self.papers
            )
        return Presentation(session, self.way, evidence, attestation)


@dataclass(slots=True)
class TimedBooth:
    """A started booth and how long it took to start; use `timings` when the work is done."""

    booth: Booth
    began: float
    start_ms: int

    def timings(self, examination: Examination) -> dict[str, int]:
        """Give the milliseconds of starting, of each stage, and of everything so far."""
        stages = {stage.value: ms for stage, ms in examination.milliseconds.items()}
        return {"start": self.start_ms, **stages, "total": _since(self.began)}

    def whole(self) -> dict[str, int]:
        """Give the milliseconds of starting, and of everything so far."""
        return {"start": self.start_ms, "total": _since(self.began)}


@contextmanager
def timed_booth(policy: Policy, record: Path | None) -> Iterator[TimedBooth]:
    """Start a booth for one command, with the model pack that the policy names.

    record: whose added packs are looked at; None is the one in the user's data folder. Do it before opening
    a record: the keeper comes first.
    """
    began = time.perf_counter()
    with Booth(
        model_pack=policy.model_pack, models_folder=options.models_folder(record), filter_required=False
    ) as booth:
        warn_if_unfiltered(booth)
        yield TimedBooth(booth, began, _since(began))


def warn_if_unfiltered(booth: Booth) -> None:
    """Say on standard error that a started booth's workers run without a filter of system calls, if so."""
    if booth.workshop is not None and booth.workshop.confinement is Confinement.LIMITS_ONLY:
        click.echo(UNFILTERED, err=True)


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
