"""The networks that ship are those that their model cards describe, and that training/mrz makes."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from lineproof.errors import Unavailable
from lineproof.imaging import mrz_networks
from lineproof.imaging.mrz_networks import CHARACTERS, load_mrz_networks, model_card

ROOT = Path(__file__).parents[2]
NAMES = ("finder", "reader", "teller")
# The programs that decide what the weights of each are.
_OF_ALL = ("batches", "damage", "fonts", "networks", "text")
SOURCES = {
    "finder": (*_OF_ALL, "pages", "train"),
    "reader": (*_OF_ALL, "lens", "strips", "train"),
    "teller": (*_OF_ALL, "lens", "teller"),
}
MOST_BYTES = 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_the_one_its_card_describes(name: str):
    content = files("lineproof.imaging.mrz").joinpath(f"{name}.onnx").read_bytes()
    card = model_card(name)
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["bytes"] == len(content)


def test_all_networks_together_are_small():
    assert sum(int(str(model_card(name)["bytes"])) for name in NAMES) <= MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_a_card_says_from_what_and_for_what(name: str):
    card = model_card(name)
    for entry in (
        "purpose",
        "not_for",
        "input",
        "output",
        "licence",
        "trained_on",
        "fonts",
        "run",
        "run_sha256",
    ):
        assert card[entry], entry
    assert card["licence"] == "Apache-2.0"


@pytest.mark.parametrize("name", NAMES)
def test_the_digest_of_a_run_is_of_the_programs_that_are_here(name: str):
    """Whoever changes what is trained trains again, or the card would speak of another run."""
    card = model_card(name)
    digest = hashlib.sha256(
        json.dumps({key: card["run"][key] for key in ("command", "steps", "seed")}, sort_keys=True).encode()
    )
    for program in sorted(SOURCES[name]):
        source = ROOT / "training" / "mrz" / f"{program}.py"
        digest.update(source.name.encode() + hashlib.sha256(source.read_bytes()).digest())
    for font in sorted(card["fonts"]):
        digest.update(bytes.fromhex(card["fonts"][font]))
    assert card["run_sha256"] == digest.hexdigest()


def test_reading_and_training_speak_of_the_same_strips():
    source = (ROOT / "training/mrz/networks.py").read_text()
    for name in ("BETWEEN", "STRIP_HEIGHT_PX", "STRIP_CAPITAL_PX", "STRIP_STEP_PX", "MASK_STEP_PX"):
        assert f"{name} = {getattr(mrz_networks, name)}" in source
    assert f'CHARACTERS = "{CHARACTERS}"' in source
    source = (ROOT / "training/mrz/teller.py").read_text()
    assert (
        f"PATCH_HEIGHT_PX, PATCH_WIDTH_PX = {mrz_networks.PATCH_HEIGHT_PX}, {mrz_networks.PATCH_WIDTH_PX}"
        in source
    )
    assert f"PATCH_CAPITAL_PX = {mrz_networks.PATCH_CAPITAL_PX}" in source


def test_answers_have_the_shape_of_what_was_asked():
    networks = load_mrz_networks()
    noise = np.random.default_rng(0).integers(0, 255, (101, 203), dtype=np.uint8)
    assert networks.line_shares(noise).shape == (26, 52)
    told = networks.told_apart([noise[:40, :56], noise[40:80, :56]])
    assert told.shape == (2, len(CHARACTERS))
    assert told.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    said = networks.log_likelihoods(noise[:24, :200])
    assert said.shape == (50, 1 + len(CHARACTERS))
    assert np.exp(said).sum(axis=1) == pytest.approx(np.ones(50), abs=1e-4)


def test_a_network_that_is_not_the_one_measured_is_not_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    package = tmp_path / "other_networks"
    package.mkdir()
    (package / "__init__.py").touch()
    source = files("lineproof.imaging.mrz")
    for name in NAMES:
        content = bytearray(source.joinpath(f"{name}.onnx").read_bytes())
        content[-1] ^= 1
        (package / f"{name}.onnx").write_bytes(content)
        (package / f"{name}.json").write_text(source.joinpath(f"{name}.json").read_text())
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(mrz_networks, "_FOLDER", "other_networks")
    with pytest.raises(Unavailable, match="not the one that was measured"):
        load_mrz_networks.__wrapped__()
    for name in NAMES:
        (package / f"{name}.onnx").unlink()
    with pytest.raises(Unavailable, match="is missing"):
        load_mrz_networks.__wrapped__()
