# ruff: noqa: ARG001 - every rule is called with the same two arguments
"""Who may relay through an IIS SMTP server (B2, and the relay box of B5 and B6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from publicdns.answers import Finding, Verdict
from relaycheck.engine import sources
from relaycheck.engine.access_list import AccessList
from relaycheck.engine.iis import VirtualServer
from relaycheck.engine.reach import INTERNAL, parsed, within
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.route_action import RouteAction
from relaycheck.engine.rule import Rule, Severity, book

BROAD = 256  # addresses in one entry above which it is no list of devices any more
OPEN_BY_LIST = Rule(
    "RS201",
    "B2",
    Severity.ERROR,
    "The relay list says 'All except the list below': everybody else may relay.",
    "Access > Relay > Only the list below.",
    sources.IIS_RELAY,
)
OPEN_BY_EMPTY = Rule(
    "RS202",
    "B2",
    Severity.ERROR,
    'RelayIpList is the empty string: by one account that means "all except nobody", an open relay.',
    "Open Access > Relay, choose 'Only the list below', save, and probe from a source that is not listed.",
    sources.EMPTY_RELAY_LIST,
)
UNDECODABLE = Rule(
    "RS203",
    "B2",
    Severity.NOTICE,
    "The {list} is written in a layout we cannot decode.",
    "Run our export command on the relay and upload what it prints.",
    sources.METABASE_AND_SMTP,
)
OPEN_BY_WILDCARD = Rule(
    "RS204",
    "B6",
    Severity.ERROR,
    "'Allow incoming mail to be relayed' is ticked on {domains}: it overrides the relay list for whoever can connect.",
    "Untick it. Listed devices do not need it. Until then let Access > Connection hold the same devices.",
    sources.DOMAIN_OVERRIDES_LIST,
)
OPEN_BY_DOMAIN = Rule(
    "RS205",
    "B5",
    Severity.WARNING,
    "'Allow incoming mail to be relayed' is ticked on {domains}: whoever can connect may send there, listed or not.",
    "Untick it. Listed devices do not need it.",
    sources.DOMAIN_OVERRIDES_LIST,
)
TOO_WIDE = Rule(
    "RS206",
    "B2",
    Severity.WARNING,
    "The relay list holds whole networks: {networks}.",
    "List the devices that send, one by one.",
    sources.IIS_RELAY,
)
PUBLIC_LISTED = Rule(
    "RS207",
    "B2",
    Severity.WARNING,
    "The relay list holds addresses of the internet: {networks}.",
    "Take them off, unless a device of yours really sits there.",
    sources.IIS_RELAY,
)
MISSING_SOURCES = Rule(
    "RS208",
    "B2",
    Severity.ERROR,
    "Allowed by the policy and not on the relay list: {sources}.",
    "Add them in Access > Relay, and in Access > Connection where that is a list.",
    sources.IIS_RELAY,
)
UNDECLARED = Rule(
    "RS209",
    "B2",
    Severity.WARNING,
    "On the relay list and not in the policy: {networks}.",
    "Find out whose they are; declare them or take them off.",
    sources.IIS_RELAY,
)
NOT_ANONYMOUS = Rule(
    "RS210",
    "B2",
    Severity.ERROR,
    "Anonymous access is off: devices that cannot sign in are refused.",
    "Access > Authentication > Anonymous access.",
    sources.IIS_RELAY,
)
SIGN_IN_OFFERED = Rule(
    "RS211",
    "B2",
    Severity.WARNING,
    "Sign-in is offered ({methods}): passwords can be guessed here.",
    "Access > Authentication: leave Anonymous access only.",
    sources.IIS_RELAY,
)
RELAY_FOR_SIGNED_IN = Rule(
    "RS212",
    "B2",
    Severity.WARNING,
    "Whoever signs in may relay, whatever the list says.",
    "Access > Relay: untick 'Allow all computers which successfully authenticate'.",
    sources.RELAY_FOR_AUTH,
)
ANYBODY_CONNECTS = Rule(
    "RS213",
    "B2",
    Severity.NOTICE,
    "Everybody may connect: Access > Connection is no list.",
    "Fill it with the same devices: nothing overrides it.",
    sources.DOMAIN_OVERRIDES_LIST,
)
PUBLIC_BINDING = Rule(
    "RS214",
    "B2",
    Severity.ERROR,
    "The server listens on an address of the internet: {bindings}.",
    "General > IP address: choose the internal address.",
    sources.METABASE_AND_SMTP,
)
NO_LIST_YET = Rule(
    "RS215",
    "B2",
    Severity.NOTICE,
    "There is no relay list yet: nobody may relay, and on Windows Server 2022 the properties dialog ends in an error.",
    "Run our PowerShell commands, or save the Relay dialog once; afterwards it must say 'Only the list below'.",
    sources.EMPTY_RELAY_LIST,
)
RULES = book(
    OPEN_BY_LIST,
    OPEN_BY_EMPTY,
    UNDECODABLE,
    OPEN_BY_WILDCARD,
    OPEN_BY_DOMAIN,
    TOO_WIDE,
    PUBLIC_LISTED,
    MISSING_SOURCES,
    UNDECLARED,
    NOT_ANONYMOUS,
    SIGN_IN_OFFERED,
    RELAY_FOR_SIGNED_IN,
    ANYBODY_CONNECTS,
    PUBLIC_BINDING,
    NO_LIST_YET,
)
AUTH_BITS = {"AuthAnonymous": 1, "AuthBasic": 2, "AuthNTLM": 4}


def relay_list(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Open by list, by an empty value, or not to be decoded."""
    found = server.access("RelayIpList")
    if found.trouble == "empty":
        yield OPEN_BY_EMPTY.found(Verdict.UNKNOWN, value='RelayIpList=""')
    elif found.trouble == "absent":
        yield NO_LIST_YET.found()
    elif found.trouble or found.only is None:
        yield UNDECODABLE.found(Verdict.UNKNOWN, list="relay list")
    elif found.only is False:
        yield OPEN_BY_LIST.found(except_for=list(found.denied))


