"""How a simulated operator lives from day to day, and is judged at the end; `life` begins it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.db import connection
from django.db.models import Count

from lineproof import wiring
from lineproof.key_process.apart import CaseKeysApart
from lineproof.line.delivery import Channel
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.enrol_staff import enrol_staff
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.queries.log import read_bodies, read_log_end
from lineproof.simulate import bringing_in, changing, correcting, disputing, joining, looking, office
from lineproof.simulate.invariants import INVARIANTS, Broken, broken_in, terms_of
from lineproof.simulate.life import (
    AGENTS,
    DAY,
    INSPECTOR,
    REVIEWERS,
    START,
    WORKER_EVERY_HOURS,
    Outcome,
    Plan,
    Progress,
)
from lineproof.simulate.messages import SimulatedMessages
from lineproof.simulate.operator import Operator
from lineproof.simulate.world import World
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.monitor import Monitor
from lineproof.transparency.monitor_finding import Rule
from lineproof.vault.evidence import VaultCaseKeys

HOUR = timedelta(hours=1)
# By when all lines are registered, of the whole time; and how many of them are brought in at its beginning.
_GROWING, _BROUGHT_IN = 0.6, 0.15
# What happens to lines, and how often to each on a day. More often than in life, so that much meets much: of
# a thousand lines in India about 0.4 are asked to be ported on a day (docs/simulate.md).
_PER_LINE: dict[str, tuple[float, Callable[[Operator], str | None]]] = {
    "a line is offered": (0.0008, changing.pass_on),
    "a SIM is asked for": (0.0008, changing.replace_a_sim),
    "a number is to leave": (0.0006, changing.port_out),
    "a line is given up": (0.0006, changing.surrender),
    "a line is disputed": (0.0006, disputing.dispute),
    "a line is said to be another's": (0.0004, disputing.say_used_by_another),
    "a page is opened": (0.0006, changing.read_notices),
    "an erasure is asked for": (0.0002, changing.ask_erasure),
}
# And to the operator on a day.
_PER_DAY: dict[str, tuple[float, Callable[[Operator], str | None]]] = {
    "the network is lost": (0.05, office.lose_network),
    "messages are lost": (0.04, office.lose_messages),
    "an inspection begins": (0.04, office.inspect),
    "lines are looked through": (0.1, correcting.find),
}
# At these hours each day, in this order.
_OFFICE: dict[str, tuple[int, Callable[[Operator], str | None]]] = {
    "notices go out": (7, office.deliver),
    "notices go out again": (19, office.deliver),
    "cases of two holders": (8, joining.look_at_identities),
    "second looks are planned": (8, looking.look_again),
    "corrections are announced": (9, correcting.announce),
    "corrections are signed": (10, correcting.sign),
    "the day is closed": (23, office.close_the_day),
}


@dataclass(slots=True)
class Lived:
    """What was seen while it lived."""

    day: int = 0
    acts: int = 0
    checks: int = 0
    broken: list[Broken] = field(default_factory=list)


def begin(world: World, plan: Plan, folder: Path) -> Operator:
    """Enrol the staff, and open the channels of messages."""
    with connection.cursor() as cursor:
        # Nobody's record: nothing is lost with it when the power goes.
        cursor.execute("PRAGMA synchronous = OFF")
    messages = SimulatedMessages()
    channels = {Channel.SMS: messages, Channel.EMAIL: messages}
    world.services = replace(world.services, messages=channels)
    agents = [world.enrol_agent(f"agent-{number}") for number in range(1, AGENTS + 1)]
    reviewers = [world.enrol_reviewer(f"reviewer-{number}") for number in range(1, REVIEWERS + 1)]
    inspector = StaffName.parse(INSPECTOR)
    enrol_staff(world.services, inspector, StaffRole.INSPECTOR, public_key=None, now=world.now)
    return Operator(
        world,
        plan.seed,
        agents,
        reviewers,
        inspector,
        messages,
        _case_keys(world.services, folder),
        busy=plan.busy,
        issuer="UTO" if plan.policy.accepts_issuer("UTO") else "IND",
    )


def _case_keys(services: Services, folder: Path) -> CaseKeysApart:
    assert services.referrals is not None
    keys = services.referrals.keys
    assert isinstance(keys, VaultCaseKeys)
    return CaseKeysApart(keys, folder=folder / wiring.CASE_KEYS, beside=folder / wiring.VAULT)


def live(op: Operator, plan: Plan, *, tell: Callable[[Progress], None] | None, started: float) -> Lived:
    """Live day by day, until the last, or until an invariant is broken."""
    lived, terms = Lived(), terms_of(plan.policy)
    for day in range(1, plan.days + 1):
        _plan_day(op, plan, day)
        for planned in op.agenda.until(START + day * DAY):
            op.perform(planned, day=day)
            lived.acts += 1
        lived.day = day
        if day % plan.check_every == 0 or day == plan.days:
            lived.broken += broken_in(terms, network=op.world.network, numbers=op.numbers)
            lived.checks += 1
        if tell is not None:
            tell(Progress(day, op.registered, lived.acts, time.perf_counter() - started))
        if lived.broken:
            break
    return lived


def _plan_day(op: Operator, plan: Plan, day: int) -> None:
    begins = START + (day - 1) * DAY
    for hour in range(0, 24, WORKER_EVERY_HOURS):
        op.agenda.plan(begins + hour * HOUR, "the worker runs", partial(office.work, op))
    for name, (hour, act) in _OFFICE.items():
        op.agenda.plan(begins + hour * HOUR, name, partial(act, op))
    brought_in = int(plan.lines * _BROUGHT_IN)
    if day == 1 and brought_in:
        op.agenda.plan(
            begins + HOUR, "a base is brought in", partial(bringing_in.import_base, op, brought_in)
        )
    growing = max(1.0, plan.days * _GROWING)
    wanted = min(plan.lines, round(plan.lines * day / growing)) - op.registered
    for _ in range(max(0, wanted)):
        _at_some_time(op, day, "a registration", partial(joining.register, op))
    for name, (share, act) in _PER_LINE.items():
        for _ in range(op.how_many(share * len(op.lines) * op.busy)):
            _at_some_time(op, day, name, partial(act, op))
    for name, (share, act) in _PER_DAY.items():
        for _ in range(op.how_many(share)):
            _at_some_time(op, day, name, partial(act, op))


def _at_some_time(op: Operator, day: int, name: str, act: Callable[[], str | None]) -> None:
    at = START + (day - 1) * DAY + op.between(2 * HOUR, 17 * HOUR)
    op.agenda.plan(at, name, act)


def judge(op: Operator, lived: Lived, *, started: float) -> Outcome:
    """Publish the log, have a monitor judge it, and sum up."""
    publish_log(op.services)
    monitor, size = Monitor(at=op.now), read_log_end().size
    for position, body in enumerate(read_bodies(0, size)):
        monitor.add(position, body)
    report = monitor.finish()
    broken = {rule.value: count for rule, count in report.broken.items() if rule is not Rule.DEADLINE_KEPT}
    rows = models.Line.objects.values_list("state").annotate(lines=Count("id")).order_by("state")
    return Outcome(
        lines=op.registered,
        people=len(op.people),
        day=lived.day,
        events=dict(sorted(op.events.items())),
        refused=dict(sorted(op.refused.items())),
        states=dict(rows),
        invariants=len(INVARIANTS),
        checks=lived.checks,
        broken=tuple(lived.broken),
        entries=report.entries,
        findings=broken,
        late_found=report.broken.get(Rule.DEADLINE_KEPT, 0),
        late_made=op.late + op.overdue,
        seconds=time.perf_counter() - started,
    )
