"""Enrol agents, each with a key, and reviewers; inspectors are enrolled with their first token."""

import uuid
from datetime import datetime

from django.db import transaction

from lineproof.errors import Conflict, Malformed, NotFound
from lineproof.ports import Services
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Staff
from lineproof.registry.models.choices import Retention
from lineproof.terms import StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

PUBLIC_KEY_BYTES = 32


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
