"""Declaring a relay, changing what is declared, removing it and taking that back."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from notices.models import SubjectKind, Transition
from notices.subscribing import follow
from notices.transitions import write
from onboarding.models import Domain
from relaycheck.engine.naming import InvalidName, host_name
from relaycheck.engine.policy import Hosted, InvalidPolicy, Kind, Profile, RelayPolicy, Source
from relaycheck.engine.reach import InvalidTarget, target, unspoken
from relaycheck.models import Relay, RelayDomain, RelaySource
from relaycheck.relay_policy import endpoints
from relaycheck.ringing import ring_relay
from tenants.audit import record
from tenants.models import Tenant, User

MOST_SOURCES = 1000
MASKED = re.compile(r"([0-9.]{7,15})\s*[,\s]\s*(255(?:\.\d{1,3}){3})(?:[,\s]+(.*))?")
PLAIN = re.compile(r"([0-9A-Fa-f:./]{2,50})(?:[,;\s]+(.*))?")
OWNER = re.compile(r"(.*?)\s*\(([^()]*)\)")


class RelayRefused(Exception):
    """What was typed cannot be taken; ``field`` says which part."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


class RelayChangedMeanwhile(Exception):
    """Somebody else has changed the relay since the page was opened; nothing was saved."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a person typed about a relay. ``hosts`` are endpoints that differ from the usual, by domain name."""

    fqdn: str
    internal_address: str
    domains: tuple[Domain, ...] = ()
    hosts: str = ""
    sources: str = ""
    nat_address: str = ""
    same_exit: bool = False
    resolver: str = ""
    port: int = 25
    kind: str = Kind.IIS.value
    profile: str = Profile.DIRECT_SEND.value
    mailbox: str = ""
    external: bool = False
    tlds: str = ""
    size_kib: int = 10240


@dataclass(frozen=True, slots=True)
class _Read:
    """The same after reading: columns, sources and endpoints."""

    columns: dict[str, Any]
    sources: tuple[Source, ...]
    hosts: dict[str, str]


def read_sources(text: str) -> tuple[Source, ...]:
    """One source a line: ``10.0.0.21 copier 3rd floor (Facilities)``; ``10.0.0.0, 255.255.255.0`` is read too.

    Raises RelayRefused.
    """
    found: dict[str, Source] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        source = _source(line)
        if source.network in found:
            raise RelayRefused("sources", f"{source.network} is listed twice.")
        found[source.network] = source
        if len(found) > MOST_SOURCES:
            raise RelayRefused("sources", f"At most {MOST_SOURCES} sources fit one relay. Use networks.")
    return tuple(found.values())


def _source(line: str) -> Source:
    masked, plain = MASKED.fullmatch(line), PLAIN.fullmatch(line)
    if masked:
        network, words = f"{masked[1]}/{masked[2]}", masked[3] or ""
    elif plain:
        network, words = plain[1], plain[2] or ""
    else:
        raise RelayRefused("sources", f"{line[:60]!r} does not begin with an address or a network.")
    owned = OWNER.fullmatch(words.strip())
    purpose, owner = (owned[1], owned[2]) if owned else (words.strip(), "")
    try:
        return Source(network, owner, purpose)
    except InvalidPolicy as error:
        raise RelayRefused("sources", str(error)) from None


def source_line(source: RelaySource) -> str:
    """A source as it is typed."""
    owner = f"({source.owner})" if source.owner else ""
    return " ".join(filter(None, (source.network, source.purpose, owner)))


def read_resolver(text: str) -> str:
    """``ADDRESS[:PORT]`` in one spelling; empty stays empty. Raises RelayRefused."""
    if not text.strip():
        return ""
    try:
        found = target(text, port=53)
        ipaddress.ip_address(found.host)
    except (InvalidTarget, ValueError):
        raise RelayRefused("resolver", f"{text[:60]!r} is no address. Write 10.0.0.1 or 10.0.0.1:53.") from None
    return str(found)


def read_hosts(text: str, domains: Iterable[Domain]) -> dict[str, str]:
    """Endpoints that differ, one ``domain host`` a line. Raises RelayRefused."""
    names = {domain.name for domain in domains}
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        domain, _, host = line.partition(" ")
        if domain.lower() not in names:
            raise RelayRefused("hosts", f"{domain[:80]!r} is none of the domains ticked above.")
        try:
            found[domain.lower()] = host_name(host.strip())
        except InvalidName as error:
            raise RelayRefused("hosts", str(error)) from None
    return found


