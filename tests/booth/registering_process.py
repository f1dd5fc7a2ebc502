"""A program that registers lines on a record of its own as `lineproof serve` would, for who looks at it.

argv: the record, and a file whose content it holds (the positive control of a search through its memory).
Standard input: JSON lines {"document", "capture", "kind", "number"}; kind says how the session goes.
"""

import json
import os
import signal
import sys
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lineproof import wiring
from lineproof.booth.relay import Booth
from lineproof.booth.sealed_file import seal_files
from lineproof.cli.agent_key import attest_document, keep_key, write_key
from lineproof.decision.policy import shipped_policy
from lineproof.errors import LineproofError
from lineproof.line.request import LineRequest
from lineproof.ports import Presentation
from lineproof.terms import Iccid, Msisdn, SessionId, StaffName, StaffRole, Way, luhn_digit

ADA = StaffName("ada")


class ImpatientBooth(Booth):
    """A booth whose workers may take three seconds, so that a test need not wait a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.keepers.terms = replace(self.keepers.terms, job_s=3.0)


def workers(keeper: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()]


def harm(keeper: int, number: int) -> None:
    """Send a signal to the worker that comes next."""
    for _ in range(5000):
        for pid in workers(keeper):
            os.kill(pid, number)
            return
        time.sleep(0.001)


def main() -> None:
    record = Path(sys.argv[1])
    with ImpatientBooth() as booth:
        services = wiring.open_record(record, policy=shipped_policy("specimen"), examiner=booth)
        from lineproof.registry.flows.enrol_staff import enrol_staff
        from lineproof.registry.flows.register_line import register_line

        _, public_key = write_key(record, ADA)
        enrol_staff(services, ADA, StaffRole.AGENT, public_key=public_key, now=datetime.now(UTC))
        keep_key(record, ADA)
        keeper = booth.keepers.running[-1].process.pid
        say({"keeper": keeper})
        for line in sys.stdin:
            asked = json.loads(line)
            kind, document = asked["kind"], Path(asked["document"])
            session = SessionId(uuid.uuid4())
            evidence = seal_files(
                document=document, capture=Path(asked["capture"]), session=session, epoch=booth.epoch()
            )
            if kind == "garbled":
                evidence = replace(evidence, content=evidence.content[:-9] + bytes(9))
            attestation = None
            if kind not in {"referred", "garbled"}:
                attestation = attest_document(record, ADA, session=session, document=document)
            harmed = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP}.get(kind)
            if harmed is not None:
                threading.Thread(target=harm, args=(keeper, harmed)).start()
            number = f"+99955500{asked['number']:04d}"
            body = "89999" + number.removeprefix("+").rjust(13, "0")
            request = LineRequest(Msisdn.parse(number), Iccid.parse(body + luhn_digit(body)))
            presentation = Presentation(session, Way.FACE, evidence, attestation)
            try:
                done = register_line(services, request, presentation, now=datetime.now(UTC))
                say({"said": done.decision.verdict.value})
            except LineproofError as error:
                say({"said": type(error).__name__})
        held = Path(sys.argv[2]).read_bytes()
        say({"held": len(held)})
        time.sleep(600)


def say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


main()
