"""An inspector sees the published log, which names nobody, and nothing else: no people, and none in bulk."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.terms import StaffName
from lineproof.tiles.directory import TileFolder
from tests.fakes.specimens import ALICE
from tests.redlines.source import SOURCE

if TYPE_CHECKING:
    from django.urls import URLPattern

    from tests.flows.desk import Desk

GIVEN = {
    "<slug:name>": "not-mine",
    "<str:token>": "a-token",
    "<int:number>": "1",
    "<uuid:case>": str(uuid.UUID(int=1)),
}
# Every module that speaks of inspectors. Whoever adds one says what keeps people out of it.
SPEAKING = {
    *("terms.py", "transparency/entry.py", "decision/policy.py", "tiles/url.py", "web/log.py"),
    *("cli/main.py", "cli/inspectors.py", "cli/published_log.py", "transparency/monitor_rules.py"),
    *("registry/models/__init__.py", "registry/models/inspector.py", "registry/models/staff.py"),
    *("registry/queries/inspector.py", "registry/queries/staff.py", "registry/flows/inspector_access.py"),
    # An inspection's sample: two people disclose each entry of it.
    *("cli/inspections.py", "cli/log_sample.py", "line/inspection.py", "transparency/sample.py"),
    *("registry/models/inspection.py", "registry/flows/inspect.py", "registry/queries/inspections.py"),
    # What a policy pack says of them: within how long a finding of theirs is answered.
    *("registry/flows/enrol_staff.py", "decision/clocks.py", "cli/policy.py"),
    # A narrated incident, in which one draws a sample among simulated people.
    "simulate/attacks/colluding_reviewers.py",
    # Simulated inspections.
    *("simulate/life.py", "simulate/office.py", "simulate/operating.py", "simulate/operator.py"),
}


@pytest.fixture
def published(desk: "Desk", tmp_path: Path) -> Iterator[Path]:
    """The published log of a record with Alice's line, which pages show to inspectors."""
    from lineproof.registry.flows.publish_log import publish_log
    from lineproof.web.services import install

    assert desk.register().line is not None
    folder = tmp_path / "log"
    shown = replace(desk.services, tiles=TileFolder(folder), policy=shipped_policy("generic"))
    publish_log(shown)
    install(shown)
    yield folder
    install(desk.services)


def addresses(**given: str) -> list[str]:
    """List every address there is, with something in the place of each part that varies."""
    from django.urls import get_resolver

    def walk(patterns: "list[URLPattern]", above: str) -> Iterator[str]:
        for each in patterns:
            place, inner = above + str(each.pattern), getattr(each, "url_patterns", None)
            yield from [place] if inner is None else walk(inner, place)

    found = list(walk(get_resolver().url_patterns, ""))
    for part, value in {**GIVEN, **given}.items():
        found = [place.replace(part, value) for place in found]
    assert not [place for place in found if "<" in place]
    return found


def said(answer: Any) -> bytes:
    """Give what a page says, but for what is another each time: what its forms and its script are asked."""
    return re.sub(rb'(value|data-challenge)="[^"]*"', b"", answer.content)


def test_token_opens_the_log_and_changes_no_other_page(desk: "Desk", published: Path):
    from django.test import Client

    from lineproof.registry.flows.inspector_access import issue_inspector_token

    token = issue_inspector_token(desk.services, StaffName("ines"), now=datetime.now(UTC)).token
    browser = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    (bundle,) = (published / "tile" / "entries").glob("000.p/*")
    tile = bundle.relative_to(published / "tile").as_posix()
    opened = set()
    for place in addresses(**{"<path:place>": tile}):
        without = browser.get(f"/{place}")
        shown = browser.get(f"/{place}", headers={"Authorization": f"Bearer {token}"})
        if (without.status_code, said(without)) != (shown.status_code, said(shown)):
            opened.add(place)
    assert opened == {"log/checkpoint", f"log/tile/{tile}"}


def test_nothing_but_the_log_knows_of_inspectors():
    modules = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    speaking = {path for path in modules if "inspector" in path.read_text("utf-8").lower()}
    assert {path.relative_to(SOURCE).as_posix() for path in speaking} == SPEAKING


def test_inspectors_have_three_commands():
    from lineproof.cli.inspectors import inspectors

    assert set(inspectors.commands) == {"add", "list", "revoke"}


def test_files_that_an_inspector_reads_name_nobody(desk: "Desk", published: Path):
    everything = b"".join(path.read_bytes() for path in published.rglob("*") if path.is_file()).lower()
    rows = [row for table in ("Holder", "Line", "Decision", "Order") for row in desk.rows(table)]
    people = [ALICE.surname, ALICE.number, "999555001001", "rhea", *(str(row.pk) for row in rows)]
    people += [row.pk.hex for row in rows]
    assert not [each for each in people if each.lower().encode() in everything]
    # The control: what happened is there.
    assert b'"kind":"line_registered"' in everything
