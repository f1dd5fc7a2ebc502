"""What is observed of the machine, the program that serves, and the process of its pages."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lineproof.booth.inspection import processes, sockets
from lineproof.booth.inspection.observation import NotChecked, Seen, observes
from lineproof.booth.swap import plain_swaps

# What sees pixels, or runs a network: by the folder or file that the library is installed as.
SEEING = frozenset({"cv2", "numpy", "onnxruntime", "PIL", "zxingcpp"})

_SWAPS = Path("/proc/swaps")
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
CRASH_FOLDERS = (Path("/var/lib/systemd/coredump"), Path("/var/crash"))
_ELF, _CORE, _TYPE_AT = b"\x7fELF", 4, slice(16, 18)  # elf(5): e_ident, and ET_CORE in either byte order
NO_KEEPER = "no keeper is alive; the next is started when evidence is asked for"


@dataclass(frozen=True, slots=True)
class Serving:
    """The processes of a running server, found by who started whom.

    key_processes: one, beside the pages; it starts the keepers.
    """

    program: int
    pages: tuple[int, ...]
    keepers: tuple[int, ...]
    key_processes: tuple[int, ...] = ()

    @classmethod
    def of(cls, program: int) -> "Serving":
        """Look for the children of the program, and for theirs: keepers come and go."""
        children = processes.living_children(program)
        others = [child for child in children if not processes.is_keeper(child)]
        more = [child for other in others for child in processes.living_children(other)]
        key_processes = tuple(filter(processes.is_key_process, others))
        pages = tuple(other for other in others if other not in key_processes)
        return cls(program, pages, tuple(filter(processes.is_keeper, [*children, *more])), key_processes)

    @property
    def outside(self) -> tuple[int, ...]:
        """Give the processes that keep no key: the program and its pages."""
        return (self.program, *self.pages)


@observes("No memory is swapped out in the clear", how="/proc/swaps, dm-crypt")
def observe_no_plain_swap(swaps: Path = _SWAPS) -> Seen:
    """See that there is no swap, or that it is encrypted."""
    if not swaps.exists():
        raise NotChecked("this machine does not say where it swaps to")
    plain = plain_swaps(swaps)
    areas = len(swaps.read_text(encoding="utf-8").splitlines()) - 1
    if plain:
        return Seen(holds=False, what=f"swaps to {', '.join(plain)}, not known to be encrypted")
    return Seen(holds=True, what=f"{areas} in use, encrypted or in memory" if areas > 0 else "no swap in use")


@observes(
    "No core dump of it lies about",
    how="where it works, and where this system puts them",
)
def observe_no_core_files(
    serving: Serving, record: Path, *, pattern: Path = CORE_PATTERN, crash: Sequence[Path] = CRASH_FOLDERS
) -> Seen:
    """Look for core dumps: files by their content, a system's collection by the name of the program."""
    folders = {Path("/"), record.absolute(), *map(processes.working_folder, serving.outside)}
    where = pattern.read_text(encoding="utf-8").strip()
    if where.startswith("/"):
        folders.add(Path(where).parent)
    names = {processes.status(pid)["Name"] for pid in (*serving.outside, *serving.keepers)}
    found: list[Path] = []
    shut: list[Path] = []
    for folder in sorted(folders):
        found += [path for path in _entries(folder, shut) if _is_core(path)]
    for folder in crash:
        if folder not in folders:
            found += [path for path in _entries(folder, shut) if _names_one(path, names)]
    if found:
        return Seen(holds=False, what=f"{len(found)}: {', '.join(map(str, found[:3]))}")
    if shut:
        raise NotChecked(f"only root may look into {', '.join(map(str, shut))}")
    return Seen(holds=True, what=f"none in {len(folders) + sum(map(Path.is_dir, crash))} folders")


@observes("It runs the very code that checks it", how="digest over its files")
def observe_release(noted: str, ours: str) -> Seen:
    """Compare what the server noted of itself with this program: the keeper looked at is then this code's."""
    return Seen(
        holds=noted == ours, what=ours if noted == ours else f"{noted}, but this is {ours}: start it anew"
    )


@observes(
    "Neither program nor pages have loaded what sees images",
    how="/proc/PID/maps",
)
def observe_sees_nothing(serving: Serving) -> Seen:
    """Look for libraries of images and inference; a keeper, where it may be looked at, is the control."""
    if not serving.pages:
        raise NotChecked("the process of the pages is not there")
    loaded = {pid: _seeing(processes.mapped_files(pid)) for pid in serving.outside}
    if any(loaded.values()):
        said = (f"{pid} has {', '.join(sorted(names))}" for pid, names in loaded.items() if names)
        return Seen(holds=False, what="; ".join(said))
    return Seen(holds=True, what=_control(serving.keepers))


@observes(
    "Nothing of theirs leads into a keeper but its control socket",
    how="/proc/PID/fd, and sock_diag(7) for who is at the other end",
)
def observe_ways_into_keepers(serving: Serving) -> Seen:
    """Look for every socket that ends in a keeper, and every pipe that a keeper has too."""
    if not serving.keepers:
        raise NotChecked(NO_KEEPER)
    kept = [processes.descriptors(keeper) for keeper in serving.keepers]
    ends = set[int]().union(*(processes.inodes(held, "socket") for held in kept))
    pipes = set[int]().union(*(processes.inodes(held, "pipe") for held in kept))
    everybody = sockets.unix_sockets()
    into: set[int] = set()
    for pid in serving.outside:
        held = processes.descriptors(pid)
        if shared := processes.inodes(held, "pipe") & pipes:
            return Seen(holds=False, what=f"{pid} holds pipe {min(shared)} of a keeper")
        ours = processes.inodes(held, "socket")
        if shared := ours & ends:
            return Seen(holds=False, what=f"{pid} holds the keeper's own end, socket {min(shared)}")
        into |= {inode for inode in ours if inode in everybody and everybody[inode].peer in ends}
    return Seen(
        holds=len(into) == len(serving.keepers),
        what=f"{_counted(len(into), 'socket')} into {_counted(len(serving.keepers), 'keeper')}",
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _seeing(files: Iterable[Path]) -> set[str]:
    """Name the libraries that see, among mapped files: by a folder, or a file such as cv2.abi3.so."""
    return {part for path in files for part in (*path.parts, path.name.partition(".")[0]) if part in SEEING}


def _control(keepers: Sequence[int]) -> str:
    with suppress(OSError):
        for keeper in keepers:
            if names := _seeing(processes.mapped_files(keeper)):
                return f"none; in the keeper, by the same search: {', '.join(sorted(names, key=str.lower))}"
    return f"none of {', '.join(sorted(SEEING, key=str.lower))}"


def _entries(folder: Path, shut: list[Path]) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except PermissionError:
        shut.append(folder)


def _is_core(path: Path) -> bool:
    """Tell a core dump by its head, among plain files called core, core.1234 or 1234.core."""
    if not re.search(r"(^|[._-])core([._-]|$)", path.name):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        head = os.read(descriptor, _TYPE_AT.stop)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return head.startswith(_ELF) and _CORE in head[_TYPE_AT]


def _names_one(path: Path, names: set[str]) -> bool:
    return any(re.search(rf"(^|[._]){re.escape(name)}[._]", path.name) for name in names)
