"""What an incident is, and what came of it: the sentences that are printed, and whether the attacker won."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineproof.simulate.attacks.scene import Scene

# name: module, whose INCIDENT is imported once a record is open. In the order in which they are told.
INCIDENTS: Mapping[str, str] = {
    name: f"lineproof.simulate.attacks.{name.replace('-', '_')}"
    for name in (
        "sim-swap",
        "borrowed-documents",
        "colluding-reviewers",
        "transfer-race",
        "cap-race",
        "late-office",
        "recycled-number",
        "insider-cut",
    )
}


@dataclass(frozen=True, slots=True)
class Incident:
    """A fraud that others suffer, as it is tried here.

    attacker, wants, has: sentences. remains: what this defence does not stop. run: plays it.
    """

    name: str
    title: str
    attacker: str
    wants: str
    has: str
    remains: tuple[str, ...]
    run: "Callable[[Scene], None]"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. refused: whether a procedure raised, with its own sentence as the outcome.

    told: of each notice that was given by it, to whom, where, and its subject.
    """

    did: str
    outcome: str
    told: tuple[str, ...]
    refused: bool = False

    def json(self) -> dict[str, object]:
        """Give the step as JSON."""
        return {"did": self.did, "outcome": self.outcome, "refused": self.refused, "told": list(self.told)}


@dataclass(frozen=True, slots=True)
class LogShows:
    """What the published log shows of an incident.

    entries: how many there are, which differs from run to run where a race does, and is not told. problems:
    why it does not verify. findings: rules that were not kept, as a monitor finds them.
    """

    entries: int
    problems: tuple[str, ...]
    findings: tuple[str, ...]

    def json(self) -> dict[str, object]:
        """Give it as JSON."""
        return {"problems": list(self.problems), "findings": list(self.findings)}


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as it went. won: what the attacker got of what they wanted; empty if nothing."""

    incident: Incident
    steps: tuple[Step, ...]
    won: tuple[str, ...]
    log: LogShows

    @property
    def attacker_succeeded(self) -> bool:
        """Tell whether the attacker got anything of what they wanted, or the log was broken over it."""
        return bool(self.won or self.log.problems)

    def json(self) -> dict[str, object]:
        """Give it as JSON."""
        incident = self.incident
        return {
            "name": incident.name,
            "title": incident.title,
            "attacker": incident.attacker,
            "wants": incident.wants,
            "has": incident.has,
            "steps": [step.json() for step in self.steps],
            "attacker_succeeded": self.attacker_succeeded,
            "won": list(self.won),
            "log": self.log.json(),
            "remains": list(incident.remains),
        }
