"""Real NSD and Unbound on loopback, each in a folder of its own and ended with its block."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.nsd import wait_for
from tests import tools

NSD = """\
server:
{addresses}
  port: {port}
  server-count: 1
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  xfrdir: "{folder}"
  logfile: "{folder}/nsd.log"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""
UNBOUND = """\
server:
{interfaces}
  do-ip6: no
  use-syslog: no
  logfile: ""
  verbosity: 0
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  module-config: "validator iterator"
  num-threads: 1
  local-zone: "test." nodefault
  local-zone: "com." static
  local-zone: "microsoft." static
remote-control:
  control-enable: no
"""


@dataclass(frozen=True)
class Nsd:
    """A name server whose zones are files."""

    folder: Path
    program: subprocess.Popen[bytes]

    def change(self, zone: str, text: str) -> None:
        """Put another text in place and have it loaded. The serial in it must be a higher one."""
        (self.folder / f"{zone}.zone").write_text(text)
        self.program.send_signal(signal.SIGHUP)


@contextmanager
def nsd(folder: Path, addresses: Sequence[str], port: int, zones: Mapping[str, str | None]) -> Iterator[Nsd]:
    """Serve zone texts by name; None is a zone whose file is missing. Skips the test where NSD is missing."""
    folder.mkdir()
    listening = "\n".join(f"  ip-address: {address}@{port}" for address in addresses)
    config = NSD.format(addresses=listening, port=port, folder=folder)
    for name, zone in zones.items():
        config += f'zone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n'
        if zone is not None:
            (folder / f"{name}.zone").write_text(zone)
    (folder / "nsd.conf").write_text(config)
    with running("nsd", ["-d", "-c", str(folder / "nsd.conf")], addresses[0], port) as program:
        yield Nsd(folder, program)


@contextmanager
def unbound(folder: Path, addresses: Sequence[str], port: int, more: str) -> Iterator[None]:
    """Resolve on ``addresses``; ``more`` is added to the configuration. Skips the test where Unbound is missing."""
    folder.mkdir()
    interfaces = "\n".join(f"  interface: {address}@{port}" for address in addresses)
    (folder / "unbound.conf").write_text(UNBOUND.format(interfaces=interfaces, folder=folder) + more)
    with running("unbound", ["-d", "-c", str(folder / "unbound.conf")], addresses[0], port):
        yield


def stub(zone: str, port: int, *addresses: str) -> str:
    """Unbound's words for: this zone is at these addresses."""
    return f'stub-zone:\n  name: "{zone}"\n' + "".join(f"  stub-addr: {address}@{port}\n" for address in addresses)


@contextmanager
def running(name: str, arguments: list[str], address: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server until the block is left, once it answers."""
    found = tools.need(name)
    environment = {**os.environ, **found.environment}
    server = subprocess.Popen([found.path, *arguments], stderr=subprocess.DEVNULL, env=environment)
    try:
        wait_for(server, address, port)
        yield server
    finally:
        server.terminate()
        server.wait(10)