def _read(tenant: Tenant, typed: Declared) -> _Read:
    """Everything that was typed, held against the engine's own rules. Raises RelayRefused."""
    sources, hosts = read_sources(typed.sources), read_hosts(typed.hosts, typed.domains)
    if refusal := unspoken(typed.port):
        raise RelayRefused("port", refusal)
    try:
        usual = endpoints(tenant, [domain for domain in typed.domains if domain.name not in hosts])
        hosted = tuple(Hosted(d.name, hosts.get(d.name) or usual[d.name]) for d in typed.domains)
        policy = RelayPolicy(
            fqdn=typed.fqdn.strip(),
            internal_address=typed.internal_address.strip(),
            sources=sources,
            hosted=hosted,
            nat_address=typed.nat_address.strip(),
            kind=Kind(typed.kind),
            profile=Profile(typed.profile),
            external=typed.external,
            tlds=tuple(re.split(r"[,\s]+", typed.tlds.strip().lower())) if typed.tlds.strip() else (),
            size_kib=typed.size_kib,
            user=typed.mailbox.strip(),
        )
    except InvalidPolicy as error:
        raise RelayRefused(FIELDS.get(error.field, error.field), str(error)) from None
    columns = {
        "fqdn": policy.fqdn,
        "internal_address": policy.internal_address,
        "nat_address": policy.nat_address,
        "kind": policy.kind.value,
        "profile": policy.profile.value,
        "mailbox": policy.user,
        "external": policy.external,
        "tlds": list(policy.tlds),
        "size_kib": policy.size_kib,
        "port": typed.port,
        "same_exit": typed.same_exit,
        "resolver": read_resolver(typed.resolver),
    }
    return _Read(columns, policy.sources, hosts)


FIELDS = {"hosted": "domains", "user": "mailbox", "owner": "sources", "purpose": "sources"}


def add_relay(tenant: Tenant, typed: Declared, *, by: User, now: datetime, address: str | None = None) -> Relay:
    """Declare a relay; whoever does follows it. Raises RelayRefused."""
    read = _read(tenant, typed)
    try:
        with transaction.atomic():
            relay = Relay.objects.create(tenant=tenant, created_at=now, created_by=by, **read.columns)
            _write_lists(relay, typed, read)
            follow(by, tenant, relay.public_id, SubjectKind.RELAY)
            write([told(relay, "relay-added", now, by=by)])
            ring_relay(relay)
            record(by, "relay-added", relay.fqdn, at=now, tenant=tenant, address=address, after=read.columns)
    except IntegrityError:
        raise RelayRefused("fqdn", f"{read.columns['fqdn']} is already a relay of {tenant.name}.") from None
    return relay


def change_relay(
    relay: Relay, typed: Declared, *, by: User, now: datetime, version: int, address: str | None = None
) -> None:
    """Declare it anew. Raises RelayRefused, and RelayChangedMeanwhile when ``version`` is not the current one."""
    read = _read(relay.tenant, typed)
    before = {name: getattr(relay, name) for name in read.columns}
    try:
        with transaction.atomic():
            current = Relay.objects.present().filter(pk=relay.pk, version=version)
            if not current.update(version=F("version") + 1, **read.columns):
                raise RelayChangedMeanwhile
            _write_lists(relay, typed, read)
            write([told(relay, "relay-declared", now, by=by)])
            ring_relay(relay)
            record(
                by,
                "relay-changed",
                read.columns["fqdn"],
                at=now,
                tenant=relay.tenant,
                address=address,
                before=before,
                after=read.columns,
            )
    except IntegrityError:
        raise RelayRefused("fqdn", f"{read.columns['fqdn']} is already a relay of {relay.tenant.name}.") from None
    relay.refresh_from_db()


def _write_lists(relay: Relay, typed: Declared, read: _Read) -> None:
    relay.hosted.all().delete()
    relay.sources.all().delete()
    RelayDomain.objects.bulk_create(
        RelayDomain(relay=relay, domain=domain, smart_host=read.hosts.get(domain.name, "")) for domain in typed.domains
    )
    RelaySource.objects.bulk_create(
        RelaySource(relay=relay, place=place, network=source.network, owner=source.owner, purpose=source.purpose)
        for place, source in enumerate(read.sources)
    )


def told(
    relay: Relay, kind: str, now: datetime, *, by: User | None = None, once: str = "", **facts: object
) -> Transition:
    """An unsaved transition of ``relay``; ``once`` makes it unique (default: the moment)."""
    return Transition(
        tenant=relay.tenant,
        subject_kind=SubjectKind.RELAY,
        subject_id=relay.public_id,
        subject_name=relay.fqdn,
        kind=kind,
        once=once or now.isoformat(),
        at=now,
        actor=by,
        facts={"name": relay.fqdn, **facts},
    )


@transaction.atomic
def remove_relay(relay: Relay, *, by: User, now: datetime, address: str | None = None) -> None:
    """Look after it no more. The row stays, so that it can be taken back and its history read."""
    if Relay.objects.present().filter(pk=relay.pk).update(removed_at=now, alarms={}, version=F("version") + 1):
        relay.probes.open().update(stop_asked=True)
        write([told(relay, "relay-removed", now, by=by)])
        ring_relay(relay)
        record(by, "relay-removed", relay.fqdn, at=now, tenant=relay.tenant, address=address)


@transaction.atomic
def restore_relay(relay: Relay, *, by: User, now: datetime, address: str | None = None) -> None:
    """Undo a removal. Raises RelayRefused when the name has been declared again meanwhile."""
    if Relay.objects.present().filter(tenant=relay.tenant, fqdn=relay.fqdn).exists():
        raise RelayRefused("fqdn", f"{relay.fqdn} has been declared again meanwhile.")
    if Relay.objects.filter(pk=relay.pk, removed_at__isnull=False).update(removed_at=None, version=F("version") + 1):
        write([told(relay, "relay-restored", now, by=by)])
        ring_relay(relay)
        record(by, "relay-restored", relay.fqdn, at=now, tenant=relay.tenant, address=address)
