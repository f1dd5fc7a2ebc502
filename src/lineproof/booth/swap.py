"""Find swap that is not encrypted: a page of a worker that is swapped out would lie plain on a disk.

Linux: proc(5), /proc/swaps; dm-crypt names itself in /sys/class/block/NAME/dm/uuid. Compressed memory (zram)
is no disk, unless it writes back to one.
"""

import os
from pathlib import Path

_SWAPS = Path("/proc/swaps")
_BLOCKS = Path("/sys/class/block")
_ENCRYPTED = "CRYPT-"


def plain_swaps(swaps: Path = _SWAPS, blocks: Path = _BLOCKS) -> list[str]:
    """Name the swap areas in use that are not known to be encrypted, none where the machine has no swap.

    A file counts as plain: what it lies on is not looked into.
    """
    try:
        lines = swaps.read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return []
    areas = [line.split()[0] for line in lines if line.strip()]
    return [area for area in areas if not _is_harmless(area, blocks)]


def _is_harmless(area: str, blocks: Path) -> bool:
    name = os.path.realpath(area).rpartition("/")[2]
    if name.startswith("zram"):
        return _read(blocks / name / "backing_dev") in {"", "none"}
    return _read(blocks / name / "dm" / "uuid").startswith(_ENCRYPTED)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
