"""A Postfix relay for those leaving IIS: ``main.cf`` and its maps. No ``relay_domains``, and refusals are final."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from relaycheck.engine import sources
from relaycheck.engine.policy import Hosted, Profile, RelayPolicy
from relaycheck.engine.renderings.rendering import Note, Rendering

NO_RELAY_DOMAINS = Note(
    "relay_domains stays empty: a domain in it is open to every client, and 'com' in it is an open relay.",
    sources.POSTFIX_RELAY,
)
FINAL_REFUSAL = Note(
    "reject_unauth_destination answers 554. The default defers with 454, and copiers then try for ever.",
    sources.POSTFIX_RELAY,
)
OPPORTUNISTIC = Note(
    "TLS is demanded for the hosted domains and used elsewhere whenever offered, which IIS cannot do.",
    sources.POSTFIX_TLS,
)


def postfix_network(network: str) -> str:
    """An address or network as ``mynetworks`` wants it: always with a length, IPv6 in brackets."""
    net = ipaddress.ip_network(network)
    return f"[{net.network_address}]/{net.prefixlen}" if net.version == 6 else str(net)


def next_hop(hosted: Hosted) -> str:
    """The next hop in brackets, so that no MX is looked up; the TLS policy's key must be this very string."""
    return f"[{hosted.smart_host}]:{hosted.port}"


def postfix(policy: RelayPolicy, folder: str = "/etc/postfix") -> tuple[Rendering, ...]:
    """The files a Postfix 3.4 or later needs in ``folder``. None of them needs postmap."""
    files = [
        Rendering(
            "postfix-main", "Postfix main.cf", "postfix", _main(policy, folder), f"{folder}/main.cf", _notes(policy)
        )
    ]
    if policy.profile is Profile.DIRECT_SEND:
        routes = "".join(f"{hosted.domain}\tsmtp:{next_hop(hosted)}\n" for hosted in policy.hosted)
        files.append(Rendering("postfix-transport", "Postfix transport map", "postfix", routes, f"{folder}/transport"))
    hops = dict.fromkeys(next_hop(hosted) for hosted in _hops(policy))
    files.append(
        Rendering(
            "postfix-tls",
            "Postfix TLS policy",
            "postfix",
            "".join(f"{hop}\tencrypt\n" for hop in hops),
            f"{folder}/tls_policy",
        )
    )
    if not policy.external:
        accepted = "".join(f"{hosted.domain}\tOK\n" for hosted in policy.hosted)
        files.append(
            Rendering("postfix-recipients", "Postfix accepted recipients", "postfix", accepted, f"{folder}/recipients")
        )
    return tuple(files)


def _hops(policy: RelayPolicy) -> tuple[Hosted, ...]:
    return policy.hosted if policy.profile is Profile.DIRECT_SEND else (policy.next_hop,)


def _main(policy: RelayPolicy, folder: str) -> str:
    lines = [*_identity(policy), *_admission(policy, folder), *_routing(policy, folder)]
    return "\n".join(lines) + "\n"


def _identity(policy: RelayPolicy) -> Iterator[str]:
    yield f"# {policy.fqdn}: relay, profile {policy.profile}"
    yield "compatibility_level = 3.6"
    yield f"myhostname = {policy.fqdn}"
    yield "smtp_helo_name = $myhostname"
    yield "# Nothing is delivered on this machine."
    yield "mydestination ="
    yield "local_transport = error:5.1.1 this relay has no mailboxes"
    yield "alias_maps ="
    yield "alias_database ="
    if policy.nat_address and ":" not in policy.nat_address:
        yield "# SPF knows an IPv4 address; Microsoft 365 refuses IPv6 without PTR and SPF (550 5.7.25, 4.7.26)."
        yield "inet_protocols = ipv4"


def _admission(policy: RelayPolicy, folder: str) -> Iterator[str]:
    yield "# Who may send"
    for source in policy.sources:
        yield f"#   {source.network}  {source.label}"
    yield "mynetworks ="
    for source in policy.sources:
        yield f"    {postfix_network(source.network)}"
    yield "relay_domains ="
    yield "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination"
    if policy.external:
        yield "smtpd_recipient_restrictions ="
    else:
        yield "# External mail is not wanted: hosted domains only."
        yield f"smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/recipients, reject"
    yield "disable_vrfy_command = yes"
    yield f"# {policy.size_kib} KB"
    yield f"message_size_limit = {policy.size_bytes}"
    yield "mailbox_size_limit = 0"


def _routing(policy: RelayPolicy, folder: str) -> Iterator[str]:
    yield "# Where it goes"
    yield "smtp_tls_security_level = may"
    yield f"smtp_tls_policy_maps = texthash:{folder}/tls_policy"
    if policy.profile is Profile.DIRECT_SEND:
        yield "relayhost ="
        yield f"transport_maps = texthash:{folder}/transport"
        return
    yield f"relayhost = {next_hop(policy.next_hop)}"
    if policy.profile is Profile.SUBMISSION:
        yield "smtp_sasl_auth_enable = yes"
        yield f"# One line, readable by root only:  {next_hop(policy.next_hop)} {policy.user}:PASSWORD"
        yield f"smtp_sasl_password_maps = texthash:{folder}/sasl_password"
        yield "smtp_sasl_security_options = noanonymous"
        yield "smtp_sasl_mechanism_filter = login"


def _notes(policy: RelayPolicy) -> tuple[Note, ...]:
    notes = [NO_RELAY_DOMAINS, FINAL_REFUSAL, OPPORTUNISTIC]
    if policy.tlds:
        notes.append(
            Note("Postfix needs no entry per ending: everything not hosted goes to its own MX.", sources.POSTFIX)
        )
    if policy.profile is Profile.SUBMISSION:
        notes.append(Note("Basic authentication for SMTP ends step by step; plan its end.", sources.BASIC_AUTH_END))
    return tuple(notes)
