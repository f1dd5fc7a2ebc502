"""What is written about the work: a closed form, and nothing of anybody."""

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

import pytest

from lineproof import structured
from lineproof.errors import Malformed, Unavailable
from lineproof.ports import Services
from lineproof.structured import Event, Level
from tests.flows.test_monitored import busy  # noqa: F401 -- a fixture
from tests.flows.test_personal_data import in_clear

if TYPE_CHECKING:
    from tests.flows.desk import Desk

# Of everybody in `busy`, in every form that it is entered in.
PERSONAL = (
    *("ABELARD", "ALICE", "BRANNOCH"),
    *("A10010001", "R30030003", "N40040004", "B20020002"),
    *("1990-08-12", "900812", "2034-03-14", "1985-02-28"),
    *("99955500100", "8999909995550010", "bo.brannoch", "Quay Street", "Port Utopia"),
    *("rhea", "sol", "tove", "ines"),
)
FORM = {
    "at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00",
    "level": "debug|info|warning|error",
    "event": "|".join(event.value for event in Event),
    "task": "[a-z_]{1,32}",
    "code": "[a-z_]{1,32}",
    "order": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "error": r"[A-Za-z_.]{1,80}",
    "incident": "[0-9a-f]{8}",
    **dict.fromkeys(("count", "position", "status", "duration_ms", "retry_s"), r"-?\d+"),
}


class Colour(Enum):
    RED = "red"


@dataclass
class Written:
    """What is on standard error since the fixture began."""

    capture: pytest.CaptureFixture[str]
    text: str = ""

    def getvalue(self) -> str:
        self.text += self.capture.readouterr().err
        return self.text


@pytest.fixture
def written(opened_record: Services, capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """Everything that is written at the lowest level, ours and Django's, its queries included."""
    from django.db import connection

    names = ("django", "django.db.backends", "django.request", "django.security", "")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    connection.force_debug_cursor = True
    structured.start(Level.DEBUG)
    yield Written(capsys)
    structured.stop()
    connection.force_debug_cursor = False
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def lines_of(written: Written | io.StringIO) -> list[dict[str, Any]]:
    """Read what was written: one object a line, and nothing else."""
    return [json.loads(line) for line in written.getvalue().splitlines()]


def is_of_the_form(line: dict[str, Any]) -> bool:
    """Tell whether each field is one of the closed list, and of its form."""
    places = line.get("places", [])
    return all(
        re.fullmatch(FORM[name], str(value)) for name, value in line.items() if name != "places"
    ) and all(re.fullmatch(r"[\w/.<> -]+:\d+", place) for place in places)


def test_every_procedure_writes_lines_of_the_closed_form_and_nothing_personal(
    written: Written,
    busy: "Desk",  # noqa: F811
):
    """The fixtures in this order: the log is on when the first procedure begins."""
    busy.network.down = True
    from tests.flows.desk import NOW, a_mobile

    busy.register(busy.present(), a_mobile("+999555007009"))
    busy.network.down = False
    from lineproof.registry.flows.provision import provision

    provision(busy.services, now=NOW + timedelta(hours=1))
    found = lines_of(written)
    assert all(map(is_of_the_form, found))
    events = {line["event"] for line in found}
    assert {"entered", "order_carried_out", "order_failed"} <= events
    assert sum(line["event"] == "entered" for line in found) == busy.count("Entry")
    assert {person for person in PERSONAL if in_clear(written.getvalue().encode(), person)} == set()


def test_looking_finds_what_a_library_would_write(desk: "Desk", written: Written):
    """The control: with Django's loggers left alone, a name in a query is on standard error."""
    from django.apps import apps

    said = io.StringIO()
    sink = logging.StreamHandler(said)
    for name in ("django.db.backends", ""):
        logging.getLogger(name).addHandler(sink)
    try:
        apps.get_model("registry", "Staff").objects.filter(name="rhea").exists()
        logging.getLogger("botocore").warning("of %s", "Abelard")
    finally:
        for name in ("django.db.backends", ""):
            logging.getLogger(name).removeHandler(sink)
    assert in_clear(said.getvalue().encode(), "rhea")
    assert in_clear(said.getvalue().encode(), "ABELARD")
    assert not is_of_the_form({"event": "entered", "code": "Alice Abelard"})
    assert not is_of_the_form({"event": "entered", "count": "+999555001001x"})


def test_libraries_write_nothing(desk: "Desk", written: Written):
    from django.apps import apps

    apps.get_model("registry", "Staff").objects.filter(name="rhea").exists()
    for name in ("django.request", "django.security.DisallowedHost", "botocore", "asyncio", "_granian"):
        logging.getLogger(name).error("of %s", "Abelard")
    assert written.getvalue() == ""


def test_entry_that_is_rolled_back_is_not_written(desk: "Desk", written: Written):
    from lineproof.errors import Conflict

    desk.register()
    before, entries = len(lines_of(written)), desk.count("Entry")
    assert before
    with pytest.raises(Conflict):
        desk.register()  # the same number
    assert (len(lines_of(written)), desk.count("Entry")) == (before, entries)


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "alice"},
        {"task": "alice"},
        {"order": "alice"},
        {"count": "999555001001"},
        {"error": "alice"},
        {"error": ValueError("alice")},
        {"incident": "alice"},
        {"places": ("Alice Abelard",)},
        {"places": ("+999555001001:1",)},
        {"retry_s": 1.5},
    ],
)
def test_text_does_not_get_into_any_field(written: Written, fields: dict[str, Any]):
    with pytest.raises(TypeError):
        structured.log(Level.ERROR, Event.INCIDENT, **fields)
    assert written.getvalue() == ""


