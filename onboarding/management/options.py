"""Readers of the words on a command line: what makes no sense is refused in a sentence that says how to mend it."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from ipaddress import ip_network
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from publicdns.answers import Server
from publicdns.names import InvalidName
from publicdns.printable import legible
from publicdns.tokens import InvalidToken
from publicdns.wire.resolvers import parse_resolver

T = TypeVar("T")


def reader(read: Callable[[str], T]) -> Callable[[str], T]:
    """``read`` for argparse: what it refuses is told in its own words."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except (InvalidName, InvalidToken) as error:
            raise ArgumentTypeError(error.sentence)
        except ValueError as error:
            raise ArgumentTypeError(str(error))

    return reading


def seconds(text: str) -> float:
    """A time to wait: more than nothing, at most an hour."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found <= 3600:
        raise ArgumentTypeError(f"{legible(text, 40)} is no time in seconds. Write a number above 0 and up to 3600.")
    return found


def port(text: str) -> int:
    """A port, in plain digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise ArgumentTypeError(f"{legible(text, 40)} is no port. Write a number from 1 to 65535.")
    return int(text)


def network(text: str) -> str:
    """A network in CIDR form."""
    try:
        return str(ip_network(text))
    except ValueError:
        raise ArgumentTypeError(f"{legible(text, 60)} is no network. {_network_meant(text)}")


def _network_meant(text: str) -> str:
    try:
        return f"Write {ip_network(text, strict=False)}, or one address alone."
    except ValueError:
        return "Write for example 10.0.0.0/24."


def resolvers_of_the_settings() -> list[Server]:
    """``DNS_RESOLVERS``. Raises ImproperlyConfigured, which ends the command with a sentence."""
    try:
        return [parse_resolver(text) for text in settings.DNS_RESOLVERS]
    except ValueError as error:
        raise ImproperlyConfigured(f"DNS_RESOLVERS: {error}") from None
