"""Lines and attestations of an earlier release: none has an end, is for a minor, or rests on other papers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: one process opens one record.
UPGRADE = """
import json, os, sys, uuid
from pathlib import Path
folder = Path(sys.argv[1])
folder.mkdir(mode=0o700)
os.environ["LINEPROOF_RECORD"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "lineproof.web.settings"
import django
django.setup()
from datetime import UTC, datetime
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
NOW = datetime(2026, 7, 1, tzinfo=UTC)
call_command("migrate", "registry", "0024", verbosity=0)
apps = MigrationExecutor(connection).loader.project_state([("registry", "0024_operations")]).apps
model = lambda name: apps.get_model("registry", name).objects
line = model("Line").create(kind="mobile", state="active", identifier_index=bytes(32),
    sealed_identifier=bytes(60), created_at=NOW)
holder = model("Holder").create(created_at=NOW)
model("Custody").create(line=line, holder=holder, kind="mobile", slot=1, since=NOW)
agent = model("Staff").create(name="ada", role="agent", public_key=bytes(32), enrolled_at=NOW)
for digest, signature in ((bytes(32), bytes(64)), (None, None)):
    model("AttestationRecord").create(agent=agent, session=uuid.uuid4(), document_digest=digest,
        signature=signature, given_at=NOW)
connection.close()

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
wiring.open_record(folder, policy=shipped_policy("specimen"), keeps_referrals=False)
# The earlier release, still running: it knows the columns that it had.
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO registry_attestationrecord (agent_id, session, document_digest, signature, given_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [agent.id, uuid.uuid4().hex, bytes(32), bytes(64), "2026-07-02 00:00:00"])
    cursor.execute("UPDATE registry_custody SET until = '2026-07-03 00:00:00'")
    cursor.execute(
        "INSERT INTO registry_custody (line_id, holder_id, kind, slot, since) VALUES (%s, %s, %s, %s, %s)",
        [line.id.hex, holder.id.hex, "mobile", 1, "2026-07-04 00:00:00"])
from lineproof.registry.models import AttestationRecord, Custody
print(json.dumps([
    list(Custody.objects.order_by("id").values_list("registered_until", "reminded_at", "for_minor")),
    list(AttestationRecord.objects.order_by("id").values_list("permit_until", "guardianship")),
]))
"""


@pytest.mark.long
def test_what_an_earlier_release_wrote_and_still_writes_is_as_before(tmp_path: Path):
    command = [sys.executable, "-c", UPGRADE, str(tmp_path / "record")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [[[None, None, False]] * 2, [[None, False]] * 3]
