"""docs/log.md: every example in it is what the code writes, to the byte.

Run as `python -m tests.transparency.test_log_page` it writes the examples into the page anew.
"""

import base64
import hashlib
import re
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from lineproof.transparency.checkpoint import Checkpoint, checkpoint_text, sign_checkpoint
from lineproof.transparency.cosignature import NO_TIME, cosigned_message
from lineproof.transparency.entry import EntryBody, EntryKind, Stage, commit, entry_bytes, entry_salt
from lineproof.transparency.monitor_finding import Rule
from lineproof.transparency.monitor_rules import CHECKS
from lineproof.transparency.note import ML_DSA_44, NoteKey
from lineproof.transparency.proof import (
    Receipt,
    consistency_proof,
    inclusion_proof,
    receipt_bytes,
    verify_consistency,
)
from lineproof.transparency.tile import bundle_bytes, places_for, tile_bytes
from lineproof.transparency.tree import leaf_hash, node_hash, range_of
from lineproof.transparency.verify_receipt import verify

PAGE = Path(__file__).resolve().parents[2] / "docs" / "log.md"
EXAMPLE = re.compile(r"(?ms)^<!-- example: ([a-z ]+) -->\n```text\n(.*?)^```$")

ORIGIN = "log.example/lineproof"
SECRET = bytes(range(32))
PRIVATE = Ed25519PrivateKey.from_private_bytes(SECRET)
KEY = NoteKey(ORIGIN, public_key=PRIVATE.public_key().public_bytes_raw())
ML_DSA = MLDSA44PrivateKey.from_seed_bytes(SECRET)
ML_DSA_KEY = NoteKey(ORIGIN, algorithm=ML_DSA_44, public_key=ML_DSA.public_key().public_bytes_raw())
SALT = bytes(range(32))
NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)


RECORD = b'{"line":"example"}'


def a_body(kind: EntryKind, outcome: str = "", *, stage: Stage = Stage.UNDER_WAY) -> EntryBody:
    return EntryBody(
        kind=kind,
        at=NOON,
        subject=bytes.fromhex("000102030405060708090a0b0c0d0e0f"),
        stage=stage,
        outcome=outcome,
        by=(),
        due_at=None,
        answers=None,
        policy_digest=hashlib.sha256(b"policy").hexdigest(),
        release="0.1.0",
    )


BODIES = [
    a_body(EntryKind.DECIDED, "accept"),
    a_body(EntryKind.LINE_REGISTERED),
    a_body(EntryKind.LINE_SWITCHED_ON, stage=Stage.ENDED),
]
ENTRIES = [entry_bytes(body, (commit(RECORD, salt=entry_salt(SALT, body)),)) for body in BODIES]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
ROOT = range_of(LEAVES).root()


def hash_at(level: int, index: int) -> bytes:
    return range_of(LEAVES[index << level : (index + 1) << level]).root()


SIGNED = sign_checkpoint(Checkpoint(ORIGIN, 3, ROOT), [(KEY, PRIVATE.sign)])
RECEIPT = receipt_bytes(Receipt(1, inclusion_proof(1, 3, hash_at), SIGNED))


COSIGNED = cosigned_message(cosigner=ORIGIN, timestamp=NO_TIME, origin=ORIGIN, size=3, root_hash=ROOT)


def rows(**values: str) -> str:
    """Write a name and a value a line."""
    width = max(len(name) for name in values)
    return "".join(f"{name.replace('_', ' ').ljust(width)}  {value}\n" for name, value in values.items())


def places(size: int) -> str:
    """Write the paths of a log, of each row the first and what is partial."""
    paths = [place.path for place in places_for(0, size)]
    return "".join(f"{path}\n" for path in paths if path.endswith("/000") or ".p/" in path)


