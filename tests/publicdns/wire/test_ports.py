"""Source ports and ids."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from selectors import DefaultSelector
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any

import pytest

from publicdns.answers import Server
from publicdns.wire.pacing import Pacer
from publicdns.wire.targets import Tally, Target
from publicdns.wire.udp import SOCKETS, UdpPool


class Owner:
    def __init__(self) -> None:
        self.overdue_seats: list[Any] = []

    def arrived(self, seat: Any, reply: bytes) -> None:
        raise AssertionError("nobody answers here")

    def overdue(self, seat: Any) -> None:
        self.overdue_seats.append(seat)


@pytest.fixture
def deaf() -> Iterator[socket]:
    """A socket that receives questions and never answers."""
    with socket(AF_INET, SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


@pytest.fixture
def pool() -> Iterator[UdpPool]:
    """A pool with a die of its own."""
    pool = UdpPool(DefaultSelector(), Random(7), per_port=100)
    yield pool
    pool.close()


def send(pool: UdpPool, deaf: socket, times: int) -> Owner:
    target = Target(Server("127.0.0.1", deaf.getsockname()[1]), Pacer(None, None, 0.0).gate("127.0.0.1"), Tally())
    owner = Owner()
    for number in range(times):
        pool.send(pool.port(AF_INET), float(number), target, b"", (b"", b""), owner, number)
    return owner


def test_questions_leave_from_several_ports_with_ids_that_vary(pool: UdpPool, deaf: socket) -> None:
    send(pool, deaf, 60)

    seen = [deaf.recvfrom(512) for _ in range(60)]

    assert len({sender for _, sender in seen}) == SOCKETS
    assert len({question[:2] for question, _ in seen}) > 55


def test_a_port_that_has_served_long_is_replaced(pool: UdpPool, deaf: socket) -> None:
    owner = send(pool, deaf, 1_000)

    pool.expire(1_000.0)

    assert pool.opened >= 2 * SOCKETS
    assert owner.overdue_seats == list(range(1_000))


def test_only_what_is_old_enough_is_overdue(pool: UdpPool, deaf: socket) -> None:
    owner = send(pool, deaf, 10)

    pool.expire(3.0)

    assert (owner.overdue_seats, pool.oldest()) == ([0, 1, 2, 3], 4.0)
