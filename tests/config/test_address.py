"""Where the web server listens."""

from __future__ import annotations

import socket

import pytest

from config.address import FIRST_PORT, AddressError, is_loopback, listen, origin


def test_without_a_port_two_at_once_get_one_each() -> None:
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        ports = [sock.getsockname()[1] for sock in (first, second)]

    assert ports[0] < ports[1]
    assert ports[0] >= FIRST_PORT


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressError, match="is taken"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(AddressError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "onward.example", ""])
def test_everything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_for_everybody_is_shown_as_one_to_click() -> None:
    with listen("0.0.0.0", 0) as listening:
        assert origin(listening, "0.0.0.0") == f"http://127.0.0.1:{listening.getsockname()[1]}"
