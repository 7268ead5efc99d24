"""Source ports and ids, and how questions leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from random import Random
from selectors import DefaultSelector
from socket import AF_INET, AF_INET6, SOCK_DGRAM, SOL_SOCKET, socket
from typing import Any

import pytest

from publicdns.answers import Server
from publicdns.wire.pacing import Pacer
from publicdns.wire.ports import SEGMENTS, Port, can_send_together
from publicdns.wire.targets import Tally, Target
from publicdns.wire.udp import BURST, SOCKETS, UdpPool

SO_NO_CHECK = 11  # Linux: no checksums, without which it sends nothing together


class Owner:
    def __init__(self, another_try: bool = False) -> None:
        self.another_try = another_try
        self.overdue_seats: list[Any] = []
        self.unsent_seats: list[Any] = []

    def arrived(self, seat: Any, reply: bytes) -> None:
        raise AssertionError("nobody answers here")

    def has_another_try(self, seat: Any) -> bool:
        return self.another_try

    def overdue(self, seat: Any) -> None:
        self.overdue_seats.append(seat)

    def unsent(self, seat: Any, error: OSError) -> None:
        self.unsent_seats.append(seat)


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
    pool = UdpPool(DefaultSelector(), Random(7), timeout=2.0, hurry=0.4, per_port=100)
    yield pool
    pool.close()


def target_at(address: str, port: int, tally: Tally | None = None) -> Target:
    return Target(Server(address, port), Pacer(None, None, 0.0).gate(address), tally or Tally())


def send(pool: UdpPool, deaf: socket, times: int, took: float | None = None, another_try: bool = False) -> Owner:
    tally = Tally()
    if took is not None:
        tally.heard(took)
    target = target_at("127.0.0.1", deaf.getsockname()[1], tally)
    owner = Owner(another_try)
    for number in range(times):
        pool.send(float(number), target, b"", (b"", b""), owner, number)
    pool.leave()
    return owner


def received(deaf: socket) -> int:
    """How many questions have come by now."""
    deaf.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while deaf.recvfrom(512):
            count += 1
    return count


def test_bursts_leave_from_several_ports_with_ids_that_vary(pool: UdpPool, deaf: socket) -> None:
    for _ in range(60):
        send(pool, deaf, 1)

    seen = [deaf.recvfrom(512) for _ in range(60)]

    assert len({sender for _, sender in seen}) == SOCKETS
    assert len({question[:2] for question, _ in seen}) > 55


def test_what_a_burst_holds_for_one_server_leaves_from_one_port(pool: UdpPool, deaf: socket) -> None:
    send(pool, deaf, 60)

    assert len({deaf.recvfrom(512)[1] for _ in range(60)}) == 1


@pytest.mark.parametrize(("family", "address"), [(AF_INET, "127.0.0.1"), (AF_INET6, "::1")])
def test_questions_of_every_length_leave_together_and_arrive_one_by_one(family: int, address: str) -> None:
    port = Port(family)
    with socket(family, SOCK_DGRAM) as receiver, port.socket:
        receiver.bind((address, 0))
        receiver.settimeout(5)
        for size in (17, 60, 300):
            sent = [bytes([number]) * size for number in range(2 * SEGMENTS + 3)]
            refused = list(port.send(sent, receiver.getsockname()))

            assert (refused, [receiver.recv(512) for _ in sent]) == ([], sent)


def test_where_the_system_refuses_to_send_together_each_leaves_alone(deaf: socket) -> None:
    port = Port(AF_INET)
    knew_how = port.together
    sent = [bytes([number]) * 40 for number in range(20)]
    with port.socket:
        port.socket.setsockopt(SOL_SOCKET, SO_NO_CHECK, 1)
        refused = list(port.send(sent, deaf.getsockname()))

        assert (refused, [deaf.recv(512) for _ in sent]) == ([], sent)
        assert knew_how == can_send_together(port.socket)
        assert not port.together


def test_a_port_that_has_served_long_is_replaced(pool: UdpPool, deaf: socket) -> None:
    owner = send(pool, deaf, 1_000)

    pool.expire(1_001.0)

    assert pool.opened >= 2 * SOCKETS
    assert sorted(owner.overdue_seats) == list(range(1_000))


def test_questions_leave_in_bursts_that_no_socket_is_too_small_for(pool: UdpPool, deaf: socket) -> None:
    target = target_at("127.0.0.1", deaf.getsockname()[1])
    gone = []
    for number in range(2 * BURST + 1):
        pool.send(0.0, target, b"", (b"", b""), Owner(), number)
        gone.append(received(deaf))

    pool.leave()

    assert [count for count in gone if count] == [BURST, BURST]
    assert received(deaf) == 1


def test_who_owns_a_question_that_cannot_leave_is_told(pool: UdpPool, deaf: socket) -> None:
    owner = Owner()
    there, nowhere = (
        target_at("127.0.0.1", deaf.getsockname()[1]),
        target_at("255.255.255.255", 53),
    )  # not without SO_BROADCAST
    for number, target in enumerate((there, nowhere, nowhere, there)):
        pool.send(0.0, target, b"", (b"", b""), owner, number)

    pool.leave()
    pool.expire(10.0)
    pool.expire(10.0)

    assert (owner.unsent_seats, owner.overdue_seats, received(deaf)) == ([1, 2], [0, 3], 2)


def test_what_was_taken_back_does_not_leave(pool: UdpPool, deaf: socket) -> None:
    pool.send(0.0, target_at("127.0.0.1", deaf.getsockname()[1]), b"", (b"", b""), Owner(), 0)

    pool.drain()
    pool.leave()

    assert received(deaf) == 0


def test_only_what_is_old_enough_is_overdue(pool: UdpPool, deaf: socket) -> None:
    owner = send(pool, deaf, 10)

    pool.expire(5.0)

    assert sorted(owner.overdue_seats) == [0, 1, 2, 3]
    assert 5.0 < pool.due <= 6.0


@pytest.mark.parametrize(
    ("took", "another_try", "patience"),
    [(0.03, True, 0.4), (0.03, False, 2.0), (0.2, True, 2.0), (None, True, 2.0)],
    ids=["quick", "quick but the last try", "slow", "unknown"],
)
def test_only_a_quick_server_that_can_be_asked_again_is_not_waited_for(
    took: float | None, another_try: bool, patience: float, pool: UdpPool, deaf: socket
) -> None:
    owner = send(pool, deaf, 1, took, another_try)

    pool.expire(patience - 0.01)
    too_early = list(owner.overdue_seats)
    pool.expire(patience + 0.01)

    assert (too_early, owner.overdue_seats) == ([], [0])


class FewIds(Random):
    """A die with 32 ids only."""

    def randbytes(self, n: int) -> bytes:
        return bytes(self.randrange(4) if place % 2 == 0 else self.randrange(8) for place in range(n))


def test_no_question_takes_the_id_of_one_that_is_still_waited_for(deaf: socket) -> None:
    pool = UdpPool(DefaultSelector(), FewIds(7), timeout=200.0, hurry=10.0)
    owner = send(pool, deaf, 30)
    pool.expire(50.0)
    later = send(pool, deaf, 30)

    pool.expire(300.0)
    pool.expire(300.0)
    pool.close()

    assert sorted(owner.overdue_seats) == sorted(later.overdue_seats) == list(range(30))


def test_a_server_that_became_slow_is_waited_for_again() -> None:
    tally = Tally()
    tally.heard(0.03)

    for _ in range(2):
        tally.heard(0.5)

    assert not tally.is_within(0.4)


def test_a_server_is_not_slow_because_questions_get_lost() -> None:
    tally = Tally()
    tally.heard(0.03)

    for _ in range(40):  # as many as a stall of ours lets run out at once
        tally.missed()

    assert tally.is_within(0.4)
