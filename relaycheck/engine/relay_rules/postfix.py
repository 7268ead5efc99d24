# ruff: noqa: ARG001 - every rule is called with the same two arguments
"""The same questions about a Postfix relay, from ``postconf -n``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from publicdns.answers import Finding, Verdict
from relaycheck.engine import sources
from relaycheck.engine.access_list import AccessList
from relaycheck.engine.policy import Profile
from relaycheck.engine.postconf import PostfixConfiguration
from relaycheck.engine.relay_rules.access import BROAD
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.renderings.postfix import next_hop
from relaycheck.engine.rule import Rule, Severity, book

OPEN = Rule(
    "RX201",
    "B2",
    Severity.ERROR,
    "smtpd_relay_restrictions refuses nobody: {value}.",
    "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination",
    sources.POSTFIX_RELAY,
)
DEFERS = Rule(
    "RX202",
    "B2",
    Severity.WARNING,
    "Strangers are put off with 454 instead of refused: devices try for ever, and testers misread it.",
    "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination",
    sources.POSTFIX_RELAY,
)
OPEN_BY_DOMAINS = Rule(
    "RX203",
    "B6",
    Severity.ERROR,
    "relay_domains holds {domains}: everybody may relay there, and a bare ending is an open relay.",
    "relay_domains = (empty)",
    sources.POSTFIX_RELAY,
)
NETWORKS_WIDE = Rule(
    "RX204",
    "B2",
    Severity.WARNING,
    "mynetworks holds whole networks: {networks}.",
    "List the devices that send, one by one.",
    sources.POSTFIX_RELAY,
)
NETWORKS_ALL = Rule(
    "RX205",
    "B2",
    Severity.ERROR,
    "mynetworks holds everybody: {networks}.",
    "List the devices that send, one by one.",
    sources.POSTFIX_RELAY,
)
MISSING_SOURCES = Rule(
    "RX206",
    "B2",
    Severity.ERROR,
    "Allowed by the policy and not in mynetworks: {sources}.",
    "Add them to mynetworks and run postfix reload.",
    sources.POSTFIX,
)
UNDECLARED = Rule(
    "RX207",
    "B2",
    Severity.WARNING,
    "In mynetworks and not in the policy: {networks}.",
    "Find out whose they are; declare them or take them out.",
    sources.POSTFIX,
)
BY_STYLE = Rule(
    "RX208",
    "B2",
    Severity.WARNING,
    "mynetworks is not set; mynetworks_style {style} decides who may relay.",
    "Set mynetworks to the devices that send.",
    sources.POSTFIX,
)
SIZE = Rule(
    "RX301",
    "B3",
    Severity.WARNING,
    "Messages may have {limit} bytes, the policy says {declared}.",
    "message_size_limit = {declared}",
    sources.POSTFIX,
)
MAILBOX_SIZE = Rule(
    "RX302",
    "B3",
    Severity.WARNING,
    "message_size_limit {message} is above mailbox_size_limit {mailbox}: Postfix refuses to run its local delivery.",
    "mailbox_size_limit = 0",
    sources.POSTFIX,
)
RELAYHOST = Rule(
    "RX401",
    "B4",
    Severity.WARNING,
    "relayhost is {relayhost}; the policy wants {wanted}.",
    "relayhost = {wanted}",
    sources.POSTFIX,
)
NO_TRANSPORT = Rule(
    "RX501",
    "B5",
    Severity.ERROR,
    "There is no transport map, so hosted domains go by their MX: {domains}.",
    "Use the transport map of our rendering.",
    sources.POSTFIX,
)
HOSTED_LOCAL = Rule(
    "RX505",
    "B5",
    Severity.ERROR,
    "Hosted domains are local here: {domains}. Their mail never leaves.",
    "Take them out of {parameter}.",
    sources.POSTFIX,
)
NO_TLS = Rule(
    "RX801",
    "B8",
    Severity.WARNING,
    "Mail leaves without TLS.",
    "smtp_tls_security_level = may, and encrypt for the hosted domains in smtp_tls_policy_maps.",
    sources.POSTFIX_TLS,
)
TLS_FOR_ALL = Rule(
    "RX802",
    "B8",
    Severity.ERROR,
    "TLS is demanded for everybody ({level}): mail stops wherever the other side offers none.",
    "smtp_tls_security_level = may",
    sources.POSTFIX_TLS,
)
SHORT_NAME = Rule(
    "RX408",
    "B4",
    Severity.WARNING,
    "The relay greets as {name}, which is no full name.",
    "myhostname = {wanted}",
    sources.POSTFIX,
)
IPV6 = Rule(
    "RX402",
    "B9",
    Severity.NOTICE,
    "IPv6 is on, and the declared address is IPv4: Microsoft 365 may refuse what leaves by IPv6.",
    "inet_protocols = ipv4",
    sources.NDR,
)
RULES = book(
    OPEN,
    DEFERS,
    OPEN_BY_DOMAINS,
    NETWORKS_WIDE,
    NETWORKS_ALL,
    MISSING_SOURCES,
    UNDECLARED,
    BY_STYLE,
    SIZE,
    MAILBOX_SIZE,
    RELAYHOST,
    NO_TRANSPORT,
    HOSTED_LOCAL,
    NO_TLS,
    TLS_FOR_ALL,
    SHORT_NAME,
    IPV6,
)
REFUSING = {"reject_unauth_destination", "reject"}
DEFERRING = {"defer_unauth_destination", "defer", "defer_if_permit"}
EVERYBODY = {"permit", "static:all", "0.0.0.0/0", "[::]/0"}
MANDATORY = {"encrypt", "dane-only", "fingerprint", "verify", "secure"}
LOCAL = ("mydestination", "virtual_mailbox_domains", "virtual_alias_domains")


def restrictions(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """What a stranger hears: the first word that decides wins (Postfix SMTPD_ACCESS_README)."""
    words = (*configuration.words("smtpd_relay_restrictions"), *configuration.words("smtpd_recipient_restrictions"))
    deciding = next((word for word in words if word in REFUSING | DEFERRING | EVERYBODY), "")
    value = configuration.text("smtpd_relay_restrictions") or "empty"
    if deciding in DEFERRING:
        yield DEFERS.found(value=value)
    elif deciding not in REFUSING:
        yield OPEN.found(value=value)


def relay_domains(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """``relay_domains`` is empty: it opens a domain to every client."""
    domains = list(configuration.words("relay_domains"))
    if domains and configuration.text("relay_domains") != configuration.text("mydestination"):
        yield OPEN_BY_DOMAINS.found(domains=domains)


def _networks(configuration: PostfixConfiguration) -> tuple[list[str], list[str]]:
    """Networks as ours, and words that are none (tables, exclusions)."""
    networks: list[str] = []
    odd: list[str] = []
    for word in configuration.words("mynetworks"):
        try:
            net = ipaddress.ip_network(word.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            odd.append(word)
            continue
        networks.append(str(net))
    return networks, odd


def sources_listed(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """``mynetworks`` names devices, those of the policy, and nobody else."""
    if not configuration.text("mynetworks"):
        style = configuration.text("mynetworks_style")
        if style != "host" or told.policy:
            yield BY_STYLE.found(style=style)
        return
    networks, odd = _networks(configuration)
    outside = [text for text in networks if not ipaddress.ip_network(text).is_loopback]
    everybody = [text for text in outside if ipaddress.ip_network(text).prefixlen == 0] + [
        w for w in odd if w in EVERYBODY
    ]
    wide = [text for text in outside if ipaddress.ip_network(text).num_addresses >= BROAD and text not in everybody]
    if everybody:
        yield NETWORKS_ALL.found(networks=everybody)
    if wide:
        yield NETWORKS_WIDE.found(networks=wide)
    if told.policy:
        yield from _against_policy(outside, bool(odd), told)


def _against_policy(networks: list[str], more: bool, told: Told) -> Iterator[Finding]:
    assert told.policy is not None
    granted = AccessList(True, tuple(networks))
    declared = AccessList(True, tuple(source.network for source in told.policy.sources))
    missing = [
        f"{source.network} {source.label}" for source in told.policy.sources if not granted.grants(source.network)
    ]
    if missing:
        # A table among the words may hold what is missing here.
        yield MISSING_SOURCES.found(Verdict.UNKNOWN if more else Verdict.WRONG, sources=missing)
    extra = [network for network in networks if not declared.grants(network)]
    if extra:
        yield UNDECLARED.found(networks=extra)


def sizes(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """Message limit against the policy and against the mailbox limit. 0 means no limit."""
    message, mailbox = configuration.number("message_size_limit"), configuration.number("mailbox_size_limit")
    if message and told.policy and message < told.policy.size_bytes:
        yield SIZE.found(limit=message, declared=told.policy.size_bytes)
    if message and mailbox and message > mailbox:
        yield MAILBOX_SIZE.found(message=message, mailbox=mailbox)


def routing(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """Hosted domains to their endpoint, everything else as the profile says."""
    if told.policy is None:
        return
    direct = told.policy.profile is Profile.DIRECT_SEND
    wanted = "" if direct else next_hop(told.policy.next_hop)
    if configuration.text("relayhost") != wanted:
        yield RELAYHOST.found(relayhost=configuration.text("relayhost") or "empty", wanted=wanted or "(empty)")
    hosted = [domain.domain for domain in told.policy.hosted]
    if direct and not configuration.text("transport_maps"):
        yield NO_TRANSPORT.found(domains=hosted)
    for parameter in LOCAL:
        local = [domain for domain in hosted if domain in configuration.words(parameter)]
        if local:
            yield HOSTED_LOCAL.found(domains=local, parameter=parameter)


def tls(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """Opportunistic for the world, demanded for the hosted domains."""
    level = configuration.text("smtp_tls_security_level")
    legacy = "yes" in {configuration.text("smtp_use_tls"), configuration.text("smtp_enforce_tls")}
    if level in {"", "none"} and not legacy:
        yield NO_TLS.found(level=level or "not set")
    if level in MANDATORY and not configuration.text("relayhost"):
        yield TLS_FOR_ALL.found(level=level)


def identity(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    """A full name in HELO, and the address family SPF knows."""
    name = configuration.text("smtp_helo_name")
    wanted = told.policy.fqdn if told.policy else "the relay's full name"
    if name and "." not in name:
        yield SHORT_NAME.found(name=name, wanted=wanted)
    known = told.policy.nat_address if told.policy else ""
    if known and ":" not in known and {"all", "ipv6"} & set(configuration.words("inet_protocols")):
        yield IPV6.found(inet_protocols=configuration.text("inet_protocols"), declared=known)


JUDGES = (restrictions, relay_domains, sources_listed, sizes, routing, tls, identity)
