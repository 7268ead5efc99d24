"""The list of steps for IIS 6.0 Manager, tab by tab as in the how-to, today's corrections marked and sourced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relaycheck.engine import sources
from relaycheck.engine.policy import Profile, RelayPolicy
from relaycheck.engine.renderings.powershell import FEATURES

SERVER_2025 = "Windows Server 2025 has neither the feature nor the console. Use the Postfix rendering there."
OVERRIDE = (
    "Leave 'Allow incoming mail to be relayed to this domain' unticked. Ticked, it overrides the Relay list here:"
    " whoever can connect may relay to it. Devices on the Relay list do not need it."
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``of`` is the step of the how-to (B1 to B14); ``correction`` says what the how-to did not."""

    of: str
    place: str
    action: str
    values: tuple[str, ...] = ()
    correction: str = ""
    source: str = ""


def iis_steps(policy: RelayPolicy) -> tuple[Step, ...]:
    """All steps for ``policy``, in the order they are done."""
    return (
        *_feature(),
        *_access(policy),
        *_messages(policy),
        *_delivery(policy),
        *_domains(policy),
        *_operation(policy),
        *_when_mail_does_not_arrive(policy),
    )


def _feature() -> Iterator[Step]:
    yield Step(
        "B1",
        "Server Manager > Features",
        "Add the feature SMTP Server with its IIS 6 management tools.",
        FEATURES,
        SERVER_2025,
        sources.REMOVED_FEATURES,
    )
    yield Step("B1", "Firewall", "Allow TCP port 25 from this server to the internet.", ("outbound TCP 25",))


def _access(policy: RelayPolicy) -> Iterator[Step]:
    addresses = tuple(f"{source.network}  {source.label}" for source in policy.sources)
    yield Step("B2", "Virtual server > Access > Authentication", "Tick Anonymous access only.", ("Anonymous access",))
    yield Step(
        "B2",
        "Virtual server > Access > Relay",
        "Choose 'Only the list below', add every device; untick 'Allow all computers which successfully authenticate'.",
        addresses,
    )
    yield Step(
        "B2",
        "Virtual server > Access > Connection",
        "Choose 'Only the list below' and add the same devices.",
        addresses,
        "The how-to fills in the Relay list only. A remote domain can override that list; nothing overrides this one.",
        sources.DOMAIN_OVERRIDES_LIST,
    )


def _messages(policy: RelayPolicy) -> Iterator[Step]:
    yield Step(
        "B3",
        "Virtual server > Messages",
        "Limit message size, and limit session size to at least twice as much.",
        (f"message {policy.size_kib} KB", f"session {2 * policy.size_kib} KB"),
        "The session limit counts too: left at its default of 10240 KB it ends a session in the second large scan.",
        sources.MAX_MESSAGE_SIZE,
    )


def _delivery(policy: RelayPolicy) -> Iterator[Step]:
    place = "Virtual server > Delivery"
    if policy.profile is Profile.DIRECT_SEND:
        yield Step(
            "B4", f"{place} > Outbound Security", "Anonymous access, TLS encryption unticked.", ("Anonymous access",)
        )
        yield Step("B4", f"{place} > Outbound connections", "TCP port 25.", ("25",))
        yield Step("B4", f"{place} > Advanced", "Leave Smart host empty.")
    else:
        yield from _delivery_by_smart_host(policy, place)
    yield Step(
        "B4",
        f"{place} > Advanced",
        "Fully-qualified domain name: the public name of this relay, not the computer's short name.",
        (policy.fqdn,),
        "A short name in HELO is refused by many servers (504 5.5.2).",
        sources.SMTP,
    )


def _delivery_by_smart_host(policy: RelayPolicy, place: str) -> Iterator[Step]:
    hop = policy.next_hop
    security = ("Anonymous access", "TLS encryption")
    if policy.profile is Profile.SUBMISSION:
        security = (f"Basic authentication as {policy.user}", "TLS encryption")
    yield Step("B4", f"{place} > Outbound Security", "Tick TLS encryption.", security, "", sources.IIS_RELAY)
    yield Step("B4", f"{place} > Outbound connections", f"TCP port {hop.port}.", (str(hop.port),))
    yield Step(
        "B4",
        f"{place} > Advanced",
        "Smart host. Leave 'Attempt direct delivery' unticked.",
        (hop.smart_host,),
        "The how-to leaves it empty; this profile sends everything this way.",
        sources.IIS_RELAY,
    )


def _domains(policy: RelayPolicy) -> Iterator[Step]:
    if policy.profile is not Profile.DIRECT_SEND:
        return
    for hosted in policy.hosted:
        yield Step(
            "B5",
            f"Domains > New > Remote > {hosted.domain}",
            "Forward all mail to smart host; Outbound Security: anonymous, TLS encryption ticked.",
            (hosted.smart_host,),
            OVERRIDE,
            sources.DOMAIN_OVERRIDES_LIST,
        )
    for tld in policy.tlds if policy.external else ():
        yield Step(
            "B6",
            f"Domains > New > Remote > *.{tld}",
            "Use DNS to route; Outbound Security: anonymous, TLS encryption unticked.",
            (f"*.{tld}",),
            OVERRIDE,
            sources.DOMAIN_OVERRIDES_LIST,
        )
    yield Step(
        "B8",
        "Domains > each remote domain > Outbound Security",
        "TLS is all or nothing here: ticked, mail stops wherever none is offered. Tick it for hosted domains only.",
    )


def _operation(policy: RelayPolicy) -> Iterator[Step]:
    yield Step(
        "B7",
        "services.msc and IIS 6.0 Manager",
        "Start the virtual server, and look again after each restart of IIS: it usually stays stopped.",
        ("Simple Mail Transfer Protocol (SMTP): Automatic (Delayed Start)",),
        "Plain Automatic leaves mail in the queue on Windows Server 2019 (event 4006).",
        sources.SERVICE_START,
    )
    yield Step(
        "B9",
        "Public DNS",
        "Add the address the internet sees to the SPF record of each sending domain.",
        (policy.nat_address or "unknown yet",),
    )
    yield Step(
        "B10",
        "Explorer",
        "Watch this folder: files older than an hour are mail that does not move.",
        (r"%systemdrive%\Inetpub\mailroot\Queue",),
    )


def _when_mail_does_not_arrive(policy: RelayPolicy) -> Iterator[Step]:
    yield Step(
        "B11",
        "A prompt on the relay",
        "Not delivered to Microsoft 365: send by SMTP by hand. The answer names the blocklist and the way off it.",
        (),
        "Which way depends on the code: portal, mail, or a third party. It takes 24 to 48 hours; the how-to: up to 36.",
        sources.DELIST,
    )
    yield Step(
        "B12",
        "Domains",
        "Not delivered outside: is there a remote domain for that ending?",
        tuple(f"*.{tld}" for tld in policy.tlds),
    )
    yield Step(
        "B13",
        "Virtual server > General",
        "Enable logging in NCSA format while you test; turn it off afterwards: nobody deletes the files.",
    )
    yield Step(
        "B14",
        "Internal DNS",
        "One A record, and every device uses that name.",
        (f"{policy.fqdn} A {policy.internal_address}",),
    )
