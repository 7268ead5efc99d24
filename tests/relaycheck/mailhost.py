"""A real Postfix of the test's own: configuration, queue and ports in a folder, stopped by its own process."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

POSTFIX = shutil.which("postfix") or "/usr/sbin/postfix"
DAEMONS = "/usr/lib/postfix/sbin"
MASTER = """postlog   unix-dgram n  -       n       -       1       postlogd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       1       1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
local     unix  -       n       n       -       -       local
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
"""

needs_postfix = pytest.mark.skipif(
    not Path(DAEMONS, "master").exists() or os.geteuid() != 0,
    reason="needs Postfix, started by root; this brings it: sudo ./test --fetch",
)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own_places(folder: Path) -> str:
    return (
        f"queue_directory = {folder}/queue\ndata_directory = {folder}/state\nmaillog_file = {folder}/mail.log\n"
        f"maillog_file_prefixes = {folder}\nmail_owner = postfix\nsetgid_group = postdrop\n"
        "inet_interfaces = 127.0.0.1\n"
        f"daemon_directory = {DAEMONS}\nsmtp_host_lookup = native\nbiff = no\n"
    )


@contextlib.contextmanager
def folder_for_postfix() -> Iterator[Path]:
    """A folder that Postfix's own user can walk into, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="onward-postfix-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def postfix(folder: Path, main: str, services: Mapping[int, Mapping[str, str]], more: str = "") -> Iterator[Path]:
    """Run Postfix with ``main`` and one smtpd per port, each with its own overrides. Yields the log file.

    ``more`` are further lines of master.cf.
    """
    config = folder / "config"
    config.mkdir(exist_ok=True)
    owner = pwd.getpwnam("postfix").pw_uid
    for name in ("queue", "state"):
        (folder / name).mkdir()
    os.chown(folder / "state", owner, grp.getgrnam("postfix").gr_gid)
    lines = []
    for port, overrides in services.items():
        options = "".join(f"\n  -o {name}={value}" for name, value in overrides.items())
        lines.append(f"127.0.0.1:{port} inet n - n - - smtpd{options}")
    (config / "master.cf").write_text(MASTER + more + "\n".join(lines) + "\n")
    (config / "main.cf").write_text(main + _own_places(folder))
    running = subprocess.Popen([POSTFIX, "-c", str(config), "start-fg"], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for port in services:
            _wait_for(port, running)
        yield folder / "mail.log"
    finally:
        master = folder / "queue" / "pid" / "master.pid"
        if running.poll() is None and master.exists():
            os.kill(int(master.read_text()), signal.SIGTERM)
        running.communicate(timeout=20)


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if running.poll() is not None:
            raise AssertionError(running.communicate())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")
