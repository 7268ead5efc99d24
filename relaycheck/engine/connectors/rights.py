"""Extended rights on receive connectors: their names, and who has which by default."""

from __future__ import annotations

from relaycheck.engine.connectors.model import Party

ANY_RECIPIENT = "ms-exch-smtp-accept-any-recipient"  # "lets this session relay": receive-connectors §permissions
SUBMIT = "ms-exch-smtp-submit"
SPELLING = {
    ANY_RECIPIENT: "ms-Exch-SMTP-Accept-Any-Recipient",
    SUBMIT: "ms-Exch-SMTP-Submit",
    "ms-exch-smtp-accept-any-sender": "ms-Exch-SMTP-Accept-Any-Sender",
    "ms-exch-smtp-accept-authoritative-domain-sender": "ms-Exch-SMTP-Accept-Authoritative-Domain-Sender",
    "ms-exch-smtp-accept-authentication-flag": "ms-Exch-SMTP-Accept-Authentication-Flag",
    "ms-exch-accept-headers-routing": "ms-Exch-Accept-Headers-Routing",
    "ms-exch-accept-headers-organization": "ms-Exch-Accept-Headers-Organization",
    "ms-exch-accept-headers-forest": "ms-Exch-Accept-Headers-Forest",
    "ms-exch-bypass-anti-spam": "ms-Exch-Bypass-Anti-Spam",
    "ms-exch-bypass-message-size-limit": "ms-Exch-Bypass-Message-Size-Limit",
    "ms-exch-smtp-accept-exch50": "ms-Exch-SMTP-Accept-Exch50",
    "ms-exch-smtp-accept-xshadow": "ms-Exch-SMTP-Accept-XShadow",
}
# What the permission group AnonymousUsers gives: receive-connectors, table "Receive connector permission groups".
ANONYMOUS_GROUP = frozenset(
    {
        SUBMIT,
        "ms-exch-smtp-accept-any-sender",
        "ms-exch-smtp-accept-authoritative-domain-sender",
        "ms-exch-accept-headers-routing",
    }
)
# Parties that hold Accept-Any-Recipient by a permission group: no finding, except externally secured servers once
# they act.
BY_DEFAULT = frozenset(
    {Party.AUTHENTICATED, Party.EXCHANGE_SERVERS, Party.HUB, Party.EDGE, Party.LEGACY, Party.EXTERNALLY_SECURED}
)
GROUP_OF = {
    Party.ANONYMOUS: "AnonymousUsers",
    Party.AUTHENTICATED: "ExchangeUsers",
    Party.EXCHANGE_SERVERS: "ExchangeServers",
    Party.HUB: "ExchangeServers",
    Party.EDGE: "ExchangeServers",
    Party.EXTERNALLY_SECURED: "ExchangeServers",
    Party.LEGACY: "ExchangeLegacyServers",
    Party.PARTNERS: "Partners",
}
LOGINS = frozenset({"Integrated", "BasicAuth", "BasicAuthRequireTLS", "ExchangeServer"})


def canonical(right: str) -> str:
    """A right's name in lower case; the misprint ``s-Exch-`` of Microsoft's own page is forgiven."""
    right = right.strip().lower()
    return f"m{right}" if right.startswith("s-exch-") else right


def spelled(right: str) -> str:
    """A right's name as Microsoft writes it."""
    return SPELLING.get(right, right)
