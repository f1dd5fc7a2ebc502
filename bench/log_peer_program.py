"""pymerkle in a process of its own: hash so many leaves into a tree, and say how long it took.

Run by the Python of the peers' own environment (tools/install-log-peers), so it imports nothing of ours.

    python bench/log_peer_program.py COUNT LENGTH    prints a line of JSON: CPU seconds, and the root hash

Entry number n is n in decimal, with zeros before it up to LENGTH bytes.
"""

import json
import sys
import time


def main() -> None:
    """Append every entry, as pymerkle's documentation does, and ask for the root."""
    from pymerkle import InmemoryTree

    count, length = map(int, sys.argv[1:])
    entries = [b"%0*d" % (length, number) for number in range(count)]
    tree = InmemoryTree(algorithm="sha256")
    began = time.process_time()
    for entry in entries:
        tree.append_entry(entry)
    root = tree.get_root()
    print(json.dumps({"seconds": time.process_time() - began, "root": root.hex()}))


if __name__ == "__main__":
    main()
