"""The only face comparison: one capture, one portrait, one model pack."""

import inspect
import pickle
from copy import deepcopy

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Malformed
from lineproof.face import compare as module
from lineproof.face.compare import (
    Calibration,
    CalibrationPoint,
    Capture,
    ComparisonScore,
    Embedding,
    Portrait,
    compare,
)
from lineproof.face.quality import FaceMeasures

PACK = "test-pack"
MEASURES = FaceMeasures(
    confidence=0.95,
    eye_distance_px=60.0,
    sharpness=0.5,
    under_exposed_share=0.0,
    over_exposed_share=0.0,
    dynamic_range_bits=7.0,
    light_difference_stops=0.2,
    yaw_offset=0.0,
    pitch_offset=0.0,
    roll_degrees=0.0,
    compression_quality=90.0,
)
CALIBRATION = Calibration(
    pack=PACK,
    version="1",
    source="none: a test",
    points=(CalibrationPoint(false_match_rate=1e-4, similarity=0.7),),
)


def an_embedding(*, angle: float = 0.0, pack: str = PACK, dimensions: int = 4) -> Embedding:
    """Make an embedding that lies at this angle (radians) from the one at 0."""
    values = np.zeros(dimensions, np.float32)
    values[0], values[1] = np.cos(angle), np.sin(angle)
    return Embedding(pack=pack, values=values)


def a_score(*, angle: float = 0.0, portrait_pack: str = PACK, capture_pack: str = PACK) -> ComparisonScore:
    return compare(
        portrait=Portrait(an_embedding(pack=portrait_pack), MEASURES),
        capture=Capture(an_embedding(angle=angle, pack=capture_pack), MEASURES, rival=0.0),
        calibration=CALIBRATION,
    )


def test_compare_takes_one_portrait_one_capture_and_a_calibration_by_name_and_nothing_else() -> None:
    parameters = inspect.signature(compare).parameters
    assert [(p.name, p.kind, p.annotation) for p in parameters.values()] == [
        ("portrait", inspect.Parameter.KEYWORD_ONLY, Portrait),
        ("capture", inspect.Parameter.KEYWORD_ONLY, Capture),
        ("calibration", inspect.Parameter.KEYWORD_ONLY, Calibration),
    ]


def test_compare_is_the_only_public_function_of_its_module() -> None:
    functions = inspect.getmembers(module, inspect.isfunction)
    public = [name for name, f in functions if f.__module__ == module.__name__ and not name.startswith("_")]
    assert [name for name in public if name != "dataclass"] == ["compare"]


def test_a_portrait_and_a_capture_hold_one_embedding_each() -> None:
    for kind in (Portrait, Capture):
        holding = [
            name for name, annotation in inspect.get_annotations(kind).items() if annotation is Embedding
        ]
        assert holding == ["embedding"]


@pytest.mark.parametrize(("angle", "similarity"), [(0.0, 1.0), (np.pi / 2, 0.5), (np.pi, 0.0)])
def test_the_scale_is_1_for_the_same_face_half_for_an_unrelated_one_and_0_for_the_opposite(
    angle: float, similarity: float
) -> None:
    assert a_score(angle=angle).similarity == pytest.approx(similarity, abs=1e-6)


@given(st.floats(0, np.pi), st.floats(0, np.pi))
def test_more_alike_never_scores_lower_and_no_score_leaves_the_scale(one: float, other: float) -> None:
    nearer, farther = sorted((one, other))
    scores = a_score(angle=nearer).similarity, a_score(angle=farther).similarity
    assert 1 >= scores[0] >= scores[1] - 1e-6 >= -1e-6


def test_a_score_names_the_pack_and_the_calibration_it_means_something_under() -> None:
    assert (a_score().pack, a_score().calibration_version) == (PACK, "1")


@pytest.mark.parametrize("packs", [("other", PACK), (PACK, "other"), ("other", "other")])
def test_embeddings_and_calibration_of_different_packs_are_refused(packs: tuple[str, str]) -> None:
    with pytest.raises(Malformed, match="different model packs"):
        a_score(portrait_pack=packs[0], capture_pack=packs[1])


def test_embeddings_of_different_lengths_are_refused_even_under_one_pack_name() -> None:
    with pytest.raises(Malformed):
        compare(
            portrait=Portrait(an_embedding(dimensions=4), MEASURES),
            capture=Capture(an_embedding(dimensions=5), MEASURES, rival=0.0),
            calibration=CALIBRATION,
        )


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(4),
        np.ones(4),
        np.array([[1.0, 0.0]]),
        np.array([np.nan, 1.0]),
        np.array([np.inf, 0.0]),
        np.array([]),
    ],
    ids=["zero", "too long", "a table", "not a number", "infinite", "empty"],
)
def test_what_is_not_one_row_of_unit_length_is_no_embedding(values: npt.NDArray[np.float64]) -> None:
    with pytest.raises(Malformed):
        Embedding(pack=PACK, values=values.astype(np.float32))


def test_a_printed_embedding_shows_its_pack_and_no_number() -> None:
    embedding = an_embedding(angle=0.123)
    portrait = Portrait(embedding, MEASURES)
    for shown in (repr(embedding), str(embedding), f"{embedding}", repr(portrait)):
        assert "0.99" not in shown
        assert "0.12269" not in shown
        assert "array" not in shown
        assert PACK in shown


def test_an_embedding_is_neither_pickled_nor_copied_nor_changed() -> None:
    embedding = an_embedding()
    with pytest.raises(TypeError):
        pickle.dumps(embedding)
    with pytest.raises(TypeError):
        deepcopy(embedding)
    with pytest.raises(ValueError, match="read-only"):
        embedding.values[0] = 0.0


def test_an_embedding_keeps_its_own_copy_so_that_reused_memory_does_not_change_it() -> None:
    values = np.array([1.0, 0.0], np.float32)
    embedding = Embedding(pack=PACK, values=values)
    values[:] = (0.0, 1.0)
    assert embedding.values.tolist() == [1.0, 0.0]