def examples() -> dict[str, str]:
    """Produce every example of the page with the code it is about."""
    return {
        "entries": "".join(entry.decode() + "\n" for entry in ENTRIES),
        "commitment": rows(
            party_salt=SALT.hex(),
            salt=entry_salt(SALT, BODIES[0]).hex(),
            record=RECORD.decode(),
            commitment=commit(RECORD, salt=entry_salt(SALT, BODIES[0])).hex(),
        ),
        "hashes": rows(
            leaf_0=LEAVES[0].hex(),
            leaf_1=LEAVES[1].hex(),
            leaf_2=LEAVES[2].hex(),
            node_01=node_hash(LEAVES[0], LEAVES[1]).hex(),
            root=ROOT.hex(),
        ),
        "no entries": rows(root=range_of([]).root().hex()),
        "places": places(70000),
        "growth": "".join(place.path + "\n" for place in places_for(200, 300)),
        "tile": "".join(line + "\n" for line in textwrap.wrap(tile_bytes(LEAVES).hex(), 64)),
        "bundle": rows(
            bytes=str(len(bundle_bytes(ENTRIES))),
            first_16=bundle_bytes(ENTRIES)[:16].hex(),
            sha256=hashlib.sha256(bundle_bytes(ENTRIES)).hexdigest(),
        ),
        "key": rows(
            secret=SECRET.hex(), public=KEY.public_key.hex(), key_id=KEY.key_id.hex(), verifier_key=KEY.text
        ),
        "signed text": checkpoint_text(Checkpoint(ORIGIN, 3, ROOT)),
        "checkpoint": SIGNED.decode(),
        "cosigned message": rows(
            seed=SECRET.hex(), key_id=ML_DSA_KEY.key_id.hex(), sha256=hashlib.sha256(COSIGNED).hexdigest()
        )
        + "".join(line + "\n" for line in textwrap.wrap(COSIGNED.hex(), 64)),
        "receipt": RECEIPT.decode(),
        "consistency": "".join(one.hex() + "\n" for one in consistency_proof(1, 3, hash_at)),
    }


def test_every_example_in_the_page_is_what_the_code_writes():
    shown = dict(EXAMPLE.findall(PAGE.read_text("utf-8")))
    assert shown == examples()


def test_page_shows_no_bytes_that_are_not_held():
    """Every block of text in the page is an example, and none is there twice."""
    page = PAGE.read_text("utf-8")
    assert page.count("```text\n") == len(EXAMPLE.findall(page)) == len(examples())


def test_page_has_every_kind_of_entry_and_every_rule_of_the_monitor():
    page = PAGE.read_text("utf-8")
    kinds = page.partition("### Kinds")[2].partition("\n#")[0]
    rows = [row.partition("|")[2].partition("|")[0] for row in kinds.splitlines() if row.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(kind.value for kind in EntryKind)
    rules = page.partition("## Rules that a monitor computes")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(\w+)`", rules)
    assert set(rows) >= {rule.value for rule in Rule}


def test_monitor_knows_every_kind_that_is_written():
    assert {kind.value for kind in EntryKind} <= CHECKS.keys()


@pytest.mark.parametrize("index", range(3))
def test_examples_prove_what_the_page_says(index: int):
    receipt = receipt_bytes(Receipt(index, inclusion_proof(index, 3, hash_at), SIGNED))
    assert verify(receipt, ENTRIES[index], KEY.text, ORIGIN) == (index, 3)
    verify_consistency(
        old=1, new=3, old_root=LEAVES[0], new_root=ROOT, proof=consistency_proof(1, 3, hash_at)
    )


def test_message_of_the_page_is_what_is_signed_with_ml_dsa_44():
    signed = sign_checkpoint(Checkpoint(ORIGIN, 3, ROOT), [(ML_DSA_KEY, ML_DSA.sign)])
    line = base64.b64decode(signed.decode().split()[-1])
    assert line[:12] == ML_DSA_KEY.key_id + bytes(8)
    ML_DSA.public_key().verify(line[12:], COSIGNED)


if __name__ == "__main__":
    written = examples()
    PAGE.write_text(
        EXAMPLE.sub(
            lambda found: f"<!-- example: {found[1]} -->\n```text\n{written[found[1]]}```",
            PAGE.read_text("utf-8"),
        ),
        "utf-8",
    )
