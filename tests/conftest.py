"""A record for the tests that need one, and what is said when something they need is absent."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
from lineproof.ports import Services
from lineproof.vault.evidence import VaultCaseKeys

if TYPE_CHECKING:
    from tests.fakes.object_store import ObjectStore

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED = CHECKOUT.parent / "shared"


@pytest.fixture(scope="session")
def opened_record(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """One record for the whole run: a process opens one record."""
    folder = Path(os.environ.get(wiring.RECORD_VARIABLE) or tmp_path_factory.mktemp("record"))
    return wiring.open_record(folder, policy=shipped_policy("specimen"))


@pytest.fixture
def services(opened_record: Services) -> Services:
    """The services of an empty record."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    referrals = opened_record.referrals
    assert referrals is not None
    assert isinstance(referrals.keys, VaultCaseKeys)
    for name in referrals.keys.names():
        referrals.keys.settle(name)
    for session, _ in referrals.store.kept():
        referrals.store.discard(session)
    return opened_record


@pytest.fixture(scope="session")
def running_store() -> "Iterator[ObjectStore]":
    """One object store for the whole run; skips where none is installed."""
    from tests.fakes.object_store import running_object_store

    with running_object_store() as store:
        yield store


@pytest.fixture
def object_store(running_store: "ObjectStore", monkeypatch: pytest.MonkeyPatch) -> "ObjectStore":
    """The object store, and the publisher's credentials in the environment."""
    from tests.fakes.object_store import CREDENTIALS, OTHERS

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**CREDENTIALS, **OTHERS}.items():
        monkeypatch.setenv(name, value)
    return running_store


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and so count, the tests whose vectors or images are not beside the checkout."""
    if SHARED.is_dir():
        return
    absent = pytest.mark.skip(reason="shared: the published vectors and images are not beside the checkout")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test fails the run, except the shared ones, whose number is printed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    reporter.ensure_newline()
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    shared = sum("shared:" in reason for reason in reasons)
    reporter.write_line(f"{shared} shared tests were skipped: their vectors and images are absent.")
    if len(reasons) > shared and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(reasons) - shared} other tests were skipped, which fails this run.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
