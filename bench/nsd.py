"""A real NSD on loopback for benchmarks and tests, in a directory of its own, ended with its block."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

CONFIG = """\
server:
{addresses}  port: {port}
  server-count: 1
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  logfile: "{folder}/nsd.log"
  hide-version: yes
  rrl-ratelimit: 0
  minimal-responses: yes
remote-control:
  control-enable: no
"""
ZONE = 'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'


def free_port(address: str = "127.0.0.1") -> int:
    """A port that is free on ``address`` for UDP and TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((address, 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind((address, port))
            except OSError:
                continue
            return port


@contextmanager
def nsd(
    zones: Mapping[str, str],
    address: str = "127.0.0.1",
    others: Sequence[str] = (),
    program: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Serve zone texts by name, at ``address`` and ``others``; yields the port.

    Raises RuntimeError when NSD is missing or does not come up; it gets the longer for it the more zones there are.
    """
    program = program or shutil.which("nsd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise RuntimeError("nsd is not installed")
    with tempfile.TemporaryDirectory(prefix="nsd-") as folder:
        port = free_port(address)
        addresses = "".join(f"  ip-address: {one}@{port}\n" for one in (address, *others))
        lines = [CONFIG.format(addresses=addresses, port=port, folder=folder)]
        files: dict[str, str] = {}  # zones with the same text share one file
        for name, text in zones.items():
            if text not in files:
                files[text] = f"{len(files)}.zone"
                Path(folder, files[text]).write_text(text)
            lines.append(ZONE.format(name=name, file=files[text]))
        config = Path(folder, "nsd.conf")
        config.write_text("".join(lines))
        server = subprocess.Popen([program, "-d", "-c", str(config)], stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_for(server, address, port, 30 + len(zones) / 500)
            yield port
        finally:
            server.terminate()
            server.wait(10)


def wait_for(server: subprocess.Popen[bytes], address: str, port: int, patience: float = 30.0) -> None:
    """Return when ``server`` accepts TCP on ``port``. Raises RuntimeError when it ends or takes longer than
    ``patience`` seconds.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended with {server.returncode}")
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            time.sleep(0.02)
            continue
        return
    raise RuntimeError(f"{server.args!r} does not listen on {address} port {port}")
