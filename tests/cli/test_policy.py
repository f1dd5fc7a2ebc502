"""`lineproof policy`: what a pack says, in plain words, and whether a file is one."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lineproof import wiring
from lineproof.cli.main import lineproof as command
from lineproof.cli.policy import CLOCKS, STEPS
from lineproof.cli.policy_file import named_policy
from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.errors import Conflict, LineproofError, Malformed, NotFound
from lineproof.terms import LineKind


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["policy", *map(str, arguments)])


def printed(*arguments: object) -> str:
    ran = run(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def error(*arguments: object) -> LineproofError:
    """Give the error that the command ends with; `main` makes a sentence and exit code 1 of it."""
    raised = run(*arguments).exception
    assert isinstance(raised, LineproofError)
    return raised


def text_of(name: str) -> str:
    return (resources.files("lineproof.decision") / "policies" / f"{name}.toml").read_text("utf-8")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of an operator's own: India's, for one of the areas in which the cap is six."""
    file = tmp_path / "in-6.toml"
    text = text_of("in").replace('name = "in"', 'name = "in-6"').replace("mobile = 9", "mobile = 6")
    file.write_text(text, "utf-8")
    return file


def changed(file: Path, old: str, new: str) -> Path:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    return file


def test_list_names_every_pack_that_is_shipped():
    out = printed("list")
    assert [line.split()[0] for line in out.splitlines()] == list(policy_names())
    rows: list[dict[str, Any]] = json.loads(printed("list", "--json"))["packs"]
    assert [(row["name"], row["digest"]) for row in rows] == [
        (name, shipped_policy(name).digest) for name in policy_names()
    ]


@pytest.mark.parametrize("name", policy_names())
def test_every_pack_can_be_shown_and_every_source_of_it_is(name: str):
    out = " ".join(printed("show", name).split())
    for path, text in shipped_policy(name).sources.items():
        assert f"{path}: {text}" in out


def test_shown_terms_end_when_they_would_if_they_began_then():
    out = printed("show", "in", "--from", "2026-12-22T10:30")
    rows = {
        line.strip().split("  ")[0]: re.split(r" {2,}", line.strip())[1:] for line in out.splitlines() if line
    }
    assert "Terms, if they begin on Tue 2026-12-22 at 10:30" in out
    assert rows[CLOCKS["case"]] == ["3 days", "the end of Mon 2026-12-28"]
    assert rows[CLOCKS["sim_cooling"]] == ["4 hours", "Tue 2026-12-22 14:30"]
    assert rows[CLOCKS["appeal"]] == ["10 working days", "the end of Wed 2027-01-06"]
    assert rows[STEPS["terminate_after"]] == ["60 days", "the end of Mon 2027-02-22"]
    assert rows["mobile"] == ["9"]
    assert "8 of its sources are to be checked with counsel" in out


def test_step_that_a_ladder_lacks_is_shown_as_never():
    out = printed("show", "kr", "--from", "2027-02-03")
    assert re.search(r"calls from the line are barred +never\n", out)


def test_shown_as_json_each_term_has_its_end_and_its_source():
    said = json.loads(printed("show", "kr", "--from", "2027-02-03", "--json"))
    assert said["from"] == "2027-02-02T15:00:00+00:00"
    assert said["clocks"].keys() == CLOCKS.keys()
    assert said["clocks"]["quarantine"] == {
        "term": "90 days",
        "ends": "2027-05-04T15:00:00+00:00",
        "source": "press: Ministry of Science and ICT, 28 March 2023; check with counsel",
    }
    assert said["correction"]["restrict_after"] == {
        "term": "never",
        "ends": None,
        "source": "ours; no ladder of a law was found",
    }
    assert said["caps"]["mobile"]["lines"] == 5
    assert said["holidays"][-1] == "2027-12-27"
    assert said["sources"] == dict(shipped_policy("kr").sources)


def test_what_a_pack_says_of_visitors_minors_and_organisations_is_shown(pack: Path):
    assert not re.search("Visitors|Minors|Organisations", printed("check", pack))
    text = pack.read_text("utf-8")
    text = text.replace('"within_cap"', '"within_cap", "adult_by_document"')
    rules = (
        "[organisations]\nmobile = 500\nfixed = 50\n"
        '[minors]\nunder = 18\n[visitors]\nhome = ["IND"]\nline_for = "30 days"\nremind_before = "7 days"\n'
    )
    pack.write_text(
        text.replace(
            "[sources]\n", f'{rules}\n[sources]\nvisitors = "ours"\nminors = "ours"\norganisations = "ours"\n'
        ),
        "utf-8",
    )
    out = printed("check", pack, "--from", "2027-02-03")
    assert re.search(r"\n  at home +IND\n", out)
    assert re.search(r"their line is registered for +30 days +the end of Fri 2027-03-05\n", out)
    assert re.search(r"under, in years +18\n", out)
    assert re.search(r"Organisations.*\n  mobile +500\n  fixed +50\n", out)
    assert json.loads(printed("check", pack, "--json"))["minors"] == {"under": 18}
    assert json.loads(printed("check", pack, "--json"))["organisations"] == {"mobile": 500, "fixed": 50}
    said = json.loads(printed("check", pack, "--json"))["visitors"]
    assert (said["home"], said["remind_before"], said["line_for"]["source"]) == (["IND"], "7 days", "ours")


