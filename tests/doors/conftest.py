"""A record with holders in it, and a browser that enforces CSRF."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
from lineproof.ports import Services
from tests.fakes.holders import Person, Registered, build_holder

if TYPE_CHECKING:
    from django.test import Client

    from tests.fakes.examiner import FakeExaminer


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


@pytest.fixture
def a_line() -> type[Registered]:
    """Builds lines: a_line("+999555001001", state=LineState.PENDING)."""
    return Registered


@pytest.fixture
def a_holder(services: Services) -> Callable[..., Person]:
    """Builds holders: a_holder("Alice", a_line())."""
    return partial(build_holder, services)


@pytest.fixture
def booth(services: Services, tmp_path: Path) -> Iterator["FakeExaminer"]:
    """A booth that the pages have from here on, and a record in which nothing is."""
    from django.core.management import call_command

    from lineproof.web.services import install
    from tests.fakes.examiner import FakeExaminer

    call_command("flush", verbosity=0, interactive=False)
    booth = FakeExaminer(tmp_path)
    install(replace(services, examiner=booth))
    yield booth
    install(services)
