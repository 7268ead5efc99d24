"""A whole installation of real processes over a world on loopback, for tests that kill them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from config import broker
from demo.mailhost import MailServer, serve_mail
from demo.nameserver import Zones, serve
from demo.resolver import serve_resolvers
from tests.onboarding.world import FIRST, REGISTRY, REGISTRY_ZONE, RESOLVERS, ROOT, SECOND, ZONE

BASE = Path(__file__).resolve().parent.parent.parent
SHORT = {
    "RHYTHM_EAGER": "2",
    "RHYTHM_EAGER_FOR": "3600",
    "CONFIRM_AFTER": "3",
    "GONE_AFTER": "12",
    "SLOT_SECONDS": "3",
    "LEASE_SECONDS": "4",
    "SWEEP_SECONDS": "5",
    "TICK_SECONDS": "1",
    "MAIL_SETTLE_SECONDS": "1",
    "MAIL_TIMEOUT_SECONDS": "4",
    "DIGEST_ABOVE": "100000",
    "DNS_TIMEOUT_SECONDS": "2",
    "DNS_TRIES": "2",
    "DNS_PER_SERVER": "0",
    "DNS_OVERALL": "0",
}
COMMANDS = {
    "worker": ["-m", "config.worker"],
    "beat": ["-m", "celery", "-A", "config", "beat", "-l", "ERROR"],
    "sweep": ["manage.py", "sweep"],
}


class Installation:
    """Processes over one folder. Each is started, killed and started again by name."""

    def __init__(self, folder: Path, mail: MailServer, zones: Zones, environment: dict[str, str]) -> None:
        self.folder, self.mail, self.zones = folder, mail, zones
        self.environment = environment
        self.running: dict[str, subprocess.Popen[Any]] = {}

    def start(self, name: str) -> None:
        """Start one process: a command's name, and behind a hyphen what tells several of one kind apart."""
        if name == "broker":
            self.running[name] = broker.start(self.folder / "valkey")
            return
        options = ["-s", str(self.folder / "beat")] if name == "beat" else []
        log = (self.folder / f"{name}.log").open("a")
        self.running[name] = subprocess.Popen(
            [sys.executable, *COMMANDS[name.partition("-")[0]], *options],
            cwd=BASE,
            env=self.environment,
            stdout=log,
            stderr=log,
        )

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """End everything that still runs, the broker last."""
        for name in sorted(self.running, key=lambda name: name == "broker"):
            process = self.running.pop(name)
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def manage(self, *words: str) -> str:
        """A management command's output."""
        return self._output("manage.py", *words)

    def ledger(self) -> dict[str, Any]:
        """What the database says was told."""
        found: dict[str, Any] = json.loads(self._output("-m", "tests.e2e.rows", "ledger"))
        return found

    def seed(self, count: int) -> None:
        """Zones with the record published, and rows that wait for it."""
        for number in range(count):
            name = f"d{number}.test"
            self.zones.put(name, 600, "NS", "ns1.hoster.test.", "ns2.hoster.test.", at=REGISTRY)
            self.zones.load(name, f'{ZONE}@ TXT "MS=ms12345678"\n', at=(FIRST, SECOND))
        self._output("-m", "tests.e2e.rows", "seed", str(count))

    def _output(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=BASE,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


@contextmanager
def installed(folder: Path, **variables: str) -> Iterator[Installation]:
    """A migrated installation with nothing started yet."""
    zones = Zones()
    zones.load(".", ROOT, at=REGISTRY)
    zones.load("test", REGISTRY_ZONE, at=REGISTRY)
    with ExitStack() as stack:
        served = stack.enter_context(serve(zones, (REGISTRY, FIRST, SECOND)))
        resolvers = stack.enter_context(serve_resolvers(zones, RESOLVERS, servers=(REGISTRY, FIRST, SECOND)))
        mail = stack.enter_context(serve_mail())
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(BASE),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ONWARD_VAR": str(folder),
            "EMAIL_URL": f"smtp://{mail.host}:{mail.port}",
            "MAIL_FROM": "onward@onward.test",
            "DNS_AUTHORITATIVE_PORT": str(served.port),
            "DNS_RESOLVERS": ",".join(f"{address}:{resolvers.port}" for address in RESOLVERS),
            "DNS_ALLOWED_NETWORKS": "127.0.0.0/8",
            **SHORT,
            **variables,
        }
        one = Installation(folder, mail, zones, environment)
        one.manage("migrate", "--verbosity", "0")
        try:
            yield one
        finally:
            one.stop()


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether ``holds`` becomes true within ``seconds``."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.2)
    return holds()
