"""A line that is corrected, for the tests: found, announced, told, and signed as far as is wanted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lineproof.decision.clocks import Calendar, Term
from lineproof.line.correction import Cause
from lineproof.line.ladder import Choice, Step
from lineproof.terms import StaffName

if TYPE_CHECKING:
    from lineproof.registry.flows.correct_lines import Signed
    from tests.flows.desk import Desk

RHEA, SOL, TOVE, ADA, UMA = (StaffName(name) for name in ("rhea", "sol", "tove", "ada", "uma"))


@dataclass(slots=True)
class Corrected:
    """The desk, and a correction on it that goes on."""

    desk: "Desk"
    id: UUID
    now: datetime

    @classmethod
    def found(
        cls, desk: "Desk", cause: Cause = Cause.MISSING_VERIFICATION, *, line: Any = None
    ) -> "Corrected":
        """Register Alice's line, and find something wrong with it."""
        from tests.flows.desk import NOW

        if line is None:
            desk.register()
            line = desk.row("Line")
        return cls(desk, find(desk, line, cause), NOW)

    @property
    def row(self) -> Any:
        """Read the correction."""
        return self.desk.row("Correction", id=self.id)

    @property
    def state(self) -> tuple[str, str]:
        """Tell the state of the correction and of its line."""
        return self.row.state, self.row.line.state

    @property
    def orders(self) -> list[str]:
        """Tell what the network was told since the line was registered."""
        line = self.row.line_id
        return [order.state.value for order in self.desk.network.orders if order.line == line][1:]

    def announce(self, reviewer: StaffName = RHEA) -> "Corrected":
        """Have the first step announced, and its notice delivered."""
        from lineproof.registry.flows.correct_lines import announce_corrections

        assert announce_corrections(self.desk.services, [self.id], reviewer, now=self.now) == (self.id,)
        return self.deliver()

    def deliver(self, state: str = "delivered") -> "Corrected":
        """Have the notice of the announced step, and one given ahead, delivered or whatever became of it."""
        row = self.row
        for notice in (row.notice, row.told_ahead):
            if notice is not None:
                notice.state = state
                notice.save()
        return self

    def sign(
        self,
        *reviewers: StaffName,
        step: Step | None = None,
        choice: Choice = Choice.CARRY_OUT,
        at: datetime | None = None,
    ) -> "Signed":
        """Have reviewers sign the announced step at its deadline, and give what the last one led to."""
        from lineproof.registry.flows.correct_lines import sign_step

        step = Step(self.row.step) if step is None else step
        self.now = at or max(self.now, self.row.due_at or self.now)
        signed: Sequence[Signed] = ()
        for reviewer in reviewers:
            signed = sign_step(self.desk.services, [self.id], step, reviewer, choice, now=self.now)
        self.deliver()
        return signed[-1]

    def until(self, state: str) -> "Corrected":
        """Go on until the correction has come to a state."""
        if state == "found":
            return self
        self.announce()
        while self.row.state != state:
            assert self.sign(RHEA, SOL).decided is Choice.CARRY_OUT
        return self

    def appeal(self) -> Any:
        """Open an appeal against it, as the procedure of appeals does."""
        from lineproof.registry.models import Appeal

        return Appeal.objects.create(
            kind="correction",
            about=self.id,
            state="open",
            subject=self.row.subject,
            opened_at=self.now,
            due_at=self.now,
        )


def find(desk: "Desk", line: Any, cause: Cause) -> UUID:
    """Enter a finding about a line."""
    from django.db import transaction

    from lineproof.registry.flows.corrections import open_correction
    from lineproof.registry.flows.log import LogWriter
    from tests.flows.desk import NOW

    with transaction.atomic(), LogWriter(desk.services, None, now=NOW) as log:
        row = open_correction(line, cause, log)
    assert row is not None
    return UUID(str(row.id))


def under(desk: "Desk", *, calendar: Calendar | None = None, **ladder: Term | None) -> None:
    """Put the desk under a policy with another ladder or calendar."""
    policy = desk.services.policy
    policy = replace(
        policy,
        calendar=calendar or policy.calendar,
        correction=replace(policy.correction, **ladder),
    )
    desk.services = replace(desk.services, policy=policy)


def entries_of(desk: "Desk", correction: UUID) -> list[dict[str, Any]]:
    """Read the entries of a correction's procedure."""
    subject = bytes(desk.row("Correction", id=correction).subject).hex()
    bodies = [json.loads(bytes(row.body)) for row in desk.rows("Entry")]
    return [body for body in bodies if body["subject"] == subject]


def told(desk: "Desk") -> list[tuple[str, str | None]]:
    """Tell which notices were given after the line was registered, with their days."""
    return [
        (row.kind, None if row.deadline is None else row.deadline.isoformat()[:16])
        for row in desk.rows("Notice")
        if row.kind != "line_registered"
    ]
