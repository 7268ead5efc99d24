"""A small public DNS on loopback for the tests of polling: root, a registry, name servers, three resolvers, and a
clock that jumps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pytest_django import Settings

from demo.nameserver import Zones, serve
from demo.resolver import Resolvers, serve_resolvers
from demo.sockets import Served
from onboarding.adding import add_domain
from onboarding.models import Domain
from onboarding.polling import sweep
from onboarding.sweeping import Figures
from tenants.models import Membership, Tenant, User
from tests import make

TOKEN = "MS=ms12345678"
REGISTRY, FIRST, SECOND, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
RESOLVERS = ("127.0.0.11", "127.0.0.12", "127.0.0.13")
ROOT = """$TTL 600
@ SOA ns.nic.test. host.test. 1 60 60 60 60
@ NS ns.nic.test.
test. NS ns.nic.test.
ns.nic.test. A 127.0.0.1
"""
REGISTRY_ZONE = """$TTL 600
@ SOA ns.nic host.nic 1 60 60 60 60
@ NS ns.nic
ns.nic A 127.0.0.1
ns1.hoster A 127.0.0.2
ns2.hoster A 127.0.0.3
ns3.hoster A 127.0.0.4
"""
ZONE = """$TTL 60
@ SOA ns1.hoster.test. host.hoster.test. 1 60 60 60 30
@ NS ns1.hoster.test.
@ NS ns2.hoster.test.
@ MX 10 mail
mail A 192.0.2.1
"""


class Clock:
    """Real time, plus the jumps a test makes."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.ahead = 0.0
        self.epoch = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started + self.ahead

    def __call__(self) -> datetime:
        return self.epoch + timedelta(seconds=self.seconds())

    def jump(self, seconds: float) -> None:
        """Let time pass at once."""
        self.ahead += seconds


@dataclass
class World:
    """Public DNS, as far as these tests need it."""

    zones: Zones
    servers: Served
    resolvers: Resolvers
    clock: Clock
    hosts: list[str] = field(default_factory=list)

    def delegate(self, name: str, zone: str = ZONE, *, to: tuple[str, ...] = ("ns1", "ns2")) -> None:
        """Register ``name`` (below ``test``) at the hoster's servers."""
        self.zones.put(name, 600, "NS", *(f"{host}.hoster.test." for host in to), at=REGISTRY)
        for address in (FIRST, SECOND, THIRD)[: len(to)]:
            self.zones.load(name, zone, at=address)

    def publish(self, name: str, value: str = TOKEN, *, at: tuple[str, ...] = (FIRST, SECOND)) -> None:
        """Put the TXT record into the copies of the zone that ``at`` serve."""
        self.zones.put(name, 60, "TXT", f'"{value}"', at=at)

    def withdraw(self, name: str, *, at: tuple[str, ...] = (FIRST, SECOND)) -> None:
        """Take the TXT record out again."""
        self.zones.remove(name, "TXT", at=at)

    def sweep(self) -> Figures | None:
        """One sweep over what is due now."""
        return sweep(self.clock, 30)

    def look_again_after(self, domain: Domain, seconds: float) -> Domain:
        """Let ``seconds`` pass, look, and return the row as it stands then."""
        self.clock.jump(seconds)
        make.scheduled(domain, due_at=self.clock())
        self.sweep()
        return Domain.objects.get(pk=domain.pk)


@contextmanager
def public_dns(settings: Settings) -> Iterator[World]:
    """Serve the world and point the settings at it."""
    clock = Clock()
    zones = Zones()
    zones.load(".", ROOT, at=REGISTRY)
    zones.load("test", REGISTRY_ZONE, at=REGISTRY)
    servers_at = (REGISTRY, FIRST, SECOND, THIRD)
    with (
        serve(zones, servers_at) as servers,
        serve_resolvers(zones, RESOLVERS, servers=servers_at, clock=clock.seconds) as resolvers,
    ):
        settings.DNS_AUTHORITATIVE_PORT = servers.port
        settings.DNS_RESOLVERS = [f"{address}:{resolvers.port}" for address in RESOLVERS]
        settings.DNS_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        settings.DNS_TIMEOUT_SECONDS, settings.DNS_TRIES = 0.3, 1
        settings.DNS_PER_SERVER = settings.DNS_OVERALL = 0
        settings.CONFIRM_AFTER, settings.GONE_AFTER, settings.SILENT_AFTER = 60, 900, 600
        yield World(zones, servers, resolvers, clock)


def manager() -> User:
    """Somebody who may add domains to Contoso and follows what they add."""
    user = User.objects.create_user("grace@example.org", name="Grace")
    Membership.objects.create(user=user, tenant=Tenant.objects.create(name="Contoso"), role="manager")
    return user


def added(world: World, name: str = "contoso.test", token: str = TOKEN) -> Domain:
    """A domain that Grace has just added."""
    user = User.objects.filter(email="grace@example.org").first() or manager()
    return add_domain(Tenant.objects.get(name="Contoso"), name, token, by=user, now=world.clock())
