"""`lineproof lines take-over`: a disowned line in the name of who uses it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from lineproof.cli.main import lineproof
from lineproof.errors import NotPermitted
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.ports import Services
from tests.fakes.specimens import BO
from tests.flows.corrected import RHEA, SOL
from tests.flows.test_dispute_line import BEA

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NUMBER = "+999555001001"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(lineproof, ["lines", "take-over", *[str(each) for each in arguments]])


@pytest.fixture
def desk(services: Services, tmp_path: Path) -> "Desk":
    """An empty record."""
    from tests.flows.desk import Desk

    return Desk.opened(services, tmp_path)


@pytest.fixture
def copied(desk: "Desk") -> list[str]:
    """Alice's disowned line, as Bea copied it from Bo's telephone, and Bo's session."""
    from lineproof.registry.flows.decide_dispute import give_opinion
    from lineproof.registry.flows.dispute_line import hear_user, open_dispute
    from tests.flows.desk import a_mobile

    now, services = datetime.now(UTC), desk.services
    line = desk.register().line
    assert line is not None
    desk.enrol_agent(BEA)
    dispute = open_dispute(services, line, DisputeKind.NOT_MINE, desk.verified(now=now), now=now).id
    hear_user(services, dispute, Statement.SAYS_IT_IS_THEIRS, BEA, now=now)
    for who in (RHEA, SOL):
        reason = DisputeReason.DOCUMENT_WAS_MISUSED
        give_opinion(services, dispute, who, DisputeChoice.UPHELD, reason, now=now)
    session = desk.verified(BO, now=datetime.now(UTC))
    terms = services.policy.terms_version
    seen = ["--seen-by", "bea", "--terms", terms, "--policy", "specimen"]
    return [NUMBER, "--sim", a_mobile().detail, "--session", str(session), *seen]


def test_line_is_taken_over_and_only_once(copied: list[str], desk: "Desk"):
    ran = run(*copied, "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.output) == {"line": str(desk.row("Line").id)}
    assert desk.row("Custody", until=None).disowned_at is None
    again = run(*copied)
    assert isinstance(again.exception, NotPermitted)
    assert "Only a line that its holder disowned" in (again.exception.remedy or "")


def test_it_says_so_in_words(copied: list[str]):
    ran = run(*copied)
    assert (ran.exit_code, ran.output) == (0, "Taken over. The line is in their name, and works.\n")


@pytest.mark.parametrize("more", [["--address", "12 Quay Street"], []])
def test_sim_and_address_do_not_go_together_and_one_is_wanted(copied: list[str], more: list[str]):
    given = [*copied, *more] if more else [each for each in copied if each != "--sim"][:1] + copied[3:]
    ran = run(*given)
    assert ran.exit_code == 2
    assert "Give --sim of a mobile line, or --address" in ran.output
