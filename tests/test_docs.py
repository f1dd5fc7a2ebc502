"""What is written is true: every reason, procedure and command has its page, and links lead somewhere."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from lineproof.cli.main import COMMANDS, lineproof
from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.line.imported import FIELDS, PROBLEMS
from tests.redlines.test_no_pack_undoes_a_promise import OPTIONAL_KEYS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FLOWS = ROOT / "src" / "lineproof" / "registry" / "flows"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PROCEDURES = (
    *("register_line", "apply_online", "link_document", "review_case", "provision"),
    *("page_link", "sign_in", "add_passkey", "enrol_staff", "verify_evidence"),
    *("erase", "rotate_keys", "open_evidence", "settle_evidence", "enrol_passkey", "publish_log"),
    "rotate_log_key",
    "inspector_access",
    "verify_holder",
    "appeal_decision",
    "review_online",
    *("inspect", "second_look"),
    "settle_identity",
    *("transfer_line", "surrender_line", "reissue_numbers"),
    *("replace_sim", "port_out", "port_in"),
    *("dispute_line", "decide_dispute", "close_line_used_by_another", "take_over_line"),
    "change_signatory",
    "correct_lines",
    *("contact_points", "deliver_notices"),
    "remind_holders",
    "import_lines",
)
# What several procedures share; each is described where it is used.
PARTS_OF_PROCEDURES = {
    *("__init__", "application", "holding", "lines", "keeping", "log", "after_commit", "verification"),
    *("log_origin", "transfers"),
    *("log_origin", "held_line", "portings"),
    *("hand_over", "head_turn", "send_document"),
    "log_origin",
    *("corrections", "announcing", "find_corrections", "giving_back"),
    *("log_origin", "import_batch", "import_holders"),
    *("orders", "due"),
    *("log_origin", "visits", "minors", "organisations", "receiving"),
}


def read(page: Path) -> str:
    """Read a page; an absent one has nothing in it."""
    return page.read_text("utf-8") if page.exists() else ""


def first_column(table: str) -> list[str]:
    """Read the codes in backticks in the first column of every table."""
    return re.findall(r"(?m)^\|\s*`([^`]+)`\s*\|", table)


def broken_links(page: Path) -> list[str]:
    """Find the relative links of a page that lead nowhere, headings included."""
    text = re.sub(r"(?ms)^```.*?^```", "", read(page))
    found = []
    for target in re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (heading and there.suffix == ".md" and heading not in anchors(there)):
            found.append(target)
    return found


def anchors(page: Path) -> set[str]:
    """List the anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"(?m)^#+\s+(.*)$", re.sub(r"(?ms)^```.*?^```", "", read(page)))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def test_every_reason_is_in_the_catalogues_page_once_and_no_other():
    codes = first_column(read(DOCS / "reasons.md"))
    assert sorted(codes) == sorted(code.value for code in ReasonCode)


def test_every_column_and_every_problem_of_an_import_is_described_as_it_is():
    page = read(DOCS / "procedures" / "import_lines.md")
    rows = dict(re.findall(r"(?m)^\| `([^`]+)` \| (.*) \|$", page))
    assert {name: rows.get(name) for name in FIELDS} == dict(FIELDS)
    described = {kind.value: f"{text.says} | {text.remedy}" for kind, text in PROBLEMS.items()}
    assert {kind: rows.get(kind) for kind in described} == described
    assert set(rows) == {*FIELDS, *described}


def test_every_flow_is_a_procedure_or_a_part_of_one():
    assert {path.stem for path in FLOWS.glob("*.py")} == {*PROCEDURES, *PARTS_OF_PROCEDURES}


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_procedure_has_its_page(name: str):
    assert (DOCS / "procedures" / f"{name}.md").is_file()


def test_no_page_is_about_a_procedure_that_is_gone():
    assert {path.stem for path in (DOCS / "procedures").glob("*.md")} - {"README"} <= set(PROCEDURES)


def keys_of(table: Mapping[str, object], above: str = "") -> Iterator[str]:
    """Walk the keys of a policy pack that hold a value; `sources` is one, whatever it names."""
    for key, value in table.items():
        if isinstance(value, Mapping) and key != "sources":
            yield from keys_of(value, f"{above}{key}.")
        else:
            yield above + key


def test_every_key_of_a_policy_pack_is_on_its_page_once_and_no_other():
    table = read(DOCS / "policy-packs.md").split("## Every key", 1)[1].split("\n## ", 1)[0]
    assert sorted(first_column(table)) == sorted(keys_of(shipped_policy("generic").content))


def test_every_key_of_a_table_that_a_pack_need_not_have_is_on_its_page_once_and_no_other():
    table = (
        read(DOCS / "policy-packs.md").split("## Tables that need not be there", 1)[1].split("\n## ", 1)[0]
    )
    assert sorted(first_column(table)) == sorted(OPTIONAL_KEYS)


def test_every_policy_pack_that_is_shipped_is_on_the_page_and_no_other():
    table = read(DOCS / "policy-packs.md").split("## A pack of your own", 1)[0]
    assert sorted(first_column(table)) == sorted(policy_names())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described(command: str):
    described = read(ROOT / "README.md") + read(DOCS / "commands.md")
    assert re.search(rf"lineproof {command}\b", described)


def test_no_command_is_described_that_is_gone():
    for page in (ROOT / "README.md", DOCS / "commands.md"):
        named = set(re.findall(r"`lineproof ([a-z]+)\b", read(page)))
        assert named <= set(COMMANDS)


def options_of(said: str) -> tuple[set[str], set[str]]:
    """Read a command as it is written in a page: the options that it names, and those that it has."""
    words = said.replace("\\|", "|").replace("[", " ").replace("]", " ").split()[1:]
    command: click.Command = lineproof
    while words and isinstance(command, click.Group) and re.fullmatch(r"[a-z]+,?", words[0]):
        found = command.get_command(click.Context(command), words.pop(0).strip(","))
        if found is None:
            return set(), set()
        command = found
    if isinstance(command, click.Group):
        return set(), set()
    has = {name for each in command.params for name in each.opts}
    return set(re.findall(r"--[a-z-]+", " ".join(words))), has | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_option_is_described_that_is_gone(page: Path):
    if page.name == "CHANGELOG.md":
        return
    for said in re.findall(r"`(lineproof [^`]+)`", read(page)):
        named, has = options_of(said)
        assert named <= has, said


def test_looking_finds_an_option_that_is_gone():
    """The control."""
    named, has = options_of("lineproof serve [--port N] [--publish-log]")
    assert named - has == {"--publish-log"}
    named, has = options_of("lineproof log verify DIR\\|URL [--key KEY] [--token-file FILE]")
    assert {"--key", "--token-file"} == named <= has


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    assert broken_links(page) == []


def test_looking_finds_a_broken_link_and_an_unknown_code(tmp_path: Path):
    """The control."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, here\n[a](#a-heading-here) [b](other.md) [c](#nowhere) [d](https://x.org) [e](page.md)"
    )
    assert broken_links(page) == ["other.md", "#nowhere"]
    assert first_column("| code | says |\n| --- | --- |\n| `no_face` | x |\n| `of_mine` | `y` |\n") == [
        "no_face",
        "of_mine",
    ]
