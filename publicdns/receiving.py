"""Who is tried first for a domain's mail: reading the MX records that a flow holds (RFC 5321 §5.1). Pure."""

from __future__ import annotations

from publicdns.flow import Shown
from publicdns.mailflow import NO_HOST, PROOF
from publicdns.providers import MICROSOFT, mail_provider


def is_at_microsoft(mx: Shown | None) -> bool:
    """True when all hosts that are tried first belong to Microsoft 365."""
    first = tried_first(receivers(mx))
    return bool(first) and all(map(is_microsoft, first))


def is_behind_gateway(mx: Shown | None) -> bool:
    """True when a filtering service is tried first: MX records then do not tell where mail ends."""
    return any(map(is_gateway, tried_first(receivers(mx))))


def leaves_to_microsoft(mx: Shown | None) -> bool:
    """True when no host but Microsoft's is left."""
    hosts = [host for _, host in receivers(mx)]
    return bool(hosts) and all(map(is_microsoft, hosts))


def host_of(value: str) -> tuple[int, str]:
    """(preference, host) of one MX value."""
    preference, _, host = value.partition(" ")
    return int(preference), host.lower()


def receivers(mx: Shown | None) -> list[tuple[int, str]]:
    """(preference, host) of those that receive, in order."""
    hosts = sorted(map(host_of, mx.records)) if mx is not None else []
    return [(preference, host) for preference, host in hosts if host not in NO_HOST and not host.endswith(PROOF)]


def tried_first(hosts: list[tuple[int, str]]) -> tuple[str, ...]:
    """Those that share the lowest preference."""
    return tuple(host for preference, host in hosts if preference == hosts[0][0])


def is_microsoft(host: str) -> bool:
    """Whether Microsoft 365 receives there."""
    provider = mail_provider(host)
    return provider is not None and provider.name == MICROSOFT


def is_gateway(host: str) -> bool:
    """Whether a filtering service receives there."""
    provider = mail_provider(host)
    return provider is not None and provider.kind == "gateway"
