"""Starts the production keeper with hostile work in its workers: what the capture's place names, it does.

The shipped keeper has no hook for this: its `main` gives its own work, and this program gives another.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lineproof.booth import keeper, wire
from lineproof.booth.answer import Unopened
from lineproof.booth.open_job import open_job
from tests.booth import attacks


def hostile(_kit: object, key: object) -> None:
    """Do what the job's document says: its text is a command and a folder."""
    job = open_job(wire.read_job(0), key, now=keeper.datetime.now(keeper.UTC))
    assert not isinstance(job, Unopened)
    command, _, folder = job.document.decode().partition(" ")
    COMMANDS[command](folder)


def attack(folder: str) -> None:
    wire.write_frame(0, json.dumps(attacks.tried(folder)).encode())


def memory(_: str) -> None:
    wire.write_frame(0, attacks.take_memory().encode())


def hang(_: str) -> None:
    while True:
        os.read(0, 1)


def spin(_: str) -> None:
    while True:
        pass


def babble(_: str) -> None:
    os.write(0, wire.length_of(1 << 30) + b"face" * 100_000)


def lie(_: str) -> None:
    wire.write_frame(0, b'{"v": 1, "session": "", "face": "' + b"x" * 5000 + b'"}')


def half(_: str) -> None:
    os.write(0, wire.length_of(500) + b"{")


def die(_: str) -> None:
    time.sleep(-1)


COMMANDS = {
    "attack": attack,
    "memory": memory,
    "hang": hang,
    "spin": spin,
    "babble": babble,
    "lie": lie,
    "half": half,
    "die": die,
}

if __name__ == "__main__":
    keeper.serve(keeper.load_kit_of, hostile)
