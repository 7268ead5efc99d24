"""The way to the name servers: registration, delegation, and whether the servers agree about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publicdns.answers import Answer, Reason, Verdict
from publicdns.delegation import Delegation, NameServer, Standing
from publicdns.diagnosis.registry import Facts, rule
from publicdns.diagnosis.seen import is_undelegated, lacks_addresses, not_there, wanted
from publicdns.propagation import Progress, Stance
from publicdns.providers import Provider, dns_provider

if TYPE_CHECKING:
    from publicdns.picture import Picture

AT_THE_REGISTRAR = "At the registrar where the domain is registered"


@rule(
    "DNS201",
    "The domain is not registered, or on hold",
    source="https://www.icann.org/epp#clientHold",
    sentence="{name} does not exist: {parent} does not know it. It is not registered, has expired, or is on hold.",
    fix=AT_THE_REGISTRAR + ", look whether {name} is paid for and active; look for typing mistakes in the name first.",
    verdict=Verdict.MISSING,
    when=is_undelegated,
)
def not_registered(picture: Picture) -> Facts | None:
    """A registry takes a domain out of DNS when it expires or its owner's address was not confirmed."""
    if picture.delegation.standing is not Standing.UNREGISTERED:
        return None
    parent = picture.delegation.parent
    return {"name": picture.name, "parent": f"the registry of .{parent}" if parent else "public DNS"}


@rule(
    "DNS202",
    "The domain is delegated to nobody",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-4.2.1",
    sentence="{name} is registered, but no name servers are named for it.",
    fix=AT_THE_REGISTRAR + ", enter the name servers of your DNS provider.",
    verdict=Verdict.MISSING,
    when=is_undelegated,
)
def delegated_to_nobody(picture: Picture) -> Facts | None:
    """Without NS records at the registry nobody finds the zone."""
    return {"name": picture.name} if picture.delegation.standing is Standing.NOT_DELEGATED else None


@rule(
    "DNS203",
    "Registry and zone name different servers",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-4.2.2",
    sentence=(
        "The registry and the zone {zone} name different servers. Only the registry: {parent}; only the zone: {child}."
    ),
    fix=AT_THE_REGISTRAR + ", enter the same name servers as in the NS records of the zone, or correct those.",
    severity="warning",
)
def sides_disagree(picture: Picture) -> Facts | None:
    """Part of the world asks the one side's servers, part the other's: a record must be at both to be seen."""
    delegation = picture.delegation
    if not (delegation.parent_asked and delegation.child_asked):
        return None
    parent = [server.name for server in delegation.servers if not server.in_child]
    child = [server.name for server in delegation.servers if not server.in_parent]
    if not parent and not child:
        return None
    return {"zone": delegation.zone, "parent": parent or ["none"], "child": child or ["none"]}


@rule(
    "DNS204",
    "The name servers have different versions of the zone",
    source="https://www.rfc-editor.org/rfc/rfc1982",
    sentence="The name servers of {zone} have different versions: {serials}.",
    fix="Wait a few minutes and look again. If it stays so, ask the provider of the servers with the older number.",
    severity="notice",
)
def serials_differ(picture: Picture) -> Facts | None:
    """A server with an old serial has not received the last change; some providers number each server by itself."""
    zone = picture.delegation.zone
    answers = picture.at_servers("SOA", zone)
    if len(answers) < 2:
        return None
    known = {name: serial for name, a in answers.items() if (serial := serial_of(a)) is not None}
    if len(set(known.values())) < 2:
        return None
    return {"zone": zone, "serials": [f"{name} has {serial}" for name, serial in sorted(known.items())]}


