"""How much memory a process needs that measures faces: alone, and forked from one that loaded the models.

python -m bench.face_memory PHOTOGRAPH      prints JSON: rss_mb, forked_private_mb
"""

import json
import os
import sys
from pathlib import Path

from bench.one_photograph import measure_bytes
from lineproof.imaging.models import load


def main() -> None:
    """Load, measure once, fork a worker that measures once more, and ask the kernel about both."""
    content = Path(sys.argv[1]).read_bytes()
    models = load()
    measure_bytes(content, models)
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        measure_bytes(content, models)
        os.write(writing, str(memory_mb("Private_Dirty")).encode())
        os._exit(0)
    os.waitpid(worker, 0)
    forked = int(os.read(reading, 32))
    print(json.dumps({"rss_mb": memory_mb("Rss"), "forked_private_mb": forked}))


def memory_mb(kind: str) -> int:
    """Read what this process holds, in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{kind}:"))
    return round(int(kilobytes) / 1000)


if __name__ == "__main__":
    main()
