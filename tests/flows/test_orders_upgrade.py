"""Orders of an earlier release: done is closed, what waits is open, and so is what it still writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: one process opens one record. Orders are named by the last digit of their id.
UPGRADE = """
import json, os, sys, uuid
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
NOW = datetime(2026, 7, 1, tzinfo=UTC)
call_command("migrate", "registry", "0011", verbosity=0)
apps = MigrationExecutor(connection).loader.project_state([("registry", "0011_procedures")]).apps
model = lambda name: apps.get_model("registry", name).objects
line = model("Line").create(kind="mobile", state="active", identifier_index=bytes(32),
    sealed_identifier=bytes(60), created_at=NOW)
for number, state in enumerate(("on", "emergency_only", "off")):
    order = model("Order").create(id=uuid.UUID(int=number), line=line, state=state, subject=bytes(16),
        ordered_at=NOW)
    if state == "on":
        model("OrderDone").create(order=order, done_at=NOW)
connection.close()

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
services = wiring.open_record(folder, policy=shipped_policy("specimen"), keeps_referrals=False)
from lineproof.registry.queries.orders import read_open_orders
# The earlier release, still running: it knows the columns that it had.
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO registry_order (id, line_id, state, subject, ordered_at) VALUES (%s, %s, %s, %s, %s)",
        [uuid.UUID(int=3).hex, line.id.hex, "on", bytes(16), "2026-07-02 00:00:00"])
print(json.dumps([[order.id.int, order.state.value, order.first] for order in read_open_orders(now=NOW)]))
"""


@pytest.mark.long
def test_orders_that_wait_are_open_in_their_order_and_those_that_are_done_are_closed(tmp_path: Path):
    command = [sys.executable, "-c", UPGRADE, str(tmp_path / "record")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [[1, "emergency_only", True], [2, "off", False], [3, "on", False]]
