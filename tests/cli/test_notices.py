"""`lineproof notices` and `lineproof contacts`, called in this process on the record of the tests."""

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from lineproof.cli.main import lineproof
from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.ports import Services
from tests.fakes.specimens import ALICE

if TYPE_CHECKING:
    from tests.flows.desk import Desk


@pytest.fixture
def desk(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """An empty record; its desk works at the time that the command will see."""
    from tests.flows.desk import Desk

    for name in ("LINEPROOF_SMTP", "LINEPROOF_SMS_HOOK"):
        monkeypatch.delenv(name, raising=False)
    return Desk.opened(services, tmp_path)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(lineproof, [str(each) for each in arguments])


def said(*arguments: object) -> str:
    ran = run(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture
def session(desk: "Desk") -> uuid.UUID:
    """A session in which Alice was verified just now."""
    from datetime import UTC, datetime

    return desk.verified(ALICE, now=datetime.now(UTC))


def test_contact_points_are_added_listed_and_removed(session: uuid.UUID):
    assert "go nowhere else" in said("contacts", "list", "--session", session)
    added = said(
        "contacts", "add", "--email", "alice@Example.org", "--language", "ar-EG", "--session", session
    )
    said("contacts", "add", "--sms", "+999 555 009 009", "--session", session)
    listed = json.loads(said("contacts", "list", "--session", session, "--json"))
    assert [(one["channel"], one["address"], one["language"]) for one in listed] == [
        ("email", "alice@example.org", "ar"),
        ("sms", "+999555009009", "en"),
    ]
    assert listed[0]["id"] in added
    assert "removed" in said("contacts", "remove", listed[0]["id"], "--session", session).lower()
    assert "alice" not in said("contacts", "list", "--session", session)


def test_contact_point_needs_one_address_that_is_one_and_a_verified_session(session: uuid.UUID):
    assert run("contacts", "add", "--session", session).exit_code == 2
    assert (
        run("contacts", "add", "--email", "a@b.example", "--sms", "+99955500", "--session", session).exit_code
        == 2
    )
    assert run("contacts", "add", "--email", "a@b.example").exit_code == 2
    assert isinstance(run("contacts", "add", "--sms", "12", "--session", session).exception, Malformed)
    stranger = run("contacts", "list", "--session", uuid.uuid4())
    assert isinstance(stranger.exception, NotPermitted)


def test_notice_is_listed_printed_and_handed_over(desk: "Desk"):
    assert desk.register().line is not None
    (row,) = json.loads(said("notices", "list", "--json"))
    assert (row["kind"], row["state"], row["attempts"]) == ("line_registered", "given", 0)
    number = row["notice"]
    assert f"{number}  line_registered" in said("notices", "list")
    printed = said("notices", "print", number, "--language", "es")
    assert printed.startswith("Se registró una línea a su nombre\n\n")
    assert "001" in printed
    assert json.loads(said("notices", "print", number, "--json"))["language"] == "en"
    assert "handed over by ada" in said("notices", "hand-over", number, "--as", "ada")
    assert isinstance(run("notices", "hand-over", number, "--as", "ada").exception, Conflict)
    assert isinstance(run("notices", "print", 10**6).exception, NotFound)
    assert "No notice is on its way" in said("notices", "list")
    assert "Every notice reached" in said("notices", "list", "--undelivered")


def test_delivery_without_a_channel_says_so(desk: "Desk"):
    """Given long ago: whoever delivers today finds it undelivered."""
    from datetime import UTC, datetime

    from django.apps import apps

    assert desk.register().line is not None
    apps.get_model("registry", "Notice").objects.update(given_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert "No channel is set up" in said("notices", "deliver", "--policy", "specimen")
    counts = json.loads(said("notices", "deliver", "--json"))
    assert counts == {
        "channels": [],
        **dict.fromkeys(("attempts", "accepted", "delivered", "undelivered", "on_their_way"), 0),
    }
    assert "line_registered" in said("notices", "list", "--undelivered")


def test_delivery_sends_by_the_gateway_that_the_environment_names(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch
):
    from lineproof.messages.sms_hook import HOOK_PURPOSE
    from tests.fakes.messages import Gateway, running_gateway

    assert desk.register().line is not None
    gateway = Gateway(desk.services.keys.public_key(purpose=HOOK_PURPOSE))
    with running_gateway(gateway) as address:
        monkeypatch.setenv("LINEPROOF_SMS_HOOK", address)
        counts = json.loads(said("notices", "deliver", "--json"))
    assert (counts["channels"], counts["accepted"], counts["delivered"]) == (["sms"], 1, 1)
    (taken,) = gateway.taken
    assert taken.to == "+999555001001"
    assert said("notices", "key").startswith("whpk_")
