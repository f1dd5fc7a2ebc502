"""Reviews the photographs that two files hold, confined as a worker is, and writes what it sealed."""

import os
import socket
import sys
from pathlib import Path

from lineproof.booth import confine, wire
from lineproof.booth.examine import load_kit
from lineproof.booth.review import review_images, seal_review
from lineproof.booth.warm import warm


def main() -> None:
    """Review document and capture, sealed to the key in hexadecimal, in a confined child."""
    document, capture = (Path(name).read_bytes() for name in sys.argv[1:3])
    browser_key = bytes.fromhex(sys.argv[3])
    kit = load_kit()
    warm(kit)
    ours, its = socket.socketpair()
    confine.read_address_space()
    if os.fork() == 0:
        try:
            confine.confine(its.fileno(), filtered=True)
            sealed = seal_review(
                review_images(document, capture, kit), browser_key=browser_key, info=b"reviewed"
            )
            wire.write_frame(0, sealed)
        finally:
            os._exit(0)
    its.close()
    sys.stdout.buffer.write(wire.read_frame(ours.fileno(), 1 << 21))


if __name__ == "__main__":
    main()
