"""The RouteAction flags of IIS SMTP, by their hexadecimal values.

The only published list gives a decimal column that is wrong from 0x20000 upwards; the hexadecimal one is right.
"""

from __future__ import annotations

from enum import IntFlag


class RouteAction(IntFlag):
    """What IIS SMTP does with mail for a server or a remote domain (published as a comment on the property's page)."""

    DROP = 0x1
    SMART_HOST = 0x2
    TLS = 0x4
    SASL = 0x8
    ALIAS = 0x10
    DELIVER = 0x20
    DEFAULT = 0x40
    AUTH_NTLM = 0x80
    AUTH_CLEARTEXT = 0x100
    IP_RELAY = 0x400
    AUTH_RELAY = 0x800
    DOMAIN_RELAY = 0x1000
    CSIDE_TURN = 0x2000
    CSIDE_ETRN = 0x4000
    DISABLE_ETRN = 0x8000
    CHUNKING = 0x10000
    DISABLE_CHUNK = 0x20000
    DISABLE_BMIME = 0x40000
    DISABLE_DSN = 0x80000
    DISABLE_PIPELINE = 0x100000
    AUTH_KERBEROS = 0x200000
    USE_HELO = 0x400000


SPELLINGS = {"SMARTHOST": RouteAction.SMART_HOST, "SSL": RouteAction.TLS, "DOMAIN_RELAY": RouteAction.DOMAIN_RELAY} | {
    flag.name: flag for flag in RouteAction if flag.name
}


def route_action(text: str) -> RouteAction | None:
    """Read a number (decimal, hexadecimal, or negative as SINT32) or names joined by ``|``; None when it is neither."""
    text = text.strip()
    if not text:
        return RouteAction(0)
    try:
        number = int(text, 0) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return _named(text)
    return RouteAction(number & 0xFFFFFFFF) if -(2**31) <= number < 2**32 else None


def _named(text: str) -> RouteAction | None:
    flags = RouteAction(0)
    for word in text.split("|"):
        name = word.strip().upper().removeprefix("SMTP_")
        if name not in SPELLINGS:
            return None
        flags |= SPELLINGS[name]
    return flags


def flag_names(action: RouteAction) -> list[str]:
    """The set flags by name, lowest first; what has no name as a hexadecimal number."""
    named = [flag.name for flag in RouteAction if flag.name and flag in action]
    rest = int(action) & ~sum(RouteAction)
    return [*named, hex(rest)] if rest else named
