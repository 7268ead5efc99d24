"""Installations of several sizes side by side, so that what is compared is measured in turn."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bench.installation import installation

STAGES = ("validate", "validate", "validate", "users", "purpose", "active")
VERDICTS = ("missing", "wrong", "present", "unknown")
TENANTS = 10
CHUNK = 5000


def database_asked(about: str | None) -> str:
    """The address that the command line gives; empty for SQLite."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="")
    return str(parser.parse_args().database)


@contextmanager
def made_databases(url: str, names: Sequence[str]) -> Iterator[None]:
    """Empty databases beside the one that ``url`` names, for as long as the block lasts; nothing to do for SQLite."""
    if not url:
        yield
        return
    import psycopg

    with psycopg.connect(urlunsplit(urlsplit(url)._replace(scheme="postgresql")), autocommit=True) as connection:
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield
        finally:
            for name in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def within(url: str, name: str) -> str:
    """The address of the database ``name`` beside the one that ``url`` names."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}")) if url else ""


def set_up(stack: ExitStack, url: str) -> None:
    """An installation that a test client can ask, on the database ``url``."""
    stack.enter_context(installation({"DATABASE_URL": url, "ALLOWED_HOSTS": "testserver,127.0.0.1"}))
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


def use(name: str) -> None:
    """From now on this process works on the database ``name``: beside the one of the settings."""
    from django.db import connection

    connection.close()
    now = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = now.with_name(f"{name}.sqlite3") if isinstance(now, Path) else name


def make_tables() -> None:
    """The tables of the database in use."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def fill(count: int) -> None:
    """``count`` domains in ten tenants, in all stages and standings: one tenant's all in one group, a tenth assigned
    to the operator, a fifth to be cut over within the week."""
    from django.utils import timezone

    from onboarding.counting import count_together
    from onboarding.models import Domain, Group, Schedule
    from tenants.models import Tenant, User

    tenants = [Tenant.objects.create(name=f"Tenant {number}") for number in range(TENANTS)]
    group = Group.objects.create(tenant=tenants[0], name="Everything")
    operator = User.objects.create(email="operator@example.org", is_operator=True)
    dice, now = random.Random(7), timezone.now()
    for begin in range(0, count, CHUNK):
        rows = [_domain(number, tenants, dice, now) for number in range(begin, min(begin + CHUNK, count))]
        for row in rows:
            row.group = group if row.tenant == tenants[0] else None
            row.assignee = operator if dice.random() < 0.1 else None
        _find(Domain.objects.bulk_create(rows, batch_size=1000))
    Schedule.objects.update(looked_at=now, due_at=now + timedelta(hours=1))
    while count_together():
        pass
    _analyse()


def _find(domains: Sequence[Any]) -> None:
    """Let them be found, as onboarding.searching.index does, in a tenth of its time."""
    from django.db import connection, transaction

    from onboarding.searching import words

    found = [(one.pk, one.tenant_id, text) for one in domains for text in words(one.name, one.token)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO onboarding_word (domain_id, tenant_id, text) VALUES (%s, %s, %s)", found)


def _domain(number: int, tenants: Sequence[Any], dice: random.Random, now: datetime) -> Any:
    from onboarding.models import Domain

    return Domain(
        tenant=tenants[number % TENANTS],
        name=f"d{number:06d}.c{number % 9973}.com",
        token=f"MS=ms{number:08d}",
        stage=dice.choice(STAGES),
        verdict=dice.choice(VERDICTS),
        verdict_since=now,
        window_start=now + timedelta(hours=dice.randrange(1, 160)) if dice.random() < 0.2 else None,
        created_at=now - timedelta(days=dice.randrange(400)),
        edited_at=now,
    )


def _analyse() -> None:
    """What every database does by itself now and then."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def people() -> dict[str, Any]:
    """Somebody who sees everything, and somebody who sees three tenants of ten, each signed in."""
    from django.test import Client

    from tenants.models import Membership, Tenant, User

    operator = User.objects.get(email="operator@example.org")
    manager = User.objects.create(email="manager@example.org")
    for tenant in Tenant.objects.order_by("pk")[:3]:
        Membership.objects.create(user=manager, tenant=tenant, role="manager")
    signed = {}
    for name, person in (("operator", operator), ("manager", manager)):
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        signed[name] = client
    return signed
