"""What does a photograph cost, from the bytes of its JPEG to its embedding, beside peers and the floor?

Everything runs in turn, round by round, on one thread each, in one run; CPU time counts, so that whatever
else the machine does at the same time is left out. The ratios are what is to be read.

The floor is what cannot be left out: the entropy decoding of the JPEG (a decoder's smallest, grey picture of
it, of which nearly nothing else is left), and the multiply-accumulates of one search for a face and of the
embedder, at the speed of this core's best matrix product.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import onnx

from bench.arithmetic import multiply_accumulates, sgemm_per_ms
from bench.one_photograph import measure_bytes
from lineproof.imaging.decode import CAPTURE_SIDE_PX, decode
from lineproof.imaging.face import SEARCH_SIDES_PX
from lineproof.imaging.models import FaceModels, load
from lineproof.imaging.pack_place import PlacedPack, default_pack

ROOT = Path(__file__).parent.parent
PEERS_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
PEERS = ("face_recognition", "verifyface", "opencv")
ROUNDS = 15
# face_recognition takes seconds for a large photograph.
SLOW_ROUNDS = 3
# 3098 x 3872: as a telephone of 12 megapixels takes it upright.
PHONE_WIDTH_PX, SMALL_WIDTH_PX = 3098, 224
SEED = 3
GOALS = {"face_recognition": 5.0, "verifyface": 1.3}
MOST_FLOORS = 3.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one photograph costs: CPU milliseconds, the median of the rounds."""

    cpu_ms: float
    found: bool


class Peer:
    """A peer in a process of its own, asked one photograph at a time."""

    def __init__(self, name: str, *arguments: str) -> None:
        """Make a peer that is not started."""
        self.name = name
        self._command = [str(PEERS_PYTHON), str(ROOT / "bench" / "peer_program.py"), name, *arguments]

    def __enter__(self) -> Self:
        """Start it."""
        one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            self._command,
            env=one_thread,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def measure(self, photograph: Path) -> Cost:
        """Have one photograph measured."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(photograph, file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return Cost(answer["cpu_ms"], answer["found"])


def report_speed() -> bool:
    """Measure and print; tell whether everybody is there and found the face."""
    if not PEERS_PYTHON.exists():
        print("The peers are not installed: tools/install-peers.")
        return False
    cv2.setNumThreads(1)
    placed = default_pack()
    models = load(placed)
    with tempfile.TemporaryDirectory(prefix="lineproof-bench-") as folder, peers_in(Path(folder)) as peers:
        large, small = draw_photographs(Path(folder))
        print("CPU milliseconds on one thread, medians of rounds in turn; times ours in brackets\n")
        found = report_photograph("12-megapixel photograph", large, models, placed, peers, goals=True)
        found &= report_photograph("250-pixel picture", small, models, placed, peers, goals=False)
        report_memory(large)
    return found


@contextmanager
def peers_in(folder: Path) -> Iterator[list[Peer]]:
    """Start all peers; the folder is for the models of OpenCV's own classes."""
    write_models(folder)
    with Peer(PEERS[0]) as first, Peer(PEERS[1]) as second, Peer(PEERS[2], str(folder)) as third:
        yield [first, second, third]


def write_models(folder: Path) -> None:
    """Write the models for OpenCV's classes: its recogniser refuses weights that are declared as inputs."""
    placed = default_pack()
    pack = placed.pack
    (folder / "detector.onnx").write_bytes(placed.read(pack.detector))
    embedder = onnx.load_from_string(placed.read(pack.embedder))
    taken = [each for each in embedder.graph.input if each.name == pack.input_name]
    del embedder.graph.input[:]
    embedder.graph.input.extend(taken)
    (folder / "recognizer.onnx").write_bytes(embedder.SerializeToString())


def draw_photographs(folder: Path) -> tuple[Path, Path]:
    """Draw somebody's photograph, large and small."""
    from lineproof.specimen.face import draw_figure
    from lineproof.specimen.photograph import photograph_capture

    paths = []
    for width_px in (PHONE_WIDTH_PX, SMALL_WIDTH_PX):
        paths.append(folder / f"{width_px}.jpg")
        figure = draw_figure(seed=SEED, size_px=width_px)
        paths[-1].write_bytes(photograph_capture(figure, seed=SEED))
    return paths[0], paths[1]


