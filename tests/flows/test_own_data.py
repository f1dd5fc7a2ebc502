"""What a holder can take away: all that leads to them, of nobody else, and nothing for programs alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import NotFound
from lineproof.terms import HolderId
from tests.fakes.specimens import BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

AT = datetime(2026, 7, 2, tzinfo=UTC)


def data(desk: "Desk", holder: Any) -> dict[str, Any]:
    from lineproof.registry.queries.own_data import read_own_data

    return dict(read_own_data(desk.services.keys, HolderId(holder), now=AT))


def leading_to_a_holder() -> set[str]:
    """Give every table from which keys lead to a holder, in as many steps as it takes."""
    from django.apps import apps

    tables = list(apps.get_app_config("registry").get_models())
    found = {"Holder", "Line"}
    while True:
        more = {
            table.__name__
            for table in tables
            for field in table._meta.get_fields()
            if not field.auto_created and field.related_model is not None
            if field.related_model.__name__ in found
        } - found
        if not more:
            return found
        found |= more


def test_every_table_that_leads_to_a_holder_is_told_or_says_why_not(desk: "Desk"):
    from lineproof.registry.queries.own_data import NOT_TOLD, TOLD

    assert not TOLD & set(NOT_TOLD)
    assert leading_to_a_holder() <= TOLD | set(NOT_TOLD)


def test_what_is_said_to_be_told_is_read(desk: "Desk"):
    """By the tables that are asked: of who was verified, holds a line, was told and corrected."""
    from django.apps import apps
    from django.db import connection

    from lineproof.registry.queries.own_data import TOLD

    holder = desk.register().holder
    desk.verified()
    line = apps.get_model("registry", "Line").objects.get()
    apps.get_model("registry", "Correction").objects.create(
        line=line, holder_id=holder, cause="used_by_another", state="found", subject=b"s" * 16, found_at=AT
    )
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        data(desk, holder)
    text = " ".join(asked)
    tables = {name: apps.get_model("registry", name)._meta.db_table for name in TOLD}
    assert {name for name, table in tables.items() if f'"{table}"' not in text} == set()


def test_it_is_all_that_is_known_in_plain_form(desk: "Desk"):
    done = desk.register()
    told = data(desk, done.holder)
    assert json.loads(json.dumps(told)) == told
    assert told["form"] == "lineproof own data v1"
    assert told["identity"]["full_name"] == "ALICE ABELARD"
    (document,), (line,), (notice,) = told["documents"], told["lines"], told["notices"]
    assert document["issuer"] == "UTO"
    assert (line["number_or_account"], line["state"]) == ("+999555001001", "active")
    assert notice["kind"] == "line_registered"


def test_nothing_in_it_is_of_somebody_else_or_for_programs_alone(desk: "Desk"):
    from tests.flows.desk import a_mobile

    alice = desk.register().holder
    bo = desk.register(desk.present(BO), a_mobile("+999555002002")).holder
    text = json.dumps(data(desk, alice))
    assert "BRANNOCH" not in text
    assert "+999555002002" not in text
    assert "BRANNOCH" in json.dumps(data(desk, bo))
    for word in ("sealed", "index", "digest", "subject", "public_key", "ada", "rhea"):
        assert f'"{word}"' not in text


def test_a_line_that_went_to_somebody_else_is_told_without_its_number(desk: "Desk"):
    alice = desk.register().holder
    bo = desk.register(desk.present(BO), _second()).holder
    from django.apps import apps

    custody = apps.get_model("registry", "Custody").objects.get(holder=alice)
    custody.until = custody.since + timedelta(hours=1)
    custody.save()
    apps.get_model("registry", "Custody").objects.create(
        line=custody.line, holder_id=bo, kind="mobile", since=custody.until, slot=2
    )
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import seal

    custody.line.sealed_identifier = seal(
        desk.services.keys,
        {"identifier": "+999555001001", "detail": "8999"},
        subject=bo,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    custody.line.save()
    (line,) = data(desk, alice)["lines"]
    assert (line["number_or_account"], line["state"]) == (None, None)


def _second() -> Any:
    from tests.flows.desk import a_mobile

    return a_mobile("+999555002002")


def test_of_who_was_erased_there_is_nothing(desk: "Desk"):
    with pytest.raises(NotFound):
        data(desk, "6a1f0e52-3c77-4d0b-9d6e-2f7c54a1b901")