def relay_box(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The checkbox on a remote domain that overrides the list: the how-to's own trap."""
    ticked = [entry for entry in server.domains if entry.has(RouteAction.DOMAIN_RELAY)]
    shelter = "a connection list" if server.access("IPSecurity").only else "nothing"
    wild = [entry.name for entry in ticked if entry.wildcard]
    plain = [entry.name for entry in ticked if not entry.wildcard]
    if wild:
        yield OPEN_BY_WILDCARD.found(domains=wild, protected_by=shelter)
    if plain:
        yield OPEN_BY_DOMAIN.found(domains=plain, protected_by=shelter)


def listed_networks(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Entries of the relay list that are wider than devices, or not inside."""
    granted = server.access("RelayIpList").granted
    wide = [text for text in granted if ipaddress.ip_network(text).num_addresses >= BROAD]
    inner = [text for text in granted if text not in wide]
    public = [text for text in inner if not _inside(text)]
    if wide:
        yield TOO_WIDE.found(networks=wide)
    if public:
        yield PUBLIC_LISTED.found(networks=public)


def _inside(text: str) -> bool:
    address = parsed(text.partition("/")[0])
    return address is not None and (
        within(address, INTERNAL) is not None or address.is_loopback or address.is_link_local
    )


def against_policy(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The list and the policy name the same sources."""
    found = server.access("RelayIpList")
    if told.policy is None or found.only is None:
        return
    missing = [f"{source.network} {source.label}" for source in told.policy.sources if not found.grants(source.network)]
    if missing:
        yield MISSING_SOURCES.found(sources=missing)
    declared = AccessList(True, tuple(source.network for source in told.policy.sources))
    extra = [network for network in found.granted if not declared.grants(network)]
    if extra:
        yield UNDECLARED.found(networks=extra)


def authentication(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Anonymous only, and no relaying for whoever signs in."""
    methods = {name: _offers(server, name) for name in AUTH_BITS}
    if methods["AuthAnonymous"] is False:
        yield NOT_ANONYMOUS.found()
    offered = [name.removeprefix("Auth") for name in ("AuthBasic", "AuthNTLM") if methods[name]]
    if offered:
        yield SIGN_IN_OFFERED.found(methods=offered)
    if server.setting("RelayForAuth").known and server.text("RelayForAuth").upper() not in {"0", "FALSE"}:
        yield RELAY_FOR_SIGNED_IN.found(value=server.text("RelayForAuth"))


def _offers(server: VirtualServer, method: str) -> bool | None:
    """Whether a method is on: by its own flag, by AuthFlags as words, or by AuthFlags as a number."""
    own = server.flag(method)
    if own is not None:
        return own
    flags = server.text("AuthFlags")
    if not flags:
        return None
    number = server.number_of("AuthFlags")
    if number is not None:
        return bool(number & AUTH_BITS[method])
    return method.lower() in {word.strip().lower() for word in flags.split("|")}


def connections(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Who may connect, and where the server listens."""
    connecting = server.access("IPSecurity")
    if connecting.only is False or connecting.trouble == "absent":
        yield ANYBODY_CONNECTS.found()
    public = [binding for binding in _bindings(server) if _is_public(binding)]
    if public:
        yield PUBLIC_BINDING.found(bindings=public)


def _bindings(server: VirtualServer) -> list[str]:
    return [
        binding.strip() for binding in server.text("ServerBindings").replace("\n", ",").split(",") if binding.strip()
    ]


def _is_public(binding: str) -> bool:
    address = parsed(binding.split(":", 1)[0])
    return address is not None and not _inside(str(address)) and not address.is_unspecified


JUDGES = (relay_list, relay_box, listed_networks, against_policy, authentication, connections)
