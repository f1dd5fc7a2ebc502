"""A record with holders in it, and a browser that enforces CSRF."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.terms import HolderId, LineKind

if TYPE_CHECKING:
    from django.test import Client

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A record of its own, with the services of its pages installed; one process opens one record."""
    folder = Path(os.environ[wiring.RECORD_VARIABLE]) if apps.ready else tmp_path_factory.mktemp("record")
    services = wiring.open_record(folder, policy=shipped_policy("specimen"))
    from lineproof.web.services import install

    install(services)
    return services


@pytest.fixture
def new_browser(services: Services) -> Callable[[], "Client"]:
    """Opens browsers, each with its own cookies and no visit; where the server breaks they show its page."""
    from django.test import Client

    return lambda: Client(enforce_csrf_checks=True, raise_request_exception=False, SERVER_NAME="127.0.0.1")


@pytest.fixture
def browser(new_browser: Callable[[], "Client"]) -> "Client":
    """One browser with no visit open."""
    return new_browser()


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


@pytest.fixture
def a_line() -> type[Registered]:
    """Builds lines: a_line("+999555001001", state=LineState.PENDING)."""
    return Registered


@pytest.fixture
def a_holder(services: Services) -> Callable[..., Person]:
    """Builds holders: a_holder("Alice", a_line())."""
    from django.utils import timezone

    from lineproof.line.notice import NoticeKind
    from lineproof.registry import models, personal
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.models.choices import Retention

    def build(name: str, *lines: Registered) -> Person:
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

    return build
