"""`lineproof log monitor`: a log in a folder, verified and judged, without the record that it is of."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof.tiles.directory import TileFolder
from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.growth import Growth
from lineproof.transparency.note import NoteKey
from lineproof.transparency.tree import leaf_hash, range_of
from tests.cli.conftest import Command
from tests.transparency.monitored import (
    ACCEPTED,
    ALICE,
    BEA,
    BO,
    CONTESTED,
    REFERRAL,
    REGISTRATION,
    Act,
    later,
)

# Each step is a process of its own; tests/transparency hold the rules in this one.
pytestmark = pytest.mark.long

ORIGIN = "example.net/log"
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = NoteKey(ORIGIN, public_key=SIGNING.public_key().public_bytes_raw())
GOOD = [*later(REGISTRATION, 0, ALICE), *later(ACCEPTED, 5, BO), *later(CONTESTED[:8], 60, "c" * 32)]
NOW = ("--at", "2026-07-02T12:00:00Z")
SIGNED = ("--key", KEY.text)

Publish = Callable[[list[bytes]], Path]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Writes a published log of these entries, as `lineproof log publish` leaves one."""

    def write(contents: list[bytes]) -> Path:
        folder = TileFolder(tmp_path / "log")
        growth = Growth(0, [], [])
        for content in contents:
            for path, tile in growth.add(content):
                folder.write(path, tile)
        for path, tile in growth.parts():
            folder.write(path, tile)
        checkpoint = Checkpoint(ORIGIN, len(contents), range_of(map(leaf_hash, contents)).root())
        folder.swap_checkpoint(None, sign_checkpoint(checkpoint, [(KEY, SIGNING.sign)]))
        return tmp_path / "log"

    return write


def contents(acts: list[Act]) -> list[bytes]:
    return [act.content for act in acts]


def test_log_in_order_is_summed_up(lineproof: Command, publish: Publish):
    folder = publish(contents(GOOD))
    ran = lineproof("log", "monitor", folder, *SIGNED, *NOW)
    assert ran.code == 0
    assert f"example.net/log is in order: {len(GOOD)} entries, 2 files." in ran.out
    assert "No rule is broken" in ran.out
    assert "2026-07-01T12:00:00Z to 2026-07-01T13:01:00Z" in ran.out
    assert "Decisions: accept: 2, accepted_by_people: 1, refer: 1" in ran.out
    assert "Not ended: 1 waiting for people, the oldest since 2026-07-01T13:00:00Z" in ran.out
    assert lineproof("log", "monitor", folder, *SIGNED, *NOW, "--from", folder / "checkpoint").code == 0
    said = lineproof("log", "monitor", folder, *SIGNED, *NOW, "--json").json
    assert (said["ok"], said["entries"], said["entries_read"]) == (True, len(GOOD), len(GOOD))
    assert (said["findings"], said["broken"], said["not_judged"], said["problems"]) == ([], {}, {}, [])
    assert said["waiting"] == [
        {"stage": "waits_for_people", "procedures": 1, "since": "2026-07-01T13:00:00Z"}
    ]


def test_without_a_key_it_says_that_nobody_said_whose_signature_it_is(lineproof: Command, publish: Publish):
    ran = lineproof("log", "monitor", publish(contents(GOOD)), *NOW)
    assert ran.code == 4
    assert "Give the key with --key" in ran.out


def test_entries_that_are_not_known_are_counted(lineproof: Command, publish: Publish):
    folder = publish([rfc8785.dumps({"v": 2, "kind": "decided"}), *contents(GOOD)])
    ran = lineproof("log", "monitor", folder, *SIGNED, *NOW)
    assert ran.code == 4
    assert "Not judged, since not known here: version 2: 1\n" in ran.out
    assert lineproof("log", "monitor", folder, *SIGNED, *NOW, "--json").json["not_judged"] == {"version 2": 1}


