"""A real NSD on loopback for benchmarks and tests, in a directory of its own, ended with its block."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.message
import dns.query

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


@dataclass(frozen=True)
class Nsd:
    """A server that is up."""

    process: subprocess.Popen[bytes]
    address: str
    port: int
    files: Mapping[str, Path]  # by zone; zones that began with the same text share one

    def publish(self, zones: Mapping[str, str]) -> None:
        """Serve these texts from now on, under the same names and with other serials. Returns once they are served.

        Raises RuntimeError when NSD does not take them.
        """
        before = {name: self._serial(name) for name in zones}
        for name, text in zones.items():
            self.files[name].write_text(text)
        self.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        for name, serial in before.items():
            while self._serial(name) == serial:
                if time.monotonic() > until:
                    raise RuntimeError(f"nsd keeps serving the old {name}")
                time.sleep(0.02)

    def _serial(self, zone: str) -> int:
        asked = dns.message.make_query(zone, "SOA")
        answer = dns.query.udp(asked, self.address, timeout=5, port=self.port).answer
        serial: int = next(iter(answer[0])).serial
        return serial


@contextmanager
def nsd(
    zones: Mapping[str, str],
    address: str = "127.0.0.1",
    others: Sequence[str] = (),
    program: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """As :func:`serve`, and yields the port alone."""
    with serve(zones, address, others, program, environment) as server:
        yield server.port


@contextmanager
def serve(
    zones: Mapping[str, str],
    address: str = "127.0.0.1",
    others: Sequence[str] = (),
    program: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Nsd]:
    """Serve zone texts by name, at ``address`` and ``others``.

    Raises RuntimeError when NSD is missing or does not come up; it gets the longer for it the more zones there are.
    """
    program = program or shutil.which("nsd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise RuntimeError("nsd is not installed")
    with tempfile.TemporaryDirectory(prefix="nsd-") as folder:
        port = free_port(address)
        addresses = "".join(f"  ip-address: {one}@{port}\n" for one in (address, *others))
        lines = [CONFIG.format(addresses=addresses, port=port, folder=folder)]
        files: dict[str, Path] = {}
        for name, text in zones.items():
            if text not in files:
                files[text] = Path(folder, f"{len(files)}.zone")
                files[text].write_text(text)
            lines.append(ZONE.format(name=name, file=files[text].name))
        config = Path(folder, "nsd.conf")
        config.write_text("".join(lines))
        server = subprocess.Popen([program, "-d", "-c", str(config)], stderr=subprocess.DEVNULL, env=environment)
        try:
            wait_for(server, address, port, 30 + len(zones) / 500)
            yield Nsd(server, address, port, {name: files[text] for name, text in zones.items()})
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
