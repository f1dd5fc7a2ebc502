"""One peer of bench.document in a process of its own: a picture's path in, the text it reads out.

Run by the Python of the peers' own environment (tools/install-document-peers), so it imports nothing of ours.

    python bench/document_peer_program.py NAME    NAME: rapidocr, tesseract, tesseract-block or passporteye

Reads a path a line from stdin, and answers each with a line of JSON: cpu_ms, that of its child processes
included, and the lines of text.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

os.environ["OMP_THREAD_LIMIT"] = "1"
Peer = Callable[[str], list[str]]


def rapidocr_peer() -> Peer:
    """Use RapidOCR as its documentation does, with the models in its wheel, on one thread."""
    from rapidocr import RapidOCR

    threads = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = RapidOCR(params={**threads, "Global.log_level": "error"})

    def read(path: str) -> list[str]:
        result: Any = engine(path)
        return list(result.txts or ())

    return read


def tesseract_peer(mode: str) -> Peer:
    """Use Debian's tesseract with its English model and the zone's characters alone."""
    import pytesseract

    settings = f"--psm {mode} -c tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"

    def read(path: str) -> list[str]:
        return str(pytesseract.image_to_string(path, lang="eng", config=settings)).splitlines()

    return read


def passporteye_peer() -> Peer:
    """Use PassportEye, which finds the zone itself and reads it with tesseract."""
    from passporteye import read_mrz

    def read(path: str) -> list[str]:
        found = read_mrz(path)
        return [] if found is None else str(found.aux.get("text", "")).splitlines()

    return read


PEERS: dict[str, Callable[[], Peer]] = {
    "rapidocr": rapidocr_peer,
    "tesseract": lambda: tesseract_peer("11"),  # sparse text, anywhere
    "tesseract-block": lambda: tesseract_peer("6"),  # one block of text
    "passporteye": passporteye_peer,
}


def cpu_ms() -> float:
    """Give the CPU time of this process and of its children."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum((each.ru_utime + each.ru_stime) * 1000 for each in used)


def main() -> None:
    """Answer line by line."""
    read = PEERS[sys.argv[1]]()
    for line in sys.stdin:
        began = cpu_ms()
        try:
            lines = read(line.rstrip("\n"))
        except (ValueError, RuntimeError, IndexError, TypeError, AttributeError) as error:
            print(f"{sys.argv[1]}: {type(error).__name__}: {error}", file=sys.stderr)
            lines = []
        print(json.dumps({"cpu_ms": cpu_ms() - began, "lines": lines}), flush=True)


if __name__ == "__main__":
    main()
