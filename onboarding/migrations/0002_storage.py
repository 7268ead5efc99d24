"""How PostgreSQL keeps what a sweep writes; other databases have nothing to choose.

Each look writes its domain twice, and the lease touches no indexed column: with room left on the page that write needs
no index (PostgreSQL: heap-only tuples). A picture is compressed when it is stored, and LZ4 takes a fraction of the
processor time of the default.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ROOM = "ALTER TABLE onboarding_domain SET (fillfactor = 60)"
HAS_LZ4 = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
LZ4 = "ALTER TABLE onboarding_observation ALTER COLUMN picture SET COMPRESSION lz4"


def choose(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Leave room for leases, and compress with LZ4 where the server can (from version 14, if built with it)."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute(HAS_LZ4)
        row = cursor.fetchone()
        if row and row[0]:
            cursor.execute(LZ4)


class Migration(migrations.Migration):
    """Storage, no columns."""

    dependencies = [("onboarding", "0001_initial")]
    operations = [migrations.RunPython(choose, migrations.RunPython.noop)]
