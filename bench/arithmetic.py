"""The arithmetic of a network: the multiply-accumulates of its layers, and how fast this core does them.

Counted from the graph: of a convolution, the weights times the places of its output; of a matrix product,
the weights. Everything else (activations, sums, pooling) is left out: a floor, not an estimate.
"""

import math
import time

import numpy as np
import onnx

SGEMM_SIDE = 1024
SGEMM_ROUNDS = 10


def multiply_accumulates(model: bytes, *, input_size: tuple[int, int] | None = None) -> int:
    """Count a network's multiply-accumulates for one image.

    input_size: height and width, where the network takes any; the count grows with the area. None is the
    size that the model declares.
    """
    inferred = onnx.shape_inference.infer_shapes(onnx.load_from_string(model), data_prop=True)
    graph = inferred.graph
    shapes: dict[str, tuple[int, ...]] = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        shapes.setdefault(value.name, tuple(d.dim_value for d in value.type.tensor_type.shape.dim))
    total: int = 0
    for node in graph.node:
        if node.op_type in {"Conv", "Gemm"}:
            places = shapes[node.output[0]][2:] if node.op_type == "Conv" else ()
            total += math.prod(shapes[node.input[1]]) * math.prod(places)
    if input_size is None:
        return total
    declared = shapes[graph.input[0].name][2:]
    return total * math.prod(input_size) // math.prod(declared)


def sgemm_per_ms() -> float:
    """Measure the multiply-accumulates that one core does in a millisecond of its time, at its best.

    The product of two large matrices of float32 by numpy's BLAS on one thread: no layer is faster.
    """
    left, right = np.random.default_rng(0).random((2, SGEMM_SIDE, SGEMM_SIDE), dtype=np.float32)
    best = math.inf
    for _ in range(SGEMM_ROUNDS):
        began = time.process_time_ns()
        np.matmul(left, right)
        best = min(best, (time.process_time_ns() - began) / 1e6)
    return SGEMM_SIDE**3 / best
