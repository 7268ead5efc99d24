"""Killed workers, lost brokers, emptied queues: all are told, each once, or the ledger says why not."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
import redis

from config.env import socket_path
from tests.e2e.installation import Installation, eventually, installed

pytestmark = pytest.mark.e2e
DOMAINS = 40


def all_told(one: Installation, count: int, seconds: float) -> None:
    """Every domain's notice arrived; a Message-ID twice only where the ledger says uncertain."""
    assert eventually(lambda: len(set(one.mail.message_ids)) >= count, seconds), one.ledger()
    eventually(lambda: all(n["state"] == "sent" for n in one.ledger()["notices"]), 30)
    ledger = one.ledger()
    uncertain = {notice["message_id"] for notice in ledger["notices"] if notice["uncertain_at"]}
    arrived = Counter(one.mail.message_ids)
    assert set(arrived) == {notice["message_id"] for notice in ledger["notices"]}
    assert len(ledger["notices"]) == count
    assert {message for message, times in arrived.items() if times > 1} <= uncertain
    assert ledger["seen"] == count


def test_kills_in_mid_sweep_lose_nothing_and_tell_nothing_twice(tmp_path: Path) -> None:
    with installed(tmp_path) as one:
        one.seed(DOMAINS)
        for name in ("broker", "worker", "beat"):
            one.start(name)
        pauses = random.Random(7)
        for _ in range(3):
            time.sleep(1.5 + pauses.random())
            one.kill("worker")
            one.start("worker")
        one.kill("broker")
        one.start("broker")
        redis.Redis(unix_socket_path=str(socket_path(tmp_path / "valkey"))).flushall()

        all_told(one, DOMAINS, 90)


def test_without_a_broker_all_the_same_are_told(tmp_path: Path) -> None:
    with installed(tmp_path) as one:
        one.seed(DOMAINS)
        one.start("sweep")

        all_told(one, DOMAINS, 60)
        assert not os.path.exists(socket_path(tmp_path / "valkey"))


@pytest.mark.storm
def test_a_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("STORM_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    with installed(tmp_path) as one:
        one.seed(2000)
        for name in ("broker", "worker", "beat"):
            one.start(name)
        for number in range(100):
            time.sleep(dice.random() * 2)
            victim = "broker" if number % 5 == 0 else "worker"
            one.kill(victim)
            one.start(victim)

        all_told(one, 2000, 900)
