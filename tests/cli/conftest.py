"""The real command in a process of its own, and drawn specimens to give it, good and bad."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lineproof.specimen import document as drawing
from lineproof.specimen.face import draw_face
from lineproof.specimen.people import ALICE, BO, PORTRAIT_PX, draw_capture, draw_document
from lineproof.specimen.photograph import photograph

COMMAND = Path(sys.executable).with_name("lineproof")
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
LIMITED = (
    "import os, resource, sys\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one run. No run may ever show a traceback, whatever it was given."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "Traceback" not in self.out + self.err

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def outcomes(self) -> dict[str, str]:
        """What each check gave, of a run with --json."""
        return {finding["check"]: finding["outcome"] for finding in self.json["findings"]}

    @property
    def reasons(self) -> set[str]:
        """The codes of the decision's reasons, of a run with --json."""
        return {reason["code"] for reason in self.json["reasons"]}

    def refuses(self, *words: str, code: int = 1) -> None:
        """Require an exit code and one line on standard error: what was wrong, and what to do."""
        assert self.code == code, self
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("error: ")
        for word in words:
            assert word in lines[0], self


Command = Callable[..., Ran]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which nothing of the person who runs the tests is touched."""
    home = tmp_path_factory.mktemp("home")
    temporary = tmp_path_factory.mktemp("temporary")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINEPROOF_", "XDG_"))}
    # matplotlib, where something is drawn, keeps its list of typefaces apart from what we look at.
    typefaces = tmp_path_factory.mktemp("matplotlib")
    return {**kept, "HOME": str(home), "TMPDIR": str(temporary), "MPLCONFIGDIR": str(typefaces)}


@pytest.fixture(scope="session")
def lineproof(environment: dict[str, str]) -> Command:
    """Runs the command: lineproof("read", file, "--json"). most_bytes: the largest file it may write."""

    def run(*arguments: object, most_bytes: int | None = None, out: Path | None = None) -> Ran:
        limited = [] if most_bytes is None else [sys.executable, "-c", LIMITED, str(most_bytes)]
        with (out or Path(os.devnull)).open("wb") as sink:
            done = subprocess.run(
                [*limited, str(COMMAND), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if out is None else sink,
                stderr=subprocess.PIPE,
                env=environment,
                timeout=60,
                check=False,
            )
        return Ran(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of drawn specimens, each named for what it is, or for what is wrong with it."""
    folder = tmp_path_factory.mktemp("pictures")
    document, capture = draw_document(ALICE), draw_capture(ALICE)
    (folder / "alice-document.jpg").write_bytes(document)
    (folder / "alice-capture.jpg").write_bytes(capture)
    (folder / "bo-capture.jpg").write_bytes(draw_capture(BO))
    for name in ("alice-document", "alice-capture"):
        with Image.open(folder / f"{name}.jpg") as upright:
            for degrees, turn in TURNS.items():
                upright.transpose(turn).save(folder / f"{name}-{degrees}.jpg", quality=92)
    _draw_bad_files(folder, document)
    _draw_bad_captures(folder)
    _draw_bad_documents(folder)
    return folder


def _draw_bad_files(folder: Path, document: bytes) -> None:
    (folder / "text.jpg").write_text("This is a letter, not a photograph.\n" * 40)
    (folder / "truncated.jpg").write_bytes(document[: len(document) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    Image.new("1", (14000, 10000)).save(folder / "140-megapixels.png", optimize=True)
    assert (folder / "140-megapixels.png").stat().st_size < 50_000


def _draw_bad_captures(folder: Path) -> None:
    with Image.open(folder / "alice-capture.jpg") as left, Image.open(folder / "bo-capture.jpg") as right:
        # Her own face is a little the larger, so that it is hers that is compared.
        smaller = right.resize((round(right.width * 0.95), round(right.height * 0.95)))
        both = Image.new("RGB", (left.width + smaller.width, left.height))
        both.paste(left, (0, 0))
        both.paste(smaller, (left.width, 0))
    both.save(folder / "two-faces.jpg", quality=92)
    rng = np.random.default_rng(5)
    wood = np.linspace(90, 150, 1600)[None, :, None] + rng.normal(0, 6, (1200, 1600, 3))
    desk = np.clip(wood + 8 * np.sin(np.arange(1200) / 7)[:, None, None], 0, 255).astype(np.uint8)
    cv2.circle(desk, (400, 500), 150, (240, 240, 240), -1)
    cv2.rectangle(desk, (900, 200), (1300, 900), (220, 215, 200), -1)
    cv2.imwrite(str(folder / "desk.jpg"), desk)


def _draw_bad_documents(folder: Path) -> None:
    page = drawing.draw_passport(
        fields=ALICE.fields, portrait=draw_face(seed=ALICE.seed, size_px=PORTRAIT_PX)
    )
    upper, lower = drawing.compose_mrz(ALICE.fields)
    another_digit = str((int(lower[9]) + 1) % 10)
    for name, lines in {
        "wrong-check-digit": (upper, lower[:9] + another_digit + lower[10:]),
        "lines-of-40": (upper[:40], lower[:40]),
    }.items():
        (folder / f"{name}.jpg").write_bytes(photograph(_with_zone(page, lines), seed=3))
    with Image.open(folder / "alice-document.jpg") as whole:
        whole.crop((0, 0, whole.width * 3 // 4, whole.height)).save(folder / "ends-lost.jpg", quality=92)


def _with_zone(page: NDArray[np.uint8], lines: tuple[str, str]) -> NDArray[np.uint8]:
    """Print other lines in the machine readable zone of a page."""
    fresh = Image.fromarray(page)
    paper = Image.fromarray(drawing._draw_background(ALICE.fields.number))
    top = fresh.height - drawing._px(drawing.MRZ_ZONE_MM)
    fresh.paste(paper.crop((0, top, paper.width, paper.height)), (0, top))
    drawing._print_mrz(fresh, lines)
    return np.asarray(fresh).copy()


@pytest.fixture(scope="session")
def given(pictures: Path) -> Callable[..., list[object]]:
    """Builds the options of a verification that default to Alice and her passport."""

    def build(document: str = "alice-document.jpg", capture: str = "alice-capture.jpg") -> list[object]:
        return ["--document", pictures / document, "--capture", pictures / capture, "--policy", "specimen"]

    return build


@pytest.fixture(scope="session")
def record_with_ada(lineproof: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record on which agent Ada is enrolled."""
    folder = tmp_path_factory.mktemp("with-ada") / "record"
    assert lineproof("agents", "add", "ada", "--record", folder).code == 0
    return folder
