"""Enrol agents, each with a key, and reviewers; inspectors are enrolled with their first token.

How many attestations an agent may give in any 24 hours can be limited: who registers lines on other people's
documents does so in numbers.
"""

import math
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from lineproof.errors import Conflict, Malformed, NotFound, TooMany
from lineproof.ports import Services
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import AgentLimit, Staff
from lineproof.registry.models.choices import Retention
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

PUBLIC_KEY_BYTES = 32
LIMIT_COUNTS = timedelta(hours=24)
MOST_PER_DAY = 10_000


@transaction.atomic
def enrol_staff(
    services: Services, name: StaffName, role: StaffRole, *, public_key: bytes | None, now: datetime
) -> None:
    """Enrol a member of staff; Conflict if the name is taken, Malformed for an agent without a key.

    public_key: an agent's Ed25519 public key, 32 bytes; the private key never comes here.
    """
    if role is StaffRole.AGENT and len(public_key or b"") != PUBLIC_KEY_BYTES:
        raise Malformed(
            "An agent's Ed25519 public key has 32 bytes.", remedy="Make a key for the agent first."
        )
    if Staff.objects.filter(name=name.text).exists():
        raise Conflict(
            f"There is already a member of staff named {name.text}.", remedy="Choose another name."
        )
    Staff.objects.create(name=name.text, role=role.value, public_key=public_key, enrolled_at=now)
    with LogWriter(services, SaltOwner(uuid.uuid4(), Retention.DECISION), now=now) as log:
        log.enter(EntryKind.STAFF_ENROLLED, {"name": name.text, "role": role.value}, stage=Stage.ENDED)


@transaction.atomic
def limit_agent(services: Services, name: StaffName, *, per_day: int | None, now: datetime) -> None:
    """Let an agent give so many attestations in any 24 hours, from now on; None: as many as they need.

    0 stops them. Raises NotFound for an unknown agent, Malformed for a number that is none of these.
    """
    if per_day is not None and not 0 <= per_day <= MOST_PER_DAY:
        raise Malformed(
            f"An agent's limit is 0 to {MOST_PER_DAY} attestations in 24 hours.",
            remedy="To end a limit, give none.",
        )
    agent = staff_of(name, StaffRole.AGENT)
    if per_day is None:
        AgentLimit.objects.filter(agent=agent).delete()
    else:
        AgentLimit.objects.update_or_create(agent=agent, defaults={"per_day": per_day, "set_at": now})
    with LogWriter(services, SaltOwner(uuid.uuid4(), Retention.DECISION), now=now) as log:
        record: dict[str, object] = {"name": name.text, "per_day": per_day}
        log.enter(EntryKind.AGENT_LIMITED, record, stage=Stage.ENDED)


def refuse_over_limit(agent: Staff, *, now: datetime) -> None:
    """Raise TooMany where an agent has given as many attestations as they may, saying when they may again."""
    limit = AgentLimit.objects.filter(agent=agent).first()
    if limit is None:
        return
    given = agent.attestations.filter(given_at__gt=now - LIMIT_COUNTS).order_by("-given_at")
    if given.count() < limit.per_day:
        return
    # The one with whose end one fewer than the limit count.
    last = None if limit.per_day == 0 else given[limit.per_day - 1].given_at + LIMIT_COUNTS
    raise TooMany(
        f"Agent {agent.name} may give {limit.per_day} attestations in 24 hours, and has.",
        remedy="Have another agent attest" + ("." if last is None else f", or come back {last:%H:%M} UTC."),
        retry_after_s=None if last is None else math.ceil((last - now).total_seconds()),
    )


def staff_of(name: StaffName, role: StaffRole) -> Staff:
    """Read an enrolled member of staff; NotFound for an unknown name or another role."""
    staff = Staff.objects.filter(name=name.text, role=role.value).first()
    if staff is None:
        command = f"lineproof {role.value}s add {name.text}"
        raise NotFound(
            f"There is no {role.value} named {name.text} on this record.",
            remedy=f"Add one to the same record with: {command}",
        )
    return staff
