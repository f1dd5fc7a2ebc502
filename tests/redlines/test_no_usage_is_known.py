"""The product never knows what a subscriber does on the line, and asks for no face to use one."""

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING, get_args

import pytest

from lineproof import ports
from lineproof.line.state import LineEvent, LineState
from lineproof.line.used_by_another import OrderOfCourt, SaidBefore, Source, WhoSaidSo, WordOfHolder
from lineproof.ports import Network, NetworkOrder, SwitchState
from lineproof.terms import Iccid, LineId, LineIdentifier, OrderId
from lineproof.transparency.entry import EntryKind
from tests.redlines.source import SOURCE, functions, names_in, parameters, trees

if TYPE_CHECKING:
    from tests.flows.desk import Desk

USAGE = re.compile(
    r"traffic|octet|\bbytes_(in|out)|session_time|duration|call_|\bcdr|sms|site|url|dns|destination|location"
    # Whom somebody is in contact with; a contact point is where the holder themselves is told of their lines.
    r"|cell_|imei|usage|accounting|content_type|contact(?!_?point)|peer|browse|visited"
)


def test_order_has_exactly_what_switching_needs():
    assert [(field.name, field.type) for field in fields(NetworkOrder)] == [
        ("order", OrderId),
        ("line", LineId),
        ("identifier", LineIdentifier),
        ("iccid", Iccid | None),
        ("state", SwitchState),
    ]


def test_network_is_told_nothing_but_on_or_off():
    assert {state.value for state in SwitchState} == {"on", "outgoing_barred", "emergency_only", "off"}


def test_network_has_one_call_and_it_gives_nothing_back():
    calls = {
        name: call for name, call in vars(Network).items() if callable(call) and not name.startswith("_")
    }
    assert set(calls) == {"switch"}
    signature = inspect.signature(calls["switch"])
    assert list(signature.parameters) == ["self", "order"]
    assert signature.return_annotation is None


def test_no_network_adapter_has_another_call():
    import ast

    for path, tree in trees().items():
        if path.is_relative_to(SOURCE / "network"):
            public = [
                node.name
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            ]
            assert set(public) <= {"switch"}


def test_nothing_happens_to_a_line_by_being_used():
    words = [member.value for kind in (LineState, LineEvent, EntryKind) for member in kind]
    assert not [word for word in words if USAGE.search(word)]


def test_no_column_of_the_record_is_about_use(desk: "Desk"):
    from django.apps import apps

    names = [
        f"{model.__name__.lower()}.{field.name}"
        for model in apps.get_app_config("registry").get_models()
        for field in model._meta.local_fields
    ]
    assert not [name for name in names if USAGE.search(name)]
    assert USAGE.search("line.last_location")
    assert USAGE.search("line.contacts")


def test_that_a_line_is_used_by_another_is_said_by_people_and_by_nothing_about_its_use():
    """Every parameter and field of what begins that correction is of this list, and none is about use."""
    taken, mentioned = set(), set()
    for path in ("registry/flows/close_line_used_by_another.py", "line/used_by_another.py"):
        tree = trees()[SOURCE / path]
        for function in functions(tree):
            taken |= {argument.arg for argument in parameters(function)}
        mentioned |= names_in(tree)
    said = {"services", "line", "source", "now", "correction", "order", "cls", "text"}
    # What was said of the line before, and how long ago.
    said_before = {"custody", "row", "earlier", "term", "calendar"}
    assert taken == said | said_before
    assert [field.name for field in fields(SaidBefore)] == ["ended_at", "order"]
    assert not [name for name in mentioned if USAGE.search(name.lower())]
    assert {kind: [field.name for field in fields(kind)] for kind in get_args(Source)} == {
        # The second: that it is somebody else than the minor for whom the line is registered.
        WordOfHolder: ["session", "besides_minor"],
        OrderOfCourt: ["reference", "seen_by"],
    }
    assert {who.value for who in WhoSaidSo} == {"holder", "court"}
    # The control: a parameter about use would be seen, and nothing else enters that cause.
    assert USAGE.search("traffic_pattern")
    entering = {
        path.relative_to(SOURCE).as_posix()
        for path, tree in trees().items()
        if "USED_BY_ANOTHER" in names_in(tree) and "registry" in path.parts
    }
    assert entering == {"registry/flows/close_line_used_by_another.py"}


@pytest.mark.parametrize("path", ["network/none.py", "registry/flows/provision.py"])
def test_no_face_is_asked_for_on_the_way_to_the_network(path: str):
    mentioned = names_in(trees()[SOURCE / path])
    assert not mentioned & {
        "Examiner",
        "Examination",
        "examine",
        "examiner",
        "Capture",
        "Portrait",
        "Evidence",
    }
    assert {"Examiner", "Network"} <= set(vars(ports))


def test_line_is_switched_on_without_the_booth(desk: "Desk"):
    """A line registered once is switched without examining anybody again."""
    from dataclasses import replace
    from datetime import timedelta

    from lineproof.registry.flows.provision import provision
    from lineproof.wiring import NoBooth
    from tests.flows.desk import NOW

    desk.network.down = True
    desk.register()
    desk.network.down = False
    later = NOW + timedelta(minutes=1)
    assert provision(replace(desk.services, examiner=NoBooth()), now=later) == 1
    assert desk.row("Line").state == "active"
