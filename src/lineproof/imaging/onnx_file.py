"""What OpenCV does not check in a model file: that it stands alone, and what its input is declared to be.

An ONNX file may name other files that hold its weights. OpenCV 5 opens such files by the path written in
the model, even when the model itself was handed over as bytes: tried with a relative and with an absolute
path, both were read. The digest of the model would then say nothing about its weights, and a pack could have
any file opened. So a model that names one is refused before OpenCV sees it.

A network that averages over places takes an image of any size, and what it then gives means nothing; the
size that its input is declared with says so before anybody is compared.

ONNX is a protocol buffers message (onnx.proto, the open standard of the ONNX project): fields of a number,
a wire type and a value. Only the messages in which a tensor can lie are entered; the rest is passed over.
"""

from collections.abc import Iterator

# Message and field number to the message that lies there.
_INSIDE = {
    ("model", 7): "graph",
    ("model", 20): "training",
    ("model", 25): "function",
    ("training", 1): "graph",
    ("training", 2): "graph",
    ("function", 7): "node",
    ("function", 11): "attribute",
    ("graph", 1): "node",
    ("graph", 5): "tensor",
    ("graph", 15): "sparse",
    ("node", 5): "attribute",
    ("attribute", 5): "tensor",
    ("attribute", 6): "graph",
    ("attribute", 10): "tensor",
    ("attribute", 11): "graph",
    ("attribute", 22): "sparse",
    ("attribute", 23): "sparse",
    ("sparse", 1): "tensor",
    ("sparse", 2): "tensor",
}
# Of a tensor: external_data, and data_location.
_OUTSIDE = {13, 14}
# The way to the shape of an input: model.graph.input.type.tensor_type.shape.dim.dim_value.
_GRAPH, _INPUT, _NAME, _TYPE, _TENSOR_TYPE, _SHAPE, _DIMENSION, _SIZE = 7, 11, 1, 2, 1, 2, 1, 1
_DEEPEST = 32
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10


class NotOnnx(Exception):
    """Bytes that are not an ONNX model."""


def names_other_files(content: bytes) -> bool:
    """Tell whether a model names a file outside itself for any of its tensors.

    Raises NotOnnx for bytes that are not a message of protocol buffers, or nested deeper than any model.
    """
    return _names_outside(memoryview(content), "model", depth=0)


def input_shape(content: bytes, name: str) -> tuple[int, ...] | None:
    """Give the shape that a model declares for one of its inputs, 0 for what is left open; None without it.

    Raises NotOnnx as above.
    """
    for graph in _messages(memoryview(content), _GRAPH):
        for declared in _messages(graph, _INPUT):
            if any(bytes(given) == name.encode() for given in _messages(declared, _NAME)):
                return tuple(_shape_of(declared))
    return None


def _shape_of(declared: memoryview) -> Iterator[int]:
    for kind in _messages(declared, _TYPE):
        for tensor in _messages(kind, _TENSOR_TYPE):
            for shape in _messages(tensor, _SHAPE):
                for dimension in _messages(shape, _DIMENSION):
                    fields = _fields(dimension)
                    yield next((v for number, v in fields if number == _SIZE and isinstance(v, int)), 0)


def _messages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """Give the fields of one number that hold bytes."""
    for number, value in _fields(message):
        if number == wanted and isinstance(value, memoryview):
            yield value


def _names_outside(message: memoryview, kind: str, *, depth: int) -> bool:
    if depth > _DEEPEST:
        raise NotOnnx("nested too deep")
    for number, value in _fields(message):
        if kind == "tensor" and number in _OUTSIDE and value:
            return True
        inside = _INSIDE.get((kind, number))
        if inside is None:
            continue
        if not isinstance(value, memoryview):
            raise NotOnnx("a number where a message belongs")
        if _names_outside(value, inside, depth=depth + 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Give each field's number, and its bytes or its number."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(message, at)
        elif wire in {_FIXED32, _FIXED64}:
            size = 4 if wire == _FIXED32 else 8
        else:
            raise NotOnnx("a wire type that is none")
        if size > len(message) - at:
            raise NotOnnx("cut short")
        yield number, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_VARINT_BYTES):
        if at + place >= len(message):
            raise NotOnnx("cut short")
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 -- the highest bit says whether another byte follows
            return value, at + place + 1
    raise NotOnnx("a number without end")
