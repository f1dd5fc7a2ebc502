"""What a test asks of a served record beside its server, in a process that opens it as the command line does.

argv: the record; and "keys": says of every case what is kept of it and under which key, as JSON; or "late":
lets the time of every case that still waits be over.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
from lineproof.terms import SessionId

referrals = wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("generic")).referrals
assert referrals is not None
vault: Any = referrals.keys
from lineproof.registry.models import CaseEvidence  # noqa: E402 -- only an opened record has it

kept = CaseEvidence.objects.filter(destroyed_at=None)
match sys.argv[2]:
    case "keys":
        said = {
            str(row.case_id): {
                "session": row.session.hex,
                "name": row.key_name,
                "wrapped_key": bytes(row.wrapped_key).hex(),
                "content_key": vault.unwrap(
                    row.key_name, bytes(row.wrapped_key), session=SessionId(row.session)
                ).hex(),
            }
            for row in kept
        }
        sys.stdout.write(json.dumps(said))
    case "late":
        kept.update(kept_until=datetime.now(UTC) - timedelta(seconds=1))
