"""The numbers for Prometheus: what they say, for whom, and how little they ask of the record."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lineproof.ports import Services
from lineproof.tiles.directory import TileFolder
from tests.doors.test_health import Away, an_entry, an_order
from tests.fakes.holders import NOW
from tests.fakes.query_plans import plan_of, queries, scanned

if TYPE_CHECKING:
    from django.test import Client

LATER = NOW + timedelta(seconds=90)
TOKEN = "a-token-of-the-operators-own"
# The grammar of the text format 0.0.4, for what is written here: comments of a metric, then its samples.
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LINE = re.compile(rf'# HELP {NAME} [^\n\\]+|# TYPE {NAME} gauge|{NAME}(\{{{NAME}="[a-z_]+"\}})? -?[0-9.e+-]+')


@pytest.fixture
def filled(services: Services, a_holder, a_line, tmp_path: Path) -> Services:
    """Two lines, an order that waits, one at fault, cases, notices, evidence, entries half published."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    from lineproof.line.state import LineState
    from lineproof.registry import models
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.registry.flows.publish_log import publish_log

    a_holder("Alice Abelard", a_line(), a_line("+999555001002", state=LineState.SUSPENDED))
    models.Notice.objects.filter(line__state="suspended").update(state="undelivered")
    order = an_order()
    models.Order.objects.create(
        line=order.line, state="off", subject=bytes(16), ordered_at=NOW, number=1, fault="erased"
    )
    done = models.Order.objects.create(
        line=order.line, state="on", subject=bytes(16), ordered_at=NOW - timedelta(days=9), open=False
    )
    models.OrderDone.objects.create(order=done, done_at=NOW)
    for number, due_at in enumerate((NOW, NOW + timedelta(days=1))):
        case = models.Case.objects.create(
            kind="contested_document", state="open", subject=bytes(16), opened_at=NOW, due_at=due_at
        )
        models.CaseEvidence.objects.create(
            case=case, session=case.id, key_name=str(number), wrapped_key=bytes(113), kept_until=due_at
        )
    models.Case.objects.create(
        kind="contested_document", state="accepted", subject=bytes(16), opened_at=NOW, due_at=NOW
    )
    services = replace(services, tiles=TileFolder(tmp_path / "log"))
    set_log_origin()
    an_entry(services)
    publish_log(services)
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffName, StaffRole

    enrol_staff(
        services, StaffName("wim"), StaffRole.REVIEWER, public_key=None, now=NOW + timedelta(seconds=30)
    )
    return services


def parsed(text: str) -> dict[str, dict[str, float]]:
    """Parse strictly, by Prometheus' own parser and each line by the grammar; samples by their label."""
    assert text.endswith("\n")
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        assert family.name not in found, "a metric is written once, together"
        samples = {"".join(sample.labels.values()): sample.value for sample in family.samples}
        assert len(samples) == len(family.samples), "a sample is written once"
        found[family.name] = samples
    return found


@pytest.fixture
def numbers(filled: Services):
    """Reads the numbers so much after NOW: 90 s unless told otherwise."""
    from lineproof.web.metrics import exposition, read_gauges

    def read(at=LATER, **changes: Any) -> dict[str, dict[str, float]]:
        return parsed(exposition(read_gauges(replace(filled, **changes), now=at)))

    return read


def test_numbers_are_those_of_the_record(numbers):
    found = numbers()
    lines = found.pop("lineproof_lines")
    assert {state: count for state, count in lines.items() if count} == {
        "active": 1,
        "suspended": 1,
        "pending": 1,
    }
    assert found == {
        "lineproof_orders_open": {"": 2},
        "lineproof_orders_stuck": {"": 1},
        "lineproof_oldest_order_seconds": {"": 90},
        "lineproof_cases_open": {"referral": 0, "contested_document": 2, "possible_same_holder": 0},
        "lineproof_oldest_overdue_case_seconds": {"": 90},
        "lineproof_corrections_stuck": {"": 0},
        "lineproof_notices": {"given": 1, "undelivered": 1},
        "lineproof_transfers_open": {"offered": 0, "accepted": 0},
        "lineproof_oldest_transfer_seconds": {"": 0},
        "lineproof_portings_open": {"leaving": 0, "coming": 0},
        "lineproof_oldest_porting_seconds": {"": 0},
        "lineproof_portings_late": {"": 0},
        "lineproof_sim_replacements_open": {"asked": 0},
        "lineproof_oldest_sim_replacement_seconds": {"": 0},
        "lineproof_disputes_open": {"open": 0, "heard": 0},
        "lineproof_oldest_dispute_seconds": {"": 0},
        "lineproof_second_looks_open": {"open": 0},
        "lineproof_oldest_second_look_seconds": {"": 0},
        "lineproof_log_entries": {"": 2},
        "lineproof_log_published_entries": {"": 1},
        "lineproof_log_published_age_seconds": {"": 90},
        "lineproof_log_waiting_seconds": {"": 60},
        "lineproof_evidence_kept": {"": 2},
        "lineproof_evidence_overdue": {"": 1},
        "lineproof_gauges_unread": {"": 0},
    }


