"""A key process over a record of its own, as a server holds one, and the command line beside it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.inspection.processes import living_children
from lineproof.booth.keeper_terms import Terms
from lineproof.booth.relay import Booth
from lineproof.key_process.client import KeyProcess
from lineproof.referral import OpeningOffer, OpeningRequest, PasskeyEnrolment, ReviewDesk
from lineproof.terms import CaseId, luhn_digit
from tests.fakes.soft_authenticator import SoftAuthenticator

ORIGIN = "http://localhost:8470"
# The command line of the operator: a test's own process must not open the record that the server has.
COMMAND = Path(sys.executable).with_name("lineproof")
TERMS = Terms(None, None, most_workers=2, filter_required=False)
_SIM = "899991234567890123"
_DRAW = """
import sys
from pathlib import Path
from lineproof.specimen.people import ALICE, draw_capture, draw_document
Path(sys.argv[1], "document.jpg").write_bytes(draw_document(ALICE))
Path(sys.argv[1], "capture.jpg").write_bytes(draw_capture(ALICE))
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A record, and what a server of it would hold. drawn: a folder with Alice's photographs."""

    record: Path
    lent: KeyProcess
    booth: Booth
    drawn: Path

    def command(self, *words: str, code: int = 0) -> str:
        """Run a command on the record, and give what it said."""
        ran = subprocess.run(
            [str(COMMAND), *words, "--record", str(self.record)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        return ran.stdout

    def referred(self, number: str) -> dict[str, Any]:
        """Register a line that is referred, by face, with nobody to attest."""
        files = ["--document", str(self.drawn / "document.jpg"), "--capture", str(self.drawn / "capture.jpg")]
        line = ["--mobile", number, "--sim", _SIM + luhn_digit(_SIM)]
        return json.loads(self.command("register", *files, *line, "--policy", "specimen", "--json", code=4))

    def link_for(self, name: str) -> str:
        """Give the token of a new enrolment link."""
        return self.command("reviewers", "passkey", name).split()[-1].rpartition("/")[2]

    def children(self) -> list[int]:
        """List the processes that the key process started."""
        assert self.lent._process is not None
        return living_children(self.lent._process.pid)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Hold a key process and a booth over a fresh record, where Rhea is a reviewer."""
    drawn, record = folder / "drawn", folder / "record"
    drawn.mkdir()
    subprocess.run([sys.executable, "-c", _DRAW, str(drawn)], check=True, timeout=60)
    with KeyProcess(record, TERMS) as lent, Booth(keepers=lent.keepers) as booth:
        server = Server(record, lent, booth, drawn)
        server.command("reviewers", "add", "rhea")
        yield server


def enrolled(desk: ReviewDesk, token: str) -> SoftAuthenticator:
    """Enrol a passkey by a link."""
    passkey = SoftAuthenticator()
    attestation = passkey.create(desk.invitation(token).challenge, ORIGIN)
    assert desk.enrol(PasskeyEnrolment(token, attestation, ORIGIN)).text == "rhea"
    return passkey


def a_browser() -> tuple[EllipticCurvePrivateKey, bytes]:
    """Make a browser's key, and its public half as it is sent."""
    key = generate_private_key(SECP256R1())
    return key, key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def answered(offer: OpeningOffer, passkey: SoftAuthenticator, public: bytes, **how: Any) -> OpeningRequest:
    """Answer an offer by a passkey; how: as `SoftAuthenticator.get` takes it, instead of what is right."""
    said = {"challenge": offer.challenge(public), "origin": ORIGIN} | how
    return OpeningRequest(offer.case, offer.opening, public, passkey.get(**said), ORIGIN)


def asked(
    desk: ReviewDesk, passkey: SoftAuthenticator, case: dict[str, Any], public: bytes
) -> OpeningRequest:
    """Have an opening of a registered case offered, and answer it."""
    return answered(desk.offer(CaseId(uuid.UUID(case["case"]))), passkey, public)
