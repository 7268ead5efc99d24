from __future__ import annotations

import pytest

from publicdns.answers import Reason
from publicdns.asking import drive
from publicdns.spf.record import parse
from publicdns.spf.result import Limits
from publicdns.spf.walk import MOST_NODES, Node, Trouble, walk
from tests.measuring import least_seconds
from tests.publicdns.spf.zone import Values, Zone


def walked(text: str, records: dict[str, Values] | None = None, limits: Limits | None = None) -> Node:
    return drive(walk(parse(text), "contoso.test", Zone(records or {}), now=0.0, limits=limits or Limits()))


def child(tree: Node, at: int = 0) -> Node:
    return tree.children[at]


def test_each_node_counts_itself_and_everything_beneath() -> None:
    zone: dict[str, Values] = {
        "a.test TXT": "v=spf1 include:b.test include:c.test mx:c.test -all",
        "b.test TXT": "v=spf1 ip4:192.0.2.0/24",
        "c.test TXT": "v=spf1 a:h.test",
        "c.test MX": "10 h.test",
        "h.test A": "192.0.2.1",
    }

    tree = walked("v=spf1 include:a.test ip4:192.0.2.1 ~all", zone)

    assert (tree.lookups, child(tree).lookups) == (5, 5)
    assert [node.lookups for node in child(tree).children] == [1, 2, 1]


def test_terms_after_all_are_not_counted() -> None:
    assert walked("v=spf1 -all include:a.test mx").lookups == 0


def test_redirect_counts_where_it_is_followed() -> None:
    zone: dict[str, Values] = {"r.test TXT": "v=spf1 -all"}

    assert walked("v=spf1 redirect=r.test", zone).lookups == 1
    assert walked("v=spf1 redirect=r.test -all", zone).lookups == 0


def test_ptr_counts_without_being_asked() -> None:
    assert walked("v=spf1 ptr -all").lookups == 1


@pytest.mark.parametrize(
    ("term", "zone", "trouble", "voids"),
    [
        ("include:a.test", {"a.test TXT": "v=spf1 -all"}, Trouble.NONE, 0),
        ("a:a.test", {"a.test AAAA": "2001:db8::1"}, Trouble.NONE, 0),
        ("exists:a.test", {"a.test A": "127.0.0.2"}, Trouble.NONE, 0),
        ("mx", {"contoso.test MX": "10 h.test", "h.test A": "192.0.2.1"}, Trouble.NONE, 0),
        ("include:a.test", {}, Trouble.MISSING, 1),
        ("include:a.test", {"a.test TXT": "MS=ms1"}, Trouble.MISSING, 0),
        ("include:a.test", {"a.test TXT": Reason.TIMEOUT}, Trouble.UNKNOWN, 0),
        ("include:a.test", {"a.test TXT": ["v=spf1 -all", "v=spf1 +all"]}, Trouble.SEVERAL, 0),
        ("include:a.test", {"a.test TXT": "v=spf1 nonsense"}, Trouble.MISTAKES, 0),
        ("include:contoso.test", {"contoso.test TXT": "v=spf1 -all"}, Trouble.LOOP, 0),
        ("include:%{d}.x.test", {}, Trouble.VARIES, 0),
        ("a:a.test", {}, Trouble.MISSING, 1),
        ("a:a.test", {"a.test A": Reason.SERVFAIL}, Trouble.UNKNOWN, 0),
        ("exists:a.test", {"a.test AAAA": "2001:db8::1"}, Trouble.MISSING, 1),
        ("mx", {}, Trouble.MISSING, 1),
        ("mx", {"contoso.test MX": "0 ."}, Trouble.MISSING, 0),
        ("mx", {"contoso.test MX": Reason.TIMEOUT}, Trouble.UNKNOWN, 0),
        ("mx", {"contoso.test MX": ["10 g.test", "20 h.test"], "g.test A": "192.0.2.1"}, Trouble.MISSING, 1),
        (
            "mx",
            {"contoso.test MX": [f"{n} h.test" for n in range(11)], "h.test A": "192.0.2.1"},
            Trouble.TOO_MANY_HOSTS,
            0,
        ),
    ],
)
def test_what_is_the_matter_with_a_term_is_named(
    term: str, zone: dict[str, Values], trouble: Trouble, voids: int
) -> None:
    node = child(walked(f"v=spf1 {term} -all", zone))

    assert (node.trouble, node.own_voids) == (trouble, voids)


def test_a_term_that_could_not_be_asked_is_never_void() -> None:
    tree = walked(
        "v=spf1 a:x.test mx:y.test exists:z.test -all",
        {f"{n}.test {t}": Reason.TIMEOUT for n, t in zip("xyz", ("A", "MX", "A"), strict=True)},
    )

    assert tree.voids == 0


def test_the_same_include_twice_is_asked_once_and_counted_twice() -> None:
    zone = Zone(
        {"a.test TXT": "v=spf1 include:b.test", "b.test TXT": "v=spf1 include:c.test", "c.test TXT": "v=spf1 -all"}
    )

    tree = drive(walk(parse("v=spf1 include:a.test include:b.test -all"), "contoso.test", zone, now=0.0))

    assert tree.lookups == 5
    assert sorted(zone.asked) == ["a.test TXT", "b.test TXT", "c.test TXT"]


def test_a_chain_without_end_stops_after_eleven_levels() -> None:
    zone: dict[str, Values] = {f"n{n}.test TXT": f"v=spf1 include:n{n + 1}.test" for n in range(100)}

    tree = walked("v=spf1 include:n0.test", zone)

    assert tree.lookups <= 12
    assert tree.everyone()[-1].trouble is Trouble.UNASKED


def test_questions_are_bounded_and_what_was_not_asked_is_not_missing() -> None:
    many = " ".join(f"include:n{n}.test" for n in range(200))

    tree = walked(f"v=spf1 {many} -all", {f"n{n}.test TXT": "v=spf1 -all" for n in range(200)}, Limits(questions=20))

    assert sum(node.trouble is Trouble.UNASKED for node in tree.children) == 180
    assert tree.lookups == 200


def test_a_tree_that_multiplies_itself_is_cut_quickly() -> None:
    zone: dict[str, Values] = {
        f"n{n}.test TXT": "v=spf1 " + " ".join([f"include:n{n + 1}.test"] * 60) for n in range(12)
    }
    assert least_seconds(lambda: walked("v=spf1 include:n0.test", zone), 1.0) < 1.0

    tree = walked("v=spf1 include:n0.test", zone)
    assert len(tree.everyone()) <= 2 * MOST_NODES + 1
