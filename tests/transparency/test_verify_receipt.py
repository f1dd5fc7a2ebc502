"""The file that a court's expert reads: it takes our receipts, no changed one, and nothing of ours."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lineproof.errors import Malformed
from lineproof.transparency import verify_receipt as standalone
from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.note import SIGNATURE_PREFIX, sign_note
from lineproof.transparency.proof import Receipt, inclusion_proof, parse_receipt, receipt_bytes
from lineproof.transparency.proof import verify_receipt as verify_in_product
from lineproof.transparency.tree import leaf_hash, range_of
from lineproof.transparency.verify_receipt import NotProven, main, verify
from tests.transparency.test_note import EXAMPLE_NOTE, a_signer, an_ml_dsa_signer
from tests.transparency.test_proof import LEAVES, mth, of_a_log
from tests.transparency.test_receipt import ALICE, ENTRIES, MALLORY, ORIGIN, a_receipt

FILE = Path(standalone.__file__)
KEY = ALICE[0].text


def test_it_imports_the_standard_library_and_one_signature_check():
    tree = ast.parse(FILE.read_text("utf-8"))
    imported = {
        (name.name if isinstance(node, ast.Import) else str(node.module)).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert imported - sys.stdlib_module_names == {"cryptography"}
    checks = [node for node in tree.body if "cryptography" in ast.unparse(node)]
    assert [node.name for node in checks if isinstance(node, ast.FunctionDef)] == ["signature_is_valid"]
    assert len(FILE.read_text("utf-8").splitlines()) < 260


def test_receipts_of_every_entry_of_every_small_log_are_proven():
    for size in range(1, 70):
        signed = sign_checkpoint(Checkpoint(ORIGIN, size, mth(0, size)), [ALICE])
        for index in range(size):
            receipt = receipt_bytes(Receipt(index, inclusion_proof(index, size, of_a_log(size)), signed))
            assert verify(receipt, b"entry %d" % index, KEY, ORIGIN) == (index, size)
    assert leaf_hash(b"entry 7") == LEAVES[7]


def test_no_byte_of_a_receipt_can_be_changed():
    """Every byte, to every value that differs in one bit, and the whole cut off anywhere."""
    written = receipt_bytes(a_receipt())
    for at in range(len(written)):
        for bit in range(8):
            changed = bytearray(written)
            changed[at] ^= 1 << bit
            with pytest.raises(NotProven):
                verify(bytes(changed), ENTRIES[2], KEY, ORIGIN)
        with pytest.raises(NotProven):
            verify(written[:at], ENTRIES[2], KEY, ORIGIN)
        with pytest.raises(NotProven):
            verify(written[:at] + written[at + 1 :], ENTRIES[2], KEY, ORIGIN)


def test_every_sort_of_wrong_receipt_is_told_apart():
    good, entry = a_receipt(), ENTRIES[2]
    root = range_of(leaf_hash(one) for one in ENTRIES).root()
    longer = Receipt(2, (*good.proof, root), good.checkpoint)
    shorter = Receipt(2, good.proof[:-1], good.checkpoint)
    elsewhere = Receipt(5, good.proof, good.checkpoint)
    reasons = {
        reason(receipt_bytes(good), b"another", KEY, ORIGIN),
        reason(receipt_bytes(good), entry, MALLORY[0].text, ORIGIN),
        reason(receipt_bytes(good), entry, KEY, "bo.example/log"),
        reason(receipt_bytes(longer), entry, KEY, ORIGIN),
        reason(receipt_bytes(shorter), entry, KEY, ORIGIN),
        reason(receipt_bytes(elsewhere), entry, KEY, ORIGIN),
        reason(receipt_bytes(good).replace(b"log\n5\n", b"log\n6\n"), entry, KEY, ORIGIN),
        reason(receipt_bytes(Receipt(2, good.proof, sign_note("a\n", [ALICE]))), entry, KEY, ORIGIN),
        reason(receipt_bytes(Receipt(2, good.proof, EXAMPLE_NOTE[:-1])), entry, KEY, ORIGIN),
        reason(receipt_bytes(good), entry, KEY.replace("+", "++", 1), ORIGIN),
        reason(receipt_bytes(good), entry, KEY[:-4], ORIGIN),
        reason(b"", entry, KEY, ORIGIN),
        reason(b"\xff", entry, KEY, ORIGIN),
        reason(b"c2sp.org/tlog-proof@v1\nindex 02\n\n", entry, KEY, ORIGIN),
        reason(b"c2sp.org/tlog-proof@v1\n\n", entry, KEY, ORIGIN),
    }
    assert len(reasons) >= 12


def reason(receipt: bytes, entry: bytes, key: str, origin: str) -> str:
    with pytest.raises(NotProven) as why:
        verify(receipt, entry, key, origin)
    return str(why.value)


def test_lines_of_witnesses_and_extra_data_do_not_disturb():
    witness = a_signer("witness.example", seed=9)
    root = range_of(leaf_hash(one) for one in ENTRIES).root()
    signed = sign_checkpoint(Checkpoint(ORIGIN, 5, root), [witness, ALICE])
    receipt = receipt_bytes(Receipt(2, a_receipt().proof, signed, b"more"))
    assert verify(receipt, ENTRIES[2], KEY, ORIGIN) == (2, 5)


def test_ml_dsa_44_signature_beside_that_of_ed25519_does_not_disturb():
    beside = an_ml_dsa_signer(ORIGIN)
    root = range_of(leaf_hash(one) for one in ENTRIES).root()
    for signers in ([beside, ALICE], [ALICE, beside]):
        signed = sign_checkpoint(Checkpoint(ORIGIN, 5, root), signers)
        receipt = receipt_bytes(Receipt(2, a_receipt().proof, signed))
        assert verify(receipt, ENTRIES[2], KEY, ORIGIN) == (2, 5)
    with pytest.raises(NotProven):
        verify(receipt, ENTRIES[2], beside[0].text, ORIGIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", f"{SIGNATURE_PREFIX}witness.example AAAAAA==\n".encode()),  # a key id, and no signature
        (b"", f"{SIGNATURE_PREFIX}witness\u00a0example AAAAAAA=\n".encode()),
        (b"index", b"extra \nindex"),
    ],
)
def test_what_the_log_itself_would_not_read_is_refused_wherever_it_stands(old: bytes, new: bytes):
    """Found by fuzzing: two verifiers, of which one was laxer in lines that prove nothing."""
    good = receipt_bytes(a_receipt())
    changed = good.replace(old, new, 1) if old else good + new
    reason(changed, ENTRIES[2], KEY, ORIGIN)
    with pytest.raises(Malformed):
        verify_in_product(parse_receipt(changed), ENTRIES[2], [ALICE[0]], ORIGIN)


def test_script_says_in_a_sentence_what_it_found(tmp_path: Path):
    """Run as the expert runs it: the one file, alone in a folder."""
    script = Path(shutil.copy(FILE, tmp_path))
    (tmp_path / "receipt").write_bytes(receipt_bytes(a_receipt()))
    (tmp_path / "entry").write_bytes(ENTRIES[2])
    (tmp_path / "other").write_bytes(ENTRIES[3])

    def run(entry: str) -> tuple[int, str]:
        command = [sys.executable, str(script), "receipt", entry, KEY, ORIGIN]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
        assert done.stderr == ""
        return done.returncode, done.stdout

    assert run("entry") == (0, f"PROVEN. The entry is number 2, counted from 0, of 5 in the log {ORIGIN}.\n")
    status, sentence = run("other")
    assert (status, sentence[:12]) == (1, "NOT PROVEN. ")


@pytest.mark.parametrize(
    "arguments", [[], ["a"], ["absent", "absent", KEY, ORIGIN], ["\0", "", "", ""], ["", "", "", "", ""]]
)
def test_wrong_arguments_prove_nothing(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert main(arguments) == 1
    assert capsys.readouterr().out.startswith("NOT PROVEN. ")


def test_key_that_is_no_text_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_bytes(b"")
    file = str(tmp_path / "file")
    assert main([file, file, "\udcff+\udcff", ORIGIN]) == 1
    assert capsys.readouterr().out.startswith("NOT PROVEN. ")


def test_without_the_package_nothing_is_proven(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert "not installed" in reason(receipt_bytes(a_receipt()), ENTRIES[2], KEY, ORIGIN)