def test_ages_are_nothing_where_nothing_waits(services: Services):
    from django.core.management import call_command

    from lineproof.web.metrics import exposition, read_gauges

    call_command("flush", verbosity=0, interactive=False)
    found = parsed(exposition(read_gauges(replace(services, tiles=None), now=NOW)))
    assert {value for samples in found.values() for value in samples.values()} == {0}


def test_what_cannot_be_read_now_is_left_out_and_counted(numbers):
    """The published log is verified with keys, which do not answer."""
    found = numbers(keys=Away())
    assert found["lineproof_gauges_unread"] == {"": 3}
    assert "lineproof_log_published_entries" not in found
    assert found["lineproof_orders_open"] == {"": 2}


def test_labels_are_codes_of_closed_lists_and_never_of_one_person():
    from lineproof.registry.queries.gauges import GAUGES

    assert {gauge.label for gauge in GAUGES} <= {"", "kind", "state"}
    assert all(re.fullmatch(r"lineproof_[a-z_]+", gauge.name) for gauge in GAUGES)
    assert len({gauge.name for gauge in GAUGES}) == len(GAUGES)


def test_metrics_of_this_version_are_in_the_page_for_operators_and_no_other():
    from lineproof.registry.queries.gauges import GAUGES
    from lineproof.web.metrics import UNREAD

    page = (Path(__file__).resolve().parents[2] / "docs" / "operate" / "run.md").read_text("utf-8")
    told = re.findall(r"(?m)^\| `(lineproof_\w+)` \| ([^|]*) \|", page)
    assert told == [(gauge.name, f"`{gauge.label}`" if gauge.label else "") for gauge in (*GAUGES, UNREAD)]


# What may be read from one end to the other: an index of one small column, and what is open.
READ_WHOLE = {"lines_by_state"}


def test_no_gauge_reads_a_big_table_from_one_end_to_the_other(filled: Services):
    """Of a partial index, all that is read is what is open. Small: what is there once, or for each key."""
    from django.apps import apps

    from lineproof.registry.queries.gauges import GAUGES
    from lineproof.registry.queries.readiness import check_ready

    partial = {
        index.name
        for model in apps.get_app_config("registry").get_models()
        for index in model._meta.indexes
        if index.condition is not None
    }
    small = {"registry_logkey", "registry_logorigin", "registry_keyrotation", "django_migrations"}
    with queries() as asked:
        for gauge in GAUGES:
            list(gauge.read(filled, LATER))
        check_ready(filled, now=LATER)
    assert len(asked) > 15
    whole = []
    for query in asked:
        for table, index in filter(None, map(scanned, plan_of(query))):
            # LIMIT 1: from one end, and not to the other.
            if table not in small and index not in partial | READ_WHOLE and "LIMIT 1" not in query[0]:
                whole.append((table, query))
    assert whole == []


def test_looking_finds_a_query_that_reads_everything(filled: Services):
    """The control: the way that open orders were found before."""
    from lineproof.registry.models import Order

    with queries() as asked:
        list(Order.objects.filter(done=None))
    assert ("registry_order", None) in map(scanned, plan_of(asked[0]))


@pytest.fixture
def scraped(filled: Services, browser: "Client"):
    """Asks for the numbers as a Prometheus server does."""
    from lineproof.web.metrics import numbers
    from lineproof.web.services import install, installed

    before = installed()
    install(filled)
    numbers.forget()
    yield lambda **headers: browser.get(
        "/metrics", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    numbers.forget()
    install(before)


def test_numbers_are_served_in_the_text_format_and_kept_by_nobody(scraped):
    answer = scraped()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert parsed(answer.content.decode())["lineproof_orders_open"] == {"": 2}
    assert "Alice" not in answer.content.decode()


def test_numbers_are_read_once_in_ten_seconds(scraped):
    from lineproof.registry import models

    before = scraped().content
    models.Order.objects.filter(open=True).update(open=False, fault="", next_at=None)
    assert scraped().content == before


@pytest.mark.parametrize("header", ["forwarded", "x_forwarded_for", "via", "x_real_ip", "x_forwarded_host"])
def test_numbers_are_not_passed_on_by_a_proxy_without_a_token(scraped, header: str):
    assert scraped(**{header: "for=192.0.2.7"}).status_code == 404


def test_numbers_are_for_who_shows_the_token_once_there_is_one(scraped, tmp_path: Path, monkeypatch):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    monkeypatch.setenv("LINEPROOF_METRICS_TOKEN_FILE", str(file))
    refused = scraped()
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert b"lineproof_" not in refused.content
    for shown in ("Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é"):
        assert scraped(authorization=shown).status_code == 401, shown
    assert scraped(authorization=f"Bearer {TOKEN}").status_code == 200
    assert scraped(authorization=f"bearer {TOKEN}", x_forwarded_for="192.0.2.7").status_code == 200


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 32])
def test_token_file_that_is_gone_empty_or_too_short_opens_nothing(
    scraped, tmp_path: Path, monkeypatch, content: bytes | None
):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("LINEPROOF_METRICS_TOKEN_FILE", str(file))
    assert scraped().status_code == 503
    assert scraped(authorization="Bearer ").status_code == 503
