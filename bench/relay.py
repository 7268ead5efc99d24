"""A UDP relay on loopback that takes its time and loses datagrams: ``python -m bench.relay LISTEN UPSTREAM SECONDS
LOSS`` with two ports on 127.0.0.1.

SECONDS is the round trip; LOSS the share of questions that go unanswered, half of them lost on the way there. A line
on standard input with another number changes LOSS.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections import deque
from random import Random

HOST = "127.0.0.1"
BIGGEST = 4096
BATCH = 64  # datagrams read from one socket before the others get their turn


class Relay:
    """Each client address has a socket of its own towards the server, so that replies find their way back."""

    def __init__(self, listen: int, upstream: int, seconds: float, loss: float) -> None:
        self.selector = selectors.DefaultSelector()
        self.front = self._socket()
        self.front.bind((HOST, listen))
        self.selector.register(self.front, selectors.EVENT_READ, None)
        self.selector.register(sys.stdin, selectors.EVENT_READ, sys.stdin)
        self.upstream = (HOST, upstream)
        self.half, self.loss = seconds / 2, loss
        self.backs: dict[tuple[str, int], socket.socket] = {}
        self.late: deque[tuple[float, socket.socket, bytes, tuple[str, int]]] = deque()
        self.dice = Random(1)

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            wait = max(0.0, self.late[0][0] - time.monotonic()) if self.late else None
            for key, _ in self.selector.select(wait):
                if key.data is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.loss = float(line)
                elif key.data is None:
                    self._take(self.front, None)
                else:
                    self._take(self.backs[key.data], key.data)
            self._pass_on()

    def _take(self, where: socket.socket, client: tuple[str, int] | None) -> None:
        for _ in range(BATCH):
            try:
                datagram, sender = where.recvfrom(BIGGEST)
            except BlockingIOError:
                return
            if self.dice.random() < self.loss / 2:
                continue
            due = time.monotonic() + self.half
            if client is None:
                self.late.append((due, self._back(sender), datagram, self.upstream))
            else:
                self.late.append((due, self.front, datagram, client))

    def _pass_on(self) -> None:
        now = time.monotonic()
        while self.late and self.late[0][0] <= now:
            _, where, datagram, to = self.late.popleft()
            where.sendto(datagram, to)

    def _back(self, client: tuple[str, int]) -> socket.socket:
        if client not in self.backs:
            self.backs[client] = self._socket()
            self.backs[client].bind((HOST, 0))
            self.selector.register(self.backs[client], selectors.EVENT_READ, client)
        return self.backs[client]

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        return made


if __name__ == "__main__":
    Relay(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])).run()
