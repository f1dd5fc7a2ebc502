"""Which sockets a process listens on, and who is at the other end of a UNIX socket.

Linux: proc(5), /proc/PID/net; sock_diag(7), which alone tells the peers of UNIX sockets.
"""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from lineproof.booth.inspection.observation import NotChecked

_INTERNET = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
_INODE_COLUMN = 9

# linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY = 4, 20
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_EVERY_STATE, _SHOW_PEER, _PEER, _NO_COOKIE = 0xFFFFFFFF, 4, 2, 0xFFFFFFFF
_HEADER, _ASKED, _SAID, _ATTRIBUTE = "=IHHII", "=BBHIIIII", "=BBBBIII", "=HH"
_LISTEN = 10


@dataclass(frozen=True, slots=True)
class UnixSocket:
    """kind: socket.SOCK_STREAM and so on. peer: the inode of the other end, None where there is none."""

    kind: int
    listens: bool
    peer: int | None


def internet_inodes(pid: int) -> set[int]:
    """Give the inodes of every internet socket where a process is, its own and others'."""
    found = set()
    for table in _INTERNET:
        path = Path(f"/proc/{pid}/net/{table}")
        if path.exists():
            rows = path.read_text(encoding="ascii", errors="replace").splitlines()[1:]
            found |= {int(row.split()[_INODE_COLUMN]) for row in rows}
    return found


def unix_sockets() -> dict[int, UnixSocket]:
    """Ask the kernel for every UNIX socket here, by inode; NotChecked where it does not tell."""
    found: dict[int, UnixSocket] = {}
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as asking:
            asking.settimeout(5)
            ask = struct.pack(
                _ASKED, socket.AF_UNIX, 0, 0, _EVERY_STATE, 0, _SHOW_PEER, _NO_COOKIE, _NO_COOKIE
            )
            size = struct.calcsize(_HEADER) + len(ask)
            asking.send(struct.pack(_HEADER, size, _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0) + ask)
            while _take(asking.recv(1 << 20), found):
                pass
    except OSError as error:
        raise NotChecked("this kernel does not tell who is at the other end of a socket") from error
    return found


def _take(content: bytes, found: dict[int, UnixSocket]) -> bool:
    """Take the messages of one datagram; False when they were the last."""
    while content:
        size, kind, *_ = struct.unpack_from(_HEADER, content)
        if kind == _DONE:
            return False
        if kind == _ERROR:
            raise OSError("sock_diag refused")
        message = content[struct.calcsize(_HEADER) : size]
        _, socket_kind, state, _, inode, *_ = struct.unpack_from(_SAID, message)
        attributes = message[struct.calcsize(_SAID) :]
        found[inode] = UnixSocket(socket_kind, state == _LISTEN, _peer(attributes))
        content = content[_aligned(size) :]
    return True


def _peer(attributes: bytes) -> int | None:
    while attributes:
        size, kind = struct.unpack_from(_ATTRIBUTE, attributes)
        if kind == _PEER:
            return int.from_bytes(attributes[4:8], "little" if struct.pack("=H", 1)[0] else "big")
        attributes = attributes[_aligned(size) :]
    return None


def _aligned(size: int) -> int:
    return (size + 3) & ~3
