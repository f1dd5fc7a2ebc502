"""The booth compares with the model pack that the policy names, and by no other's thresholds."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lineproof.booth.examine import check_same_person, load_kit
from lineproof.booth.relay import Booth
from lineproof.decision.finding import Check, Outcome
from lineproof.decision.policy import Policy, parse_policy, shipped_policy
from lineproof.errors import Malformed, Unavailable
from lineproof.face.compare import Portrait
from lineproof.imaging.added_pack import add_pack
from lineproof.imaging.embed import measure_capture
from lineproof.imaging.pack_place import open_pack
from lineproof.ports import Assignment, Examination
from lineproof.specimen.face import draw_face
from lineproof.terms import Way
from tests.fakes.model_pack import NAME, small_embedder, write_pack
from tests.fakes.photographs import Photographs, examine

Assign = Callable[..., Assignment]


def policy_for(model_pack: str = NAME, calibration: str = "test-1", **face: Any) -> Policy:
    """Give the specimen policy with another model pack, and thresholds of that pack's scale."""
    content = copy.deepcopy(dict(shipped_policy("specimen").content))
    content["face"] |= {"model_pack": model_pack, "calibration": calibration, **face}
    return parse_policy(content)


def same_person(examination: Examination) -> Outcome:
    return next(f.outcome for f in examination.findings if f.check is Check.SAME_PERSON)


@pytest.fixture(scope="module")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's folder of packs, with the small one added."""
    folder = tmp_path_factory.mktemp("record") / "models"
    add_pack(open_pack(write_pack(tmp_path_factory.mktemp("source"))), folder)
    return folder


@pytest.fixture(scope="module")
def small_booth(models_folder: Path) -> Iterator[Booth]:
    with Booth(model_pack=NAME, models_folder=models_folder) as running:
        yield running


def test_pack_that_the_policy_names_is_compared_by_that_policys_thresholds(
    small_booth: Booth, alice: Photographs, an_assignment: Assign
):
    """To the small pack everybody is nearly everybody: one policy lets that pass, a stricter one does not."""
    lenient = policy_for(
        accept_from={"similarity": 0.02, "false_match_rate": 1e-3},
        reject_below={"similarity": 0.01, "false_match_rate": 1e-2},
    )
    strict = policy_for(
        accept_from={"similarity": 0.99999999, "false_match_rate": 1e-3},
        reject_below={"similarity": 0.9999999, "false_match_rate": 1e-2},
    )
    assert same_person(examine(small_booth, alice, replace(an_assignment(), policy=lenient))) is Outcome.PASS
    assert same_person(examine(small_booth, alice, replace(an_assignment(), policy=strict))) is Outcome.FAIL


OTHERS = pytest.mark.parametrize(
    "policy",
    [shipped_policy("specimen"), policy_for(calibration="test-2"), policy_for("other-pack")],
    ids=["the shipped pack", "another calibration", "a pack that is not here"],
)


@OTHERS
def test_faces_by_thresholds_of_another_pack_are_not_compared_and_it_is_said_which(
    small_booth: Booth, alice: Photographs, an_assignment: Assign, policy: Policy
):
    with pytest.raises(Unavailable) as refusal:
        examine(small_booth, alice, replace(an_assignment(way=Way.FACE), policy=policy))
    for word in (policy.model_pack, policy.calibration_version, "Nothing was compared"):
        assert word in refusal.value.what
    assert refusal.value.remedy


@OTHERS
def test_way_without_a_face_is_open_whatever_pack_is_loaded(
    small_booth: Booth, alice: Photographs, an_assignment: Assign, policy: Policy
):
    """No face is compared there, so it is nobody's business which pack would compare it."""
    evidence = Photographs(alice.document, None)
    examination = examine(small_booth, evidence, replace(an_assignment(way=Way.COUNTER), policy=policy))
    assert examination.zone is not None
    assert not {Check.SAME_PERSON, Check.ONE_FACE} & {finding.check for finding in examination.findings}


def test_booth_of_the_shipped_pack_refuses_the_thresholds_of_an_added_one(
    booth: Booth, alice: Photographs, an_assignment: Assign
):
    with pytest.raises(Unavailable, match=NAME):
        examine(booth, alice, replace(an_assignment(), policy=policy_for()))
    assert same_person(examine(booth, alice, an_assignment())) is Outcome.PASS


def test_booth_does_not_start_with_a_pack_that_is_not_here(models_folder: Path):
    with (
        pytest.raises(Unavailable, match="no model pack named 'other-pack'") as refusal,
        Booth(model_pack="other-pack", models_folder=models_folder),
    ):
        pass
    assert NAME in refusal.value.remedy


def test_booth_does_not_start_with_a_model_that_was_exchanged(tmp_path: Path):
    added, _ = add_pack(open_pack(write_pack(tmp_path / "source")), tmp_path / "models")
    (added.folder / added.pack.embedder.path).write_bytes(small_embedder(dimensions=48))
    with (
        pytest.raises(Unavailable, match="digest differs"),
        Booth(model_pack=NAME, models_folder=tmp_path / "models"),
    ):
        pass


def test_booth_does_not_start_with_a_pack_that_does_not_run_as_it_says(tmp_path: Path):
    source = write_pack(tmp_path / "source", embedder=small_embedder(dimensions=48))
    add_pack(open_pack(source), tmp_path / "models")
    with (
        pytest.raises(Unavailable, match="48 numbers"),
        Booth(model_pack=NAME, models_folder=tmp_path / "models"),
    ):
        pass


def test_comparison_itself_refuses_thresholds_of_another_pack(models_folder: Path):
    """The second lock: whoever calls it, whatever was checked before."""
    kit = load_kit(NAME, models_folder)
    capture = measure_capture(draw_face(seed=1, size_px=300), kit.models)
    assert capture is not None
    portrait = Portrait(capture.embedding, capture.measures)
    with pytest.raises(Malformed, match="no thresholds"):
        check_same_person(portrait, capture, shipped_policy("specimen"), kit)
    assert check_same_person(portrait, capture, policy_for(), kit).outcome is Outcome.PASS
