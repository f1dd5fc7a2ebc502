"""Write a trained network as ONNX, with its model card and the digest of the run that made it."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from training.mrz.fonts import OTHER_FONTS, ZONE_FONTS
from training.mrz.networks import CHARACTERS

OPSET = 13
# The programs that decide what the weights of each network are.
_OF_ALL = ("batches", "damage", "fonts", "networks", "text")
SOURCES = {
    "finder": (*_OF_ALL, "pages", "train"),
    "reader": (*_OF_ALL, "lens", "strips", "train"),
    "teller": (*_OF_ALL, "lens", "teller"),
}
_FONTS = Path("/usr/share/fonts")


def export(network: nn.Module, path: Path) -> None:
    """Write the network alone."""
    name = type(network).__name__.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network.eval(),
        torch.zeros(_EXAMPLE[name]),
        str(path),
        input_names=["x"],
        output_names=["y"],
        dynamic_axes=_OPEN[name],
        opset_version=OPSET,
    )


def write(
    network: nn.Module, folder: Path, *, name: str, run: dict[str, object], measured: dict[str, float]
) -> None:
    """Write NAME.onnx and NAME.json into the folder."""
    path = folder / f"{name}.onnx"
    export(network, path)
    content = path.read_bytes()
    card = {
        "name": f"lineproof-mrz-{name}",
        "purpose": _PURPOSE[name],
        "not_for": "anything but the machine readable zone of ICAO Doc 9303; it knows nothing of people",
        "input": _INPUT[name],
        "output": _OUTPUT[name],
        "characters": _CHARACTERS[name],
        "parameters": sum(each.numel() for each in network.parameters()),
        "licence": "Apache-2.0",
        "trained_on": "drawings made by training/mrz alone; no photograph and no document of a person",
        "fonts": {
            each: _digest(_FONTS / each)
            for each in sorted({name for name, _ in ZONE_FONTS} | set(OTHER_FONTS))
        },
        "run": {
            **run,
            "made_with": f"torch {torch.__version__}, OpenCV {cv2.__version__}, numpy {np.__version__}",
        },
        "run_sha256": run_digest(run),
        "at_the_end": measured,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")


def run_digest(run: dict[str, object]) -> str:
    """Digest what decides the weights: the network's programs, the fonts, the seed and the steps."""
    digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode())
    for name in sorted(SOURCES[str(run["command"])]):
        source = Path(__file__).with_name(f"{name}.py")
        digest.update(source.name.encode() + hashlib.sha256(source.read_bytes()).digest())
    for font in sorted({name for name, _ in ZONE_FONTS} | set(OTHER_FONTS)):
        digest.update(bytes.fromhex(_digest(_FONTS / font)))
    return digest.hexdigest()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


_PURPOSE = {
    "finder": "find where the lines of a machine readable zone are in a photograph",
    "reader": "read one line of a machine readable zone, column by column",
    "teller": "say which character stands in a place where the reader doubts",
}
_INPUT = {
    "finder": "float32 (1, 1, h, w), h and w multiples of 8: grey, less its mean, by its deviation plus 8",
    "reader": "float32 (1, 1, 24, w), w a multiple of 4: grey strip, capitals 13 px high, evened likewise",
    "teller": "float32 (n, 1, 40, 56): grey patches, capitals 24 px high, evened likewise",
}
_OUTPUT = {
    "finder": "logits (1, 1, h / 4, w / 4): the core of a line is here",
    "reader": "logits (1, 38, 1, w / 4): no character's middle is here, or which character's",
    "teller": "logits (n, 37, 1, 1): which character stands in the middle",
}
_CHARACTERS = {"finder": None, "reader": CHARACTERS, "teller": CHARACTERS}
_EXAMPLE = {"finder": (1, 1, 384, 384), "reader": (1, 1, 24, 640), "teller": (1, 1, 40, 56)}
_OPEN = {
    "finder": {"x": {2: "h", 3: "w"}, "y": {2: "rows", 3: "columns"}},
    "reader": {"x": {3: "w"}, "y": {3: "columns"}},
    "teller": {"x": {0: "n"}, "y": {0: "n"}},
}
