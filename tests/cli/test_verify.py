"""`lineproof verify`: its three outcomes, and evidence that is not what it should be."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lineproof.decision.policy import shipped_policy

# Each step is a process of its own; tests/cli/test_demo.py runs the main job in the shorter tier.
pytestmark = pytest.mark.long

ALICE = ("alice-document.jpg", "alice-capture.jpg")
NO_PHOTOGRAPHS = {
    ("text.jpg", ALICE[1]): "photograph of the document is not a JPEG, PNG or WebP image",
    ("truncated.jpg", ALICE[1]): "photograph of the document is damaged or incomplete",
    ("140-megapixels.png", ALICE[1]): "14000 x 10000",
    (ALICE[0], "140-megapixels.png"): "14000 x 10000",
    ("missing.jpg", ALICE[1]): "missing.jpg",
    ("folder", ALICE[1]): "folder",
    ("fifo", ALICE[1]): "fifo",
    ("/dev/zero", ALICE[1]): "/dev/zero",
    ("empty.jpg", ALICE[1]): "empty.jpg",
}
NOT_VERIFIED = {
    ("desk.jpg", ALICE[1]): "document_not_in_view",
    ("bo-capture.jpg", ALICE[1]): "document_not_in_view",
    ("wrong-check-digit.jpg", ALICE[1]): "check_digits_wrong",
    ("lines-of-40.jpg", ALICE[1]): "document_not_clear",
    ("ends-lost.jpg", ALICE[1]): "document_line_cut_short",
    (ALICE[0], "desk.jpg"): "no_face",
    (ALICE[0], "two-faces.jpg"): "two_faces",
    (ALICE[0], ALICE[0]): "same_image_twice",
}
TURNED = [(f"alice-document-{turn}.jpg", f"alice-capture-{360 - turn}.jpg") for turn in (90, 180, 270)]


@pytest.fixture(scope="module")
def verified(lineproof, given, pictures: Path) -> Mapping[tuple[str, str], Any]:
    """What became of every pair of files above, verified with nobody attending; two at a time."""
    (pictures / "folder").mkdir()
    os.mkfifo(pictures / "fifo")
    pairs = [ALICE, *NO_PHOTOGRAPHS, *NOT_VERIFIED, *TURNED]
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda pair: lineproof("verify", *given(*pair), "--json"), pairs)
        return dict(zip(pairs, runs, strict=True))


def test_two_photographs_that_match_are_referred_because_nobody_attended(verified):
    ran = verified[ALICE]
    assert ran.code == 4, ran
    assert ran.err == ""
    answer = ran.json
    assert set(answer) == {"decision", "reasons", "findings", "policy", "timings_ms"}
    assert answer["decision"] == "refer"
    assert ran.reasons == {"document_not_proven_genuine", "not_proven_live"}
    assert ran.outcomes["same_person"] == ran.outcomes["check_digits"] == "pass"
    assert answer["policy"] == {"name": "specimen", "sha256": shipped_policy("specimen").digest}
    for reason in answer["reasons"]:
        assert set(reason) == {"code", "says", "remedy", "other_ways", "appeal"}
        assert reason["other_ways"] == ["counter"]
    for finding in answer["findings"]:
        assert set(finding) == {"check", "outcome", "reason", "measures"}
    assert answer["timings_ms"]["total"] < 30_000
    assert all(type(spent) is int and spent >= 0 for spent in answer["timings_ms"].values())


def test_an_agent_who_attends_turns_the_same_evidence_into_an_acceptance(lineproof, given, record_with_ada):
    ran = lineproof("verify", *given(), "--attended-by", "ada", "--record", record_with_ada, "--json")
    assert ran.code == 0, ran
    assert ran.json["decision"] == "accept"
    assert ran.json["reasons"] == []
    assert set(ran.outcomes.values()) == {"pass"}
    log = lineproof("log", "verify", "--record", record_with_ada, "--json")
    assert log.json["ok"]


def test_the_generic_policy_accepts_no_document_of_the_specimen_state_whoever_attends(
    lineproof, given, record_with_ada
):
    options = [*given()[:-1], "generic", "--attended-by", "ada", "--record", record_with_ada]
    ran = lineproof("verify", *options)
    assert ran.code == 3, ran
    assert ran.out.startswith("NOT VERIFIED")
    assert "not accepted under these rules" in ran.out
    assert "What to do: " in ran.out
    assert "\x1b" not in ran.out, "no colours where no terminal is"


@pytest.mark.parametrize("pair", NO_PHOTOGRAPHS, ids=" and ".join)
def test_a_file_that_is_no_photograph_is_an_error_that_names_it(verified, pair):
    ran = verified[pair]
    ran.refuses(NO_PHOTOGRAPHS[pair])
    assert set(ran.json) == {"error", "remedy"}
    assert ran.json["error"] in ran.err
    assert ran.json["remedy"] in ran.err


@pytest.mark.parametrize("pair", NOT_VERIFIED, ids=" and ".join)
def test_evidence_that_does_not_serve_is_not_verified_for_exactly_its_reason(verified, pair):
    ran = verified[pair]
    assert ran.code == 3, ran
    assert ran.json["decision"] == "not_verified"
    assert ran.reasons == {NOT_VERIFIED[pair]}


@pytest.mark.parametrize("pair", TURNED, ids=" and ".join)
def test_pictures_turned_either_way_are_read_and_matched(verified, pair):
    ran = verified[pair]
    assert ran.code == 4, ran
    assert ran.outcomes["same_person"] == ran.outcomes["check_digits"] == "pass"


def test_an_agent_at_the_counter_is_enough_without_a_face(lineproof, pictures, record_with_ada):
    counter = ["verify", "--document", pictures / "alice-document.jpg", "--way", "counter"]
    counter += ["--policy", "specimen", "--json"]
    attended = lineproof(*counter, "--attended-by", "ada", "--record", record_with_ada)
    assert attended.code == 0, attended
