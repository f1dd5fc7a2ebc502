"""The scene of an incident: a world with staff, people, channels of notice, and what has happened so far."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.db import connection

from lineproof.errors import LineproofError, Unavailable
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.notice import NOTICES, NoticeKind
from lineproof.line.request import LineRequest
from lineproof.messages_port import Message
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.contact_points import add_contact_point
from lineproof.registry.flows.deliver_notices import deliver_notices
from lineproof.registry.flows.register_line import register_line
from lineproof.simulate.attacks.told import Step
from lineproof.simulate.passport import Passport
from lineproof.simulate.world import World
from lineproof.terms import EmailAddress, HolderId, LineId, SessionId, StaffName

T = TypeVar("T")
AT_ONCE = 16
_BY = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS", Channel.PAGE: "page", Channel.COUNTER: "counter"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class SimulatedChannel:
    """A `Messages` that takes everything over, unless it is down."""

    down: bool = False

    def send(self, message: Message) -> None:  # noqa: ARG002 -- what is in it, the record knows
        """Take a message over as `messages_port.Messages` says."""
        if self.down:
            raise Unavailable("The channel is down.", remedy="Try again.", retry_after_s=30)


@dataclass(frozen=True, slots=True)
class Held:
    """A line that somebody holds."""

    id: LineId
    holder: HolderId
    request: LineRequest


@dataclass(slots=True)
class Scene:
    """See the module. ada: an agent who does what she should. won: what the attacker got of what they wanted.

    channels: by which notices go out. steps: told so far.
    """

    world: World
    channels: dict[Channel, SimulatedChannel]
    ada: StaffName
    steps: list[Step] = field(default_factory=list)
    won: list[str] = field(default_factory=list)
    names: dict[HolderId, str] = field(default_factory=dict)
    _told_until: int = 0

    @property
    def services(self) -> Services:
        """What the procedures may use."""
        return self.world.services

    def act(self, did: str, do: Callable[[], T], *, outcome: Callable[[T], str] | str) -> T | None:
        """Play one step and tell it; None where the procedure refused, whose sentence is its outcome."""
        try:
            done = do()
        except LineproofError as error:
            self.steps.append(Step(did, f"{error.what} {error.remedy}".strip(), self.tell(), refused=True))
            return None
        said = outcome if isinstance(outcome, str) else outcome(done)
        self.steps.append(Step(did, said, self.tell()))
        return done

    @property
    def refused(self) -> bool:
        """Tell whether the last step was refused, where a procedure gives None as well."""
        return self.steps[-1].refused

    def see(self, did: str, outcome: str) -> None:
        """Tell what is to be seen."""
        self.steps.append(Step(did, outcome, self.tell()))

    def steps_without_notices(self, did: str, outcome: str) -> None:
        """Tell what is to be seen of what was done at once; notices go out, in an order that is not told."""
        self.tell()
        self.steps.append(Step(did, outcome, ()))

    def wins(self, what: str, *, when: bool) -> None:
        """Note that the attacker has got something that they wanted, if they have."""
        if when and what not in self.won:
            self.won.append(what)

    def reviewers(self, *names: str) -> tuple[StaffName, ...]:
        """Enrol reviewers."""
        return tuple(self.world.enrol_reviewer(name) for name in names)

    def session(self, passport: Passport, agent: StaffName | None = None, *, name: str = "") -> SessionId:
        """Have somebody verified at a counter, by Ada unless told otherwise, before what is told next."""
        session = self.world.verified(passport, agent or self.ada)
        if name:
            holder = models.HolderVerification.objects.get(session=session).holder_id
            self.names[HolderId(holder)] = name
        return session

    def holds(self, passport: Passport, name: str, *, at: str = "") -> Held:
        """Give somebody a line, registered at Ada's, before the incident begins. at: their e-mail address."""
        request = self.world.a_number()
        presentation = self.world.present(passport, attended_by=self.ada)
        done = register_line(self.services, request, presentation, now=self.world.now)
        if done.line is None or done.holder is None:
            raise AssertionError("an honest person's line is registered")
        self.names[done.holder] = name
        if at:
            session = self.session(passport)
            address = EmailAddress.parse(at)
            add_contact_point(self.services, session, address, Language.ENGLISH, now=self.world.now)
        self.tell()
        return Held(done.line, done.holder, request)

    def tell(self) -> tuple[str, ...]:
        """Bring out every notice that is on its way; give those new since the last time, in sentences."""
        deliver_notices(self.services, now=self.world.now)
        new = models.Notice.objects.filter(id__gt=self._told_until).order_by("id")
        said = [self._sentence(row) for row in new]
        self._told_until = max((row.id for row in new), default=self._told_until)
        return tuple(dict.fromkeys(said))

    def state_of(self, line: LineId) -> str:
        """Read in what state a line is."""
        return models.Line.objects.get(id=line).state

    def is_on(self, line: LineId) -> bool:
        """Tell whether the network lets a line do everything."""
        state = self.world.network.states.get(line)
        return state is not None and state.value == "on"

    def holder_of(self, line: LineId) -> HolderId | None:
        """Read who holds a line now."""
        custody = models.Custody.objects.filter(line=line, until=None).first()
        return None if custody is None else HolderId(custody.holder_id)

    def _sentence(self, row: models.Notice) -> str:
        name = self.names.get(HolderId(row.holder_id), "its holder")
        if row.to_line_only:
            name = "who uses the line"
        return f"{name} ({self._places(row)}): {NOTICES[NoticeKind(row.kind)].subject}."

    def _places(self, row: models.Notice) -> str:
        """Say by what a notice went out, and by what it could not."""
        places = [] if row.to_line_only else ["page"]
        for each in row.deliveries.order_by("id"):
            place = "the line itself" if each.contact_point_id is None else _BY[Channel(each.channel)]
            places.append(place if each.accepted else f"not {place}, which was down")
        return ", ".join(dict.fromkeys(places)) or "nowhere: the line takes no messages"


def at_once(acts: Sequence[Callable[[], T]]) -> tuple[list[T], list[LineproofError]]:
    """Do everything at the same instant, each in a thread with a connection of its own; give what came of it.

    Nothing is promised of the order. What is a fault of ours is raised here.
    """
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        together.wait()
        try:
            return act()
        finally:
            connection.close()

    done: list[T] = []
    refused: list[LineproofError] = []
    with ThreadPoolExecutor(len(acts)) as pool:
        for one in [pool.submit(run, act) for act in acts]:
            try:
                done.append(one.result())
            except LineproofError as error:
                refused.append(error)
    return done, refused
