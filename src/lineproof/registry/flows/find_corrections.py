"""Find wrongly registered lines, and enter what was found; the first step of `correct_lines`.

It reads the custodies of lines in use, so many at a time by their keys, each batch in a transaction of its
own: stopped anywhere, the next run enters what is missing and nothing twice. It gives counts, and no people.
As a dry run it changes nothing, and counts what it would enter.

Not found here: a contested binding, since no case of one can be closed yet and both may be right; and what a
dispute finds, which the dispute enters.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from lineproof.errors import Malformed
from lineproof.line.clock import find_zone
from lineproof.line.correction import OPEN, Cause
from lineproof.line.state import HELD, LineState
from lineproof.ports import Services
from lineproof.registry import models, personal
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.corrections import (
    is_first_of_cause,
    lines_beyond_cap,
    open_correction,
    settle_cap,
)
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.caps import CapOf
from lineproof.terms import HolderId, LineId, LineKind, Origin

MOST_AT_ONCE = 500
# What is looked for unless told otherwise. That a document expired after it was shown is mostly no fault.
USUAL = frozenset({Cause.MISSING_VERIFICATION, Cause.CAP_EXCEEDED, Cause.REGISTRATION_LAPSED})
COMPUTED = USUAL | {Cause.DOCUMENT_EXPIRED}
# A line that was never switched on yet is not looked at.
_IN_USE = sorted(state.value for state in HELD - {LineState.PENDING, LineState.PORTING_IN})


@dataclass(frozen=True, slots=True)
class Found:
    """How many findings there are by cause that were not entered before; now they are, but in a dry run.

    lines: how many were looked at.
    """

    lines: int
    findings: Mapping[Cause, int]


def find_corrections(
    services: Services,
    *,
    now: datetime,
    dry_run: bool,
    causes: Collection[Cause] = USUAL,
    most_at_once: int = MOST_AT_ONCE,
) -> Found:
    """Find lines that are wrongly registered; nobody is told, and nothing is done to a line.

    Raises Malformed for a cause that the record does not show by itself.
    """
    for cause in causes:
        if cause not in COMPUTED:
            raise Malformed(
                f"The record does not show {cause.value} by itself.",
                remedy=f"Choose of: {', '.join(sorted(each.value for each in COMPUTED))}.",
            )
    counts: Counter[Cause] = Counter()
    looked_at = after = 0
    if not dry_run:
        _settle(services, now)
    while batch := _batch(after, most_at_once):
        counts.update(_look_at(services, batch, causes, now, dry_run=dry_run))
        looked_at, after = looked_at + len(batch), batch[-1].pk
    if not dry_run:
        finish(services, now=now)
    return Found(looked_at, {cause: counts[cause] for cause in Cause if cause in causes})


def _batch(after: int, most: int) -> list[models.Custody]:
    # A line that was disowned is being closed already.
    held = models.Custody.objects.filter(until=None, disowned_at=None, line__state__in=_IN_USE, id__gt=after)
    return list(held.select_related("line").order_by("id")[:most])


@transaction.atomic
def _look_at(
    services: Services,
    batch: list[models.Custody],
    causes: Collection[Cause],
    now: datetime,
    *,
    dry_run: bool,
) -> Counter[Cause]:
    counts: Counter[Cause] = Counter()
    with LogWriter(services, None, now=now) as log:
        for custody, cause in _wrong(services, batch, causes, now):
            if dry_run:
                counts[cause] += is_first_of_cause(custody, cause)
            else:
                counts[cause] += open_correction(custody.line, cause, log) is not None
    return counts


def _wrong(
    services: Services, batch: list[models.Custody], causes: Collection[Cause], now: datetime
) -> Iterator[tuple[models.Custody, Cause]]:
    """Give what is wrong with the lines of a batch, whether or not it was found before."""
    beyond = _beyond_cap(services, batch) if Cause.CAP_EXCEEDED in causes else frozenset()
    today = now.astimezone(find_zone(services.policy.calendar.zone)).date()
    for custody in batch:
        if Cause.MISSING_VERIFICATION in causes and _is_unverified(custody):
            yield custody, Cause.MISSING_VERIFICATION
        if custody.line_id in beyond:
            yield custody, Cause.CAP_EXCEEDED
        if Cause.DOCUMENT_EXPIRED in causes and _is_expired(services, HolderId(custody.holder_id), today):
            yield custody, Cause.DOCUMENT_EXPIRED
        if Cause.REGISTRATION_LAPSED in causes and _has_lapsed(services, custody, now):
            yield custody, Cause.REGISTRATION_LAPSED


def _has_lapsed(services: Services, custody: models.Custody, now: datetime) -> bool:
    """Tell whether a visitor's line was registered for a time that is over, as the policy has it."""
    until = custody.registered_until
    return services.policy.visitors is not None and until is not None and until <= now


