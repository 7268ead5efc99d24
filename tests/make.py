"""Rows for tests: each call gives one that stands on its own; whatever matters to a test is said by the test."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from notices.models import Notice, SubjectKind, Transition
from onboarding.models import Domain, Schedule
from onboarding.searching import index
from tenants.models import Membership, Tenant, User
from tenants.roles import Role

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "correct horse battery staple"
numbers = count(1)


def user(email: str = "", *, operator: bool = False, **fields: Any) -> User:
    """A person with a password (PASSWORD)."""
    address = email or f"person{next(numbers)}@example.net"
    return User.objects.create_user(address, PASSWORD, is_operator=operator, **fields)


def signed_in(person: User) -> Client:
    """What ``person`` has signed in with."""
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(person, backend=BACKEND)
    return client


def tenant(name: str = "", **fields: Any) -> Tenant:
    """A tenant."""
    return Tenant.objects.create(name=name or f"Tenant {next(numbers)}", **fields)


def member(of: Tenant | None = None, role: Role = Role.MANAGER, *, email: str = "") -> User:
    """A person who is ``role`` in the tenant."""
    person = user(email)
    Membership.objects.create(user=person, tenant=of or tenant(), role=role.value)
    return person


SCHEDULED = frozenset({"due_at", "priority", "lease_until", "lease_token", "lost_leases", "looked_at"})


def domain(name: str = "", in_tenant: Tenant | None = None, **fields: Any) -> Domain:
    """A domain that waits for its token, and is due; ``fields`` may be its schedule's too."""
    at = fields.pop("created_at", timezone.now())
    when = {name: fields.pop(name) for name in SCHEDULED & fields.keys()}
    made = Domain.objects.create(
        name=name or f"domain{next(numbers)}.example",
        tenant=in_tenant or tenant(),
        created_at=at,
        edited_at=fields.pop("edited_at", at),
        token=fields.pop("token", "MS=ms12345678"),
        **fields,
    )
    index([made])
    if when:
        scheduled(made, **when)
    return made


def scheduled(about: Domain, **fields: Any) -> None:
    """Have a domain's schedule say so: due, leased, looked at."""
    Schedule.objects.filter(pk=about.pk).update(**fields)


def transition(about: Domain | None = None, kind: str = "token-seen", **fields: Any) -> Transition:
    """Something that happened to a domain."""
    subject = about or domain()
    return Transition.objects.create(
        tenant=subject.tenant,
        subject_kind=SubjectKind.DOMAIN,
        subject_id=subject.public_id,
        subject_name=subject.name,
        kind=kind,
        once=fields.pop("once", f"1/{next(numbers)}"),
        at=fields.pop("at", timezone.now()),
        facts=fields.pop("facts", {"name": subject.name, "unicode_name": subject.name, "token": subject.token}),
        **fields,
    )


def notice(to: User | None = None, **fields: Any) -> Notice:
    """A notice that waits to be sent."""
    recipient = to or user()
    at = fields.pop("created_at", timezone.now())
    return Notice.objects.create(
        recipient=recipient,
        address=recipient.email,
        subject=fields.pop("subject", "Something changed"),
        message_id=fields.pop("message_id", f"<{next(numbers)}@test.invalid>"),
        created_at=at,
        due_at=fields.pop("due_at", at),
        **fields,
    )
