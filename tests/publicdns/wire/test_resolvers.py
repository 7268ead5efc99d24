"""Resolvers as operators write them."""

from __future__ import annotations

import pytest

from publicdns.answers import Server, Transport
from publicdns.wire.resolvers import parse_resolver


def nobody(host: str) -> str:
    raise OSError(host)


@pytest.mark.parametrize(
    ("text", "address", "port", "transport", "path", "tls_name"),
    [
        ("1.1.1.1", "1.1.1.1", 53, Transport.UDP, "", ""),
        (" 1.1.1.1:5353 ", "1.1.1.1", 5353, Transport.UDP, "", ""),
        ("2606:4700::1111", "2606:4700::1111", 53, Transport.UDP, "", ""),
        ("[2606:4700::1111]:5353", "2606:4700::1111", 5353, Transport.UDP, "", ""),
        ("tls://1.1.1.1", "1.1.1.1", 853, Transport.TLS, "", "1.1.1.1"),
        ("tls://dns.example@1.1.1.1:8853", "1.1.1.1", 8853, Transport.TLS, "", "dns.example"),
        ("tls://[2606:4700::1111]", "2606:4700::1111", 853, Transport.TLS, "", "2606:4700::1111"),
        ("https://1.1.1.1/dns-query", "1.1.1.1", 443, Transport.HTTPS, "/dns-query", "1.1.1.1"),
        ("https://dns.example@[::1]:8443/q", "::1", 8443, Transport.HTTPS, "/q", "dns.example"),
    ],
)
def test_spellings(text: str, address: str, port: int, transport: Transport, path: str, tls_name: str) -> None:
    server = parse_resolver(text, nobody)

    assert server == Server(address, port, text.strip(), True, transport, path, tls_name)


@pytest.mark.parametrize(
    "text", ["dns.example", "dns.example:53", "tls://dns.example", "https://dns.example/dns-query"]
)
def test_a_host_name_is_looked_up_once(text: str) -> None:
    asked: list[str] = []

    server = parse_resolver(text, lambda host: asked.append(host) or "192.0.2.9")

    assert (server.address, asked) == ("192.0.2.9", ["dns.example"])


@pytest.mark.parametrize(
    ("text", "mending"),
    [
        ("", "write 1.1.1.1"),
        ("one two", "write 1.1.1.1"),
        ("http://1.1.1.1/dns-query", "write 1.1.1.1"),
        ("1.1.1.1:0", "from 1 to 65535"),
        ("1.1.1.1:65536", "from 1 to 65535"),
        ("[1:2]", "between the brackets"),
        ("fe80::1%eth0", "write 1.1.1.1"),
        ("https://1.1.1.1", "add /dns-query"),
        ("tls://1.1.1.1/dns-query", "begin with https://"),
        ("dns.example@1.1.1.1", "begin with tls://"),
        ("dns.example", "tls://dns.example@1.1.1.1"),
        ("x" * 500 + "!", "write 1.1.1.1"),
    ],
)
def test_what_is_no_resolver_is_told_how_to_become_one(text: str, mending: str) -> None:
    with pytest.raises(ValueError, match=mending.replace(".", r"\.")) as refusal:
        parse_resolver(text, nobody)

    assert len(str(refusal.value)) < 350
