"""One line between two people, and everything that can be done with it: the alphabet of the interleavings.

Each act is one call of a real procedure on the real record, at the counter of a desk. An act for which there
is nothing to do (no transfer to be accepted, no card to be stopped) says so, and makes no sequence.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lineproof.decision.clocks import Term, TermUnit
from lineproof.errors import Unavailable
from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.correction import Cause
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.ladder import Choice, Step
from lineproof.terms import HolderId, LineId, SessionId, StaffName, StaffRole
from tests.fakes.specimens import ALICE, BO, Passport
from tests.flows.changes import UTOPIA, a_card

if TYPE_CHECKING:
    from tests.flows.desk import Desk

BEA, RHEA, SOL, TOVE, UMA = (StaffName(name) for name in ("bea", "rhea", "sol", "tove", "uma"))
A_WHILE = timedelta(minutes=1)
_REASON = {
    ("not_mine", "upheld"): DisputeReason.DOCUMENT_WAS_MISUSED,
    ("not_mine", "dismissed"): DisputeReason.HOLDER_REGISTERED_IT,
    ("not_needed", "upheld"): DisputeReason.HOLDER_GAVE_IT_UP,
    ("not_needed", "dismissed"): DisputeReason.BOUND_TO_KEEP_IT,
}


@dataclass(slots=True)
class World:
    """What is known outside the record: the clock, the code that was handed over, and who was verified.

    The clock goes on by a minute with each act, so that each has a moment of its own. seen: rows that were
    read since the last act; whatever changes them begins it anew.
    """

    desk: "Desk"
    line: LineId
    alice: HolderId
    bo: HolderId
    sessions: dict[HolderId, SessionId]
    now: datetime
    code: str = ""
    seen: dict[object, Any] = field(default_factory=dict)

    def kept(self) -> "World":
        """Give a copy that goes its own way, with a network of its own."""
        twin = copy(self)
        network = self.desk.network
        own = replace(
            network,
            orders=[*network.orders],
            times_sent=network.times_sent.copy(),
            states={**network.states},
        )
        twin.desk = replace(self.desk, network=own, services=replace(self.desk.services, network=own))
        return twin

    @property
    def holder(self) -> HolderId | None:
        """Tell who holds the line."""
        row = self.first("Custody", line=self.line, until=None)
        return None if row is None else HolderId(row.holder_id)

    @property
    def session(self) -> SessionId:
        """Give the session of who holds the line, or held it last."""
        last = self.first("Custody", order="-since", line=self.line)
        return self.sessions[HolderId(last.holder_id)]

    def first(self, table: str, *, order: str = "pk", **where: Any) -> Any:
        """Read the first row that is so, or None."""
        from django.apps import apps

        asked = (table, order, repr(where))
        if asked not in self.seen:
            rows = apps.get_model("registry", table).objects.filter(**where).order_by(order, "pk")
            self.seen[asked] = rows.first()
        return self.seen[asked]

    def go_on(self) -> None:
        """Let a minute pass after an act, and look anew."""
        self.now += A_WHILE
        self.seen = {}

    @property
    def transfer(self) -> Any:
        return self.first("Transfer", line=self.line, state__in=["offered", "accepted"])

    @property
    def asked(self) -> Any:
        return self.first("SimReplacement", line=self.line, state="asked")

    @property
    def leaving(self) -> Any:
        return self.first("Porting", line=self.line, state="leaving")

    @property
    def dispute(self) -> Any:
        return self.first("Dispute", custody__line=self.line, state__in=["open", "heard"])

    @property
    def announced(self) -> Any:
        return self.first("Correction", line=self.line, state__in=["notified", "restricted", "suspended"])

    @property
    def open_correction(self) -> Any:
        found = self.first("Correction", line=self.line, state="found")
        return self.announced or found

    @property
    def appeal(self) -> Any:
        return self.first("Appeal", state="open")

    def deadlines(self) -> list[datetime]:
        """Give the moments that something waits for, from now on."""
        due: list[datetime | None] = []
        if (row := self.transfer) is not None:
            due.append(row.complete_at or row.accept_by)
        if (row := self.asked) is not None:
            due.append(row.due_at)
        if (row := self.leaving) is not None:
            due += [row.due_at, row.closes_at]
        if (row := self.dispute) is not None:
            due.append(row.answer_by)
        if (row := self.announced) is not None:
            due.append(row.due_at)
        return sorted(moment for moment in due if moment is not None and moment > self.now)


Act = Callable[[World], bool]


def offer(world: World) -> bool:
    from lineproof.registry.flows.transfer_line import offer_line

    world.code = offer_line(world.desk.services, world.line, world.session, now=world.now).code
    return True


def accept(world: World) -> bool:
    from lineproof.registry.flows.transfer_line import accept_line

    if (row := world.transfer) is None or row.state != "offered":
        return False
    session = world.sessions[world.bo if row.giver_id == world.alice else world.alice]
    accept_line(world.desk.services, world.code, session, terms_version="1", now=world.now)
    return True


def _cancel(world: World, who: str) -> bool:
    from lineproof.registry.flows.transfer_line import cancel_transfer

    row = world.transfer
    party = None if row is None else getattr(row, who)
    if party is None:
        return False
    cancel_transfer(world.desk.services, row.id, world.sessions[HolderId(party)], now=world.now)
    return True


def giver_cancels(world: World) -> bool:
    return _cancel(world, "giver_id")


def receiver_cancels(world: World) -> bool:
    return _cancel(world, "receiver_id")


def due_is_done(world: World) -> bool:
    """Run what the office's clock runs, each of it; nothing of it may happen before it is due."""
    from lineproof.registry.flows.port_out import end_due_ports
    from lineproof.registry.flows.reissue_numbers import release_numbers
    from lineproof.registry.flows.replace_sim import switch_due_sims
    from lineproof.registry.flows.transfer_line import complete_due_transfers, end_stale_offers

    chores = (complete_due_transfers, end_stale_offers, switch_due_sims, end_due_ports, release_numbers)
    return sum(chore(world.desk.services, now=world.now) for chore in chores) > 0


