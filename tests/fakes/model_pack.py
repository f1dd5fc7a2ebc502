"""A small model pack, made by the test: another size, colour order, scale and template than the default one.

Its embedder is a network that can be computed by hand: of each channel, the mean over the left half and the
mean over the right half of what it is fed, then noughts up to 32 numbers. So a test sees exactly in which
convention it was fed. Its detector is the default one.
"""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lineproof.imaging.pack_place import default_pack

NAME = "small-test-pack"
SIDE_PX, DIMENSIONS = 64, 32
MEAN, SCALE = (120.0, 110.0, 100.0), (0.01, 0.02, 0.04)
LICENCE = "Nobody's rights: made by a test.\nIt knows no face.\n"


def small_embedder(
    *,
    side_px: int = SIDE_PX,
    dimensions: int = DIMENSIONS,
    weights_in: str | None = None,
    nothing: bool = False,
) -> bytes:
    """Build the network. weights_in: a file that is to hold its weights. nothing: it gives noughts only."""
    weights = np.zeros((6, dimensions), np.float32)
    weights[:, :6] = 0 if nothing else np.eye(6)
    tensor = numpy_helper.from_array(weights, "weights")
    if weights_in is not None:
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", weights_in
    halves = [side_px, side_px // 2]
    nodes = [
        helper.make_node("AveragePool", ["face"], ["halves"], kernel_shape=halves, strides=halves),
        helper.make_node("Flatten", ["halves"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "weights"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 3, side_px, side_px])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, dimensions])],
        [tensor],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model) if weights_in is None else None
    return model.SerializeToString()


def fed_by_hand(aligned_rgb: np.ndarray, *, mirrored: bool = False) -> np.ndarray:
    """Compute the six numbers of the small embedder for a face, before they are brought to unit length."""
    bgr = (aligned_rgb[:, :, ::-1].astype(np.float64) - MEAN) * SCALE
    half = aligned_rgb.shape[1] // 2
    sides = np.stack([bgr[:, :half].mean(axis=(0, 1)), bgr[:, half:].mean(axis=(0, 1))], axis=1)
    return (sides + sides[:, ::-1] if mirrored else sides).ravel()


def small_fields(**embedder: Any) -> dict[str, Any]:
    """Give the fields of the small pack's manifest, free to be changed; `write_pack` puts in the digests."""
    return {
        "format": 1,
        "name": NAME,
        "detector": {"kind": "yunet", "file": "models/detector.onnx", "sha256": "0" * 64},
        "embedder": {
            "file": "models/embedder.onnx",
            "sha256": "0" * 64,
            "input_name": "face",
            "side_px": SIDE_PX,
            "colour_order": "bgr",
            "mean": list(MEAN),
            "scale": list(SCALE),
            "mirrored": False,
            "dimensions": DIMENSIONS,
            "template": [[20, 22], [44, 22], [32, 36], [23, 48], [41, 48]],
            **embedder,
        },
        "calibration": {
            "version": "test-1",
            "data": "made up for a test",
            "code_version": "0.1.0",
            "command": "none",
            "centre": [],
            "points": [
                {"false_match_rate": 1e-2, "similarity": 0.8},
                {"false_match_rate": 1e-3, "similarity": 0.9},
            ],
        },
        "licence": {"file": "LICENCE.txt", "sha256": "0" * 64},
    }


def write_pack(
    folder: Path,
    fields: dict[str, Any] | None = None,
    *,
    embedder: bytes | None = None,
    detector: bytes | None = None,
    licence: bytes = LICENCE.encode(),
    extra: str = "",
) -> Path:
    """Write a pack into a folder with the right digests. extra: TOML put before everything else."""
    fields = copy.deepcopy(fields or small_fields())
    shipped = default_pack()
    contents = {
        "detector": shipped.read(shipped.pack.detector) if detector is None else detector,
        "embedder": small_embedder() if embedder is None else embedder,
        "licence": licence,
    }
    for part, content in contents.items():
        if "distribution" in fields[part]:
            continue
        fields[part]["sha256"] = hashlib.sha256(content).hexdigest()
        path = folder / fields[part]["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "pack.toml").write_bytes(extra.encode() + toml_of(fields))
    return folder


def toml_of(fields: dict[str, Any]) -> bytes:
    """Write fields as TOML."""
    return "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in fields.items()).encode()


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)
