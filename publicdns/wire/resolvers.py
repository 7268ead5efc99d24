"""Resolvers as an operator writes them: plain addresses, DoT (``tls://``) and DoH (``https://…/dns-query``)."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from ipaddress import ip_address

from publicdns.answers import Server, Transport

PORTS = {Transport.UDP: 53, Transport.TLS: 853, Transport.HTTPS: 443}
SPELLING = re.compile(
    r"""(?:(?P<scheme>tls|https)://)?
        (?:(?P<name>[A-Za-z0-9._-]+)@)?                                   # what the certificate is for
        (?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))   # where it is
        (?::(?P<port>[0-9]{1,5}))?
        (?P<path>/\S*)?""",
    re.VERBOSE | re.ASCII,
)
EXAMPLES = "write 1.1.1.1, 1.1.1.1:5353, [2606:4700::1111]:53, tls://dns.example@1.1.1.1 or https://1.1.1.1/dns-query"


def address_of(host: str) -> str:
    """The first address the operating system knows for a host name. Raises OSError."""
    return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])


def parse_resolver(text: str, resolve: Callable[[str], str] = address_of) -> Server:
    """One resolver. A host name is looked up once, by ``resolve``; ``name@address`` needs no look-up and still names
    the certificate.

    Raises ValueError with a sentence that says how to mend it.
    """
    text = text.strip()
    if is_address(text):
        return Server(text, PORTS[Transport.UDP], text, recursive=True)
    found = SPELLING.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:100]!r} is no resolver: {EXAMPLES}.")
    transport = {"tls": Transport.TLS, "https": Transport.HTTPS}.get(found["scheme"], Transport.UDP)
    _refuse_misfits(text, transport, found)
    host = found["bracketed"] or found["host"]
    port = int(found["port"] or PORTS[transport])
    address = host if is_address(host) else _resolved(text, host, resolve)
    tls_name = found["name"] or host if transport is not Transport.UDP else ""
    return Server(address, port, text, True, transport, found["path"] or "", tls_name)


def is_address(text: str) -> bool:
    """Whether this is an IPv4 or IPv6 address, without a zone index."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _refuse_misfits(text: str, transport: Transport, found: re.Match[str]) -> None:
    if found["bracketed"] and not is_address(found["bracketed"]):
        raise ValueError(f"{text[:100]!r} has no address between the brackets: {EXAMPLES}.")
    if found["port"] and not 0 < int(found["port"]) < 65_536:
        raise ValueError(f"{text[:100]!r}: a port is a number from 1 to 65535.")
    if transport is Transport.HTTPS and not found["path"]:
        raise ValueError(f"{text[:100]!r} needs a path: add /dns-query, which nearly every server uses.")
    if transport is not Transport.HTTPS and found["path"]:
        raise ValueError(
            f"{text[:100]!r} has a path, which only https:// resolvers have: leave it out, or begin with https://."
        )
    if transport is Transport.UDP and found["name"]:
        raise ValueError(f"{text[:100]!r} names a certificate, which plain DNS has not: begin with tls:// or https://.")


def _resolved(text: str, host: str, resolve: Callable[[str], str]) -> str:
    try:
        return resolve(host)
    except OSError:
        raise ValueError(
            f"{text[:100]!r}: this machine finds no address for {host[:100]}. Write the address: 1.1.1.1, or tls://{host[:100]}@1.1.1.1."
        ) from None
