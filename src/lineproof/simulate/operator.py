"""The operator of a simulation: its staff, the people who come to it, their lines, and what is to happen.

Whatever happens is drawn from the one seeded source of the world, so that a seed gives the same life again.
What a procedure refuses is expected, and counted by its kind; any other exception stops the simulation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from lineproof.decision.attestation import NO_PAPERS, SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.errors import LineproofError
from lineproof.line.porting import OperatorName
from lineproof.line.request import LineRequest
from lineproof.ports import Services
from lineproof.referral import CaseKeyVault
from lineproof.registry import models
from lineproof.registry.flows.verify_holder import verified_holder
from lineproof.simulate.agenda import Act, Agenda, Planned, Stopped
from lineproof.simulate.messages import SimulatedMessages
from lineproof.simulate.passport import Passport
from lineproof.simulate.world import World
from lineproof.terms import HolderId, LineId, LineIdentifier, Msisdn, SessionId, StaffName

T = TypeVar("T")
OTHER_OPERATOR = OperatorName.parse("Utopia Mobile")
_TICK = timedelta(seconds=1)


@dataclass(slots=True)
class Operator:
    """See the module.

    events: what happened, by its name and its end. refused: what a procedure refused, by event and error.
    people: in the order in which they came. person_of: who is behind a holder. lines: in the order of their
    registration, up to the release of their number. number_of: their numbers and accounts, which the record
    has sealed alone. numbers: the same of every line there ever was. free: those that were released. left:
    numbers that went to another operator. deadlines: of what people are still to decide. late: decisions
    after their deadline. organisations: that somebody signs for. busy: by how much more often something
    happens than usual. issuer: of the passports that people have.
    """

    world: World
    seed: int
    agents: Sequence[StaffName]
    reviewers: Sequence[StaffName]
    inspector: StaffName
    messages: SimulatedMessages
    vault: CaseKeyVault
    busy: float = 1.0
    issuer: str = "UTO"
    agenda: Agenda = field(default_factory=Agenda)
    events: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    people: list[Passport] = field(default_factory=list)
    person_of: dict[UUID, Passport] = field(default_factory=dict)
    lines: list[LineId] = field(default_factory=list)
    number_of: dict[LineId, LineIdentifier] = field(default_factory=dict)
    numbers: list[tuple[LineId, str]] = field(default_factory=list)
    free: list[LineIdentifier] = field(default_factory=list)
    left: list[Msisdn] = field(default_factory=list)
    deadlines: dict[UUID, datetime] = field(default_factory=dict)
    late: int = 0
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def services(self) -> Services:
        """Give what procedures are called with."""
        return self.world.services

    @property
    def now(self) -> datetime:
        """Tell what time it is."""
        return self.world.now

    @property
    def registered(self) -> int:
        """Count the lines that were ever registered."""
        return len(self.numbers)

    # Chance

    def happens(self, share: float) -> bool:
        """Draw whether something happens that does in a share of all cases."""
        return self.world.chance.random() < share

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one of several."""
        return self.world.chance.choice(choices)

    def drawn(self, weights: Mapping[T, float]) -> T:
        """Draw one of several that are not equally likely."""
        return self.world.chance.choices(list(weights), list(weights.values()))[0]

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        """Draw several different ones."""
        return self.world.chance.sample(choices, count)

    def between(self, shortest: timedelta, longest: timedelta) -> timedelta:
        """Draw a time, in whole seconds."""
        first, last = int(shortest.total_seconds()), int(longest.total_seconds())
        return timedelta(seconds=self.world.chance.randint(first, last))

    def how_many(self, expected: float) -> int:
        """Draw how often something happens that is expected so many times."""
        whole = int(expected)
        return whole + self.happens(expected - whole)

    # Acts

    def plan(self, name: str, act: Act, *, after: timedelta) -> None:
        """Plan an act."""
        self.agenda.plan(self.now + after, name, act)

    def perform(self, planned: Planned, *, day: int) -> None:
        """Turn the clock to an act and perform it. No two acts are at the same second."""
        self.world.now = max(planned.at, self.now + _TICK)
        try:
            end = planned.act()
        except LineproofError as error:
            self.refused[f"{planned.name}: {type(error).__name__}"] += 1
        except Exception as error:
            raise Stopped(self.seed, day, planned.name, error) from error
        else:
            self.events[planned.name if end is None else f"{planned.name}: {end}"] += 1

    # People and lines

    def somebody(self) -> Passport:
        """Draw somebody who comes for the first time."""
        passport = self.world.somebody(issuer=self.issuer)
        self.people.append(passport)
        return passport

    def verified(self, passport: Passport, *, papers: SeenPapers = NO_PAPERS) -> SessionId:
        """Verify somebody at a counter, and note which holder they are. papers: what is seen besides."""
        session = self.world.verified(passport, self.one_of(self.agents), papers=papers)
        self.person_of[verified_holder(self.services, session, now=self.now)] = passport
        return session

    def note_line(self, line: LineId, holder: HolderId, passport: Passport, request: LineRequest) -> None:
        """Note a line that was registered."""
        self.lines.append(line)
        self.number_of[line] = request.identifier
        self.numbers.append((line, request.name))
        self.person_of[holder] = passport

    def forget_line(self, line: LineId) -> LineIdentifier:
        """Forget a line whose number is not its any more, and give that."""
        self.lines.remove(line)
        return self.number_of.pop(line)

    def a_line(self) -> LineId | None:
        """Draw a line that was ever registered."""
        return self.one_of(self.lines) if self.lines else None

    def holder_of(self, line: LineId) -> Passport | None:
        """Tell whose a line is now; None where nobody holds it."""
        held = models.Custody.objects.filter(line=line, until=None).first()
        return None if held is None else self.person_of.get(held.holder_id)

    def held_line(self, *, mobile: bool = False) -> tuple[LineId, Passport] | None:
        """Draw a line and its holder; a mobile one, where that is said."""
        for _ in range(8):
            line = self.a_line()
            if line is None or (mobile and not isinstance(self.number_of[line], Msisdn)):
                continue
            passport = self.holder_of(line)
            if passport is not None:
                return line, passport
        return None

    # Deadlines

    def decide_by(self, about: UUID, due_at: datetime) -> None:
        """Note until when something is to be decided."""
        self.deadlines[about] = due_at

    def decided(self, about: UUID) -> None:
        """Note that it was, and whether that was late."""
        due_at = self.deadlines.pop(about, None)
        self.late += due_at is not None and self.now > due_at

    @property
    def overdue(self) -> int:
        """Count what is not decided and ought to be."""
        return sum(self.now > due_at for due_at in self.deadlines.values())
