"""A program that holds a booth and examines what its standard input names; see conftest.Relay."""

import json
import sys
import uuid
from datetime import date
from pathlib import Path

from lineproof.booth.relay import Booth
from lineproof.booth.sealed_file import seal_files
from lineproof.decision.policy import shipped_policy
from lineproof.errors import LineproofError
from lineproof.ports import Assignment
from lineproof.terms import SessionId, Way

with Booth() as booth:
    sys.stdout.write(json.dumps({"keeper": booth.keepers.running[-1].process.pid}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        document, capture = json.loads(line)
        assignment = Assignment(
            SessionId(uuid.uuid4()), shipped_policy("specimen"), Way.FACE, date(2026, 11, 21)
        )
        try:
            evidence = seal_files(
                document=Path(document),
                capture=Path(capture),
                session=assignment.session,
                epoch=booth.epoch(),
            )
            examination = booth.examine(evidence, assignment)
            said = {finding.check.value: finding.outcome.value for finding in examination.findings}
        except LineproofError as error:
            said = {"error": type(error).__name__, "what": error.what}
        held = Path(sys.argv[1]).read_bytes()  # the positive control of a search through this memory
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
