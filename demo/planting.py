"""From the list of domains to zones: a root, its TLDs, the hosts' own zones, Microsoft's, and the demo's domains."""

from __future__ import annotations

from demo.faults import Fault
from demo.world import DEAD, DOMAINS, HOSTS, ROOT, Domain
from demo.zones import Zones

TTL = 30  # seconds
SPF = '"v=spf1 mx ip4:192.0.2.0/24 -all"'
_HEAD = "$TTL {ttl}\n@ SOA {mname}. hostmaster.{origin} 2026110100 60 30 86400 {negative}\n"
NOT_YET_DELEGATED = "not-delegated"  # the story whose domain the registry does not list at first
MICROSOFT = {
    "outlook.com": f"*.mail.protection A 192.0.2.25\nspf.protection TXT {SPF}\nautodiscover A 192.0.2.26\n",
    "mx.microsoft": "*.o-v1 A 192.0.2.25\n",
    "windows.net": "enterpriseregistration A 192.0.2.27\n",
}


def plant(zones: Zones) -> None:
    """Put the world into ``zones`` as it is before the story starts, in place of whatever was there."""
    zones.troubles.clear()
    for tld, lines in _registries().items():
        zones.load(tld, _zone(tld, lines), at=ROOT)
    zones.load(".", _zone(".", [_delegation(tld, "a.root-servers.test") for tld in _registries()]), at=ROOT)
    for origin, text in MICROSOFT.items():
        zones.load(origin, _zone(origin, [text]), at=ROOT)
    for host in HOSTS.values():
        glue = [f"{name}. A {address}" for name, address in zip(host.names, host.addresses, strict=True)]
        zones.load(host.zone, _zone(host.zone, [*_name_servers(host.names), *glue]), at=host.addresses)
    for domain in DOMAINS:
        zones.load(domain.zone, zone_text(domain), at=HOSTS[domain.host].addresses)
    for address in DEAD:
        zones.fault(None, None, Fault.DROP, at=address)


def zone_text(domain: Domain) -> str:
    """A domain's zone before anybody has touched it: mail and web on premises, and no token."""
    host = HOSTS[domain.host]
    name = f"{domain.ascii}."
    lines = [
        *_name_servers(host.names),
        f"{name} {domain.mx_ttl} MX 10 mail.{name}",
        f"{name} A 192.0.2.{domain.number}",
        f"mail.{name} A 192.0.2.{domain.number}",
        f"www.{name} CNAME {name}",
        f"autodiscover.{name} CNAME mail.{name}",
        *([f"{name} TXT {SPF}"] if domain.spf else []),
        *([f"{name} TXT {quoted(domain.token)}"] if domain.stage != "validate" else []),
    ]
    return _zone(domain.zone, lines, host.names[0], domain.negative)


def quoted(text: str) -> str:
    """``text`` as one string of a TXT record in zone file form."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def delegation(domain: Domain) -> tuple[str, ...]:
    """The NS values that the registry lists for ``domain``."""
    return tuple(f"{name}." for name in HOSTS[domain.host].names)


def _registries() -> dict[str, list[str]]:
    """For each TLD the lines of its zone."""
    listed: dict[str, list[str]] = {"test": ["a.root-servers A " + ROOT]}
    for domain in DOMAINS:
        lines = listed.setdefault(_tld(domain.ascii), [])
        if domain.story != NOT_YET_DELEGATED:
            lines += [f"{domain.zone}. NS {name}" for name in delegation(domain)]
    for host in HOSTS.values():
        lines = listed.setdefault(_tld(host.zone), [])
        for name, address in zip(host.names, host.addresses, strict=True):
            lines += [f"{host.zone}. NS {name}.", f"{name}. A {address}"]
    for origin in MICROSOFT:
        listed.setdefault(_tld(origin), []).append(_delegation(origin, "a.root-servers.test"))
    return listed


def _tld(name: str) -> str:
    return name.rpartition(".")[2]


def _delegation(name: str, server: str) -> str:
    return f"{name}. NS {server}."


def _name_servers(names: tuple[str, ...]) -> list[str]:
    return [f"@ NS {name}." for name in names]


def _zone(origin: str, lines: list[str], mname: str = "a.root-servers.test", negative: int = 30) -> str:
    head = _HEAD.format(
        ttl=max(TTL, negative), mname=mname, origin="" if origin == "." else f"{origin}.", negative=negative
    )
    own = [] if any(line.startswith("@ NS") for line in lines) else ["@ NS a.root-servers.test."]
    return head + f"$TTL {TTL}\n" + "\n".join([*own, *lines]) + "\n"
