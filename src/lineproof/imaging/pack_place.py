"""Where model packs lie, and how their files are read: never by importing what carries them.

A pack is a folder with `pack.toml`. There are three places for one, and a name may be found in only one of
them, so that nothing can stand in for the pack that a policy names:
  1. shipped with Lineproof, in `packs/` beside this module;
  2. installed: a package that declares an entry point of the group `lineproof.model_packs`, by the pack's
     name, whose value is the package that holds `pack.toml`;
  3. added by the operator: a folder by the pack's name in the record's folder `models`.

A file's digest is checked over the very bytes that are then used; no file is opened twice, so it cannot be
exchanged between the check and the use.
"""

import hashlib
import hmac
import importlib.metadata
import importlib.util
import os
import stat
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from lineproof.errors import LineproofError, Malformed, Unavailable
from lineproof.imaging.manifest import MOST_MANIFEST_BYTES, PACK_NAME, ModelPack, PackFile, parse_manifest
from lineproof.imaging.onnx_file import NotOnnx, names_other_files

MANIFEST = "pack.toml"
ENTRY_POINTS = "lineproof.model_packs"
DEFAULT_NAME = "yunet-2023mar-sface-2021dec-int8bq"

# The largest embedders in use have about 260 MB; a larger file would not fit beside the booth's work.
MOST_MODEL_BYTES = 512 << 20
MOST_LICENCE_BYTES = 1 << 20
LONGEST_LICENCE_LINE = 300

_SHIPPED = {DEFAULT_NAME: Path(__file__).with_name("packs") / "yunet-2023mar-sface-2021dec"}
_AGAIN = "Install or add the pack again, from a source that you trust."


class Origin(Enum):
    """How a pack came here."""

    SHIPPED = "shipped"
    INSTALLED = "installed"
    ADDED = "added"
    FOLDER = "folder"  # named by its folder, not by its name


@dataclass(frozen=True, slots=True)
class PlacedPack:
    """A pack and the folder its manifest lies in. carrier: who brought it, for people to read."""

    pack: ModelPack
    origin: Origin
    carrier: str
    folder: Path

    def read(self, file: PackFile, *, most_bytes: int = MOST_MODEL_BYTES) -> bytes:
        """Read a file of the pack and check its digest.

        Raises Unavailable when it is missing, leaves the pack, is too large or is another file.
        """
        content = _read_bounded(self._path(file), file.path, self.pack.name, most_bytes)
        if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), file.sha256):
            raise Unavailable(
                f"The file {file.path} of the model pack {self.pack.name} is not the one that its manifest "
                "names: its digest differs.",
                remedy=_AGAIN,
            )
        return content

    def read_model(self, file: PackFile) -> bytes:
        """Read a model, which must stand alone: as `read`, and Malformed for one that names other files."""
        content = self.read(file)
        try:
            alone = not names_other_files(content)
        except NotOnnx as error:
            raise Malformed(
                f"The file {file.path} of the model pack {self.pack.name} is not an ONNX model.",
                remedy="Ask whoever made the pack for its models as ONNX files.",
            ) from error
        if not alone:
            raise Malformed(
                f"The model {file.path} of the model pack {self.pack.name} names other files as its weights.",
                remedy="Ask whoever made the pack for a model with its weights inside, under its digest.",
            )
        return content

    def licence_text(self) -> str:
        """Read the licence; Malformed if there is nothing in it, or no text."""
        content = self.read(self.pack.licence, most_bytes=MOST_LICENCE_BYTES)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if not text.strip():
            raise Malformed(
                f"The licence {self.pack.licence.path} of the model pack {self.pack.name} is empty, or no "
                "text in UTF-8.",
                remedy="Ask whoever made the pack under which licence it may be used.",
            )
        return text

    def licence_line(self) -> str:
        """Give the licence's first line that is not empty, fit to be printed."""
        first = next(line for line in self.licence_text().splitlines() if line.strip())
        return "".join(c for c in first.strip() if c.isprintable())[:LONGEST_LICENCE_LINE]

    def _path(self, file: PackFile) -> Path:
        if file.distribution is not None:
            return installed_file(file.distribution, file.path, pack=self.pack.name)
        path = (self.folder / file.path).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise Unavailable(
                f"The file {file.path} of the model pack {self.pack.name} lies outside the pack.",
                remedy="Put the file itself into the pack, not a link to it.",
            )
        return path


