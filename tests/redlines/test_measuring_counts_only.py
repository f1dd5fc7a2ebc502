"""Measuring error rates does not become a search: it counts, names nobody, ranks nobody and keeps nothing.

`lineproof measure` compares many photographs with many, on an operator's own labelled data, to say how often
comparison errs. That is the one place where more than two faces meet; so what may be imported by it, from it,
and what may come out of it is held here.
"""

import ast
import dataclasses
import re
import types
import typing
from functools import cache

import pytest

from lineproof.measure.report import FaceReport
from tests.redlines.source import SOURCE, functions, names_in, trees
from tests.redlines.test_no_search_among_faces import products

MEASURE = SOURCE / "measure"
# Every text that a report may hold: what was measured with, never who was measured. Groups are as given.
TEXTS = {
    *(
        "Pack.name",
        "Pack.detector_sha256",
        "Pack.embedder_sha256",
        "Pack.licence",
        "Pack.calibration_version",
    ),
    *("Pack.calibration_source", "Made.protocol", "Made.code_version", "Made.pairs_sha256"),
    *("Made.groups_sha256", "OperatingPoint.why", "GroupsAtThreshold.why", "GroupRates.group"),
    *("CrossRate.group", "CrossRate.other"),
}
# Every list that a report may hold: as long as there are thresholds or groups, whoever was measured.
LISTS = {
    *("Rates.at_targets", "Rates.det", "Rates.at_thresholds", "FaceReport.claims"),
    *("GroupReport.at_thresholds", "GroupsAtThreshold.groups", "GroupsAtThreshold.cross"),
}
NUMBERS = {int, float, bool}


def fields_of(kind: type) -> typing.Iterator[tuple[str, type, bool]]:
    """Walk what a report is made of: name, kind of a value, and whether there is a list of them."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        name, given = f"{kind.__name__}.{field.name}", hints[field.name]
        many = typing.get_origin(given) is tuple
        inner = typing.get_args(given) if many or isinstance(given, types.UnionType) else (given,)
        for each in {each for each in inner if each not in (types.NoneType, Ellipsis)}:
            yield name, each, many
            if dataclasses.is_dataclass(each):
                yield from fields_of(each)


@cache
def imports() -> dict[str, set[str]]:
    """List what each module of the product imports, wherever in it."""
    found = {}
    for path, tree in trees().items():
        named = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        found[path.relative_to(SOURCE).as_posix()] = named
    return found


def importers(package: str) -> set[str]:
    """List the modules of the product that import a package."""
    return {
        module
        for module, named in imports().items()
        if any(f"{name}.".startswith(f"{package}.") for name in named)
    }


def test_report_holds_numbers_and_the_listed_texts_and_nothing_else():
    found = set(fields_of(FaceReport))
    plain = {(name, kind) for name, kind, _ in found if not dataclasses.is_dataclass(kind)}
    assert {kind for _, kind in plain} <= {*NUMBERS, str}
    assert {name for name, kind in plain if kind is str} == TEXTS
    assert {name for name, _, many in found if many} == LISTS
    assert len(found) > 60


def test_looking_sees_a_field_for_a_person():
    """The control: a name, a score of each comparison, and an embedding in a report would be seen."""

    @dataclasses.dataclass
    class Worse:
        most_alike: str
        scores: tuple[float, ...]
        face: bytes

    assert {(name, kind, many) for name, kind, many in fields_of(Worse)} == {
        *{("Worse.most_alike", str, False), ("Worse.scores", float, True), ("Worse.face", bytes, False)},
    }


def test_only_its_own_command_measures():
    outside = {name for name in importers("lineproof.measure") if not name.startswith("measure/")}
    assert outside == {"cli/measure.py"}


def test_only_the_booth_and_measuring_import_imaging():
    allowed = ("imaging/", "booth/", "measure/", "cli/models.py")
    assert {name for name in importers("lineproof.imaging") if not name.startswith(allowed)} == set()
    assert importers("lineproof.imaging") & {"measure/face.py", "measure/templates.py"}


def test_measuring_knows_no_record_and_no_applicant():
    for package in (
        "registry",
        "portal",
        "console",
        "booth",
        "web",
        "wiring",
        "vault",
        "network",
        "ports",
        "holder",
        "line",
    ):
        assert not {name for name in importers(f"lineproof.{package}") if name.startswith("measure/")}, (
            package
        )


def test_only_one_module_of_it_multiplies_embeddings_and_none_gives_an_order_of_people():
    modules = {path: tree for path, tree in trees().items() if path.is_relative_to(MEASURE)}
    assert len(modules) > 10
    assert [path.name for path, tree in modules.items() if products(tree)] == ["scores.py"]
    asking = r"search|nearest|rank|top|most_alike|neighbour|cluster|gallery|match_many"
    named = [function.name for tree in modules.values() for function in functions(tree)]
    assert [name for name in named if re.search(asking, name)] == []


def test_it_writes_and_sends_nothing():
    """Plots go out as bytes and are written by the command; embeddings and scores have no way to a file."""
    writing = {
        *("write_bytes", "write_text", "tofile", "savez", "savetxt", "dump", "dumps", "memmap", "to_csv"),
        *(
            "socket",
            "urlopen",
            "connect",
            "NamedTemporaryFile",
            "TemporaryFile",
            "mkstemp",
            "mkdir",
            "shelve",
        ),
    }
    found = {
        (path.name, name)
        for path, tree in trees().items()
        if path.is_relative_to(MEASURE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for name in names_in(node.func) & writing
    }
    assert found == set()
    opened = [
        ast.unparse(node)
        for path, tree in trees().items()
        if path.is_relative_to(MEASURE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and names_in(node.func) & {"open"}
    ]
    assert opened == ["path.open('rb')"]


@pytest.mark.parametrize("name", ["ScoreSet", "Everyone"])
def test_scores_show_nothing_when_printed(name: str):
    """A working value that slips into a message or a log says nothing."""
    from lineproof.measure import scores

    kind = getattr(scores, name)
    assert kind.__repr__ is object.__repr__
