"""`python -m tests.postgresql COMMAND …`: runs COMMAND beside a PostgreSQL of its own, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import tools

SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class NoServer(Exception):
    """PostgreSQL is not on this machine, or does not start. The text says which."""


@contextmanager
def cluster() -> Iterator[str]:
    """A server over a temporary folder on a loopback port of its own; its address. Raises :class:`NoServer`."""
    found = tools.find("postgresql")
    if found is None:
        raise NoServer(f"postgresql is not on this machine; this brings it: {tools.FETCH}")
    programs = Path(found.path).parent
    place = Path(tempfile.mkdtemp(prefix="onward-pg-"))
    options = as_account(place) | {"env": {**os.environ, **found.environment}, "cwd": place}
    try:
        make = [
            found.path,
            "-D",
            f"{place}/rows",
            "-U",
            "onward",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        made = subprocess.run(make, capture_output=True, text=True, check=False, **options)
        if made.returncode:
            raise NoServer(f"initdb failed: {made.stderr.strip()[-300:]}")
        with running(programs / "postgres", place, options) as port:
            yield f"postgres://onward@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def as_account(place: Path) -> dict[str, Any]:
    """PostgreSQL refuses to be root: for root, run as `nobody`, who then owns ``place``."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def running(program: Path, place: Path, options: dict[str, Any]) -> Iterator[int]:
    """The server, until the block ends; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [str(program), "-D", f"{place}/rows", "-p", str(port), "-k", str(place), "-h", "127.0.0.1"]
    with (place / "log").open("wb") as log:
        server = subprocess.Popen([*command, *(f"-c{k}={v}" for k, v in SETTINGS.items())], stderr=log, **options)
    try:
        wait_until_it_listens(server, place / "log")
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_until_it_listens(server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the log says so. Raises :class:`NoServer`."""
    patience = time.monotonic() + 30
    while b"ready to accept connections" not in log.read_bytes():
        if server.poll() is not None or time.monotonic() > patience:
            raise NoServer(f"postgres did not start: {log.read_text(errors='replace')[-300:]}")
        time.sleep(0.05)


if __name__ == "__main__":
    with cluster() as address:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "TEST_DATABASE_URL": address}, check=False).returncode)
