"""What keeps a record from serving: a closed list, without a word about anybody."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from lineproof.errors import LineproofError
from lineproof.ports import Services
from lineproof.registry.key_versions import read_key_versions
from lineproof.registry.models import Entry
from lineproof.registry.queries.orders import count_stuck_orders
from lineproof.registry.queries.published import read_waiting_since

LEAST_FREE_BYTES = 256 * 1024 * 1024


class NotReady(Enum):
    """What is not as it ought to be.

    RECORD: the database cannot be read, or its file is gone. MIGRATIONS: its tables are not this release's.
    KEYS: the vault or token does not answer. ORDERS_STUCK: a person has to look at an order. LOG_LATE: an
    entry waits to be published for longer than the policy says, or what is published cannot be told.
    DISK_FULL: less than 256 MiB are left for the record.
    """

    RECORD = "record"
    MIGRATIONS = "migrations"
    KEYS = "keys"
    ORDERS_STUCK = "orders_stuck"
    LOG_LATE = "log_late"
    DISK_FULL = "disk_full"


def check_ready(
    services: Services, *, now: datetime, least_free_bytes: int = LEAST_FREE_BYTES
) -> tuple[NotReady, ...]:
    """Give what is not ready; nothing when everything is. Reads, and changes nothing."""
    found = [] if _has_room(least_free_bytes) else [NotReady.DISK_FULL]
    try:
        if not _is_there():
            return (NotReady.RECORD, *found)
        if not _is_migrated():
            # Nothing else can be asked of other tables.
            return (NotReady.MIGRATIONS, *found)
        found += _lacking(services, now)
    except DatabaseError:
        return (NotReady.RECORD, *found)
    return tuple(sorted(found, key=list(NotReady).index))


def _lacking(services: Services, now: datetime) -> Iterator[NotReady]:
    if not _has_keys(services):
        yield NotReady.KEYS
    if count_stuck_orders(now=now):
        yield NotReady.ORDERS_STUCK
    if _is_log_late(services, now):
        yield NotReady.LOG_LATE


def _record_file() -> Path | None:
    """Give the file of the record; None where the record is not a file."""
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else None


def _is_there() -> bool:
    file = _record_file()
    if file is not None and not (file.is_file() and os.access(file, os.R_OK | os.W_OK)):
        # A connection goes on with a file that was removed, as if nothing were wrong.
        return False
    Entry.objects.only("position").first()
    return True


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _has_keys(services: Services) -> bool:
    try:
        # Of the version in use, which a vault reads anew; what lasts it may have in memory.
        services.keys.mac(b"", purpose="readiness v1", version=read_key_versions().wrapping)
    except LineproofError:
        return False
    return True


def _has_room(least: int) -> bool:
    file = _record_file()
    if file is None:
        return True
    try:
        return shutil.disk_usage(file.parent).free >= least
    except OSError:
        return False


def _is_log_late(services: Services, now: datetime) -> bool:
    if services.tiles is None:
        return False
    try:
        since = read_waiting_since(services)
    except LineproofError:
        return True
    return since is not None and now - since > timedelta(seconds=services.policy.log.publish_within_s)