@rule(
    "DNS205",
    "A name server has an address that is not public",
    source="https://www.iana.org/assignments/iana-ipv4-special-registry",
    sentence="{servers} {servers:has|have} no public address and {servers:is|are} not asked there.",
    fix="Correct the A and AAAA records of the name server's host name: they must be addresses on the internet.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
)
def not_public(picture: Picture) -> Facts | None:
    """Private and reserved addresses lead nowhere, or into somebody's inner network."""
    answers = [a for a in picture.authoritative if a.reason is Reason.FORBIDDEN]
    servers = sorted({f"{answer.server.name} ({answer.server.address})" for answer in answers})
    return {"name": picture.name, "servers": servers} if servers else None


@rule(
    "DNS206",
    "A name server's host name has no address",
    source="https://www.rfc-editor.org/rfc/rfc1912#section-2.8",
    sentence="{servers} {servers:is|are} named as name server of {zone}, but no such host has an address.",
    fix="Correct or remove the name where it is entered, or have an address record made for it: {places}.",
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=lacks_addresses,
)
def without_address(picture: Picture) -> Facts | None:
    """A mistyped or abandoned host name: nobody can be asked there, and somebody may register it. Where only the zone
    names it, it is often an inner name, such as a domain controller's.
    """
    delegation = picture.delegation
    servers = [server for server in delegation.servers if server.trouble is Reason.NO_SERVER and not server.addresses]
    if not servers:
        return None
    places = [f"{server.name} ({_where(server, delegation)})" for server in servers]
    return {"zone": delegation.zone, "servers": [server.name for server in servers], "places": places}


@rule(
    "DNS207",
    "The registry has an old address of a name server",
    source="https://www.rfc-editor.org/rfc/rfc1912#section-2.3",
    sentence="The registry knows other addresses of {servers} than the zone does.",
    fix=AT_THE_REGISTRAR + ", correct the addresses (host objects, glue) of the name server.",
    severity="warning",
)
def glue_differs(picture: Picture) -> Facts | None:
    """Who comes by the registry's address reaches another machine, or none."""
    servers = [
        s.name for s in picture.delegation.servers if s.glue and not s.trouble and not {*s.glue} & {*s.addresses}
    ]
    return {"zone": picture.delegation.zone, "servers": servers} if servers else None


@rule(
    "DNS208",
    "The domain is at a parking service",
    source="https://www.icann.org/resources/pages/renewing-and-restoring-expired-domains",
    sentence="{zone} is parked at {provider} ({servers}): records made elsewhere are not seen.",
    fix=AT_THE_REGISTRAR + ", renew the domain if it has expired, and enter the name servers of your DNS provider.",
)
def parked(picture: Picture) -> Facts | None:
    """Expired and unconfirmed domains are pointed at a parking service; so are domains for sale."""
    named = [(server, dns_provider(server.name)) for server in picture.delegation.servers]
    parking = [(server.name, _said(found)) for server, found in named if found is not None and found.kind == "parking"]
    if not parking:
        return None
    return {"zone": picture.delegation.zone, "provider": parking[0][1], "servers": [name for name, _ in parking]}


@rule(
    "DNS209",
    "Where the record has to be entered",
    source="https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/find-and-fix-issues",
    sentence="{zone} is run by {provider} ({servers}). A record entered at any other provider is not seen.",
    fix=(
        "Sign in at {provider} and enter Type TXT, Host {host}, Value {value}, TTL 3600; then save or publish the zone."
    ),
    severity="notice",
    verdict=Verdict.MISSING,
    when=not_there,
)
def edit_here(picture: Picture) -> Facts | None:
    """The panel people edit is often the registrar's, while the domain is delegated to somebody else."""
    seen = picture.propagation
    if seen is None or seen.progress is not Progress.NOWHERE or not picture.delegation.servers:
        return None
    servers = [server.name for server in picture.delegation.servers]
    known = list(dict.fromkeys(_said(found) for name in servers if (found := dns_provider(name))))
    provider: str | list[str] = known or "whoever runs these name servers"
    return {**wanted(picture), "zone": picture.delegation.zone, "provider": provider, "servers": servers}


