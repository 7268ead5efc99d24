"""Configurations shown to us: read, stripped, kept, judged against the policy, held against the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from publicdns.answers import Finding
from relaycheck.engine.adsi_export import as_export, parse_export
from relaycheck.engine.iis import IisConfiguration, VirtualServer
from relaycheck.engine.policy import Profile, RelayPolicy
from relaycheck.engine.postconf import PostfixConfiguration
from relaycheck.engine.relay_rules import judge_configuration, judge_names
from relaycheck.engine.relay_rules.differences import Change, changes
from relaycheck.engine.renderings.postfix import next_hop, postfix_network
from relaycheck.engine.upload import Configuration, read_configuration
from relaycheck.models import Relay, RelayUpload
from relaycheck.relay_known import Known
from relaycheck.relay_names import told_of
from relaycheck.relays import told
from relaycheck.ringing import ring_relay
from tenants.models import User

LARGEST = 64 * 1024 * 1024
KEPT = 20


def take_upload(relay: Relay, raw: bytes, *, by: User, now: datetime) -> RelayUpload:
    """Read a configuration and keep what belongs to the SMTP service, without secrets. Raises InvalidUpload."""
    configuration = read_configuration(raw)
    kind = "iis" if isinstance(configuration, IisConfiguration) else "postfix"
    with transaction.atomic():
        upload = RelayUpload.objects.create(
            relay=relay, at=now, by=by, kind=kind, kept=_kept(configuration), withheld=configuration.withheld
        )
        told(relay, "relay-upload", now, by=by, once=upload.public_id, software=kind).save()
        old = list(relay.uploads.values_list("pk", flat=True)[KEPT:])
        RelayUpload.objects.filter(pk__in=old).delete()
        ring_relay(relay)
    return upload


def _kept(configuration: Configuration) -> Any:
    if isinstance(configuration, IisConfiguration):
        return _storable(as_export(configuration))
    return _storable({"values": dict(configuration.values)})


def _storable(value: Any) -> Any:
    """The same without what no database keeps: NUL, and halves of surrogate pairs."""
    if isinstance(value, dict):
        return {_storable(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else value


def configuration_of(upload: RelayUpload) -> Configuration:
    """The configuration as it was read."""
    if upload.kind == "postfix":
        return PostfixConfiguration(upload.kept["values"], upload.withheld)
    return parse_export(json.dumps(upload.kept).encode())


def findings_of(known: Known) -> tuple[Finding, ...]:
    """Everything that can be said of the newest configuration and of the relay's names, the worst first."""
    told_besides = told_of(known.relay, known.policy)
    if known.upload is None:
        return judge_names(told_besides)
    return judge_configuration(configuration_of(known.upload), told_besides)


def against_previous(upload: RelayUpload) -> tuple[Change, ...]:
    """What changed since the upload before; empty when there is none."""
    before = upload.relay.uploads.filter(at__lt=upload.at).first()
    return changes(configuration_of(before), configuration_of(upload)) if before else ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One declared value beside what was found."""

    what: str
    declared: str
    found: str

    @property
    def alike(self) -> bool:
        """Whether both say the same."""
        return self.declared == self.found


def against_policy(upload: RelayUpload, policy: RelayPolicy) -> tuple[Compared, ...]:
    """The declared values beside those of the upload, in the order of the steps."""
    configuration = configuration_of(upload)
    if isinstance(configuration, PostfixConfiguration):
        return tuple(_postfix(configuration, policy))
    return tuple(row for server in configuration.servers for row in _iis(server, policy))


def _iis(server: VirtualServer, policy: RelayPolicy) -> Iterator[Compared]:
    direct = policy.profile is Profile.DIRECT_SEND
    listed = _listed(source.network for source in policy.sources)
    for what, name in (("Access > Relay", "RelayIpList"), ("Access > Connection", "IPSecurity")):
        found = server.access(name)
        yield Compared(what, listed, found.trouble or _listed(found.granted))
    yield Compared("Message size", str(policy.size_bytes), server.text("MaxMessageSize"))
    yield Compared("Full name", policy.fqdn, server.text("FullyQualifiedDomainName").lower())
    yield Compared("Smart host", "" if direct else policy.next_hop.smart_host, server.text("SmartHost").lower())
    yield Compared("Outbound port", str(25 if direct else policy.next_hop.port), server.text("RemoteSmtpPort"))
    remote = {entry.name: entry.target for entry in server.domains}
    wanted = {hosted.domain: hosted.smart_host for hosted in policy.hosted} if direct else {}
    wanted |= {f"*.{tld}": "" for tld in policy.tlds} if direct and policy.external else {}
    for name in sorted(remote.keys() | wanted.keys()):
        yield Compared(f"Remote domain {name}", _route(wanted, name), _route(remote, name))


def _route(routes: dict[str, str], name: str) -> str:
    return routes[name].strip("[]").lower() or "by DNS" if name in routes else "none"


def _listed(networks: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(network.removesuffix("/32") for network in networks))


def _postfix(found: PostfixConfiguration, policy: RelayPolicy) -> Iterator[Compared]:
    direct = policy.profile is Profile.DIRECT_SEND
    networks = " ".join(sorted(postfix_network(source.network) for source in policy.sources))
    yield Compared("mynetworks", networks, " ".join(sorted(found.words("mynetworks"))))
    yield Compared("relay_domains", "", found.text("relay_domains"))
    yield Compared("message_size_limit", str(policy.size_bytes), found.text("message_size_limit"))
    yield Compared("myhostname", policy.fqdn, found.text("myhostname").lower())
    yield Compared("relayhost", "" if direct else next_hop(policy.next_hop), found.text("relayhost"))
