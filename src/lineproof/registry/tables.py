"""The tables of a record: made in one step where it is new, migrated where an earlier release made it.

A new record does not go through the history of earlier ones: what every migration does to tables that were
never there costs seconds, and a test says that both ways end with the same tables.
"""

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def bring_up_to_date() -> None:
    """Bring the tables to this release; does nothing, quickly, when they are."""
    if not connection.introspection.table_names():
        _make()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _make() -> None:
    """Make every table as the models say, and note every migration as done, in one transaction."""
    history = MigrationLoader(None).graph.nodes
    recorder = MigrationRecorder(connection)
    with connection.schema_editor() as editor:
        # Looked for again under the lock: another process may have been first.
        if connection.introspection.table_names():
            return
        editor.create_model(recorder.Migration)
        for model in apps.get_models():
            editor.create_model(model)
        for app, name in sorted(history):
            recorder.record_applied(app, name)
