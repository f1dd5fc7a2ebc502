"""The probes: whether the process answers, and what it lacks to serve."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Unavailable
from lineproof.ports import Services
from lineproof.terms import StaffName, StaffRole
from lineproof.tiles.directory import TileFolder
from tests.fakes.holders import NOW

if TYPE_CHECKING:
    from django.test import Client

    from lineproof.registry.queries.readiness import NotReady

HOUR = timedelta(hours=1)


class Away:
    """Keys that do not answer."""

    def __getattr__(self, name: str) -> Any:
        raise Unavailable("The token does not answer.")


@pytest.fixture
def empty(services: Services, tmp_path: Path) -> Services:
    """An empty record, whose log would be published in a folder of its own."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    return replace(services, tiles=TileFolder(tmp_path / "log"))


@pytest.fixture
def lacking(empty: Services) -> Callable[..., "list[str]"]:
    """Tells what is not ready, at a time."""
    from lineproof.registry.queries.readiness import check_ready

    def check(at: datetime = NOW, least_free_bytes: int = 0, **changes: Any) -> list[str]:
        found: tuple[NotReady, ...] = check_ready(
            replace(empty, **changes), now=at, least_free_bytes=least_free_bytes
        )
        return [each.value for each in found]

    return check


def an_order(**columns: Any) -> Any:
    """Write an open order, given at NOW."""
    from lineproof.registry import models

    line = models.Line.objects.create(
        kind="mobile",
        state="pending",
        identifier_index=bytes(32),
        sealed_identifier=bytes(60),
        created_at=NOW,
    )
    return models.Order.objects.create(line=line, state="on", subject=bytes(16), ordered_at=NOW, **columns)


def an_entry(services: Services) -> None:
    from lineproof.registry.flows.enrol_staff import enrol_staff

    enrol_staff(services, StaffName("vic"), StaffRole.REVIEWER, public_key=None, now=NOW)


def test_record_in_order_is_ready(lacking):
    assert lacking() == []


def test_order_that_is_stuck_is_not_ready_from_the_hour_on(lacking):
    an_order()
    assert lacking(NOW + HOUR - timedelta(seconds=1)) == []
    assert lacking(NOW + HOUR) == ["orders_stuck"]


def test_order_that_waiting_does_not_mend_is_not_ready_at_once(lacking):
    order = an_order(fault="erased", failures=1, next_at=NOW + HOUR)
    assert lacking() == ["orders_stuck"]
    type(order).objects.update(fault="network_away")
    assert lacking() == []


def test_keys_that_do_not_answer_are_not_ready(lacking):
    assert lacking(keys=Away()) == ["keys"]


def test_log_that_is_not_published_in_time_is_not_ready(lacking, empty: Services):
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.registry.flows.publish_log import publish_log

    an_entry(empty)
    within = timedelta(seconds=empty.policy.log.publish_within_s)
    assert lacking(NOW + within) == []
    assert lacking(NOW + within + timedelta(seconds=1)) == ["log_late"]
    assert lacking(NOW + within + timedelta(seconds=1), tiles=None) == [], "published elsewhere"
    set_log_origin()
    publish_log(empty)
    assert lacking(NOW + within + timedelta(seconds=1)) == []


def test_published_log_that_is_not_this_records_is_not_ready(lacking, empty: Services, tmp_path: Path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "checkpoint").write_text("another's\n")
    assert lacking() == ["log_late"]


def test_disk_without_room_is_not_ready(lacking):
    assert lacking(least_free_bytes=2**62) == ["disk_full"]


def test_table_that_a_migration_is_still_to_make_is_not_ready(lacking):
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM django_migrations WHERE name ="
                " (SELECT max(name) FROM django_migrations WHERE app = 'registry')"
            )
        assert lacking(keys=Away()) == ["migrations"]
        transaction.set_rollback(True)
    assert lacking() == []


def test_record_that_is_gone_is_not_ready_though_its_connection_goes_on(lacking):
    from django.db import connection

    file = Path(connection.settings_dict["NAME"])
    aside = file.with_suffix(".aside")
    file.rename(aside)
    try:
        assert lacking() == ["record"]
    finally:
        aside.rename(file)
    assert lacking() == []


def test_record_that_cannot_be_read_is_not_ready(lacking):
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE registry_order RENAME TO elsewhere")
        assert lacking() == ["record"]
        transaction.set_rollback(True)
    assert lacking() == []


def test_all_that_is_not_ready_is_told_in_one_order(lacking, empty: Services):
    an_order()
    an_entry(empty)
    assert lacking(NOW + HOUR * 24, 2**62, keys=Away()) == ["keys", "orders_stuck", "log_late", "disk_full"]


@pytest.fixture
def probed(empty: Services, browser: "Client") -> Callable[[str], Any]:
    """Asks an address as a probe does, with nothing kept from before."""
    from lineproof.web.health import ready
    from lineproof.web.services import install, installed

    before = installed()
    install(empty)
    ready.forget()
    yield browser.get
    ready.forget()
    install(before)


@pytest.mark.parametrize("address", ["/health", "/healthz"])
def test_process_that_answers_is_healthy_whatever_the_record_lacks(probed, address: str):
    an_order(fault="erased")
    answer = probed(address)
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_readiness_is_a_small_object_that_nobody_keeps_and_opens_no_visit(probed, browser: "Client"):
    answer = probed("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "not_ready": []}
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert not browser.cookies


def test_what_is_not_ready_is_named_and_nobody_is(probed):
    order = an_order(fault="erased")
    answer = probed("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "not_ready": ["orders_stuck"]}
    assert str(order.id) not in answer.content.decode()


def test_readiness_is_asked_of_the_record_once_in_two_seconds():
    from lineproof.web.health import Kept

    now, asked = [0.0], []
    kept = Kept(lambda: asked.append(None) or len(asked), seconds=2, clock=lambda: now[0])
    assert [kept.get(), kept.get()] == [1, 1]
    now[0] = 1.9
    assert kept.get() == 1
    now[0] = 2.0
    assert kept.get() == 2


@pytest.mark.parametrize("address", ["/health", "/ready", "/metrics"])
def test_probes_are_asked_and_not_told(browser: "Client", address: str):
    assert browser.post(address).status_code in {403, 405}


def test_answers_are_written_without_their_addresses(probed, capsys):
    import json

    from lineproof import structured

    structured.start(structured.Level.DEBUG)
    try:
        probed("/open/a-secret-token")
        probed("/no-such/%2B999555001001")
    finally:
        structured.stop()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["status"]) for line in lines] == [("answered", 403), ("answered", 404)]
    assert "secret" not in str(lines)
    assert "999555" not in str(lines)
