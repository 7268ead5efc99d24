"""A real Unbound on loopback in front of name servers on loopback: plain, over TLS and over HTTPS."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.nsd import free_port, wait_for

CONFIG = """\
server:
  interface: {address}@{port}
  {tls}
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
  module-config: "iterator"
  num-threads: 1
  incoming-num-tcp: 100
  local-zone: "test." nodefault
  msg-cache-size: 64m
  rrset-cache-size: 64m
remote-control:
  control-enable: no
"""
TLS = """\
interface: {address}@{tls_port}
  interface: {address}@{https_port}
  tls-port: {tls_port}
  https-port: {https_port}
  http-endpoint: "/dns-query"
  tls-service-key: "{key}"
  tls-service-pem: "{certificate}"
"""
STUB = 'stub-zone:\n  name: "{zone}"\n  stub-addr: {address}@{port}\n'


@dataclass(frozen=True, slots=True)
class Recursor:
    """Where it listens; the last two are 0 without a certificate."""

    address: str
    port: int
    tls_port: int = 0
    https_port: int = 0


@contextmanager
def unbound(
    stubs: Mapping[str, int],
    address: str = "127.0.0.1",
    certificate: Path | None = None,
    key: Path | None = None,
    program: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Recursor]:
    """Resolve zones (name: port of its server on ``address``). Raises RuntimeError when Unbound is missing or does
    not come up.
    """
    program = program or shutil.which("unbound", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise RuntimeError("unbound is not installed")
    ports = [free_port(address) for _ in range(3 if certificate else 1)]
    where = Recursor(address, *ports)
    with tempfile.TemporaryDirectory(prefix="unbound-") as folder:
        tls = TLS.format(
            address=address, tls_port=where.tls_port, https_port=where.https_port, key=key, certificate=certificate
        )
        lines = [CONFIG.format(address=address, port=where.port, folder=folder, tls=tls if certificate else "")]
        lines += [STUB.format(zone=zone, address=address, port=port) for zone, port in stubs.items()]
        config = Path(folder, "unbound.conf")
        config.write_text("".join(lines))
        server = subprocess.Popen([program, "-d", "-c", str(config)], stderr=subprocess.DEVNULL, env=environment)
        try:
            for port in ports:
                wait_for(server, address, port)
            yield where
        finally:
            server.terminate()
            server.wait(10)
