"""Swap that is not encrypted is named; serving refuses it unless told."""

from pathlib import Path

import pytest

from lineproof.booth.swap import plain_swaps

HEAD = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"


@pytest.fixture
def machine(tmp_path: Path):
    """A machine with these swap areas; blocks: files below /sys/class/block by their path."""

    def build(*areas: str, **blocks: str) -> list[str]:
        swaps = tmp_path / "swaps"
        swaps.write_text(HEAD + "".join(f"{area} partition 1000 0 -2\n" for area in areas))
        for place, content in blocks.items():
            path = tmp_path / "block" / place.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content + "\n")
        return plain_swaps(swaps, tmp_path / "block")

    return build


def test_no_swap_is_no_plain_swap(machine):
    assert machine() == []


def test_partition_and_file_are_plain(machine):
    assert machine("/dev/sda2", "/swapfile") == ["/dev/sda2", "/swapfile"]


def test_dm_crypt_is_encrypted_and_another_mapping_is_not(machine):
    blocks = {"dm-0__dm__uuid": "CRYPT-PLAIN-swap", "dm-1__dm__uuid": "LVM-abc"}
    assert machine("/dev/dm-0", "/dev/dm-1", **blocks) == ["/dev/dm-1"]


def test_compressed_memory_is_no_disk_unless_it_writes_back(machine):
    blocks = {"zram0__backing_dev": "none", "zram1__backing_dev": "/dev/sda3"}
    assert machine("/dev/zram0", "/dev/zram1", **blocks) == ["/dev/zram1"]


def test_system_without_proc_has_none_that_we_know(tmp_path: Path):
    assert plain_swaps(tmp_path / "nothing") == []