def _is_unverified(custody: models.Custody) -> bool:
    """Tell whether a line was brought in from earlier records, and and verified neither then nor since.

    Then: as those records claim. Whoever took it over from its first holder was verified for that.
    """
    if custody.line.origin != Origin.IMPORTED.value or custody.verified_at is not None:
        return False
    if models.ImportedLine.objects.filter(line=custody.line_id, verified_on__isnull=False).exists():
        return False
    first = not custody.line.custodies.exclude(holder=custody.holder_id).exists()
    return first and not models.HolderVerification.objects.filter(holder=custody.holder_id).exists()


def _beyond_cap(services: Services, batch: list[models.Custody]) -> frozenset[LineId]:
    """Give the lines beyond the cap of the holders in a batch: of each the latest, in whichever batch.

    Those that are for an organisation are counted with all of its, whoever signs for them.
    """
    held = models.Custody.objects.filter(until=None)
    own = held.filter(organisation=None, holder__in={each.holder_id for each in batch})
    theirs = held.filter(organisation__in={each.organisation_id for each in batch} - {None})
    beyond: frozenset[LineId] = frozenset()
    for counted, lines in [
        *((CapOf(LineKind(k), HolderId(of), None), n) for of, k, n in _per_kind(own, "holder")),
        *((CapOf(LineKind(k), None, of), n) for of, k, n in _per_kind(theirs, "organisation")),
    ]:
        cap = counted.cap(services.policy)
        if cap is not None and lines > cap:
            beyond |= lines_beyond_cap(counted, cap)
    return beyond


def _per_kind(held: QuerySet[models.Custody], whose: str) -> Iterable[tuple[UUID, str, int]]:
    return held.values_list(whose, "line__kind").annotate(lines=Count("id")).order_by()


def _is_expired(services: Services, holder: HolderId, today: date) -> bool:
    """Tell whether every document that is bound to a holder has expired.

    False where none is bound, and where an existing base did not say when one expires.
    """
    bindings = models.DocumentBinding.objects.filter(holder=holder)
    expiries = [_expires_on(services, binding) for binding in bindings]
    return bool(expiries) and all(day is not None and day < today for day in expiries)


def _expires_on(services: Services, binding: models.DocumentBinding) -> date | None:
    value = personal.unseal(
        services.keys,
        bytes(binding.sealed_document),
        subject=binding.holder_id,
        retention=Retention.IDENTITY,
        place="documentbinding.sealed_document",
    )
    expires_on = value["expires_on"]
    return None if expires_on is None else date.fromisoformat(expires_on)


def _settle(services: Services, now: datetime) -> None:
    """Put right what is within the cap by now, since the policy's was raised."""
    rows = models.Correction.objects.filter(
        cause=Cause.CAP_EXCEEDED.value, state__in=[state.value for state in OPEN]
    )
    held = models.Custody.objects.filter(until=None, line__in=rows.values("line"))
    # Each once, in the order of the lines.
    for counted in dict.fromkeys(map(CapOf.holding, held.select_related("line").order_by("id"))):
        with transaction.atomic(), LogWriter(services, None, now=now) as log:
            settle_cap(counted, log)
