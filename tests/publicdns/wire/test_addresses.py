"""Which addresses are no place on the public internet."""

from __future__ import annotations

import pytest

from publicdns.wire.addresses import is_listed, is_special


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("0.0.0.0", "this network"),
        ("10.255.255.255", "private use"),
        ("100.64.0.1", "shared address space"),
        ("127.0.0.1", "loopback"),
        ("169.254.169.254", "link local"),
        ("172.16.0.1", "private use"),
        ("172.31.255.255", "private use"),
        ("192.0.0.8", "protocol assignments"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private use"),
        ("198.18.0.1", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "loopback inside IPv6"),
        ("::8.8.8.8", "IPv4-compatible"),
        ("::ffff:10.0.0.1", "private use inside IPv6"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("::ffff:0:7f00:1", "loopback inside IPv6"),
        ("64:ff9b::a9fe:a9fe", "link local inside IPv6"),
        ("64:ff9b:1::808:808", "local-use translation"),
        ("100::1", "discard only"),
        ("2001::1", "protocol assignments"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "protocol assignments"),
        ("2001:20::1", "protocol assignments"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "loopback inside IPv6"),
        ("2002:a00:1::1", "private use inside IPv6"),
        ("3fff::1", "documentation"),
        ("5f00::1", "segment routing"),
        ("fc00::1", "unique local"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link local"),
        ("fec0::1", "site local"),
        ("ff02::1", "multicast"),
        ("4000::1", "unassigned"),
        ("ns1.example", "not an address"),
        ("1.2.3", "not an address"),
        ("", "not an address"),
    ],
)
def test_special(address: str, name: str) -> None:
    assert is_special(address) == name


@pytest.mark.parametrize(
    "address",
    [
        *(
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
        ),
        *("192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2001:200::1"),
        *("2001:4860:4860::8888", "2a00::1", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_public(address: str) -> None:
    assert is_special(address) is None


def test_listed_networks_hold_what_they_hold() -> None:
    assert is_listed("127.0.0.9", ("10.0.0.0/8", "127.0.0.0/8"))
    assert is_listed("::1", ("::1",))
    assert not is_listed("::ffff:127.0.0.1", ("127.0.0.0/8",))
    assert not is_listed("127.0.0.1", ())
    assert not is_listed("localhost", ("127.0.0.0/8",))
