"""A receipt with all that is needed to check it, in one file to keep: a ZIP archive."""

import io
import zipfile
from dataclasses import dataclass
from importlib import resources

from lineproof.transparency.note import NoteKey

# One form for the same content, whenever it was made.
_WHEN = (1980, 1, 1, 0, 0, 0)
_READ_ME = """This proves that an entry about you stands in the log {origin}, and what it is about.

  receipt.tlog-proof   the proof
  entry.json           the entry, as it is in the log; it names nobody
  opening.txt          what the entry is about: show it to those only who may know it

To check it, on any computer with Python 3.11 or newer and its package "cryptography", in this folder:

  python verify_receipt.py receipt.tlog-proof entry.json KEY {origin} opening.txt

KEY is the log's public key. Take it from where you trust it, as the operator publishes it. The record
that this file is from gives it as

  {key}

No network is needed, and nobody is told. verify_receipt.py can be read in ten minutes.
"""


@dataclass(frozen=True, slots=True)
class PartyReceipt:
    """What proves to anybody that an entry is in the log, and that it is about its record.

    receipt: C2SP tlog-proof. entry: its bytes. salt: that of its commitment, 32 bytes. record: what it
    commits to, canonical JSON, which names the party. key: whose signature it is, and of which log.
    """

    receipt: bytes
    entry: bytes
    salt: bytes
    record: bytes
    key: NoteKey

    @property
    def opening(self) -> bytes:
        """Give the salt in hexadecimal and the record, a line each."""
        return self.salt.hex().encode() + b"\n" + self.record + b"\n"

    def packed(self) -> bytes:
        """Give a ZIP archive of it, with `verify_receipt.py` and how to use that."""
        checker = resources.files("lineproof.transparency") / "verify_receipt.py"
        files = {
            "READ-ME.txt": _READ_ME.format(origin=self.key.name, key=self.key.text).encode(),
            "receipt.tlog-proof": self.receipt,
            "entry.json": self.entry,
            "opening.txt": self.opening,
            "verify_receipt.py": checker.read_bytes(),
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)
        return packed.getvalue()