@rule(
    "DNS210",
    "The record is only where the domain is not delegated",
    source="https://learn.microsoft.com/microsoft-365/admin/get-help-with-domains/find-and-fix-issues",
    sentence="{have} {have:has|have} the record, but the registry sends everybody to {lack}, where it is missing.",
    fix="Enter the record at the provider of {lack} too, or have the domain delegated to {have} at the registrar.",
    when=not_there,
)
def at_the_wrong_provider(picture: Picture) -> Facts | None:
    """A provider that was left, or not yet moved to, still serves a copy of the zone: that panel was edited."""
    seen = picture.propagation
    if seen is None or not picture.delegation.parent_asked:
        return None
    listed = {server.name for server in picture.delegation.servers if server.in_parent}
    have = [name for name, stance in seen.servers if stance is Stance.PRESENT]
    if not have or not listed.isdisjoint(have):
        return None
    return {**wanted(picture), "have": have, "lack": sorted(listed)}


@rule(
    "DNS211",
    "Only one name server",
    source="https://www.rfc-editor.org/rfc/rfc2182#section-5",
    sentence="{zone} has one name server only, {servers}: when it fails, the domain cannot be resolved, mail included.",
    fix="Ask your DNS provider for a second name server.",
    severity="notice",
)
def single_server(picture: Picture) -> Facts | None:
    """With one server alone all three public resolvers must agree before the record counts as seen."""
    servers = [server.name for server in picture.delegation.servers]
    return {"zone": picture.delegation.zone, "servers": servers} if len(servers) == 1 else None


@rule(
    "DNS212",
    "The name servers could not be found",
    source="https://www.rfc-editor.org/rfc/rfc1034#section-5.3.3",
    sentence="Nobody could say which name servers {name} has ({reason}).",
    fix=(
        "Look whether this machine reaches its resolvers, and look again; nothing is known about the record until then."
    ),
    severity="warning",
    verdict=Verdict.UNKNOWN,
    when=is_undelegated,
)
def not_found_out(picture: Picture) -> Facts | None:
    """Could not ask is not the same as not there."""
    if picture.delegation.standing is not Standing.UNKNOWN:
        return None
    return {"name": picture.name, "reason": picture.delegation.reason.value or "no answer"}


@rule(
    "DNS213",
    "Only the registry knows a name server's address",
    source="https://www.rfc-editor.org/rfc/rfc1912#section-2.3",
    sentence=(
        "{servers} {servers:is|are} asked at the registry's address (glue); {servers:its host name has|their host "
        "names have} no address record, so resolvers that look for one do not reach {servers:it|them}."
    ),
    fix="In the zone that {servers} {servers:belongs|belong} to, make the address records: {records}.",
    severity="warning",
    when=lacks_addresses,
)
def glue_alone(picture: Picture) -> Facts | None:
    """Glue only shows the way; the address records of the zone itself are what counts (RFC 2181 §5.4.1)."""
    servers = [s for s in picture.delegation.servers if s.trouble is Reason.NO_SERVER and s.addresses]
    if not servers:
        return None
    records = [f"{server.name} {_types(server.addresses)}" for server in servers]
    return {"zone": picture.delegation.zone, "servers": [server.name for server in servers], "records": records}


def serial_of(answer: Answer) -> int | None:
    """The zone's version in an authoritative answer; None when there is none."""
    return answer.soa_serial if answer.authoritative and not answer.failed else None


def _said(provider: Provider) -> str:
    return provider.name if provider.verified else f"{provider.name} (unverified)"


def _where(server: NameServer, delegation: Delegation) -> str:
    """The place at which a server's name is entered, as far as both sides could be asked."""
    own = f"in the NS records of {delegation.zone}"
    if not server.in_parent:
        return f"{own} itself, not at the registrar"
    if delegation.parent_asked and not server.in_child:
        return "at the registrar"
    return f"at the registrar, and {own} itself"


def _types(addresses: tuple[str, ...]) -> str:
    return ", ".join(f"{'AAAA' if ':' in address else 'A'} {address}" for address in addresses)
