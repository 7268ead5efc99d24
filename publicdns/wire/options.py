"""Everything about asking that an operator may set, and what comes back from a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any, NamedTuple

from publicdns.wire.ways import Way


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How to ask. The clock and the dice come from outside, so that nothing below reads either by itself."""

    timeout: float = 2.0  # seconds per try
    hurry: float = 0.4  # of the first try, where the server usually takes less than a quarter of that
    tries: int = 3  # of one server; the last without EDNS, for servers that drop what they do not know
    window: int = 256  # jobs in flight
    per_server: float | None = 100.0  # questions a second to one address; None: no cap
    overall: float | None = 500.0  # questions a second altogether; None: no cap
    share: float = 1.0  # of both caps, where several processes ask (1/N)
    allowed_networks: tuple[str, ...] = ()  # special-purpose networks that may be asked all the same
    ca_file: str | None = None  # for DoT and DoH; None: the system's
    servers_share: float = 0.75  # of a budget's time that name servers may use up; the rest is left to the resolvers
    lacking: frozenset[Way] = frozenset()  # ways this machine is known not to have; tried now and then all the same
    edns: int = 1232  # octets offered for a UDP answer (DNS flag day 2020)
    streams: int = 64  # TCP connections open at once
    monotonic: Callable[[], float] = time.monotonic
    random: Random = field(default_factory=SystemRandom)

    @property
    def server_cap(self) -> float | None:
        """Questions a second to one address that this process may ask."""
        return None if self.per_server is None else self.per_server * self.share

    @property
    def overall_cap(self) -> float | None:
        """Questions a second altogether that this process may ask."""
        return None if self.overall is None else self.overall * self.share


class Done(NamedTuple):
    """A job that ended, with what it returned."""

    value: Any


class Crashed(NamedTuple):
    """A job that raised. The others went on."""

    job: Coroutine[Any, Any, Any]
    exception: BaseException