@dataclass(frozen=True, slots=True)
class UnusablePack:
    """Something that is to be a pack and is not. name: by which it would be found."""

    name: str
    origin: Origin
    carrier: str
    problem: LineproofError


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pack of this name should lie; folder is the error that says why it does not."""

    name: str
    origin: Origin
    carrier: str
    folder: Path | LineproofError


def open_pack(
    folder: Path, *, origin: Origin = Origin.FOLDER, carrier: str = "", called: str = ""
) -> PlacedPack:
    """Read the manifest in a folder; the other files are read when they are used.

    called: the pack, as refusals name it; by default the folder.
    Raises Unavailable when there is no manifest, Malformed when it is not one.
    """
    called = called or str(folder)
    if not (folder / MANIFEST).resolve().is_relative_to(folder.resolve()):
        raise Unavailable(
            f"The manifest of the model pack {called} lies outside the pack.",
            remedy="Put the file itself into the pack, not a link to it.",
        )
    content = _read_bounded(folder / MANIFEST, MANIFEST, called, MOST_MANIFEST_BYTES)
    return PlacedPack(parse_manifest(content, called=called), origin, carrier or str(folder), folder)


def default_pack() -> PlacedPack:
    """Give the pack that comes with Lineproof."""
    place = _Place(DEFAULT_NAME, Origin.SHIPPED, "Lineproof", _SHIPPED[DEFAULT_NAME])
    return _open_place(place)


def find_pack(name: str, models_folder: Path | None = None) -> PlacedPack:
    """Find a pack by its name.

    models_folder: where the operator's own packs are; None looks among what is shipped and installed only.
    Raises Unavailable when there is none, or when different packs go by this name, and what `open_pack`
    raises.
    """
    places = _places(models_folder)
    found = [_open_place(place) for place in places if place.name == name]
    if not found:
        known = ", ".join(sorted({place.name for place in places}))
        raise Unavailable(
            f"There is no model pack named {name!r} here.", remedy=f"Add or install it; there are: {known}."
        )
    if len({placed.pack.digest for placed in found}) > 1:
        carriers = " and ".join(placed.carrier for placed in found)
        raise Unavailable(
            f"Different model packs go by the name {name}: of {carriers}.",
            remedy="Remove or uninstall all but the one that you trust.",
        )
    return found[0]


def named_pack(which: str, models_folder: Path | None = None) -> PlacedPack:
    """Open the pack in a folder, which is named with a slash (./my-pack), or find one by its name."""
    if "/" in which or which in {".", ".."}:
        return open_pack(Path(which))
    return find_pack(which, models_folder)


def list_packs(models_folder: Path | None = None) -> tuple[PlacedPack | UnusablePack, ...]:
    """List every pack there is, those that cannot be used with what is wrong: shipped, installed, added."""
    return tuple(_listed(place, models_folder) for place in _places(models_folder))


def installed_file(distribution: str, path: str, *, pack: str) -> Path:
    """Find a file that an installed package carries, without importing the package.

    Raises Unavailable when the package is not installed.
    """
    try:
        listed = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        if file.as_posix() == path:
            return Path(str(file.locate()))
    # An installer that keeps no list of files (a system package) still has the package's own place.
    top, _, rest = path.partition("/")
    for place in _package_folders(top):
        if (place / rest).is_file():
            return place / rest
    raise Unavailable(
        f"The file {path} of the model pack {pack} is not installed.",
        remedy=f"Install the package {distribution}, or name another pack in the policy.",
    )


def _places(models_folder: Path | None) -> tuple[_Place, ...]:
    places = [_Place(name, Origin.SHIPPED, "Lineproof", folder) for name, folder in _SHIPPED.items()]
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        package = "an unnamed package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
        name = _printable(point.name)
        try:
            places.append(_Place(name, Origin.INSTALLED, package, _folder_of(point)))
        except LineproofError as error:
            places.append(_Place(name, Origin.INSTALLED, package, error))
    added = [
        _Place(_printable(folder.name), Origin.ADDED, "the operator", folder)
        for folder in _folders_in(models_folder)
    ]
    return (*places, *added)


def _folders_in(models_folder: Path | None) -> list[Path]:
    """List the folders of added packs; one that is being added still has a dot before its name."""
    try:
        if models_folder is None or not models_folder.exists():
            return []
        return sorted(
            path for path in models_folder.iterdir() if not path.name.startswith(".") and path.is_dir()
        )
    except OSError as error:
        raise Unavailable(
            f"The folder of the model packs {models_folder} cannot be read: {error.strerror}.",
            remedy="Check its permissions.",
        ) from error


def _open_place(place: _Place) -> PlacedPack:
    if isinstance(place.folder, LineproofError):
        raise place.folder
    placed = open_pack(place.folder, origin=place.origin, carrier=place.carrier, called=place.name)
    if placed.pack.name != place.name:
        raise Malformed(
            f"The model pack {place.name} of {place.carrier} has another name in its manifest: "
            f"{placed.pack.name}.",
            remedy="Give it one name; a policy finds it by that.",
        )
    return placed


def _listed(place: _Place, models_folder: Path | None) -> PlacedPack | UnusablePack:
    try:
        _open_place(place)
        # Found by its name, as the booth would: another pack of the same name makes both unusable.
        return replace(find_pack(place.name, models_folder), origin=place.origin, carrier=place.carrier)
    except LineproofError as error:
        return UnusablePack(place.name, place.origin, place.carrier, error)


def _folder_of(point: importlib.metadata.EntryPoint) -> Path:
    """Find the folder of the package that an entry point names. Nothing of the package is imported."""
    parts = point.value.split(".")
    if not all(part.isidentifier() for part in parts):
        raise Malformed(
            f"The model pack {_printable(point.name)} is installed with a package name that is none.",
            remedy=f"Its entry point in {ENTRY_POINTS} must name the package that holds {MANIFEST}.",
        )
    wanted = "/".join((*parts, MANIFEST))
    for file in (point.dist.files if point.dist is not None else None) or []:
        if file.as_posix() == wanted:
            return Path(str(file.locate())).parent
    for place in _package_folders(parts[0]):
        if place.joinpath(*parts[1:], MANIFEST).is_file():
            return place.joinpath(*parts[1:])
    raise Unavailable(f"The installed model pack {_printable(point.name)} has no {wanted}.", remedy=_AGAIN)


def _package_folders(name: str) -> list[Path]:
    """Say where a top-level package lies. A name with a dot would import what stands before the dot."""
    if not name.isidentifier():
        return []
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    return [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]


def _printable(name: str) -> str:
    return name if PACK_NAME.fullmatch(name) else ascii(name)[:80]


def _read_bounded(path: Path, file: str, pack: str, most_bytes: int) -> bytes:
    """Read a plain file of at most so many bytes; a pipe or a device could keep us waiting for ever."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unavailable(
                    f"The file {file} of the model pack {pack} is not a plain file.", remedy=_AGAIN
                )
            content = opened.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The file {file} of the model pack {pack} cannot be read: "
            f"{getattr(error, 'strerror', None) or 'its name is none'}.",
            remedy=_AGAIN,
        ) from error
    if len(content) > most_bytes:
        raise Unavailable(
            f"The file {file} of the model pack {pack} is larger than {_size(most_bytes)}.", remedy=_AGAIN
        )
    return content


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
