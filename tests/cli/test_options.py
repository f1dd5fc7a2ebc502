"""Options that make no sense are refused as usage, before anything is started or made."""

import time
from pathlib import Path

import pytest

# Each step is a process of its own; tests/cli/test_demo.py runs the main job in the shorter tier.
pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["verify", "--document", "a.jpg"],
        ["verify", "--document", "a.jpg", "--capture", "b.jpg", "--way", "counter"],
        ["verify", "--document", "a.jpg", "--capture", "b.jpg", "--garbage"],
        ["verify", "--document", "a.jpg", "--capture", "b.jpg", "--way", "teleport"],
        ["register", "--document", "a.jpg", "--capture", "b.jpg"],
        ["register", "--document", "a.jpg", "--capture", "b.jpg", "--mobile", "+99955", "--internet", "bo"],
        ["register", "--document", "a.jpg", "--capture", "b.jpg", "--mobile", "+999555001001"],
        ["register", "--document", "a.jpg", "--capture", "b.jpg", "--internet", "bo.brannoch"],
        [
            *("register", "--document", "a.jpg", "--way", "counter", "--internet", "bo.brannoch"),
            *("--address", "1 Quay Street", "--permit-until", "2027-03-01"),
        ],
        [
            *("holders", "verify", "--document", "a.jpg", "--way", "counter", "--attended-by", "ada"),
            *("--permit-until", "soon"),
        ],
        [
            *("register", "--document", "a.jpg", "--way", "counter", "--internet", "bo.brannoch"),
            *("--address", "1 Quay Street", "--for-minor"),
        ],
        [
            *("register", "--document", "a.jpg", "--way", "counter", "--internet", "bo.brannoch"),
            *("--address", "1 Quay Street", "--for-organisation", "Quay Ltd"),
            *("--register", "Companies House", "--register-number", "01234567"),
        ],
        [
            *("holders", "verify", "--document", "a.jpg", "--way", "counter", "--attended-by", "ada"),
            *("--for-organisation", "Quay Ltd", "--register-number", "01234567"),
        ],
        [
            "disputes",
            "used-by-another",
            "+999555001001",
            "--not-the-minor",
            "--court",
            "1",
            "--seen-by",
            "ada",
        ],
        ["read"],
        ["read", "a.jpg", "b.jpg"],
        ["demo", "--port", "65536"],
        ["serve", "--port", "http"],
        ["serve", "--publish-log"],
        ["inspectors", "add"],
        ["inspectors", "revoke"],
        ["erase"],
        ["erase", "+999555001001", "--due"],
        ["cases", "decide", "not-a-case", "--as", "rhea", "--accept"],
        ["cases", "decide", "9f8a7c58-0d5b-4d58-8d27-b0e9b6c4a111", "--as", "rhea"],
        [
            "cases",
            "decide",
            "9f8a7c58-0d5b-4d58-8d27-b0e9b6c4a111",
            "--as",
            "rhea",
            "--refuse",
            "--reason",
            "x",
        ],
        ["specimen", "document", "--seed", "-1", "--out", "a.jpg"],
        ["agents", "dance"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_senseless_options_are_a_usage_error_and_make_nothing(lineproof, environment, arguments):
    ran = lineproof(*arguments)
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.count("Error:") == 1
    assert not list(Path(environment["HOME"]).iterdir())


@pytest.mark.parametrize("asked", [["--help"], ["-h"], ["--version"], ["verify", "--help"]])
def test_help_comes_at_once(lineproof, asked):
    began = time.monotonic()
    ran = lineproof(*asked)
    assert ran.code == 0, ran
    assert ran.out
    assert time.monotonic() - began < 5


def test_an_unknown_policy_is_refused_with_the_names_there_are(lineproof, given):
    lineproof("verify", *given()[:-1], "nowhere").refuses("'nowhere'", "cn, generic, in, kr, mx, specimen")
    lineproof("verify", *given()[:-1], "../policies/specimen").refuses("../policies/specimen cannot be read")


@pytest.mark.parametrize("name", ["a/b", "../../ada", "/etc/ada", "..", "", "ada\n", "a" * 41])
def test_a_name_that_could_leave_its_folder_is_no_agents_name(lineproof, tmp_path: Path, name):
    ran = lineproof("agents", "add", "--record", tmp_path / "record", "--", name)
    ran.refuses("not a name for a member of staff", "2 to 40")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["--mobile", "0155 5001", "--sim", "8999900000999555001"],
            "not a mobile number in international form",
        ),
        (["--mobile", "+999555001001", "--sim", "12"], "not the number of a SIM card"),
    ],
)
def test_an_identifier_that_is_none_is_refused_with_its_form(lineproof, given, tmp_path, options, says):
    ran = lineproof("register", *given(), *options, "--record", tmp_path / "record")
    ran.refuses(says)


@pytest.mark.parametrize("earlier", ["x", "1:zz", "1", ":", "-1:00", "1:00", "0:00"])
def test_a_head_that_is_none_is_a_usage_error(lineproof, record_with_ada, earlier):
    ran = lineproof("log", "verify", "--earlier", earlier, "--record", record_with_ada)
    assert ran.code == 2, ran
