"""What the database itself does when a domain is written, so that no path of writing can forget it."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

TABLES = {"onboarding_domain", "onboarding_schedule"}
ADD = """INSERT INTO onboarding_schedule (domain_id, due_at)
 SELECT {row}.id, CASE WHEN {row}.removed_at IS NULL THEN {row}.created_at END {source}"""
NEW = ADD.format(row="NEW", source="")
WITHOUT = "FROM onboarding_domain d WHERE NOT EXISTS (SELECT 1 FROM onboarding_schedule s WHERE s.domain_id = d.id)"
SQLITE = f"""
CREATE TRIGGER schedule_insert AFTER INSERT ON onboarding_domain BEGIN {NEW}; END;
"""
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION schedule_domain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {NEW}; RETURN NULL; END $$;
CREATE TRIGGER schedule_insert AFTER INSERT ON onboarding_domain FOR EACH ROW EXECUTE FUNCTION schedule_domain();
"""


def put(connection: Any, script: str, *names: str) -> None:
    """Create the triggers ``names`` on domains, as ``script`` says, in place of those that are there."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + (" ON onboarding_domain" if postgresql else ""))
        for statement in script.split("\nCREATE")[1:]:
            cursor.execute("CREATE" + statement.rstrip().removesuffix(";" if postgresql else ""))


def install(using: str, **_: Any) -> None:
    """No domain without a schedule: a new one is due at once. After every migration: SQLite drops triggers with the
    table it makes anew."""
    connection = connections[using]
    if not set(connection.introspection.table_names()) >= TABLES:
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        put(connection, POSTGRESQL if connection.vendor == "postgresql" else SQLITE, "schedule_insert")
        cursor.execute(ADD.format(row="d", source=WITHOUT))  # added while there was no trigger
