"""What belongs on the Microsoft 365 side and into DNS: the inbound connector, the SPF mechanism, the A record."""

from __future__ import annotations

from collections.abc import Sequence

from publicdns.spf.merge import addition, drafted
from publicdns.spf.record import is_spf, parse
from relaycheck.engine import sources
from relaycheck.engine.policy import Profile, RelayPolicy
from relaycheck.engine.renderings.powershell import quoted
from relaycheck.engine.renderings.rendering import CannotRender, Note, Rendering

DIRECT_SEND_REFUSED = Note(
    "Direct send needs no connector until the tenant turns RejectDirectSend on: then mail from own domains is refused"
    " with 550 5.7.68 unless this connector exists.",
    sources.REJECT_DIRECT_SEND,
)

SPF_NOTES = (
    Note("It goes before include: and all; there is one SPF record per name, never a second one.", sources.SPF),
    Note("Bounces have no sender: their SPF is looked up at the relay's own name.", f"{sources.SPF}#section-2.4"),
)


def _public_address(policy: RelayPolicy) -> str:
    if not policy.nat_address:
        raise CannotRender(
            "The address the internet sees is not declared yet. The outward probe shows what Microsoft 365 greets."
        )
    return policy.nat_address


def inbound_connector(policy: RelayPolicy) -> Rendering:
    """The Exchange Online command that makes the tenant recognise this relay by its address. Raises CannotRender."""
    if policy.profile is Profile.SUBMISSION:
        raise CannotRender("Authenticated submission signs in with a mailbox. No connector takes part.")
    address = _public_address(policy)
    if ":" in address:
        raise CannotRender(f"{address} is IPv6. An inbound connector recognises IPv4 addresses and certificates.")
    command = (
        "New-InboundConnector"
        f" -Name {quoted(f'Relay {policy.fqdn}')}"
        " -ConnectorType OnPremises"
        " -SenderDomains '*'"
        f" -SenderIPAddresses {quoted(address)}"
        " -RequireTls $true"
        " -Enabled $true\n"
    )
    static = Note(
        "The address must be static and yours alone: everybody behind it sends as this organization.", sources.DEVICES
    )
    command_page = Note("New-InboundConnector, parameter by parameter.", sources.NEW_INBOUND_CONNECTOR)
    notes = (
        (static, command_page, DIRECT_SEND_REFUSED) if policy.profile is Profile.DIRECT_SEND else (static, command_page)
    )
    return Rendering("exchange-online", "Exchange Online inbound connector", "powershell", command, "", notes)


def spf_mechanism(policy: RelayPolicy) -> str:
    """The mechanism that allows this relay, ``ip4:203.0.113.5`` (RFC 7208 §5.6). Raises CannotRender."""
    address = _public_address(policy)
    return f"ip{6 if ':' in address else 4}:{address}"


def spf_record(policy: RelayPolicy) -> Rendering:
    """The mechanism to add to the SPF record of every sending domain. Raises CannotRender."""
    return Rendering("spf", "Mechanism for the SPF record", "dns", f"{spf_mechanism(policy)}\n", "", SPF_NOTES)


def merged_spf_record(policy: RelayPolicy, domain: str, published: Sequence[str]) -> Rendering:
    """The SPF record of ``domain`` to paste: what ``published`` says, and this relay. Raises CannotRender.

    An ``ip4`` or ``ip6`` costs no lookup (RFC 7208 §4.6.4), so nothing has to be asked.
    """
    records = [parse(text) for text in published if is_spf(text)]
    draft = drafted(records or [parse("v=spf1 ~all")], [addition(spf_mechanism(policy))])
    if draft.refusal is not None:
        raise CannotRender(draft.refusal.sentence)
    return Rendering(f"spf-{domain}", f"SPF record of {domain}", "dns", f"{draft.text}\n", "", SPF_NOTES)


def address_record(policy: RelayPolicy) -> Rendering:
    """The internal A or AAAA record of the relay (B14)."""
    rdtype = "AAAA" if ":" in policy.internal_address else "A"
    record = f"{policy.fqdn}. 3600 IN {rdtype} {policy.internal_address}\n"
    return Rendering(
        "address",
        "Internal address record",
        "dns",
        record,
        "",
        (Note("Every device uses this name, never the address."),),
    )
