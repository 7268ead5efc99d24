"""Three processes share the caps, whatever happens to them: counted where the questions arrive."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from demo.nameserver import Zones
from tests.e2e.counting import Counted, serve_counting
from tests.e2e.installation import Installation, eventually, installed
from tests.onboarding.world import FIRST, REGISTRY, REGISTRY_ZONE, RESOLVERS, ROOT, SECOND, THIRD, ZONE

PER_SERVER, OVERALL = 45, 120
EVERYONE = (REGISTRY, FIRST, SECOND, THIRD, *RESOLVERS)
SWEEPERS = ("sweep-1", "sweep-2", "sweep-3")


def world(count: int) -> Zones:
    """Domains at one, two or three of the servers; the resolvers know it all."""
    zones = Zones()
    zones.load(".", ROOT, at=EVERYONE)
    zones.load("test", REGISTRY_ZONE, at=EVERYONE)
    for number in range(count):
        third = "@ NS ns3.hoster.test.\n" if number % 3 == 0 else ""
        zones.load(f"d{number}.test", ZONE + third, at=EVERYONE)
    return zones


@pytest.fixture
def counted() -> Iterator[Counted]:
    with serve_counting(world(120), EVERYONE) as counted:
        yield counted


@pytest.fixture
def one(tmp_path: Path, counted: Counted) -> Iterator[Installation]:
    variables = {
        "DNS_AUTHORITATIVE_PORT": str(counted.port),
        "DNS_RESOLVERS": ",".join(f"{address}:{counted.port}" for address in RESOLVERS),
        "DNS_PER_SERVER": str(PER_SERVER),
        "DNS_OVERALL": str(OVERALL),
        "DNS_LOOK_SECONDS": "30",
        "SWEEPERS": "3",
        "SWEEP_SECONDS": "2",
    }
    with installed(tmp_path, **variables) as one:
        one.seed(120)
        yield one
        for name in list(one.running):  # a sweep would finish its looks first
            one.kill(name)


def flush(one: Installation) -> None:
    """FLUSHALL."""
    with redis.Redis(unix_socket_path=str(one.folder / "valkey" / "valkey.sock")) as client:
        client.flushall()


def assert_polite(counted: Counted) -> None:
    most = {address: counted.most_in_a_second(address) for address in EVERYONE}
    assert max(most.values()) <= PER_SERVER, most
    assert PER_SERVER / 3 < counted.most_in_a_second(*EVERYONE) <= OVERALL


def test_no_address_sees_more_than_its_cap_while_sweepers_die(one: Installation, counted: Counted) -> None:
    for name in SWEEPERS:
        one.start(name)
    assert eventually(lambda: counted.most_in_a_second(*EVERYONE) > PER_SERVER, 20)

    one.kill("sweep-1")
    one.start("sweep-1")
    asked = sum(map(len, counted.moments.values()))

    assert eventually(lambda: sum(map(len, counted.moments.values())) > asked + 2 * OVERALL, 20)
    assert_polite(counted)


@pytest.mark.storm
def test_nor_do_kills_and_a_broker_without_memory_for_a_minute(one: Installation, counted: Counted) -> None:
    for name in ("broker", "worker-1", "worker-2", "worker-3", "beat"):
        one.start(name)
    assert eventually(lambda: counted.most_in_a_second(*EVERYONE) > PER_SERVER, 60)

    for number in range(6):
        victim = f"worker-{number % 3 + 1}"
        one.kill(victim)
        one.start(victim)
        flush(one)
        asked, until = sum(map(len, counted.moments.values())), time.monotonic() + 10
        assert eventually(lambda until=until: time.monotonic() > until, 11)
        assert sum(map(len, counted.moments.values())) > asked

    assert_polite(counted)
