"""Where each value of a pack comes from: said in the pack, as data."""

import copy
import re
from typing import Any

import pytest

from lineproof.decision.pack_rules import SOURCED
from lineproof.decision.policy import parse_policy, policy_names, shipped_policy
from lineproof.errors import Malformed


def pack(sources: Any) -> dict[str, Any]:
    """Give the generic pack with other sources."""
    return {**copy.deepcopy(dict(shipped_policy("generic").content)), "sources": sources}


ALL = dict.fromkeys(SOURCED, "ours")


def test_source_of_a_table_covers_every_key_of_it_and_one_of_its_own_goes_before_it():
    policy = parse_policy(pack({**ALL, "clocks.case": "a law", "retention.line": "another"}))
    assert policy.source_of("clocks.case") == "a law"
    assert policy.source_of("clocks.appeal") == "ours"
    assert policy.source_of("retention.line.days") == policy.source_of("retention.line.because") == "another"
    assert policy.source_of("retention.identity.days") == "ours"
    assert policy.source_of("terms.version") is None
    assert policy.source_of("clock") is policy.source_of("") is None


@pytest.mark.parametrize("table", SOURCED)
def test_table_without_a_source_is_refused_with_the_first_key_that_lacks_one(table: str):
    sources = {name: text for name, text in ALL.items() if name != table}
    with pytest.raises(Malformed, match=rf'{table}\.[a-z_.]+ has no source; expected .* sources\."{table}\.'):
        parse_policy(pack(sources))


def test_every_key_of_a_table_is_covered_and_not_only_some():
    sources = {name: text for name, text in ALL.items() if name != "caps"}
    with pytest.raises(Malformed, match=r"caps\.fixed has no source"):
        parse_policy(pack({**sources, "caps.mobile": "a law"}))
    assert parse_policy(pack({**sources, "caps.mobile": "a law", "caps.fixed": "ours"}))


@pytest.mark.parametrize(
    "path",
    ["clocks.cas", "clock", "clocks.case.days", "clocks.", ".clocks", "", "sources", "sources.clocks", "\n"],
)
def test_source_of_a_key_that_is_not_there_is_refused(path: str):
    with pytest.raises(Malformed, match=r"sources has .*; expected the path of a key of this pack") as error:
        parse_policy(pack({**ALL, path: "a law"}))
    assert error.value.what.isprintable()


@pytest.mark.parametrize("text", ["", " ", 1, None, ["ours"], {"is": "ours"}, "a\nb", "x" * 501], ids=repr)
def test_source_is_a_text_of_one_line(text: Any):
    with pytest.raises(Malformed, match=r"sources\.clocks is .*; expected a text of one line"):
        parse_policy(pack({**ALL, "clocks": text}))


@pytest.mark.parametrize("sources", [None, [], "ours", {}])
def test_sources_are_a_table_that_covers_something(sources: Any):
    with pytest.raises(Malformed, match=r"sources is|has no source"):
        parse_policy(pack(sources))


@pytest.mark.parametrize("text", ["press: a paper", "press: ; check with counsel", "press report", "press"])
def test_press_report_says_that_it_is_only_that(text: str):
    with pytest.raises(Malformed, match=re.escape('expected "press: WHAT; check with counsel"')):
        parse_policy(pack({**ALL, "clocks": text}))


@pytest.mark.parametrize("name", policy_names())
def test_shipped_pack_says_where_everything_comes_from_but_its_name_and_the_contracts_terms(name: str):
    policy = shipped_policy(name)
    for table in (*SOURCED, "required", "face", "documents"):
        assert policy.source_of(table), table


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        (
            "in",
            {
                *("caps.mobile", "calendar.holidays", "clocks.sim_hold_port", "clocks.port_out"),
                *("clocks.quarantine", "correction"),
            },
        ),
        ("kr", {"required.counter", "calendar.holidays", "clocks.quarantine"}),
        ("mx", {"documents", "caps.mobile"}),
        ("cn", {"caps.mobile"}),
        ("generic", set()),
        ("specimen", set()),
    ],
)
def test_what_only_the_press_says_is_known(name: str, paths: set[str]):
    sources = shipped_policy(name).sources
    assert {path for path, text in sources.items() if text.startswith("press: ")} == paths


@pytest.mark.parametrize("name", ["in", "kr", "mx", "cn"])
def test_whatever_is_not_ours_in_a_national_pack_is_to_be_checked(name: str):
    """A zone is where it is, and a threshold was measured; of a law, we have read at most the number."""
    for path, text in shipped_policy(name).sources.items():
        ours = text.startswith(("ours", "docs/measurements.md")) or path == "calendar.zone"
        assert ours or text.endswith("; check with counsel"), path
