"""A record of an earlier release, with lines held and lines that have ended, is brought to this one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: one process opens one record.
UPGRADE = """
import json, os, sys
from pathlib import Path
folder = Path(sys.argv[1])
folder.mkdir(mode=0o700)
os.environ["LINEPROOF_RECORD"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "lineproof.web.settings"
import django
django.setup()
from datetime import UTC, datetime, timedelta
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
call_command("migrate", "registry", "0010", verbosity=0)
apps = MigrationExecutor(connection).loader.project_state([("registry", "0010_inspectors")]).apps
made = {name: apps.get_model("registry", name).objects.create for name in ("Holder", "Line", "Custody")}
then = datetime(2026, 1, 1, tzinfo=UTC)
alice, bo = (made["Holder"](created_at=then, sealed_identity=b"x") for _ in range(2))
held = [(alice, "mobile"), (alice, "mobile"), (alice, "fixed"), (bo, "mobile"), (alice, "mobile")]
for number, (holder, kind) in enumerate(held):
    line = made["Line"](
        kind=kind, state="active", identifier_index=bytes([number]) * 32, sealed_identifier=b"x",
        created_at=then
    )
    since = then + timedelta(days=number)
    until = since + timedelta(days=1) if number == 1 else None
    made["Custody"](line=line, holder=holder, since=since, until=until)
connection.close()

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
wiring.open_record(folder, policy=shipped_policy("specimen"), keeps_referrals=False)
from lineproof.registry.models import Custody
rows = Custody.objects.select_related("line").order_by("since")
print(json.dumps([[row.kind, row.slot, row.line.origin] for row in rows]))
"""


@pytest.mark.long
def test_lines_that_are_held_have_slots_and_those_that_ended_have_none(tmp_path: Path):
    command = [sys.executable, "-c", UPGRADE, str(tmp_path / "record")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [
        ["mobile", 1, "registered"],
        ["mobile", None, "registered"],
        ["fixed", 1, "registered"],
        ["mobile", 1, "registered"],
        ["mobile", 2, "registered"],
    ]
