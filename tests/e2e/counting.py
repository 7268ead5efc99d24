"""Name servers that note when each question reached the machine, by the kernel's own clock."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.nsd import free_port
from demo.nameserver import Authority, Zones

SO_TIMESTAMPNS = 35  # Linux: a datagram's arrival, however late this process reads it
MOMENT = struct.Struct("@ll")


@dataclass
class Counted:
    """When questions arrived, by server address."""

    port: int
    moments: dict[str, list[float]] = field(default_factory=dict)

    def most_in_a_second(self, *addresses: str) -> int:
        """The most questions that any second held, at one of ``addresses`` or at all of them together."""
        moments = sorted(moment for address in addresses for moment in self.moments[address])
        most = first = 0
        for last, moment in enumerate(moments):
            while moments[first] <= moment - 1:
                first += 1
            most = max(most, last - first + 1)
        return most


@contextmanager
def serve_counting(zones: Zones, addresses: Sequence[str]) -> Iterator[Counted]:
    """Serve ``zones`` over UDP at ``addresses``, on one port."""
    counted = Counted(free_port(addresses[0]), {address: [] for address in addresses})
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for address in addresses:
            server = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            server.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            server.bind((address, counted.port))
            selector.register(server, selectors.EVENT_READ, address)
        over = threading.Event()
        thread = threading.Thread(target=_answer, args=(selector, Authority(zones), counted, over))
        thread.start()
        try:
            yield counted
        finally:
            over.set()
            thread.join()


def _answer(selector: selectors.BaseSelector, authority: Authority, counted: Counted, over: threading.Event) -> None:
    while not over.is_set():
        for key, _ in selector.select(0.1):
            server = key.fileobj
            assert isinstance(server, socket.socket)
            question, ancillary, _, sender = server.recvmsg(4096, 64)
            seconds, nanoseconds = MOMENT.unpack(ancillary[0][2])
            counted.moments[key.data].append(seconds + nanoseconds / 1e9)
            _, reply = authority(question, key.data, "udp")
            for packet in reply.packets:
                server.sendto(packet, sender)
