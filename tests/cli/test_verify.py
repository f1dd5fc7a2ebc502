"""`lineproof verify`: its three outcomes, and evidence that is not what it should be."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lineproof.decision.policy import shipped_policy


def test_two_photographs_that_match_are_referred_because_nobody_attended(lineproof, given):
    ran = lineproof("verify", *given(), "--json")
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


@pytest.mark.parametrize(
    ("document", "capture", "words"),
    [
        ("text.jpg", "alice-capture.jpg", ["photograph of the document", "is not a JPEG, PNG or WebP image"]),
        ("truncated.jpg", "alice-capture.jpg", ["photograph of the document", "is damaged or incomplete"]),
        ("alice-document.jpg", "140-megapixels.png", ["photograph of the face", "14000 x 10000"]),
    ],
)
def test_a_file_that_is_no_photograph_is_named_with_what_to_do(lineproof, given, document, capture, words):
    lineproof("verify", *given(document, capture)).refuses(*words)


def test_an_error_is_one_json_object_too_where_json_is_asked_for(lineproof, given):
    ran = lineproof("verify", *given("140-megapixels.png"), "--json")
    ran.refuses("14000 x 10000")
    assert set(ran.json) == {"error", "remedy"}


@pytest.mark.parametrize(
    ("document", "capture", "reason"),
    [
        ("desk.jpg", "alice-capture.jpg", "document_not_in_view"),
        ("bo-capture.jpg", "alice-capture.jpg", "document_not_in_view"),
        ("wrong-check-digit.jpg", "alice-capture.jpg", "check_digits_wrong"),
        ("lines-of-40.jpg", "alice-capture.jpg", "document_line_cut_short"),
        ("ends-lost.jpg", "alice-capture.jpg", "document_line_cut_short"),
        ("alice-document.jpg", "desk.jpg", "no_face"),
        ("alice-document.jpg", "two-faces.jpg", "two_faces"),
        ("alice-document.jpg", "alice-document.jpg", "same_image_twice"),
    ],
)
def test_evidence_that_does_not_serve_is_not_verified_for_exactly_its_reason(
    lineproof, given, document, capture, reason
):
    ran = lineproof("verify", *given(document, capture), "--json")
    assert ran.code == 3, ran
    assert ran.json["decision"] == "not_verified"
    assert ran.reasons == {reason}


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_pictures_turned_either_way_are_read_and_matched(lineproof, given, degrees):
    turned = given(f"alice-document-{degrees}.jpg", f"alice-capture-{360 - degrees}.jpg")
    ran = lineproof("verify", *turned, "--json")
    assert ran.code == 4, ran
    assert ran.outcomes["same_person"] == ran.outcomes["check_digits"] == "pass"


def test_an_agent_at_the_counter_is_enough_without_a_face(lineproof, pictures, record_with_ada):
    counter = ["verify", "--document", pictures / "alice-document.jpg", "--way", "counter"]
    counter += ["--policy", "specimen", "--json"]
    attended = lineproof(*counter, "--attended-by", "ada", "--record", record_with_ada)
    assert attended.code == 0, attended


@pytest.fixture
def special(tmp_path: Path, pictures: Path) -> Callable[[str], Path]:
    """Gives a path that is no file with content."""

    def build(kind: str) -> Path:
        path = tmp_path / kind
        match kind:
            case "folder":
                path.mkdir()
            case "fifo":
                os.mkfifo(path)
            case "zero":
                return Path("/dev/zero")
            case "empty":
                return pictures / "empty.jpg"
        return path

    return build


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "zero", "empty"])
def test_a_path_without_a_photograph_is_named_and_refused_at_once(lineproof, pictures, special, kind):
    path = special(kind)
    ran = lineproof("verify", "--document", path, "--capture", pictures / "alice-capture.jpg")
    ran.refuses(str(path))
