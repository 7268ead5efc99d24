"""What every look writes moves out of the wide row of a domain, into a narrow one of its own.

On PostgreSQL pages are half filled at first: claiming finds room for a second version of each row of a page, and
touches no index. The triggers that add a schedule with each domain, and keep the tally, come after every migration
(onboarding.triggers, onboarding.counting).
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from onboarding.models.schedule import RowOf

COLUMNS = ("due_at", "priority", "lease_until", "lease_token", "lost_leases", "looked_at")
NAMES, FROM_SCHEDULE = ", ".join(COLUMNS), ", ".join(f"{name} = s.{name}" for name in COLUMNS)
THERE = f"INSERT INTO onboarding_schedule (domain_id, {NAMES}) SELECT id, {NAMES} FROM onboarding_domain"
BACK = f"UPDATE onboarding_domain SET {FROM_SCHEDULE} FROM onboarding_schedule s WHERE s.domain_id = onboarding_domain.id"
ROOM = "ALTER TABLE onboarding_schedule SET (fillfactor = 50)"


def leave_room(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL alone has such a choice."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ROOM)


def drop_trigger(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back the table goes, and a new domain gets no schedule any more."""
    on_table = " ON onboarding_domain" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS schedule_insert{on_table}")


class Migration(migrations.Migration):
    """One table more, six columns fewer."""

    dependencies = [("onboarding", "0002_storage")]
    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "domain",
                    RowOf(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="schedule",
                        serialize=False,
                        to="onboarding.domain",
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("priority", models.PositiveSmallIntegerField(db_default=5)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_token", models.UUIDField(blank=True, null=True)),
                ("lost_leases", models.PositiveSmallIntegerField(db_default=0)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RunPython(leave_room, drop_trigger),
        migrations.RunSQL(THERE, BACK),
        migrations.RemoveIndex(model_name="domain", name="domain_due"),
        *(migrations.RemoveField(model_name="domain", name=name) for name in COLUMNS),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["priority", "due_at"], name="schedule_due"
            ),
        ),
    ]