def report_photograph(
    title: str, photograph: Path, models: FaceModels, placed: PlacedPack, peers: list[Peer], *, goals: bool
) -> bool:
    """Measure one photograph by everybody in turn, print the table, and tell whether all found its face."""
    content = photograph.read_bytes()
    measure_ours(content, models)
    for peer in peers:
        peer.measure(photograph)
    ours, entropy = [], []
    theirs: dict[str, list[Cost]] = {peer.name: [] for peer in peers}
    for number in range(ROUNDS):
        ours.append(measure_ours(content, models))
        entropy.append(entropy_ms(content))
        for peer in peers:
            if peer.name != "face_recognition" or number < SLOW_ROUNDS:
                theirs[peer.name].append(peer.measure(photograph))
    mine = median(ours)
    arithmetic = arithmetic_ms(content, placed)
    floor = statistics.median(entropy) + arithmetic
    print(f"{title}: {len(content) / 1e6:.1f} MB")
    print(f"  {'ours':<22}{mine.cpu_ms:8.1f}")
    for name, costs in theirs.items():
        cost = median(costs)
        lost = "" if cost.found else "   no face found"
        print(f"  {name:<22}{cost.cpu_ms:8.1f}   ({cost.cpu_ms / mine.cpu_ms:.2f}){lost}")
    print(f"  {'floor':<22}{floor:8.1f}   (ours is {mine.cpu_ms / floor:.2f} times)")
    print(f"    {'entropy decoding':<20}{statistics.median(entropy):8.1f}")
    print(f"    {'arithmetic':<20}{arithmetic:8.1f}\n")
    found = mine.found and all(median(costs).found for costs in theirs.values())
    if not goals:
        return found
    ratios = {name: median(costs).cpu_ms / mine.cpu_ms for name, costs in theirs.items()}
    met = all(ratios[name] >= goal for name, goal in GOALS.items()) and mine.cpu_ms <= MOST_FLOORS * floor
    print(
        f"  goals (5 times face_recognition, 1.3 times verifyface, 3 floors): {'met' if met else 'NOT MET'}\n"
    )
    return found


def measure_ours(content: bytes, models: FaceModels) -> Cost:
    """Measure as the product does."""
    began = time.process_time_ns()
    capture = measure_bytes(content, models)
    return Cost((time.process_time_ns() - began) / 1e6, capture is not None)


def entropy_ms(content: bytes) -> float:
    """Time a decoder's smallest picture of a JPEG: its entropy decoding and hardly more."""
    data = np.frombuffer(content, np.uint8)
    began = time.process_time_ns()
    cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    return (time.process_time_ns() - began) / 1e6


def arithmetic_ms(content: bytes, placed: PlacedPack) -> float:
    """Give the time of the multiply-accumulates of one search and of the embedder, at their fastest."""
    height, width = decode(content, longest_side_px=CAPTURE_SIDE_PX).pixels.shape[:2]
    scale = SEARCH_SIDES_PX[0] / max(height, width)
    size = (round(height * scale), round(width * scale))
    pack = placed.pack
    search = multiply_accumulates(placed.read(pack.detector), input_size=size)
    return (search + multiply_accumulates(placed.read(pack.embedder))) / sgemm_per_ms()


def median(costs: list[Cost]) -> Cost:
    """Take the median time; found is whether the face was found every time."""
    return Cost(statistics.median(cost.cpu_ms for cost in costs), all(cost.found for cost in costs))


def report_memory(photograph: Path) -> None:
    """Print what a process that measured a photograph holds, and what a forked worker has of its own."""
    command = [sys.executable, "-m", "bench.face_memory", str(photograph)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 -- our own
    held = json.loads(done.stdout)
    print(
        f"memory: {held['rss_mb']} MB a process that has loaded the models and measured the large photograph;"
    )
    print(f"        {held['forked_private_mb']} MB of its own a worker forked from it that measures one more")
