"""What each published measurement measured: a digest of the code and the data files it stands on.

docs/measurements.md says the digest beside the figures; tests/bench/test_measured.py fails when they no
longer belong together, so that no figure outlives what it was measured on. Comments, docstrings and blank
lines do not count: they change nothing that could be measured.

    python -m bench.measured        print the digest of every measurement
"""

import ast
import hashlib
import io
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMAGING, FACE, BOOTH, DOCUMENT, SPECIMEN, MEASURE = (
    Path("src/lineproof") / name for name in ("imaging", "face", "booth", "document", "specimen", "measure")
)

# A calibration does not stand on the pack's manifest, into which its result is written.
_PIPELINE = (
    *(IMAGING / name for name in ("models.py", "manifest.py", "onnx_file.py", "pack_place.py")),
    *(IMAGING / name for name in ("decode.py", "cutout.py", "face.py", "embed.py")),
    FACE / "compare.py",
)
_FACES = (*_PIPELINE, IMAGING / "packs/yunet-2023mar-sface-2021dec/pack.toml")
_COUNTING = tuple(MEASURE / name for name in ("scores.py", "counts.py", "rates.py", "bootstrap.py"))
_QUALITY = (IMAGING / "quality.py", FACE / "quality.py")
_ON_PAGES = tuple(IMAGING / name for name in ("page.py", "portrait.py"))
_ZONE = (
    *("finder", "rows", "shape", "strips", "lattice", "networks", "outcome", "reading", "teller"),
    *("characters", "digits"),
)
_READING = (
    *(IMAGING / f"mrz_{name}.py" for name in _ZONE),
    IMAGING / "pyramid.py",
    *(IMAGING / "mrz" / name for name in ("finder.onnx", "reader.onnx", "teller.onnx")),
    *(DOCUMENT / name for name in ("mrz.py", "mrz_dates.py", "mrz_format.py", "mrz_sums.py", "checks.py")),
)
# What the page is checked for besides its zone.
_PAGE_CHECKS = (
    BOOTH / "page_checks.py",
    *(IMAGING / f"printed_{name}.py" for name in ("text", "detector", "recogniser")),
    *(IMAGING / f"{name}.py" for name in ("barcode", "barcode_texture")),
    *(IMAGING / f"portrait_{name}.py" for name in ("face", "place", "apart")),
    *(DOCUMENT / f"printed{name}.py" for name in ("", "_dates", "_labels", "_line")),
    *(DOCUMENT / f"{name}.py" for name in ("transliteration", "barcode", "aamva", "portrait_check")),
)
_HELD_OUT = tuple(
    SPECIMEN / f"{name}.py"
    for name in (
        *("held_out", "camera", "camera_levels", "camera_pose", "camera_light", "camera_table"),
        *("camera_fingers", "camera_sensor", "page", "kinds", "fields", "mrz", "zone_print", "layouts"),
        *("labels", "guilloche", "lettering", "portrait_style"),
    )
)
_TURNS = (
    *(FACE / name for name in ("challenge.py", "liveness.py", "turning.py", "turn_record.py")),
    IMAGING / "turn.py",
    *(SPECIMEN / f"{name}.py" for name in ("motion", "presentation", "held_picture", "shown_picture")),
    *(SPECIMEN / f"{name}.py" for name in ("scene", "face")),
)
_REGISTRY = Path("src/lineproof/registry")
# What a registration and a look-up ask the database, and what is sealed and computed for them.
_RECORD = (
    *(_REGISTRY / f"{name}.py" for name in ("blind_index", "key_versions", "personal", "sql/append")),
    *(
        _REGISTRY / "flows" / f"{name}.py"
        for name in (
            "register_line",
            "verification",
            "holding",
            "lines",
            "orders",
            "log",
            "provision",
            "after_commit",
        )
    ),
    _REGISTRY / "queries/holder.py",
    *(
        _REGISTRY / "models" / f"{name}.py"
        for name in ("holder", "binding", "line", "custody", "order", "notice", "key", "entry", "decision")
    ),
)


def _bench(*names: str) -> tuple[Path, ...]:
    return tuple(Path("bench") / f"{name}.py" for name in names)


MEASUREMENTS: dict[str, tuple[Path, ...]] = {
    "main": (
        *(*_FACES, *_ON_PAGES, *_READING, *_PAGE_CHECKS),
        *(BOOTH / "examine.py", BOOTH / "relay.py", BOOTH / "keepers.py", *_bench("main")),
    ),
    # The examination itself is on both sides.
    "booth": (
        *(
            BOOTH / f"{name}.py"
            for name in ("keeper", "keepers", "relay", "open_job", "seal", "wire", "confine", "seccomp")
        ),
        *(BOOTH / f"{name}.py" for name in ("answer", "answer_schema")),
        *_bench("booth"),
    ),
    "documents": (IMAGING / "decode.py", *_READING, *_HELD_OUT, *_bench("document", "document_table")),
    "stage": (*(*_FACES, *_ON_PAGES, *_READING, *_PAGE_CHECKS, *_HELD_OUT, *_bench("document_stage")),),
    # The pages of a calibration are drawn straight.
    "calibration": (*_PIPELINE, IMAGING / "portrait.py", *_COUNTING, *_bench("calibrate", "face_data")),
    "faces": (*_FACES, *_COUNTING, *_bench("face_accuracy", "face_data", "one_photograph")),
    "variants": (*_FACES, *_COUNTING, *_bench("face_variants", "face_ways", "face_data", "calibrate")),
    "speed": (*_FACES, *_QUALITY, *_bench("face_speed", "arithmetic", "peer_program", "one_photograph")),
    "quality": (*_FACES, *_QUALITY, *_bench("quality", "damage", "face_data", "one_photograph")),
    "record": (*_RECORD, *_bench("record", "record_fill", "record_statements")),
    "turns": (*_FACES, *_TURNS, *_bench("liveness")),
}


def digest(name: str) -> str:
    """Give the first 16 hexadecimal digits of the digest of what this measurement stands on."""
    total = hashlib.sha256()
    for path in MEASUREMENTS[name]:
        content = (ROOT / path).read_bytes()
        total.update(str(path).encode() + b"\0")
        total.update(hashlib.sha256(code_of(content) if path.suffix == ".py" else content).digest())
    return total.hexdigest()[:16]


def code_of(source: bytes) -> bytes:
    """Take comments, docstrings and blank lines out of a module, and the spaces at the ends of its lines."""
    lines = source.decode("utf-8").splitlines()
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for first, last in _docstrings(source):
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip()).encode()


def _docstrings(source: bytes) -> list[tuple[int, int]]:
    """Find the lines, from 1, on which docstrings begin and end; none shares a line with code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        value = first.value if isinstance(first, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found.append((value.lineno, value.end_lineno or value.lineno))
    return found


if __name__ == "__main__":
    for measurement in MEASUREMENTS:
        print(f"{measurement:<12}{digest(measurement)}")