def test_fields_of_their_types_are_written(written: Written):
    order = uuid.uuid4()
    structured.log(
        Level.INFO, Event.ORDER_FAILED, order=order, code=Colour.RED, count=2, error=Unavailable, retry_s=30
    )
    (line,) = lines_of(written)
    assert is_of_the_form(line)
    assert (line["order"], line["code"], line["count"]) == (str(order), "red", 2)
    assert line["error"] == "lineproof.errors.Unavailable"


def test_incident_has_its_number_and_places_and_not_what_the_error_says(written: Written):
    number = ""
    try:
        int("Alice Abelard, +999555001001")
    except ValueError as error:
        number = structured.write_incident(error)
    (line,) = lines_of(written)
    assert is_of_the_form(line)
    assert line["incident"] == number
    assert line["places"][-1].startswith("test_structured.py:")
    assert "Alice" not in written.getvalue()


@pytest.mark.parametrize("least", list(Level))
def test_levels_below_the_one_asked_for_are_not_written(least: Level):
    with redirect_stderr(io.StringIO()) as sink:
        structured.start(least)
        for level in Level:
            structured.log(level, Event.STARTED)
        structured.stop()
        structured.log(Level.ERROR, Event.STARTED)
    assert [line["level"] for line in lines_of(sink)] == [
        level.name.lower() for level in Level if level >= least
    ]


def test_level_is_read_by_its_name_and_nothing_else():
    assert structured.parse_level(" Debug") is Level.DEBUG
    with pytest.raises(Malformed):
        structured.parse_level("verbose")


def test_worker_that_fails_writes_the_kind_and_no_message(desk: "Desk", written: Written):
    from lineproof.registry.flows.due import DueTask, TaskName
    from lineproof.working import Worker

    def run(_services: Any, _now: Any) -> int:
        raise KeyError("Alice Abelard")

    Worker(desk.services, [DueTask(TaskName.PROVISION, run)]).run_round()
    incident, failed = lines_of(written)
    assert is_of_the_form(incident)
    assert is_of_the_form(failed)
    assert incident["incident"]
    assert (failed["task"], failed["error"], failed["retry_s"]) == ("provision", "builtins.KeyError", 5)


def test_unavailable_is_no_incident(desk: "Desk", written: Written):
    from lineproof.registry.flows.due import DueTask, TaskName
    from lineproof.working import Worker

    class Away:
        def __getattr__(self, name: str) -> Any:
            raise Unavailable("No token.")

    def run(services: Any, _now: Any) -> int:
        return len(services.keys.versions())

    Worker(replace(desk.services, keys=Away()), [DueTask(TaskName.PROVISION, run)]).run_round()
    assert [line["event"] for line in lines_of(written)] == ["task_failed"]
