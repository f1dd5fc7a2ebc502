"""`lineproof corrections`, on the record of the desk: what each command says and does."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from click.testing import CliRunner, Result

from lineproof.cli.corrections import CAUSES, WAITS, corrections
from lineproof.errors import LineproofError
from lineproof.line.ladder import Wait
from lineproof.wiring import RECORD_VARIABLE
from tests.flows.corrected import Corrected
from tests.flows.test_find_corrections import EVERY, imported

if TYPE_CHECKING:
    from tests.flows.desk import Desk


def said(*arguments: str) -> str:
    """Run a command on the record that is open, and give what it prints."""
    ran = invoked(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.output


def invoked(*arguments: str) -> Result:
    options = ["--record", os.environ[RECORD_VARIABLE], "--policy", "specimen"]
    return CliRunner().invoke(corrections, [*arguments, *options])


def overdue(desk: "Desk", correction: UUID) -> None:
    """Let the time that the holder had be over, and the notice delivered."""
    from lineproof.registry.models import Correction

    now = datetime.now(UTC)
    rows = Correction.objects.filter(id=correction)
    rows.update(noticed_at=now - timedelta(days=40), due_at=now - timedelta(seconds=1))
    Corrected(desk, correction, now).deliver()


def test_every_wait_and_every_cause_that_can_be_looked_for_has_its_words():
    assert set(WAITS) == {wait.value for wait in Wait}
    assert set(CAUSES) == {cause.value for cause in EVERY}


def test_line_is_found_announced_signed_and_given_back_from_the_command_line(desk: "Desk"):
    imported(desk)
    assert "missing_verification: 1 would be entered" in said("find")
    assert "No correction is open." in said("list")
    assert "missing_verification: 1 entered" in said("find", "--write")
    row = desk.row("Correction")
    assert f"{row.id}  missing_verification  found  to be announced" in said("list")
    assert f"{row.id}  announced" in said("announce", str(row.id), "--as", "rhea")
    assert "waits: the notice" not in said("list")
    assert "waits: its holder still has time" in said("list")
    assert "No correction waits for people." in said("list", "--due")
    sign = ("sign", "restrict", str(row.id), "--carry-out", "--as")
    assert "not signed: its holder still has time" in said(*sign, "rhea")
    overdue(desk, row.id)
    assert "another signature is wanted" in said(*sign, "rhea")
    assert "carried out" in said(*sign, "sol")
    assert "the holder has until" in said("extend", str(row.id), "--as", "ada", "--ground", "abroad").lower()
    assert "Withdrawn" in said("withdraw", str(row.id), "--as", "sol")
    assert Corrected(desk, row.id, row.found_at).state == ("withdrawn", "active")


def test_what_is_printed_for_programs_names_nobody(desk: "Desk"):
    imported(desk)
    assert json.loads(said("find", "--write", "--json")) == {
        "lines": 1,
        "findings": {"missing_verification": 1, "cap_exceeded": 0, "registration_lapsed": 0},
        "written": True,
    }
    (row,) = json.loads(said("list", "--json"))
    assert set(row) == {
        *("id", "cause", "state", "found_at", "step", "due_at", "wait", "signed", "stuck", "is_due"),
    }
    assert (row["state"], row["step"], row["is_due"]) == ("found", None, True)


def test_cause_is_looked_for_alone(desk: "Desk"):
    imported(desk)
    out = said("find", "--cause", "document_expired")
    assert "document_expired: 0 would be entered" in out
    assert "missing_verification" not in out


def test_signing_without_a_choice_and_with_an_unknown_name_are_refused(desk: "Desk"):
    case = Corrected.found(desk).announce()
    assert invoked("sign", "restrict", str(case.id), "--as", "rhea").exit_code == 2
    overdue(desk, case.id)
    unknown = invoked("sign", "restrict", str(case.id), "--as", "nobody", "--put-off")
    assert isinstance(unknown.exception, LineproofError)
    assert invoked("find", "--cause", "holder_dispute").exit_code == 2
