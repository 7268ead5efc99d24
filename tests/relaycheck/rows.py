"""Rows of relays as tests need them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from relaycheck.models import LogReading, Probe, ProbeState, QueueCount, ReadingState, Relay
from relaycheck.relay_delistings import ask_delisting
from relaycheck.relay_probes import take_pasted
from relaycheck.relay_queue import new_token
from relaycheck.relay_uploads import take_upload
from relaycheck.relays import Declared, add_relay
from tenants.models import Tenant, User
from tenants.roles import Role
from tests import make
from tests.relaycheck import make as engine

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


def member_client(of: Relay, role: Role = Role.MANAGER) -> Client:
    """A browser of somebody who is ``role`` in the relay's tenant."""
    return make.signed_in(make.member(of.tenant, role))


def page(of: Relay, role: Role = Role.MANAGER) -> str:
    """The relay's page as somebody of ``role`` sees it."""
    return member_client(of, role).get(of.get_absolute_url()).content.decode()


def ended(of: Relay, **columns: Any) -> Probe:
    """A probe that was held long ago."""
    now = timezone.now()
    fields = {
        "kind": "plain",
        "state": ProbeState.DONE,
        "host": of.internal_address,
        "asked_at": now,
        "started_at": now,
    }
    return Probe.objects.create(relay=of, **{**fields, **columns})


LINE = "550 5.7.606 Access denied, banned sending IP [203.0.113.5]"
SENDER: dict[str, Any] = {
    "address": "10.0.0.99",
    "greeting": "mfp",
    "sessions": 1,
    "messages": 2,
    "recipients": 2,
    "refused": 0,
    "octets": 100,
    "first": "2026-11-20 08:00:00",
    "last": "2026-11-20 08:00:00",
    "domains": {},
    "refusals": {},
}


def with_everything(tenant: Tenant, by: User, fqdn: str) -> Relay:
    """A relay that has been probed, shown, read, watched and delisted once."""
    now = timezone.now()
    one = relay(tenant, by, fqdn=fqdn)
    take_upload(one, engine.export(LogType=1), by=by, now=now)
    transcript = f"S: 220 {fqdn}\nC: MAIL FROM:<a@example.com>\nS: 250 Ok\nC: RCPT TO:<b@example.net>\nS: 554 no\n"
    take_pasted(one, transcript, outward=False, listed=False, by=by, now=now)
    ask_delisting(one, LINE, by=by, now=now)
    answers = [{"example": LINE, "count": 3, "first": "", "last": "", "domains": {"contoso.com": 3}, "explanation": {}}]
    report = {"senders": [SENDER], "answers": answers, "lines": 9, "formats": ["w3c"], "delivered": 2}
    LogReading.objects.create(
        relay=one, at=now, by=by, name="ex261120.log", octets=900, state=ReadingState.DONE, ended_at=now, report=report
    )
    new_token(one, by=by, now=now)
    for minutes in (10, 5, 0):
        at = now - timedelta(minutes=minutes)
        QueueCount.objects.create(relay=one, at=at, queued=minutes, queued_oldest=60, badmail=3, badmail_oldest=900)
    return one


def arguments(name: str, of: Relay) -> list[str]:
    """What the address called ``name`` needs."""
    more = {
        "relay-probe": of.probes.filter(pasted=True).first(),
        "relay-probe-stop": of.probes.filter(pasted=True).first(),
        "relay-configuration": of.uploads.first(),
        "relay-log": of.readings.first(),
        "relay-log-stop": of.readings.first(),
        "relay-delisting-drop": of.delistings.first(),
    }
    if name == "relay-export":
        return [of.public_id, "devices", "csv"]
    found = more.get(name)
    return [of.public_id, found.public_id] if found else [of.public_id]
