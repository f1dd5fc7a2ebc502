"""Holders with lines, written as they lie in the record, without the procedures that bring them in."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.terms import HolderId, LineKind

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Registered:
    """A line in somebody's name."""

    label: str = "+999555001001"
    detail: str = ""
    kind: LineKind = LineKind.MOBILE
    state: LineState = LineState.ACTIVE
    since: datetime = NOW


@dataclass(frozen=True, slots=True)
class Person:
    """A holder of the record. link: makes a link to their lines."""

    id: HolderId
    link: Callable[[], str]


def build_holder(services: Services, name: str, *lines: Registered) -> Person:
    """Write a holder with lines, each with the notice that it was registered."""
    from django.utils import timezone

    from lineproof.registry import models, personal
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.models.choices import Retention

    keys = services.keys
    holder = models.Holder(created_at=NOW, likeness_index=os.urandom(32))
    holder.sealed_identity = personal.seal(
        keys,
        {"full_name": name},
        subject=holder.id,
        retention=Retention.IDENTITY,
        place="holder.sealed_identity",
    )
    holder.save(force_insert=True)
    for line in lines:
        row = models.Line.objects.create(
            kind=line.kind.value,
            state=line.state.value,
            identifier_index=os.urandom(32),
            sealed_identifier=personal.seal(
                keys,
                {"identifier": line.label, "detail": line.detail},
                subject=holder.id,
                retention=Retention.LINE,
                place="line.sealed_identifier",
            ),
            created_at=line.since,
        )
        models.Custody.objects.create(line=row, holder=holder, since=line.since, until=None)
        models.Notice.objects.create(
            holder=holder, line=row, kind=NoticeKind.LINE_REGISTERED.value, given_at=line.since
        )
    id_ = HolderId(holder.id)
    return Person(id_, lambda: f"/open/{issue_page_link(services, id_, now=timezone.now())}")
