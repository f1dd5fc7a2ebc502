"""A booth whose workers do what the tests tell them, in the production keeper's confinement."""

import sys
from dataclasses import replace
from pathlib import Path

from lineproof.booth.keepers import OwnKeepers
from lineproof.booth.relay import Booth
from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.ports import Assignment, Evidence, SealTerms

LAUNCHER = Path(__file__).with_name("hostile_keeper.py")


class HostileKeepers(OwnKeepers):
    """Keepers whose workers do as they are told."""

    def command(self, descriptor: int) -> list[str]:
        return [sys.executable, str(LAUNCHER), str(descriptor), self.terms.argument()]


class HostileBooth(Booth):
    """A booth whose keeper is started by the launcher of the tests."""

    def __init__(self, *, job_s: float = 60.0, **limits: int) -> None:
        super().__init__(**limits)
        self.keepers = HostileKeepers(replace(self.keepers.terms, job_s=job_s))

    def order(self, assignment: Assignment, command: str) -> bytes:
        """Have a worker do something, and give what it wrote."""
        return self._ask(self.evidence(assignment, command), assignment)

    def evidence(self, assignment: Assignment, command: str) -> Evidence:
        """Seal a command as a document."""
        terms = SealTerms.fresh(assignment.session, self.epoch())
        return Evidence(
            terms, seal_evidence([(PartKind.DOCUMENT, command.encode())], terms), with_capture=False
        )