def ask_sim(world: World) -> bool:
    from lineproof.registry.flows.replace_sim import ask_sim

    number = 1 + world.desk.count("SimReplacement")
    ask_sim(world.desk.services, world.line, world.session, a_card(number), now=world.now)
    return True


def stop_sim(world: World) -> bool:
    from lineproof.registry.flows.replace_sim import stop_sim

    if (row := world.asked) is None:
        return False
    stop_sim(world.desk.services, row.id, world.session, now=world.now)
    return True


def ask_port_out(world: World) -> bool:
    from lineproof.registry.flows.port_out import ask_port_out

    ask_port_out(world.desk.services, world.line, world.session, UTOPIA, now=world.now)
    return True


def stop_port_out(world: World) -> bool:
    from lineproof.registry.flows.port_out import stop_port_out

    if (row := world.leaving) is None:
        return False
    stop_port_out(world.desk.services, row.id, world.session, now=world.now)
    return True


def confirm_port_out(world: World) -> bool:
    from lineproof.registry.flows.port_out import confirm_port_out

    if (row := world.leaving) is None:
        return False
    confirm_port_out(world.desk.services, row.id, now=world.now)
    return True


def _dispute(world: World, kind: DisputeKind) -> bool:
    from lineproof.registry.flows.dispute_line import open_dispute

    open_dispute(world.desk.services, world.line, kind, world.session, now=world.now)
    return True


def say_not_mine(world: World) -> bool:
    return _dispute(world, DisputeKind.NOT_MINE)


def say_not_needed(world: World) -> bool:
    return _dispute(world, DisputeKind.NOT_NEEDED)


def hear_user(world: World) -> bool:
    from lineproof.registry.flows.dispute_line import hear_user

    if (row := world.dispute) is None:
        return False
    hear_user(world.desk.services, row.id, Statement.OTHER, BEA, now=world.now)
    return True


