"""Old and new servers: the same machines relay, or it is said which do not, or which do now."""

from __future__ import annotations

from relaycheck.engine.connectors.comparing import Comparison, compare
from relaycheck.engine.connectors.model import Export
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.organisations import (
    EVERYTHING,
    RELAY,
    Conn,
    Organisation,
    account,
    anonymous,
    app_relay,
)
from tests.relaycheck.connectors.shapes import clixml, format_list, our_json


def export(*connectors: Conn) -> Export:
    return read(our_json(Organisation("one", connectors)))


def kinds(comparison: Comparison) -> list[tuple[str, list[str]]]:
    return [(one.kind, [str(part) for part in one.ranges]) for one in comparison.differences]


def test_the_same_relay_on_a_new_server_is_the_same() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01")))

    assert comparison.same
    assert comparison.certain
    assert comparison.differences == ()


def test_a_relay_that_was_forgotten_is_missing() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01", own=())))

    assert kinds(comparison) == [("missing", ["10.0.20.21-10.0.20.22"])]
    assert comparison.differences[0].connectors == ("EX01\\App Relay",)


def test_an_address_left_out_makes_it_narrower() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01", ranges=("10.0.20.21",))))

    assert kinds(comparison) == [("narrower", ["10.0.20.22"])]


def test_more_addresses_make_it_wider() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01", ranges=("10.0.20.0/24",))))

    assert kinds(comparison) == [("wider", ["10.0.20.0-10.0.20.20", "10.0.20.23-10.0.20.255"])]


def test_a_more_specific_neighbour_without_the_right_takes_the_relay_away() -> None:
    neighbour = Conn("Scanner", server="NEW01", ranges=("10.0.20.22",), bindings=("0.0.0.0:25",))

    pair = ("10.0.20.21-10.0.20.22",)
    comparison = compare(export(app_relay(ranges=pair)), export(app_relay(server="NEW01", ranges=pair), neighbour))

    assert kinds(comparison) == [("narrower", ["10.0.20.22"])]


def test_another_port_is_another_relay() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01", bindings=("0.0.0.0:2525",))))

    assert [kind for kind, _ in kinds(comparison)] == ["missing", "wider"]


def test_two_ways_without_logging_on_are_the_same_relay() -> None:
    secured = app_relay(server="NEW01", groups=("ExchangeServers",), auth=("Tls", "ExternalAuthoritative"), own=())

    assert compare(export(app_relay()), export(secured)).same


def test_accounts_are_compared_by_name() -> None:
    old = app_relay(groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\svc", RELAY))
    new = app_relay(
        server="NEW01", groups=("ExchangeUsers",), auth=("Integrated",), own=account("CONTOSO\\other", RELAY)
    )

    assert [(one.kind, one.who) for one in compare(export(old), export(new)).differences] == [
        ("wider", "contoso\\other"),
        ("missing", "contoso\\svc"),
    ]


def test_every_new_server_is_compared_with_all_old_ones_together() -> None:
    old = export(app_relay(ranges=("10.0.0.1",)), app_relay(server="EX02", ranges=("10.0.0.2",)))

    comparison = compare(
        old,
        export(
            app_relay(server="NEW01", ranges=("10.0.0.1", "10.0.0.2")), app_relay(server="NEW02", ranges=("10.0.0.1",))
        ),
    )

    assert [(one.kind, one.server) for one in comparison.differences] == [("narrower", "new02")]


def test_a_server_in_both_exports_is_compared_with_itself() -> None:
    before = export(app_relay(), app_relay(server="EX02", ranges=("10.9.9.9",)))

    comparison = compare(before, export(app_relay()))

    assert comparison.same


def test_smaller_limits_are_told_but_are_the_same_relay() -> None:
    comparison = compare(export(app_relay()), export(app_relay(server="NEW01", size="10 MB (10,485,760 bytes)")))

    assert comparison.same
    assert comparison.differences[0].detail == "MaxMessageSize: 36MB -> 10MB (smaller)"


def test_exports_of_different_shapes_compare() -> None:
    one, other = (
        Organisation("o", (app_relay(),)),
        Organisation("n", (app_relay(server="NEW01", own=anonymous(RELAY, language="sid")),)),
    )

    assert compare(read(clixml(one)), read(format_list(other))).same


def test_what_cannot_be_judged_is_unknown_and_not_missing() -> None:
    bare = Export(connectors=export(app_relay()).connectors)

    comparison = compare(bare, export(app_relay(server="NEW01")))

    assert not comparison.certain
    assert "unknown" in [one.kind for one in comparison.differences]


def test_an_empty_new_export_is_unknown() -> None:
    assert not compare(export(app_relay(ranges=EVERYTHING)), Export()).certain