def test_file_that_is_a_pack_is_shown(pack: Path):
    out = printed("check", pack)
    assert out.startswith(f"in-6, version 2   {pack}\n")
    assert re.search(r"\n  mobile +6\n", out)
    assert json.loads(printed("check", pack, "--json"))["caps"]["mobile"]["lines"] == 6


def test_file_with_the_name_of_another_pack_is_told_so(pack: Path):
    out = " ".join(printed("check", changed(pack, 'name = "in-6"', 'name = "in"')).split())
    assert "A pack named in comes with Lineproof and is another: give this one a name." in out
    assert "give this one a name" not in printed("show", "in")


def test_pack_whose_list_of_holidays_runs_out_is_told_so(pack: Path):
    assert "Its last holiday is 2027-12-25" not in printed("check", pack, "--from", "2026-12-01")
    assert "Its last holiday is 2027-12-25" in printed("check", pack, "--from", "2027-01-01")
    assert "Its last holiday" not in printed("show", "generic")


def test_file_that_is_wrong_is_refused_with_file_key_and_what_is_expected(pack: Path):
    raised = error("check", changed(pack, 'case = "3 days"', 'case = "soon"'))
    assert isinstance(raised, Malformed)
    assert raised.what.startswith(f'{pack}: clocks.case is "soon"; expected a term such as "3 days"')
    assert "docs/policy-packs.md" in raised.remedy


def test_zone_that_does_not_exist_is_refused(pack: Path):
    raised = error("check", changed(pack, "Asia/Kolkata", "Asia/Atlantis"))
    assert isinstance(raised, Malformed)
    assert raised.what == f"{pack}: calendar.zone. The time zone database has no zone 'Asia/Atlantis'."


def test_file_that_is_not_there_no_text_or_too_long_is_refused(tmp_path: Path):
    assert isinstance(error("check", tmp_path / "none.toml"), NotFound)
    assert isinstance(error("check", tmp_path), NotFound)
    for content in (b"\xff\xfe", b"#" * (1 << 20) + b"\n"):
        (tmp_path / "odd.toml").write_bytes(content)
        assert "is no text in UTF-8 of at most 1 MiB" in error("check", tmp_path / "odd.toml").what


def test_pack_that_is_not_shipped_is_not_found():
    raised = error("show", "atlantis")
    assert isinstance(raised, NotFound)
    assert "cn, generic, in, kr, mx, specimen" in raised.remedy


def test_command_takes_the_name_of_a_pack_or_a_file_of_ones_own(pack: Path, monkeypatch: pytest.MonkeyPatch):
    assert named_policy("in") == shipped_policy("in")
    assert named_policy(str(pack)).caps[LineKind.MOBILE] == 6
    monkeypatch.chdir(pack.parent)
    assert named_policy("in-6.toml") == named_policy("./in-6.toml") == named_policy(str(pack))
    for named in ("in-6", "", "in.tom"):
        with pytest.raises(NotFound, match="There is no policy pack named"):
            named_policy(named)
    for named in ("none.toml", "./none", "/", "\0.toml"):
        with pytest.raises(NotFound, match="cannot be read"):
            named_policy(named)


def test_file_does_not_decide_under_the_name_of_another_pack(pack: Path):
    """A case is decided under the pack that it was referred by, and that is found by its name."""
    with pytest.raises(Conflict, match="is named in, as a pack that comes with Lineproof is, and is another"):
        named_policy(str(changed(pack, 'name = "in-6"', 'name = "in"')))
    pack.write_text(text_of("in"), "utf-8")
    assert named_policy(str(pack)) == shipped_policy("in")


def test_record_is_not_opened_under_a_pack_whose_zone_does_not_exist(pack: Path, tmp_path: Path):
    policy = named_policy(str(changed(pack, "Asia/Kolkata", "Asia/Atlantis")))
    with pytest.raises(Malformed, match=r"no zone 'Asia/Atlantis'"):
        wiring.open_record(tmp_path / "record", policy=policy)
    assert not (tmp_path / "record").exists()


@pytest.mark.long
def test_case_of_an_operators_own_pack_is_decided_with_its_file(lineproof, given, tmp_path: Path):
    mine, record = tmp_path / "mine.toml", ["--record", tmp_path / "record"]
    mine.write_text(text_of("specimen").replace('name = "specimen"', 'name = "mine"'), "utf-8")
    mobile = ["--mobile", "+999555001001", "--sim", "8999900000000000014", *record, "--json"]
    for reviewer in ("rhea", "sol"):
        assert lineproof("reviewers", "add", reviewer, *record).code == 0
    referred = lineproof("register", *given()[:-1], mine, *mobile)
    assert referred.code == 4, referred
    assert referred.json["policy"]["name"] == "mine"
    accept = ["cases", "decide", referred.json["case"], "--accept", *record, "--as"]
    lineproof(*accept, "rhea").refuses("policy pack mine", "--policy FILE")
    lineproof(*accept, "rhea", "--policy", "specimen").refuses("referred under the policy mine")
    assert lineproof(*accept, "rhea", "--policy", mine).code == 0
    assert lineproof(*accept, "sol", "--policy", mine).out.startswith("Decided: accepted by 2 people.\n")


@pytest.mark.long
def test_command_says_what_is_wrong_in_one_line_and_exits_with_one(lineproof, pack: Path):
    lineproof("policy", "check", changed(pack, "mobile = 6", "mobile = 0")).refuses(
        f"{pack}: caps.mobile is 0; expected a whole number from 1 to 9999", "docs/policy-packs.md"
    )
    assert lineproof("policy", "show", "mx").code == 0
