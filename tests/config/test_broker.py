"""The embedded broker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import redis

from config import broker
from config.env import LONGEST_SOCKET_PATH, socket_path


def client(folder: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(socket_path(folder)), socket_timeout=5)


def test_it_answers_on_its_socket_and_keeps_a_log(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    server = broker.start(folder)

    with client(folder) as asking:
        assert asking.ping()
        assert asking.config_get("appendonly")["appendonly"] == "yes"
        assert asking.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert asking.config_get("port")["port"] == "0"
    server.terminate()
    server.wait(10)


def test_a_second_server_is_refused_and_leaves_the_first_alone(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    first = broker.start(folder)
    with client(folder) as asking:
        asking.set("kept", "yes")

        with pytest.raises(broker.BrokerHeld):
            broker.start(folder)

        assert asking.get("kept") == b"yes"
    first.terminate()
    first.wait(10)


def test_what_was_queued_survives_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    first = broker.start(folder)
    with client(folder) as asking:
        asking.rpush("queue", "a", "b")
        asking.execute_command("WAITAOF", 1, 0, 3000)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)

    second = broker.start(folder)

    with client(folder) as asking:
        assert asking.lrange("queue", 0, -1) == [b"a", b"b"]
    second.terminate()
    second.wait(10)


def test_a_folder_with_a_long_path_gets_a_socket_elsewhere_that_only_we_may_open(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 90) / ("b" * 90)

    server = broker.start(deep)

    listening = socket_path(deep)
    assert len(os.fsencode(listening)) < LONGEST_SOCKET_PATH
    assert listening.parent.stat().st_mode & 0o777 == 0o700
    with client(deep) as asking:
        assert asking.ping()
    server.terminate()
    server.wait(10)
    listening.parent.rmdir()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "valkey"
    folder.mkdir()
    (folder / "appendonlydir").write_text("in the way")

    with pytest.raises(broker.BrokerError, match=r"appendonly"):
        broker.start(folder)
