"""The cache lives in the database, so that sign-in limits hold without Redis."""

from __future__ import annotations

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table that CACHES names."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """One table outside the models."""

    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
