"""Every table of states is drawn, as it is."""

import importlib
import pkgutil

import pytest

import lineproof.line
from tools import draw_tables


def tables() -> set[str]:
    """Find the modules of the rules that have a table of states."""
    modules = [f"lineproof.line.{module.name}" for module in pkgutil.iter_modules(lineproof.line.__path__)]
    return {name for name in modules if hasattr(importlib.import_module(name), "TABLE")}


def test_every_table_is_drawn():
    assert {module for module, _ in draw_tables.TABLES.values()} == tables()


@pytest.mark.parametrize("name", draw_tables.TABLES)
def test_drawing_shows_the_table_as_it_is(name: str):
    assert (draw_tables.FOLDER / f"{name}.svg").read_text("utf-8") == draw_tables.drawn(name)


def test_drawing_of_another_table_is_another(monkeypatch: pytest.MonkeyPatch):
    """The control."""
    from lineproof.line import appeal

    before = draw_tables.drawn("appeal")
    monkeypatch.setattr(appeal, "TABLE", dict(list(appeal.TABLE.items())[1:]))
    assert draw_tables.drawn("appeal") != before
