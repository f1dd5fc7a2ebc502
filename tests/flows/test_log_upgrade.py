"""A record of an earlier release, with entries that wait for their places, goes on as one log."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lineproof.transparency.tree import leaf_hash, range_of

# In a process of its own: one process opens one record.
UPGRADE = """
import json, os, sys
from pathlib import Path
folder, placed, waiting = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
folder.mkdir(mode=0o700)
os.environ["LINEPROOF_RECORD"], os.environ["DJANGO_SETTINGS_MODULE"] = str(folder), "lineproof.web.settings"
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from lineproof.transparency.tree import leaf_hash, range_of
call_command("migrate", "registry", "0007", verbosity=0)
from django.utils import timezone
apps = MigrationExecutor(connection).loader.project_state([("registry", "0007_log_origin")]).apps
bodies = [b"entry %d" % number for number in range(placed + waiting)]
for number, body in enumerate(bodies[:placed]):
    apps.get_model("registry", "Entry").objects.create(position=number, body=body, leaf_hash=leaf_hash(body))
if placed:
    kept = range_of(map(leaf_hash, bodies[:placed]))
    apps.get_model("registry", "TreeHead").objects.create(
        size=placed, root_hash=kept.root(), range_roots=b"".join(kept.roots), made_at=timezone.now()
    )
for body in bodies[placed:]:
    apps.get_model("registry", "StagedEntry").objects.create(body=body)
salt = apps.get_model("registry", "SealedSalt").objects.create
for number in range(2):
    salt(commitment=bytes([number]) * 32, subject="0" * 32, retention="identity", sealed=b"earlier")
connection.close()

from lineproof import wiring
from lineproof.decision.policy import shipped_policy
from lineproof.terms import StaffName, StaffRole
services = wiring.open_record(folder, policy=shipped_policy("specimen"), keeps_referrals=False)
from lineproof.registry.flows.enrol_staff import enrol_staff
from lineproof.registry.models import SealedSalt
from lineproof.registry.queries.log import read_bodies, read_log_head, verify_log
before = read_log_head()
enrol_staff(services, StaffName("vic"), StaffRole.REVIEWER, public_key=None, now=timezone.now())
check = verify_log(earlier=before)
print(json.dumps({
    "before": [before.size, before.root_hash.hex()], "size": check.size, "problems": check.problems,
    "bodies": [body.decode() for body in read_bodies(0, before.size)], "salts": SealedSalt.objects.count(),
}))
"""


@pytest.mark.long
@pytest.mark.parametrize(("placed", "waiting"), [(0, 0), (0, 3), (5, 0), (300, 7)])
def test_log_goes_on_after_its_last_head_and_the_entries_that_waited(
    tmp_path: Path, placed: int, waiting: int
):
    command = [sys.executable, "-c", UPGRADE, str(tmp_path / "record"), str(placed), str(waiting)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    bodies = [b"entry %d" % number for number in range(placed + waiting)]
    assert said["before"] == [len(bodies), range_of(map(leaf_hash, bodies)).root().hex()]
    assert said["bodies"] == [body.decode() for body in bodies]
    assert (said["size"], said["problems"]) == (len(bodies) + 1, [])
    assert said["salts"] == 3, "those of earlier entries, and one for the new party"
