"""`lineproof work` and `lineproof orders`: what they print, and how they end."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from lineproof import structured
from lineproof.cli.main import lineproof
from lineproof.errors import Conflict, Malformed
from lineproof.ports import Services
from lineproof.wiring import RECORD_VARIABLE
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

TASKS = [
    *("provision", "deliver_notices", "switch_sims", "complete_transfers", "end_offers", "end_ports"),
    *("tell_late_ports", "settle_evidence", "forget_sign_ins", "forget_drafts", "remind_holders"),
    *("release_numbers", "erase_due", "publish_log"),
]
# Two orders that waited; two notices of long ago, which nobody can be told of any more.
DONE = {"provision": 2, "deliver_notices": 2}


@pytest.fixture
def desk(services: Services, tmp_path: Path) -> "Desk":
    """A record in which two lines wait for the network for two hours, by the clock that the command reads."""
    from django.apps import apps

    from tests.flows.desk import Desk, a_mobile, an_access

    desk = Desk.opened(services, tmp_path)
    desk.network.down = True
    desk.register(desk.present(ALICE), a_mobile())
    desk.register(desk.present(BO), an_access())
    now = datetime.now(UTC)
    waiting = {"ordered_at": now - timedelta(hours=2), "next_at": now - timedelta(hours=1)}
    apps.get_model("registry", "Order").objects.update(**waiting)
    apps.get_model("registry", "Decision").objects.update(decided_at=now)
    return desk


def run(*arguments: str) -> Result:
    """Run a command on the record of this process, whose network is `none`: it carries out every order."""
    try:
        return CliRunner().invoke(
            lineproof, [*arguments, "--record", os.environ[RECORD_VARIABLE]], standalone_mode=False
        )
    finally:
        structured.stop()


def test_once_does_what_is_due_and_prints_how_much_of_each(desk: "Desk"):
    done = run("work", "--once")
    assert done.return_value == 0
    assert [line.split() for line in done.stdout.splitlines()] == [
        [name, str(DONE.get(name, 0))] for name in TASKS
    ]
    assert {line.state for line in desk.rows("Line")} == {"active"}
    assert {json.loads(line)["event"] for line in done.stderr.splitlines()} == {
        "order_carried_out",
        "task_done",
    }


def test_once_as_json_is_one_object_with_every_task(desk: "Desk"):
    done = run("work", "--once", "--json")
    assert json.loads(done.stdout) == {
        "tasks": {name: {"done": DONE.get(name, 0), "error": None} for name in TASKS}
    }


def test_once_tells_a_task_that_failed_by_its_kind_and_by_its_exit_code(desk: "Desk"):
    """The log has a name, and what lies in the way of its checkpoint is no file."""
    from lineproof.registry.flows.log_origin import set_log_origin

    set_log_origin()
    log = Path(os.environ[RECORD_VARIABLE]) / "log"
    log.mkdir(exist_ok=True)
    (log / "checkpoint").write_text("another's\n")
    try:
        done = run("work", "--once", "--json")
    finally:
        (log / "checkpoint").unlink()
    assert done.return_value == 1
    tasks = json.loads(done.stdout)["tasks"]
    assert tasks["publish_log"] == {"done": 0, "error": "Malformed"}
    assert tasks["provision"] == {"done": 2, "error": None}


def test_level_that_is_none_is_refused_before_anything_is_done(desk: "Desk", monkeypatch):
    monkeypatch.setenv("LINEPROOF_LOG_LEVEL", "chatty")
    done = run("work", "--once")
    assert isinstance(done.exception, Malformed)
    assert "debug, info, warning, error" in str(done.exception)
    assert {line.state for line in desk.rows("Line")} == {"pending"}


def test_orders_that_wait_are_listed_without_a_number(desk: "Desk"):
    listed = run("orders", "list")
    ids = {str(row.id) for row in desk.rows("Order")}
    assert set(re.findall(r"(?m)^([0-9a-f-]{36})  on ", listed.stdout)) == ids
    assert listed.stdout.count("STUCK") == 2
    assert listed.stdout.count("times not carried out: the network could not be reached") == 2
    assert "999555" not in listed.stdout
    assert "brannoch" not in listed.stdout.lower()
    assert run("orders", "list", "--stuck").stdout == listed.stdout


def test_orders_as_json_say_why_they_wait(desk: "Desk"):
    first, second = json.loads(run("orders", "list", "--json").stdout)
    assert {first["order"], second["order"]} == {str(row.id) for row in desk.rows("Order")}
    assert {first["line"], second["line"]} == {str(row.id) for row in desk.rows("Line")}
    row = desk.row("Order", id=first["order"])
    assert {key: value for key, value in first.items() if key not in {"order", "line"}} == {
        "state": "on",
        "ordered_at": row.ordered_at.isoformat(),
        "failures": 1,
        "fault": "network_away",
        "next_at": row.next_at.isoformat(),
        "stuck": True,
        "first_of_its_line": True,
    }


def test_without_orders_that_wait_it_says_so(desk: "Desk"):
    run("work", "--once")
    assert run("orders", "list").stdout == "No order waits.\n"
    assert run("orders", "list", "--stuck").stdout == "No order is stuck.\n"


def test_order_carried_out_by_hand_is_confirmed_once(desk: "Desk"):
    order = str(desk.rows("Order")[0].id)
    assert run("orders", "confirm", order).stdout == "Recorded as carried out.\n"
    assert order not in run("orders", "list").stdout
    assert isinstance(run("orders", "confirm", order).exception, Conflict)
    assert sorted(line.state for line in desk.rows("Line")) == ["active", "pending"]


def test_every_fault_has_its_sentence():
    from lineproof.cli.orders import SAYS
    from lineproof.line.order import OrderFault

    assert set(SAYS) == {fault.value for fault in OrderFault}