def _opine(world: World, choice: DisputeChoice) -> bool:
    """Two people of one opinion; the second a minute after the first."""
    from lineproof.registry.flows.decide_dispute import give_opinion

    if (row := world.dispute) is None:
        return False
    reason = _REASON[row.kind, choice.value]
    for who in (RHEA, SOL):
        give_opinion(world.desk.services, row.id, who, choice, reason, now=world.now)
        world.now += A_WHILE
    return True


def uphold(world: World) -> bool:
    return _opine(world, DisputeChoice.UPHELD)


def dismiss(world: World) -> bool:
    return _opine(world, DisputeChoice.DISMISSED)


def withdraw_dispute(world: World) -> bool:
    from lineproof.registry.flows.dispute_line import withdraw_dispute

    if (row := world.dispute) is None:
        return False
    session = world.sessions[HolderId(row.custody.holder_id)]
    withdraw_dispute(world.desk.services, row.id, session, now=world.now)
    return True


def report_use(world: World) -> bool:
    from lineproof.line.used_by_another import WordOfHolder
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another

    source = WordOfHolder(world.session)
    report_used_by_another(world.desk.services, world.line, source=source, now=world.now)
    return True


def announce(world: World) -> bool:
    from lineproof.registry.flows.correct_lines import announce_corrections

    row = world.first("Correction", line=world.line, state="found")
    if row is None or not announce_corrections(world.desk.services, [row.id], RHEA, now=world.now):
        return False
    _deliver(world)
    return True


def sign(world: World) -> bool:
    """Have whoever of two reviewers has not signed what is announced sign it now."""
    from lineproof.registry.flows.correct_lines import sign_step
    from lineproof.registry.queries.corrections import question_of, read_announced

    row = world.announced
    told = None if row is None else read_announced(row)
    if row is None or told is None:
        return False
    question = question_of(row, told)
    changed = False
    for who in (RHEA, SOL):
        if world.first("Vote", about=row.id, question=question, staff__name=who.text) is None:
            step = Step(row.step)
            services = world.desk.services
            (signed,) = sign_step(services, [row.id], step, who, Choice.CARRY_OUT, now=world.now)
            changed = changed or signed.wait is None
            world.now += A_WHILE
    _deliver(world)
    return changed


def _deliver(world: World) -> None:
    """Have the notice of the announced step reach its holder."""
    world.seen = {}
    row = world.announced
    for notice in () if row is None else (row.notice, row.told_ahead):
        if notice is not None:
            notice.state = "delivered"
            notice.save()


def extend(world: World) -> bool:
    from lineproof.registry.flows.correct_lines import extend

    if (row := world.announced) is None:
        return False
    extend(world.desk.services, row.id, "abroad", StaffName("ada"), now=world.now)
    _deliver(world)
    return True


def withdraw_finding(world: World) -> bool:
    from lineproof.registry.flows.correct_lines import withdraw

    if (row := world.open_correction) is None:
        return False
    withdraw(world.desk.services, row.id, SOL, now=world.now)
    return True


def find(world: World) -> bool:
    """Enter what a search finds of a line that was brought in from earlier records."""
    from tests.flows.corrected import find

    find(world.desk, world.desk.row("Line"), Cause.MISSING_VERIFICATION)
    return True


def verify_alice(world: World) -> bool:
    """Verify her anew, where that puts something right."""
    if world.first("Correction", cause="missing_verification", ended_at=None) is None:
        return False
    world.desk.verified(ALICE, now=world.now)
    return True


def appeal_dispute(world: World) -> bool:
    row = world.first("Dispute", order="-ended_at", state__in=["upheld", "dismissed"])
    return _appeal(world, AppealKind.DISPUTE, row)


def appeal_correction(world: World) -> bool:
    row = world.announced or world.first("Correction", order="-found_at", state="terminated")
    return _appeal(world, AppealKind.CORRECTION, row)


def _appeal(world: World, kind: AppealKind, row: Any) -> bool:
    from lineproof.registry.flows.appeal_decision import open_appeal

    if row is None or world.appeal is not None:
        return False
    open_appeal(world.desk.services, kind, row.id, now=world.now)
    return True


