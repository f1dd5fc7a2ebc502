"""What ships can be made anew: the one command trains all networks, and they learn."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from lineproof.imaging.mrz_networks import model_card

ROOT = Path(__file__).parents[2]
STEPS = 160  # of 2,500 to 16,000
# After so few steps. What ships ends at 0.27, 0.68 and 0.89; who has learnt nothing is at 3.6, 0.03 and 0.09.
MOST_READER_LOSS, LEAST_FINDER_OVERLAP, LEAST_TOLD_APART = 0.9, 0.06, 0.7


@pytest.mark.long
def test_the_networks_are_trained_anew_by_one_command_and_learn(tmp_path: Path):
    ran = subprocess.run(
        [ROOT / "tools/train-mrz", tmp_path, "--steps", str(STEPS)],
        timeout=900,
        check=False,
        capture_output=True,
    )
    assert ran.returncode == 0, ran.stderr.decode()[-2000:]
    cards = {
        name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("finder", "reader", "teller")
    }
    assert cards["reader"]["at_the_end"]["loss"] < MOST_READER_LOSS
    assert cards["finder"]["at_the_end"]["right"] > LEAST_FINDER_OVERLAP
    assert cards["teller"]["at_the_end"]["right"] > LEAST_TOLD_APART
    for name, card in cards.items():
        assert card["parameters"] == model_card(name)["parameters"]
        content = np.frombuffer((tmp_path / f"{name}.onnx").read_bytes(), np.uint8)
        assert not cv2.dnn.readNetFromONNX(content).empty()


def test_training_and_held_out_photographs_share_no_program():
    def imported(folder: str) -> set[str]:
        lines = (line for file in (ROOT / folder).rglob("*.py") for line in file.read_text().splitlines())
        return {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}

    assert "training" in imported("training")
    assert "lineproof" in imported("src/lineproof/specimen")
    assert "lineproof" not in imported("training")
    assert "training" not in imported("src/lineproof/specimen")
