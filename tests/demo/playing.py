"""The demo's story as tests play it: real servers on loopback, the product's rows, and a clock that runs ahead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import override_settings

from demo.nameserver import Served, Zones, serve
from demo.play import AUTHORITATIVE, RHYTHM
from demo.player import Player
from demo.resolver import Resolvers, serve_resolvers
from demo.seed import seed
from demo.stories import Scenery
from demo.world import RESOLVERS, SPEED, Domain

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Clock:
    """The real one, which a test can put forward."""

    def __init__(self) -> None:
        self.began, self.ahead = time.monotonic(), 0.0

    def seconds(self) -> float:
        """Seconds of the story."""
        return time.monotonic() - self.began + self.ahead

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds())

    def reach(self, second: float) -> None:
        """Put the clock forward to ``second``, never back."""
        self.ahead += max(0.0, second - self.seconds())


@contextmanager
def playing(domains: tuple[Domain, ...]) -> Iterator[tuple[Clock, Player]]:
    """The story of ``domains`` at its beginning, for as long as the block lasts."""
    clock, zones = Clock(), Zones()
    with (
        serve(zones, AUTHORITATIVE) as names,
        serve_resolvers(zones, RESOLVERS, servers=AUTHORITATIVE, clock=clock.seconds) as resolvers,
        override_settings(**settings_for(names, resolvers)),
    ):
        seed(START, domains)
        yield clock, Player(Scenery(zones, resolvers), domains)


def settings_for(names: Served, resolvers: Resolvers) -> dict[str, Any]:
    """The demo's own, without a limit to the questions."""
    return {
        "DNS_RESOLVERS": [f"{address}:{resolvers.port}" for address in RESOLVERS],
        "DNS_AUTHORITATIVE_PORT": names.port,
        "DNS_ALLOWED_NETWORKS": ["127.0.0.0/8"],
        "DNS_PER_SERVER": 0,
        "DNS_OVERALL": 0,
        **{name: seconds / SPEED for name, seconds in RHYTHM.items()},
    }
