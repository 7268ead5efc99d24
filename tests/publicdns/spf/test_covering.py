"""Finding the ranges that hold another one: the same as comparing each with each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publicdns.spf.addresses import Network
from publicdns.spf.covering import Covering


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Ranges that often lie in one another."""
    version, width = draw(st.sampled_from([(4, 32), (6, 128)]))
    value = draw(st.sampled_from([0, 1, 2, 3, 1 << (width - 1), (1 << width) - 1]))
    shift = draw(st.integers(0, width))
    return Network(version, value >> shift, shift)


@given(st.lists(networks(), max_size=30), networks())
def test_holders_are_all_that_cover_each_at_its_first_place(listed: list[Network], wanted: Network) -> None:
    covering = Covering()
    for place, network in enumerate(listed):
        covering.add(network, place)

    holding = {network: listed.index(network) for network in listed if network.covers(wanted)}

    assert sorted(covering.holders(wanted)) == sorted((network.shift, place) for network, place in holding.items())
