from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publicdns.spf.addresses import Address, Network, never_public

ADDRESSES = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@given(ADDRESSES, st.integers(0, 32), ADDRESSES)
def test_a_range_holds_what_the_standard_library_says(inside: object, prefix: int, other: object) -> None:
    network = ipaddress.ip_network(f"{inside}/{prefix}", strict=False)
    ours = Network.parse(f"{inside}/{prefix}")
    mapped = getattr(other, "ipv4_mapped", None) or getattr(inside, "ipv4_mapped", None)

    if mapped is None:
        assert ours.holds(Address.parse(str(other))) == (other in network)
        assert str(ours) == str(network) or prefix in (32, 128)


@given(ADDRESSES, st.integers(0, 32), st.integers(0, 32))
def test_the_wider_of_two_ranges_around_an_address_covers_the_narrower(inside: object, one: int, two: int) -> None:
    wide, narrow = (Network.parse(f"{inside}/{prefix}") for prefix in sorted((one, two)))

    assert wide.covers(narrow)
    assert narrow.covers(wide) == (one == two)


def test_a_mapped_address_is_the_one_inside() -> None:
    assert Address.parse("::ffff:192.0.2.1") == Address.parse("192.0.2.1")


@pytest.mark.parametrize("text", ["", "192.0.2", "192.0.2.1/24", "fe80::1%eth0", "localhost", "1.2.3.4.5"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Address.parse(text)


@pytest.mark.parametrize("text", ["192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/x", "192.0.2.0/²"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Network.parse(text)


@pytest.mark.parametrize("text", ["203.0.113.7", "8.8.8.0/24", "2001:db8::/32", "0.0.0.0/0", "9.0.0.0/7"])
def test_a_public_range_is_left_in_peace(text: str) -> None:
    assert never_public(Network.parse(text)) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10.5.3.2", "sample"),
        ("10.5.3.3", "private"),
        ("172.16.0.0/12", "private"),
        ("192.168.1.0/24", "private"),
        ("100.64.0.1", "carrier"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("fd00::1", "private"),
        ("fe80::/64", "link-local"),
    ],
)
def test_a_range_that_never_reaches_the_internet_is_named(text: str, why: str) -> None:
    assert why in never_public(Network.parse(text))
