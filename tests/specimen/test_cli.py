"""The `specimen` commands write whole files or say why not."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from lineproof.cli.specimen import command
from lineproof.errors import Malformed, Unavailable


def run(*arguments: object) -> None:
    CliRunner().invoke(
        command, [str(argument) for argument in arguments], catch_exceptions=False, standalone_mode=False
    )


def test_document_is_a_photograph_by_default(tmp_path: Path):
    run("document", "--seed", 3, "--out", tmp_path / "a.jpg", "--megapixels", 0.5, "--rotate", 90)
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.height > picture.width


def test_flat_document_is_the_page_itself(tmp_path: Path):
    run("document", "--seed", 3, "--out", tmp_path / "a.png", "--flat", "--expired")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
        assert picture.size == (1500, 1056)


def test_capture_is_written_and_nothing_is_left_beside_it(tmp_path: Path):
    run("capture", "--seed", 3, "--yaw", -8, "--light", "left", "--out", tmp_path / "c.jpg")
    assert [file.name for file in tmp_path.iterdir()] == ["c.jpg"]


def test_given_portrait_is_turned_upright_before_it_is_printed(tmp_path: Path):
    pixels = np.zeros((250, 250, 3), np.uint8)
    pixels[:, :125] = 255  # bright on the left; turned clockwise it is bright above
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / "p.png", exif=exif)
    run("document", "--seed", 3, "--portrait", tmp_path / "p.png", "--flat", "--out", tmp_path / "d.png")
    with Image.open(tmp_path / "d.png") as page:
        shown = np.asarray(page)
    assert shown[260, 280].min() > 240
    assert shown[680, 280].max() < 15


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut short"])
def test_portrait_that_is_no_picture_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "p.jpg").write_bytes(content)
    with pytest.raises(Malformed):
        run("document", "--seed", 3, "--portrait", tmp_path / "p.jpg", "--out", tmp_path / "d.png")


def test_portrait_cut_off_in_the_middle_is_refused(tmp_path: Path):
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)).save(
        tmp_path / "w.jpg"
    )
    whole = (tmp_path / "w.jpg").read_bytes()
    (tmp_path / "p.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Malformed):
        run("document", "--seed", 3, "--portrait", tmp_path / "p.jpg", "--out", tmp_path / "d.png")


def test_tiny_portrait_is_refused(tmp_path: Path):
    Image.new("RGB", (20, 20)).save(tmp_path / "p.png")
    with pytest.raises(Malformed):
        run("document", "--seed", 3, "--portrait", tmp_path / "p.png", "--out", tmp_path / "d.png")


def test_missing_portrait_is_named(tmp_path: Path):
    with pytest.raises(Unavailable, match=r"gone\.jpg"):
        run("document", "--seed", 3, "--portrait", tmp_path / "gone.jpg", "--out", tmp_path / "d.png")


def test_ending_that_names_no_format_is_refused_before_drawing(tmp_path: Path):
    with pytest.raises(Malformed):
        run("capture", "--seed", 3, "--out", tmp_path / "c.gif")


def test_folder_that_does_not_exist_is_unavailable(tmp_path: Path):
    with pytest.raises(Unavailable):
        run("capture", "--seed", 3, "--out", tmp_path / "none" / "c.png")


def test_importing_the_commands_is_cheap():
    script = (
        "import sys, lineproof.cli.specimen as s; print(sorted({'numpy', 'cv2', 'PIL'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("card-front", (1027, 648)), ("card-back", (1027, 648)), ("official-card", (1260, 888)),
        ("visa-a", (1440, 960)), ("visa-b", (1260, 888)),
    ],
)  # fmt: skip
def test_every_kind_of_document_can_be_asked_for(tmp_path: Path, kind: str, size: tuple[int, int]):
    Image.new("RGB", (90, 90), (120, 140, 200)).save(tmp_path / "p.png")
    options = (
        "--kind",
        kind,
        "--zone-print",
        "worn",
        "--portrait-style",
        "ghost",
        "--portrait",
        tmp_path / "p.png",
    )
    run("document", "--seed", 3, *options, "--flat", "--out", tmp_path / "d.png")
    with Image.open(tmp_path / "d.png") as page:
        assert page.size == size


def test_options_left_out_are_the_plain_passport(tmp_path: Path):
    Image.new("RGB", (90, 90), (120, 140, 200)).save(tmp_path / "p.png")
    shared = ("document", "--seed", 3, "--flat", "--portrait", tmp_path / "p.png")
    options = ("--kind", "passport", "--portrait-style", "colour", "--zone-print", "clean")
    run(*shared, "--out", tmp_path / "a.png")
    run(*shared, "--out", tmp_path / "b.png", *options)
    run(*shared, "--out", tmp_path / "c.png", "--portrait-style", "grey")
    plain, asked, grey = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert plain == asked != grey
