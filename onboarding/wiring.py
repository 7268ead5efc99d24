"""How public DNS is asked, by the settings."""

from __future__ import annotations

from django.conf import settings

from onboarding.ways import known_lost
from publicdns.answers import Server
from publicdns.confirmation import Patience
from publicdns.look import LookOptions
from publicdns.wire import WireOptions
from publicdns.wire.resolvers import parse_resolver

URGENT_ROOM = 64  # jobs beyond the window, kept for "Look now"


def resolvers() -> tuple[Server, ...]:
    """The public resolvers the operator names."""
    return tuple(parse_resolver(text) for text in settings.DNS_RESOLVERS)


def options() -> WireOptions:
    """How to ask; this process's share of the caps is one slot's. Ways known to lead nowhere are not waited for."""
    return WireOptions(
        timeout=settings.DNS_TIMEOUT_SECONDS,
        tries=settings.DNS_TRIES,
        window=settings.SWEEP_WINDOW + URGENT_ROOM,
        per_server=settings.DNS_PER_SERVER or None,
        overall=settings.DNS_OVERALL or None,
        share=1 / settings.SWEEPERS,
        allowed_networks=tuple(settings.DNS_ALLOWED_NETWORKS),
        lacking=known_lost(),
        ca_file=settings.DNS_CA_FILE or None,
    )


def look_options() -> LookOptions:
    """What a look may take for granted."""
    return LookOptions(
        port=settings.DNS_AUTHORITATIVE_PORT,
        silent_limit=settings.SILENT_AFTER,
        fallback_after=settings.DNS_FALLBACK_AFTER,
    )


def patience() -> Patience:
    """How long a verdict must hold."""
    third = settings.GONE_AFTER / 3
    return Patience(again=settings.CONFIRM_AFTER, gone_steps=(third, 2 * third), unknown=settings.CONFIRM_AFTER)
