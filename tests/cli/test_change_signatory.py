"""`lineproof lines change-signatory`: an organisation's line in the name of another of its signatories."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from lineproof.cli.main import lineproof
from lineproof.decision.attestation import SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.ports import Services
from lineproof.terms import StaffName, Way
from tests.fakes.specimens import BO

QUAY = ["--for-organisation", "Quay Ltd", "--register", "Companies House", "--register-number", "0123 4567"]


def pack_of(services: Services, folder: Path) -> Path:
    """Write the services' pack with a table of organisations."""
    from importlib.resources import files

    text = (files("lineproof.decision") / "policies" / f"{services.policy.name}.toml").read_text("utf-8")
    file = folder / "own.toml"
    table = '[organisations]\nmobile = 5\nfixed = 5\n\n[sources]\norganisations = "ours"\n'
    own = text.replace(f'name = "{services.policy.name}"', 'name = "own"', 1)
    file.write_text(own.replace("[sources]\n", table, 1), "utf-8")
    return file


@pytest.mark.parametrize("as_json", [False, True])
def test_line_is_in_the_name_of_the_new_signatory(services: Services, tmp_path: Path, as_json: bool):
    from lineproof.cli.policy_file import named_policy
    from tests.flows.desk import Desk

    file = pack_of(services, tmp_path)
    desk = Desk.opened(replace(services, policy=named_policy(str(file))), tmp_path)
    papers = SeenPapers(
        organisation=Organisation.parse(name="Quay Ltd", register="Companies House", number="01234567")
    )
    line = desk.register(desk.attest(desk.present(attended=False), papers=papers)).line
    bea = StaffName("bea")
    desk.enrol_agent(bea)
    presentation = desk.attest(desk.present(BO, way=Way.COUNTER, attended=False), agent=bea, papers=papers)
    desk.verify_holder(presentation, now=datetime.now(UTC))
    given = ["--terms", desk.services.policy.terms_version, "--session", str(presentation.session)]
    ran = CliRunner().invoke(
        lineproof,
        [
            *("lines", "change-signatory", "+999555001001", *QUAY, *given, "--policy", str(file)),
            *(["--json"] if as_json else []),
        ],
    )
    assert ran.exit_code == 0, ran.output
    if as_json:
        assert json.loads(ran.output) == {"line": str(line)}
    else:
        assert (
            ran.output == "Changed. The line is in their name, for the organisation, and works as before.\n"
        )
    assert [row.until is None for row in desk.rows("Custody")] == [False, True]
