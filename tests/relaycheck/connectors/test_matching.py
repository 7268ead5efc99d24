"""Which connector answers: the most specific range, with the reason; and the whole map of an address space."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relaycheck.engine.connectors.addresses import (
    Binding,
    Range,
    Scope,
    parse_address,
    parse_binding,
    parse_range,
    scope_of,
    subtract,
    union,
)
from relaycheck.engine.connectors.matching import Reached, Why, clashes, which, winners
from relaycheck.engine.connectors.model import Connector, Cut, Source

ANY = Binding("0.0.0.0", 25)


def connector(name: str, *ranges: str, **changes: object) -> Connector:
    given_ = {"enabled": True, "bindings": (ANY,), "ranges": tuple(filter(None, map(parse_range, ranges)))}
    return Connector("EX01", name, Source("t"), **(given_ | changes))  # type: ignore[arg-type]


def answer(*connectors: Connector, client: str = "10.0.20.22", port: int = 25, local: str = "") -> Reached:
    (reached,) = which(connectors, ip_address(client), port, ip_address(local) if local else None)
    return reached


DEFAULT = connector("Default", "0.0.0.0-255.255.255.255")
NET = connector("Net", "10.0.20.0/24")
ONE = connector("One", "10.0.20.22")


def test_most_specific_range_answers_10_0_20_22() -> None:
    reached = answer(DEFAULT, NET, ONE)

    assert reached.answering == ONE
    assert [(one.connector.name, one.why) for one in reached.candidates] == [
        ("One", Why.MOST_SPECIFIC),
        ("Net", Why.LESS_SPECIFIC),
        ("Default", Why.LESS_SPECIFIC),
    ]


def test_the_range_that_decided_is_named() -> None:
    assert str(answer(DEFAULT, NET).candidates[0].via) == "10.0.20.0-10.0.20.255"


def test_disabled_connectors_do_not_answer() -> None:
    disabled = connector("One", "10.0.20.22", enabled=False)

    assert answer(DEFAULT, disabled).answering == DEFAULT
    assert answer(DEFAULT, disabled).candidates[0].why is Why.ONLY


def test_the_port_is_part_of_the_question() -> None:
    submission = connector("Client", "0.0.0.0-255.255.255.255", bindings=(Binding("0.0.0.0", 587),))

    assert answer(NET, submission, port=587).answering == submission
    assert answer(NET, submission).answering == NET


def test_the_local_address_is_part_of_the_question_when_known() -> None:
    second = connector("Second", "10.0.20.22", bindings=(Binding("10.0.0.6", 25),))

    assert answer(DEFAULT, second, local="10.0.0.5").answering == DEFAULT
    assert answer(DEFAULT, second, local="10.0.0.6").answering == second


def test_equal_ranges_tie_and_nobody_is_named() -> None:
    reached = answer(ONE, connector("Other", "10.0.20.22"))

    assert reached.answering is None
    assert {one.why for one in reached.candidates} == {Why.TIED}


def test_unknown_ranges_leave_the_answer_uncertain() -> None:
    unknown = connector("Cut", ranges=None, cuts=(("RemoteIPRanges", Cut.TYPE_NAME),))

    assert not answer(DEFAULT, unknown).certain


def test_a_shortened_list_that_already_matches_most_closely_is_certain() -> None:
    cut = connector("Cut", "10.0.20.22", cuts=(("RemoteIPRanges", Cut.TRUNCATED),))

    assert answer(DEFAULT, cut).certain
    assert not answer(ONE, connector("Cut", "10.9.9.9", cuts=(("RemoteIPRanges", Cut.TRUNCATED),))).certain


def test_servers_answer_each_for_itself() -> None:
    reached = which((ONE, Connector("EX02", "X", Source("t"), bindings=(ANY,), ranges=())), ip_address("10.0.20.22"))

    assert [one.answering.name if one.answering else None for one in reached] == ["One", None]


def test_families_do_not_mix() -> None:
    six = connector("Six", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", bindings=(Binding("::", 25),))

    assert answer(six, NET, client="fd00::1").answering == six
    assert answer(six, NET).answering == NET


small = st.integers(0, 40)
spans = st.tuples(small, small).map(lambda pair: Range(4, min(pair), max(pair)))


@given(st.lists(st.lists(spans, min_size=1, max_size=3), max_size=6))
@settings(max_examples=300, deadline=None)
def test_the_map_says_of_every_address_what_the_simulator_says(ranges: list[list[Range]]) -> None:
    connectors = [connector(f"C{number}", ranges=tuple(part)) for number, part in enumerate(ranges)]
    pieces = winners(connectors, 25)

    for value in range(42):
        address = ip_address(value)
        mapped = [one for part, one in pieces if part.holds(address)]
        reached = which(connectors, address)[0].answering if connectors else None
        holding = [one for one in connectors if any(part.holds(address) for part in one.ranges or ())]
        assert len(mapped) == bool(holding)
        assert reached is None or mapped == [reached]


@given(st.lists(st.lists(spans, min_size=1, max_size=3), max_size=5))
@settings(max_examples=500, deadline=None)
def test_collisions_are_found_where_a_pair_by_pair_search_finds_some(ranges: list[list[Range]]) -> None:
    connectors = [connector(f"C{number}", ranges=tuple(part)) for number, part in enumerate(ranges)]

    def collide(one: Range, other: Range) -> bool:
        return one.meets(other) and (one == other or not (one.within(other) or other.within(one)))

    pairs = {
        (one.key, other.key)
        for one in connectors
        for other in connectors
        if one.key < other.key and any(collide(a, b) for a in one.ranges or () for b in other.ranges or ())
    }
    found = {(key, other.key) for key, (other, _) in clashes(connectors).items()}

    assert found <= pairs
    assert bool(found) == bool(pairs)


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8))
@settings(max_examples=300, deadline=None)
def test_sets_of_addresses_obey_the_arithmetic_of_sets(one: list[Range], other: list[Range]) -> None:
    def members(ranges: list[Range] | tuple[Range, ...]) -> set[int]:
        return {value for part in ranges for value in range(part.low, part.high + 1)}

    assert members(union(one)) == members(one)
    assert members(subtract(one, other)) == members(one) - members(other)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10.0.0.1", "10.0.0.1", "10.0.0.1"),
        (" 10.0.0.1 - 10.0.0.9 ", "10.0.0.1", "10.0.0.9"),
        ("192.168.1.1/24", "192.168.1.0", "192.168.1.255"),
        ("10.1.2.0(255.255.255.0)", "10.1.2.0", "10.1.2.255"),
        ("fe80::1%12", "fe80::1", "fe80::1"),
        ("fe80::%3/64", "fe80::", "fe80::ffff:ffff:ffff:ffff"),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ],
)
def test_every_spelling_of_a_range_is_read(text: str, low: str, high: str) -> None:
    found = parse_range(text)

    assert found is not None
    assert (found.low, found.high) == (int(ip_address(low)), int(ip_address(high)))


@pytest.mark.parametrize(
    "text", ["", "10.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.0/33", "1.2.3.4(1.2.3.4)", "a-b", "/", "-"]
)
def test_what_is_no_range_is_none(text: str) -> None:
    assert parse_range(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.0.0.0:25", "0.0.0.0:25"),
        ("[::]:25", "[::]:25"),
        (":::25", "[::]:25"),
        (":25", "0.0.0.0:25"),
        ("[fe80::1%4]:587", "[fe80::1]:587"),
    ],
)
def test_every_spelling_of_a_binding_is_read(text: str, shown: str) -> None:
    assert str(parse_binding(text)) == shown


@pytest.mark.parametrize("text", ["", "25", "0.0.0.0", "0.0.0.0:0", "0.0.0.0:65536", "x:25", "[::]"])
def test_what_is_no_binding_is_none(text: str) -> None:
    assert parse_binding(text) is None


@pytest.mark.parametrize(
    ("ranges", "scope"),
    [
        (("0.0.0.0-255.255.255.255",), Scope.EVERYTHING),
        (("0.0.0.0/1", "128.0.0.0/2"), Scope.EVERYTHING),
        (("10.0.0.0/8",), Scope.BROAD),
        (("10.0.0.0/17", "10.0.128.0/17"), Scope.BROAD),
        (("10.0.0.0/17",), Scope.LIST),
        (("198.51.100.0/24",), Scope.BROAD),
        (("198.51.100.0/25",), Scope.LIST),
        (("fd00::/64",), Scope.LIST),
        (("fd00::/48",), Scope.BROAD),
        (("10.0.0.1", "10.0.0.1"), Scope.SINGLE),
        ((), Scope.NOTHING),
    ],
)
def test_scope_follows_from_the_ranges(ranges: tuple[str, ...], scope: Scope) -> None:
    assert scope_of(tuple(filter(None, map(parse_range, ranges)))) is scope
    assert scope_of(None) is Scope.UNKNOWN


def test_mapped_addresses_are_unwrapped() -> None:
    assert parse_address("::ffff:10.0.0.1") == ip_address("10.0.0.1")
    assert parse_address("nonsense") is None
