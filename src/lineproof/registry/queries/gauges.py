"""What an operator watches, as numbers: counts and ages, read from the record.

Several processes serve one record, so nothing is counted in memory. No number is of one person or one line.
Each is read by an index, in a time that grows with what is open and not with what was ever recorded; the one
that does grow, lines by their state, is counted in an index alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import Count, Manager, Max, Min

from lineproof.line import dispute, porting, transfer
from lineproof.line.notice import NoticeState
from lineproof.line.second_look import LookState
from lineproof.line.sim import SimState
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.registry.models import (
    Case,
    CaseEvidence,
    Dispute,
    Entry,
    Line,
    Notice,
    Porting,
    SecondLook,
    SimReplacement,
    Transfer,
)
from lineproof.registry.models.choices import CaseKind, CaseState
from lineproof.registry.queries.corrections import count_stuck_corrections
from lineproof.registry.queries.log import read_bodies
from lineproof.registry.queries.orders import count_open_orders, count_stuck_orders, read_oldest_order
from lineproof.registry.queries.published import entered_at, read_published, read_waiting_since


@dataclass(frozen=True, slots=True)
class Sample:
    """One number. label: the value of the gauge's label, a code of a closed list; "" where it has none."""

    value: float
    label: str = ""


Reading = Callable[[Services, datetime], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number to watch. name: of the Prometheus metric. label: the name of its one label, or ""."""

    name: str
    says: str
    read: Reading
    label: str = ""


def _age(since: datetime | None, now: datetime) -> list[Sample]:
    """Give how many seconds ago something was; 0 when there is nothing that waits."""
    return [Sample(0.0 if since is None else max(timedelta(), now - since).total_seconds())]


def _orders_open(_: Services, __: datetime) -> list[Sample]:
    return [Sample(count_open_orders())]


def _orders_stuck(_: Services, now: datetime) -> list[Sample]:
    return [Sample(count_stuck_orders(now=now))]


def _oldest_order(_: Services, now: datetime) -> list[Sample]:
    return _age(read_oldest_order(), now)


def _cases_open(_: Services, __: datetime) -> list[Sample]:
    rows = Case.objects.filter(state=CaseState.OPEN.value).values_list("kind").annotate(many=Count("*"))
    counts = dict(rows.order_by("kind"))
    return [Sample(counts.get(kind.value, 0), kind.value) for kind in CaseKind]


def _case_overdue(_: Services, now: datetime) -> list[Sample]:
    open_cases = Case.objects.filter(state=CaseState.OPEN.value, due_at__lt=now)
    return _age(open_cases.aggregate(oldest=Min("due_at"))["oldest"], now)


def _corrections_stuck(_: Services, __: datetime) -> list[Sample]:
    return [Sample(count_stuck_corrections())]


def _notices(_: Services, __: datetime) -> list[Sample]:
    # In the words of the partial index: SQLite sees no other way that it would do.
    rows = Notice.objects.exclude(state=NoticeState.DELIVERED.value).values_list("state")
    counts = dict(rows.annotate(many=Count("*")).order_by("state"))
    waiting = [NoticeState.GIVEN, NoticeState.UNDELIVERED]
    return [Sample(counts.get(state.value, 0), state.value) for state in waiting]


def _entries(_: Services, __: datetime) -> list[Sample]:
    last = Entry.objects.aggregate(last=Max("position"))["last"]
    return [Sample(0 if last is None else last + 1)]


def _published_size(services: Services) -> int:
    published = None if services.tiles is None else read_published(services.tiles, services.keys)
    return 0 if published is None else published.checkpoint.size


def _published(services: Services, _: datetime) -> list[Sample]:
    return [Sample(_published_size(services))]


def _published_age(services: Services, now: datetime) -> list[Sample]:
    size = _published_size(services)
    newest = next(iter(read_bodies(size - 1, size)), None) if size else None
    return _age(None if newest is None else entered_at(newest), now)


def _unpublished_age(services: Services, now: datetime) -> list[Sample]:
    return _age(read_waiting_since(services), now)


def _lines(_: Services, __: datetime) -> list[Sample]:
    # "*": of an index alone, which a count of ids would not be.
    counts = dict(Line.objects.values_list("state").annotate(many=Count("*")).order_by("state"))
    known = (state for state in LineState if state is not LineState.APPLIED)
    return [Sample(counts.get(state.value, 0), state.value) for state in known]


def _evidence_kept(_: Services, __: datetime) -> list[Sample]:
    return [Sample(CaseEvidence.objects.filter(destroyed_at=None).count())]


def _evidence_overdue(_: Services, now: datetime) -> list[Sample]:
    return [Sample(CaseEvidence.objects.filter(destroyed_at=None, kept_until__lt=now).count())]


def _portings_late(_: Services, now: datetime) -> list[Sample]:
    coming = Porting.objects.filter(ended_at=None, state=porting.PortingState.COMING.value)
    return [Sample(coming.filter(due_at__lt=now).count())]


def _open(rows: Manager[Any], states: Iterable[Enum]) -> Reading:
    """Count those that have not ended, in each of the states that are no end."""
    known = sorted(state.value for state in states)

    def read(_: Services, __: datetime) -> list[Sample]:
        found = rows.filter(ended_at=None).values_list("state").annotate(many=Count("*"))
        counts = dict(found.order_by("state"))
        return [Sample(counts.get(state, 0), state) for state in known]

    return read


def _oldest(rows: Manager[Any], began_at: str) -> Reading:
    """Give the age of the oldest that has not ended. began_at: the column that says when it was asked for."""

    def read(_: Services, now: datetime) -> list[Sample]:
        still_open = rows.filter(ended_at=None)
        return _age(still_open.aggregate(oldest=Min(began_at))["oldest"], now)

    return read


def _of_procedure(
    name: str, says: str, rows: Manager[Any], states: Iterable[Enum], began_at: str
) -> tuple[Gauge, Gauge]:
    """Give the two gauges of a procedure: how many are open, and how old the oldest of them is."""
    return (
        Gauge(f"lineproof_{name}s_open", f"{says} that have not ended.", _open(rows, states), "state"),
        Gauge(
            f"lineproof_oldest_{name}_seconds",
            "Age of the oldest of these; 0 when there is none.",
            _oldest(rows, began_at),
        ),
    )


GAUGES = (
    Gauge("lineproof_orders_open", "Orders that the network has not carried out yet.", _orders_open),
    Gauge("lineproof_orders_stuck", "Open orders that a person has to look at.", _orders_stuck),
    Gauge("lineproof_oldest_order_seconds", "Age of the oldest open order; 0 when none is.", _oldest_order),
    Gauge("lineproof_cases_open", "Cases that wait for people.", _cases_open, "kind"),
    Gauge("lineproof_oldest_overdue_case_seconds", "How late the latest case is; 0 if none.", _case_overdue),
    Gauge(
        "lineproof_corrections_stuck",
        "Corrections that go no further, since their notice did not arrive.",
        _corrections_stuck,
    ),
    Gauge("lineproof_notices", "Notices that have not reached their holder.", _notices, "state"),
    *_of_procedure("transfer", "Transfers", Transfer.objects, transfer.OPEN, "offered_at"),
    *_of_procedure("porting", "Portings", Porting.objects, porting.OPEN, "asked_at"),
    Gauge("lineproof_portings_late", "Numbers that another operator lets wait too long.", _portings_late),
    *_of_procedure("sim_replacement", "Other SIMs", SimReplacement.objects, (SimState.ASKED,), "asked_at"),
    *_of_procedure("dispute", "Disputes", Dispute.objects, dispute.OPEN_STATES, "opened_at"),
    *_of_procedure("second_look", "Second looks", SecondLook.objects, (LookState.OPEN,), "drawn_at"),
    Gauge("lineproof_log_entries", "Entries in the log of the record.", _entries),
    Gauge("lineproof_log_published_entries", "Entries under the newest published checkpoint.", _published),
    Gauge(
        "lineproof_log_published_age_seconds",
        "Age of the newest entry that is published; it grows by itself where nothing happens.",
        _published_age,
    ),
    Gauge(
        "lineproof_log_waiting_seconds",
        "How long the oldest entry that is not published waits; 0 when all are published.",
        _unpublished_age,
    ),
    Gauge("lineproof_lines", "Lines, whatever became of them.", _lines, "state"),
    Gauge("lineproof_evidence_kept", "Cases whose photographs are kept, as ciphertext.", _evidence_kept),
    Gauge("lineproof_evidence_overdue", "Of these, those whose time is over.", _evidence_overdue),
)