def _hear(world: World, reason: AppealReason) -> bool:
    """Hear the appeal.

    What follows it, that the write-ahead log is emptied, cannot be done inside the transaction in which a
    sequence is tried, and says so: by then it is decided, and the orders were sent.
    """
    from lineproof.registry.flows.appeal_decision import hear_appeal

    if (row := world.appeal) is None:
        return False
    with suppress(Unavailable):
        before = world.first("Appeal", about=row.about, heard_by__name=TOVE.text)
        hear_appeal(world.desk.services, row.id, TOVE if before is None else UMA, reason, now=world.now)
    return True


def appeal_stands(world: World) -> bool:
    return _hear(world, AppealReason.DECIDED_BY_THE_RULES)


def appeal_is_won(world: World) -> bool:
    return _hear(world, AppealReason.DECIDED_WRONGLY)


def surrender(world: World) -> bool:
    from lineproof.registry.flows.surrender_line import surrender_line

    surrender_line(world.desk.services, world.line, world.session, now=world.now)
    return True


def take_back(world: World) -> bool:
    from lineproof.registry.flows.surrender_line import take_back

    take_back(world.desk.services, world.line, world.session, now=world.now)
    return True


def take_over(world: World) -> bool:
    """Have Bo, who uses it, take a disowned line over."""
    from lineproof.registry.flows.take_over_line import LineInHand, take_over_line
    from tests.flows.desk import a_mobile

    services, shown = world.desk.services, LineInHand(a_mobile(), BEA)
    terms = services.policy.terms_version
    take_over_line(services, shown, world.sessions[world.bo], terms_version=terms, now=world.now)
    return True


def wait(world: World) -> bool:
    """Let the time pass up to the next moment that something waits for."""
    if not (due := world.deadlines()):
        return False
    world.now = due[0]
    return True


def wait_long(world: World) -> bool:
    """Let the time pass beyond the quarantine of a number that is nobody's, and the time to appeal."""
    decided = world.first("Dispute", state__in=["upheld", "dismissed"])
    if world.holder is not None and decided is None:
        return False
    world.now += timedelta(days=8)
    return True


def network(world: World) -> bool:
    """Let the network go down; or come up, and take what waits."""
    from lineproof.registry.flows.provision import provision

    world.desk.network.down = not world.desk.network.down
    provision(world.desk.services, now=world.now)
    return True


ALPHABET: tuple[Act, ...] = (
    offer,
    accept,
    giver_cancels,
    receiver_cancels,
    due_is_done,
    ask_sim,
    stop_sim,
    ask_port_out,
    stop_port_out,
    confirm_port_out,
    say_not_mine,
    say_not_needed,
    hear_user,
    uphold,
    dismiss,
    withdraw_dispute,
    report_use,
    announce,
    sign,
    extend,
    withdraw_finding,
    verify_alice,
    appeal_dispute,
    appeal_correction,
    appeal_stands,
    appeal_is_won,
    surrender,
    take_back,
    take_over,
    wait,
    wait_long,
    network,
)


def a_world(desk: "Desk") -> World:
    """Register Alice's line, and verify both for as long as a sequence may take."""
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    policy = desk.services.policy
    clocks = replace(policy.clocks, verified_within=Term(400, TermUnit.DAYS))
    desk.services = replace(desk.services, policy=replace(policy, clocks=clocks))
    done = desk.register()
    assert done.line is not None
    assert done.holder is not None
    desk.enrol_agent(BEA)
    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOW)
    sessions = {_verified(desk, passport): None for passport in (ALICE, BO)}
    (alice, first), (bo, second) = sessions
    return World(desk, done.line, alice, bo, {alice: first, bo: second}, NOW + A_WHILE)


def _verified(desk: "Desk", passport: Passport) -> tuple[HolderId, SessionId]:
    session = desk.verified(passport)
    return HolderId(desk.row("HolderVerification", session=session).holder_id), session