def test_broken_rules_are_said_with_their_place(lineproof: Command, publish: Publish):
    acts = [*GOOD]
    decided = next(at for at, act in enumerate(acts) if act.kind == "case_decided")
    acts[decided] = replace(acts[decided], by=(BEA,))
    folder = publish(contents(acts))
    ran = lineproof("log", "monitor", folder, *SIGNED, *NOW)
    assert ran.code == 3
    assert f"broken: two_people: entry {decided} of {BO}: A case is decided by two people" in ran.out
    assert "\nBroken:    two_people: 1\n" in ran.out
    said = lineproof("log", "monitor", folder, *SIGNED, *NOW, "--json").json
    assert (said["ok"], said["broken"]) == (False, {"two_people": 1})
    assert said["findings"] == [
        {
            "rule": "two_people",
            "entry": decided,
            "subject": BO,
            "what": "A case is decided by two people, and this one by 1.",
        }
    ]


def test_what_is_due_is_judged_as_of_the_time_that_is_given(lineproof: Command, publish: Publish):
    folder = publish(contents(REFERRAL[:8]))
    assert lineproof("log", "monitor", folder, *SIGNED, *NOW).code == 0
    ran = lineproof("log", "monitor", folder, *SIGNED)
    assert ran.code == 3
    assert "deadline_kept: entry 2" in ran.out
    assert "evidence_destroyed_in_time: entry 3" in ran.out


def test_of_very_many_findings_the_first_are_printed_and_all_counted(lineproof: Command, publish: Publish):
    folder = publish(contents([Act("decided", outcome="refuse\x1b[2J", stage="ended")] * 300))
    ran = lineproof("log", "monitor", folder, *SIGNED, *NOW)
    assert ran.code == 3
    assert ran.out.count("broken: machine_never_refuses") == 20
    assert "\nBroken:    machine_never_refuses: 300\n" in ran.out
    assert "Of each rule, the first 20 are above." in ran.out
    assert "\x1b" not in ran.out
    assert len(lineproof("log", "monitor", folder, *SIGNED, *NOW, "--json").json["findings"]) == 20


def test_log_that_is_itself_broken_is_said_first(lineproof: Command, publish: Publish):
    folder = publish(contents(GOOD))
    bundle = next((folder / "tile/entries/000.p").iterdir())
    bundle.write_bytes(bundle.read_bytes().replace(b"2026", b"2025", 1))
    ran = lineproof("log", "monitor", folder, *SIGNED, *NOW)
    assert ran.code == 3
    assert ran.out.startswith(f"broken: tile/0/000.p/{len(GOOD)}: its hash 0 is not of entry 0\n")
    assert "The log itself is broken." in ran.out
    said = lineproof("log", "monitor", folder, *SIGNED, *NOW, "--json").json
    assert (said["ok"], said["entries_read"], len(said["problems"])) == (False, len(GOOD) - 1, 2)


def test_folder_that_is_no_published_log_is_not_in_order(lineproof: Command, tmp_path: Path):
    ran = lineproof("log", "monitor", tmp_path, *SIGNED)
    assert ran.code == 3
    assert ran.out.startswith("broken: checkpoint: it is not there\n")


def test_rolled_back_log_is_broken(lineproof: Command, publish: Publish, tmp_path: Path):
    checkpoint = Checkpoint(ORIGIN, 99, bytes(32))
    kept = tmp_path / "kept"
    kept.write_bytes(sign_checkpoint(checkpoint, [(KEY, SIGNING.sign)]))
    ran = lineproof("log", "monitor", publish(contents(GOOD)), *SIGNED, *NOW, "--from", kept)
    assert ran.code == 3
    assert "rolled back: 99 entries were noted" in ran.out


@pytest.mark.parametrize("wrong", [("--at", "yesterday"), ("--at", "2026-07-01T12:00:00"), ("--record", ".")])
def test_wrong_options_are_a_usage_error(lineproof: Command, tmp_path: Path, wrong: tuple[str, str]):
    assert lineproof("log", "monitor", tmp_path, *wrong).code == 2
    assert lineproof("log", "monitor").code == 2


def test_bad_values_are_refused_in_a_sentence(lineproof: Command, publish: Publish):
    folder = publish(contents(GOOD))
    lineproof("log", "monitor", folder, "--key", "example.net+00000000+AAAA").refuses("verifier key")
    lineproof("log", "monitor", folder, "--from", "no-such-file").refuses("no-such-file cannot be read")
    lineproof("log", "monitor", "ftp://example.net/log").refuses("https://")
