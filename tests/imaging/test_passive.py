"""A passive pack: a small network made by the test, whose answer can be computed by hand.

It answers with three values: the means of the three channels that it is fed, each times a factor.
"""

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lineproof.decision.decide import Verdict, decide
from lineproof.decision.finding import Check, Outcome, passed
from lineproof.decision.policy import shipped_policy
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed, Unavailable
from lineproof.face.liveness import check_passive
from lineproof.imaging.cutout import Image
from lineproof.imaging.face import Face
from lineproof.imaging.manifest import ColourOrder
from lineproof.imaging.passive import PassiveModels, PassivePack, crop_for, load_passive, measure_attack_score
from lineproof.terms import Way

SIDE_PX = 32


def small_network(*, factor: float = 1.0, outside: bool = False, side_px: int = SIDE_PX) -> bytes:
    """Build the network. outside: its weights are in another file."""
    weights = numpy_helper.from_array(np.eye(3, dtype=np.float32) * np.float32(factor), "weights")
    if outside:
        weights.ClearField("raw_data")
        weights.data_location = TensorProto.EXTERNAL
        entry = weights.external_data.add()
        entry.key, entry.value = "location", "weights.bin"
    nodes = [
        helper.make_node("AveragePool", ["face"], ["means"], kernel_shape=[side_px, side_px]),
        helper.make_node("Flatten", ["means"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weights"], ["classes"]),
    ]
    graph = helper.make_graph(
        nodes,
        "passive",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, side_px, side_px])],
        [helper.make_tensor_value_info("classes", TensorProto.FLOAT, [1, 3])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return model.SerializeToString()


def a_pack(content: bytes, **changed: object) -> PassivePack:
    """Describe that network: red in, logits out, the first channel is a live face."""
    pack = PassivePack(
        name="small",
        sha256=hashlib.sha256(content).hexdigest(),
        licence="Nobody's rights: made by a test.",
        crop_scale=2.0,
        side_px=SIDE_PX,
        colours=ColourOrder.RGB,
        mean=(0.0, 0.0, 0.0),
        scale=1 / 255,
        classes=3,
        live_class=0,
        gives_logits=True,
        most_attack_score=0.5,
        calibration="made up",
    )
    return replace(pack, **changed)


def loaded(folder: Path, *, factor: float = 1.0, **changed: object) -> PassiveModels:
    content = small_network(factor=factor)
    file = folder / "passive.onnx"
    file.write_bytes(content)
    return load_passive(a_pack(content, **changed), file)


def a_face(left: float = 40, top: float = 30, width: float = 40, height: float = 50) -> Face:
    points = ((50.0, 50.0), (70.0, 50.0), (60.0, 60.0), (52.0, 70.0), (68.0, 70.0))
    return Face(left, top, width, height, landmarks=points, shape=points, confidence=0.9, quarter_turns=0)


def plain(red: int, green: int, blue: int) -> Image:
    image = np.empty((120, 120, 3), np.uint8)
    image[:] = (red, green, blue)
    return image


# the file


def test_file_with_another_digest_is_refused_before_it_is_loaded(tmp_path: Path):
    content = small_network()
    file = tmp_path / "passive.onnx"
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(Unavailable, match="digest"):
        load_passive(a_pack(content), file)


def test_file_that_is_not_there_is_unavailable(tmp_path: Path):
    with pytest.raises(Unavailable, match="cannot be read"):
        load_passive(a_pack(b""), tmp_path / "nothing.onnx")


@pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x07\x12\x03abc"])
def test_file_that_is_no_network_is_unavailable(tmp_path: Path, content: bytes):
    file = tmp_path / "passive.onnx"
    file.write_bytes(content)
    with pytest.raises(Unavailable, match="not a network"):
        load_passive(a_pack(content), file)


def test_network_whose_weights_lie_in_another_file_is_refused(tmp_path: Path):
    """The digest would say nothing about them."""
    content = small_network(outside=True)
    file = tmp_path / "passive.onnx"
    file.write_bytes(content)
    (tmp_path / "weights.bin").write_bytes(np.eye(3, dtype=np.float32).tobytes())
    with pytest.raises(Unavailable, match="other files"):
        load_passive(a_pack(content), file)


BAD = {
    "no crop": {"crop_scale": 0.0},
    "no side": {"side_px": 0},
    "a class that is none": {"live_class": 3},
    "a mean that is not a number": {"mean": (math.nan, 0.0, 0.0)},
    "a scale without end": {"scale": math.inf},
    "a limit that lets everything pass": {"most_attack_score": 1.5},
    "a limit that is not a number": {"most_attack_score": math.nan},
}


@pytest.mark.parametrize("case", BAD)
def test_pack_that_describes_nothing_that_can_be_made_does_not_exist(case: str):
    with pytest.raises(Malformed):
        a_pack(b"", **BAD[case])


# the score


def test_score_is_low_for_the_live_class_and_high_for_the_others(tmp_path: Path):
    models = loaded(tmp_path, factor=20)
    assert measure_attack_score(plain(250, 0, 0), a_face(), models) < 0.01
    assert measure_attack_score(plain(0, 250, 0), a_face(), models) > 0.99
    assert measure_attack_score(plain(0, 0, 250), a_face(), models) > 0.99


def test_score_is_what_the_networks_values_say(tmp_path: Path):
    red, green, blue = 200 / 255, 100 / 255, 50 / 255
    expected = 1 - math.exp(red) / (math.exp(red) + math.exp(green) + math.exp(blue))
    models = loaded(tmp_path)
    assert measure_attack_score(plain(200, 100, 50), a_face(), models) == pytest.approx(expected, abs=1e-4)


def test_network_is_fed_in_its_own_order_of_colours_with_its_own_mean(tmp_path: Path):
    """The means are in the network's order: 10 comes off blue here, which goes in first."""
    fed = [(50 - 10) / 255, (100 - 20) / 255, (200 - 30) / 255]
    expected = 1 - math.exp(fed[0]) / sum(math.exp(value) for value in fed)
    models = loaded(tmp_path, colours=ColourOrder.BGR, mean=(10.0, 20.0, 30.0))
    assert measure_attack_score(plain(200, 100, 50), a_face(), models) == pytest.approx(expected, abs=1e-4)


def test_shares_that_need_no_softmax_are_taken_as_they_are(tmp_path: Path):
    models = loaded(tmp_path, gives_logits=False)
    assert measure_attack_score(plain(204, 51, 0), a_face(), models) == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize("colour", [(255, 255, 255), (10, 10, 10)])
def test_values_that_are_not_shares_are_refused_where_the_pack_says_they_are(
    tmp_path: Path, colour: tuple[int, int, int]
):
    """Else a network that gives logits would call everything live, or nothing, without a word."""
    models = loaded(tmp_path, gives_logits=False)
    with pytest.raises(Unavailable, match="does not take or give"):
        measure_attack_score(plain(*colour), a_face(), models)


def test_another_number_of_classes_is_refused(tmp_path: Path):
    models = loaded(tmp_path, classes=2)
    with pytest.raises(Unavailable, match="does not take or give"):
        measure_attack_score(plain(9, 9, 9), a_face(), models)


def test_another_size_than_the_network_takes_is_refused(tmp_path: Path):
    models = loaded(tmp_path, side_px=SIDE_PX - 9)
    with pytest.raises(Unavailable, match="does not take or give"):
        measure_attack_score(plain(9, 9, 9), a_face(), models)


def test_values_that_are_not_numbers_give_no_score(tmp_path: Path):
    models = loaded(tmp_path, factor=math.nan)
    assert math.isnan(measure_attack_score(plain(9, 9, 9), a_face(), models))


# the crop


def test_crop_shows_the_face_with_what_is_around_it():
    image = plain(0, 0, 0)
    image[30:80, 40:80] = 255  # where the face is
    crop = crop_for(image, a_face(), crop_scale=2.0, side_px=64)
    assert crop.shape == (64, 64, 3)
    assert crop[32, 32].tolist() == [255, 255, 255]
    assert crop.mean() / 255 == pytest.approx(1 / 4, abs=0.02)


@pytest.mark.parametrize("at", [(-10, -10), (100, 100), (0, 100), (300, 300)])
def test_crop_of_a_face_at_the_edge_stays_inside_the_image(at: tuple[float, float]):
    image = plain(90, 90, 90)
    crop = crop_for(image, a_face(*at), crop_scale=2.7, side_px=48)
    assert (crop == 90).all()


def test_crop_of_a_face_that_fills_the_image_is_the_image():
    assert crop_for(plain(1, 2, 3), a_face(0, 0, 120, 120), crop_scale=4.0, side_px=16).shape == (16, 16, 3)


def test_face_without_a_size_is_refused():
    with pytest.raises(Malformed, match="without a size"):
        crop_for(plain(1, 2, 3), a_face(width=0), crop_scale=2.0, side_px=16)


# what is made of it: one more finding


def test_score_becomes_one_more_finding_and_never_a_fail(tmp_path: Path):
    models = loaded(tmp_path, factor=20)
    limit = models.pack.most_attack_score
    live, print_ = (
        check_passive(
            attack_score=measure_attack_score(plain(*colour), a_face(), models), most_attack_score=limit
        )
        for colour in ((250, 0, 0), (0, 250, 0))
    )
    assert (live.check, live.outcome) == (Check.PASSIVE_LIVENESS, Outcome.PASS)
    assert (print_.check, print_.outcome) == (Check.PASSIVE_LIVENESS, Outcome.INDETERMINATE)
    assert print_.reason is ReasonCode.PASSIVE_LIVENESS_UNSURE


def test_score_alone_changes_no_decision_that_does_not_ask_for_it():
    """One signal among several: without it in the policy it is recorded, and that is all."""
    policy = shipped_policy("specimen")
    required = policy.required[Way.FACE]
    assert Check.PASSIVE_LIVENESS not in required
    findings = [passed(check) for check in required]
    doubt = check_passive(attack_score=0.99, most_attack_score=0.5)
    assert decide([*findings, doubt], policy=policy, way=Way.FACE).verdict is Verdict.ACCEPT


def test_policy_that_asks_for_it_refers_to_people_and_does_not_say_no():
    policy = shipped_policy("specimen")
    asking = replace(
        policy, required={**policy.required, Way.FACE: policy.required[Way.FACE] | {Check.PASSIVE_LIVENESS}}
    )
    findings = [passed(check) for check in policy.required[Way.FACE]]
    doubt = check_passive(attack_score=math.nan, most_attack_score=0.5)
    assert decide([*findings, doubt], policy=asking, way=Way.FACE).verdict is Verdict.REFER


def test_the_small_network_is_one():
    onnx.checker.check_model(onnx.load_from_string(small_network()))
