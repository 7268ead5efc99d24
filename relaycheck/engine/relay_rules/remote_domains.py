"""The remote domains of an IIS SMTP server: hosted ones, endings, and each by itself (B5, B6, B8, B12)."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.answers import Finding
from relaycheck.engine import sources
from relaycheck.engine.iis import RemoteDomain, VirtualServer
from relaycheck.engine.policy import Hosted, Profile
from relaycheck.engine.relay_rules.delivery import smart_host_name
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.route_action import RouteAction, flag_names
from relaycheck.engine.rule import Rule, Severity, book

HOSTED_MISSING = Rule(
    "RS501",
    "B5",
    Severity.ERROR,
    "There is no remote domain for the hosted domain {domain}.",
    "Domains > New > Remote > {domain}, smart host {wanted}, TLS.",
    sources.IIS_RELAY,
)
HOSTED_NO_SMART_HOST = Rule(
    "RS502",
    "B5",
    Severity.ERROR,
    "The remote domain {domain} has no smart host: its mail goes by MX, or nowhere.",
    "Forward all mail to smart host: {wanted}.",
    sources.ROUTE_ACTION,
)
HOSTED_OTHER_SMART_HOST = Rule(
    "RS503",
    "B5",
    Severity.WARNING,
    "{domain} goes to {smart_host}, the policy says {wanted}.",
    "Correct one of the two.",
    sources.DEVICES,
)
HOSTED_NO_TLS = Rule(
    "RS504",
    "B5",
    Severity.WARNING,
    "{domain} goes to Microsoft 365 without TLS.",
    "Remote domain > Outbound Security > TLS encryption.",
    sources.IIS_RELAY,
)
HOSTED_LOCAL = Rule(
    "RS505",
    "B5",
    Severity.ERROR,
    "{domain} is a local domain here: its mail ends in the Drop folder and never leaves.",
    "Give the server another default domain (its own name), and create a remote domain for {domain}.",
    sources.METABASE_AND_SMTP,
)
TLD_MISSING = Rule(
    "RS601",
    "B12",
    Severity.NOTICE,
    "External mail to *.{tld} is wanted and has no remote domain.",
    "Domains > New > Remote > *.{tld}, without TLS and with its relay box unticked.",
    sources.IIS_RELAY,
)
TLD_UNWANTED = Rule(
    "RS602",
    "B6",
    Severity.WARNING,
    "External mail is not wanted, yet there are remote domains for it: {domains}.",
    "Delete them, or declare that external mail is wanted.",
    sources.IIS_RELAY,
)
TLD_TLS = Rule(
    "RS801",
    "B8",
    Severity.ERROR,
    "TLS is demanded for {domain}. It is not opportunistic here: mail stops wherever the other side offers none.",
    "Remote domain > Outbound Security: untick TLS encryption.",
    sources.METABASE_AND_SMTP,
)
HELO_AND_TLS = Rule(
    "RS802",
    "B8",
    Severity.ERROR,
    "{domain} wants TLS and sends HELO: STARTTLS can never be offered.",
    "Remote domain > General: untick 'Send HELO instead of EHLO'.",
    sources.ROUTE_ACTION,
)
UNREADABLE_FLAGS = Rule(
    "RS803",
    "B5",
    Severity.NOTICE,
    "The route flags of {domain} cannot be read.",
    "Run our export command on the relay and upload what it prints.",
    sources.ROUTE_ACTION,
)
RULES = book(
    HOSTED_MISSING,
    HOSTED_NO_SMART_HOST,
    HOSTED_OTHER_SMART_HOST,
    HOSTED_NO_TLS,
    HOSTED_LOCAL,
    TLD_MISSING,
    TLD_UNWANTED,
    TLD_TLS,
    HELO_AND_TLS,
    UNREADABLE_FLAGS,
)


def hosted_domains(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Every hosted domain has its remote domain, smart host and TLS."""
    if told.policy is None or told.policy.profile is not Profile.DIRECT_SEND:
        return
    for hosted in told.policy.hosted:
        if server.text("DefaultDomain").lower().rstrip(".") == hosted.domain:
            yield HOSTED_LOCAL.found(domain=hosted.domain, default_domain=server.text("DefaultDomain"))
        entry = server.remote(hosted.domain)
        if entry is None or entry.name != hosted.domain:
            yield HOSTED_MISSING.found(domain=hosted.domain, wanted=hosted.smart_host)
        elif entry.action is not None:
            yield from _hosted(entry, hosted)


def _hosted(entry: RemoteDomain, hosted: Hosted) -> Iterator[Finding]:
    flags = flag_names(entry.action) if entry.action is not None else []
    if entry.has(RouteAction.ALIAS) or entry.has(RouteAction.DELIVER):
        yield HOSTED_LOCAL.found(domain=entry.name, flags=flags)
        return
    if not entry.has(RouteAction.SMART_HOST) or not entry.target:
        yield HOSTED_NO_SMART_HOST.found(domain=entry.name, wanted=hosted.smart_host, flags=flags)
    elif entry.target.lower().strip("[]").rstrip(".") != hosted.smart_host:
        yield HOSTED_OTHER_SMART_HOST.found(domain=entry.name, smart_host=entry.target, wanted=hosted.smart_host)
    if not entry.has(RouteAction.TLS):
        yield HOSTED_NO_TLS.found(domain=entry.name, flags=flags)


def endings(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Remote domains for the endings external mail goes to, where it is wanted, and none where it is not."""
    if told.policy is None or told.policy.profile is not Profile.DIRECT_SEND:
        return
    wild = [entry.name for entry in server.domains if entry.wildcard]
    if not told.policy.external and wild:
        yield TLD_UNWANTED.found(domains=wild)
    for tld in told.policy.tlds if told.policy.external else ():
        if server.remote(f"any.{tld}") is None:
            yield TLD_MISSING.found(tld=tld)


def each_domain(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """What is wrong with a remote domain by itself."""
    for entry in server.domains:
        if entry.action is None:
            yield UNREADABLE_FLAGS.found(domain=entry.name)
            continue
        if entry.wildcard and entry.has(RouteAction.TLS) and not entry.has(RouteAction.SMART_HOST):
            yield TLD_TLS.found(domain=entry.name)
        if entry.has(RouteAction.TLS) and entry.has(RouteAction.USE_HELO):
            yield HELO_AND_TLS.found(domain=entry.name)
        if entry.has(RouteAction.SMART_HOST):
            yield from smart_host_name(f"Mail to {entry.name}", entry.target, told)


JUDGES = (hosted_domains, endings, each_domain)
