"""Rows of relays as tests need them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone

from relaycheck.models import Probe, ProbeState, Relay
from relaycheck.relays import Declared, add_relay
from tenants.models import Tenant, User
from tenants.roles import Role
from tests import make

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
COPIER = "10.0.0.21 copier 3rd floor (Facilities)"


def declared(tenant: Tenant, **changes: Any) -> Declared:
    """A relay with one copier and one hosted domain."""
    fields: dict[str, Any] = {
        "fqdn": f"relay{next(make.numbers)}.contoso.com",
        "internal_address": "10.0.0.5",
        "sources": COPIER,
        "nat_address": "203.0.113.5",
        "domains": (make.domain(f"contoso{next(make.numbers)}.com", tenant),),
        "external": True,
        "tlds": "com",
    }
    return Declared(**{**fields, **changes})


def relay(tenant: Tenant | None = None, by: User | None = None, **changes: Any) -> Relay:
    """The same as a row."""
    of = tenant or make.tenant()
    return add_relay(of, declared(of, **changes), by=by or make.member(of), now=timezone.now())


def signed_in(person: User) -> Client:
    """A browser that ``person`` has signed in with."""
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(person, backend=BACKEND)
    return client


def member_client(of: Relay, role: Role = Role.MANAGER) -> Client:
    """A browser of somebody who is ``role`` in the relay's tenant."""
    return signed_in(make.member(of.tenant, role))


def page(of: Relay, role: Role = Role.MANAGER) -> str:
    """The relay's page as somebody of ``role`` sees it."""
    return member_client(of, role).get(of.get_absolute_url()).content.decode()


def ended(of: Relay, **columns: Any) -> Probe:
    """A probe that was held long ago."""
    now = timezone.now()
    fields = {"kind": "plain", "state": ProbeState.DONE, "host": of.internal_address, "asked_at": now}
    return Probe.objects.create(relay=of, **{**fields, **columns})
