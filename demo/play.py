"""The demo's process: name servers, resolvers, a mail server and the stories, until SIGTERM or its parent's end.

It talks to the product through files in one folder only: ``world.json`` (written here, each time as a whole), ``start``
and ``again`` (touched by the web process), and ``mail/<n>.eml``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.mailhost import MailServer, serve_mail
from demo.nameserver import LoopbackError, serve
from demo.player import Player
from demo.resolver import Resolvers, serve_resolvers
from demo.sockets import Served
from demo.stories import Scenery, Step
from demo.world import HOSTS, RESOLVERS, ROOT, SPEED
from demo.zones import Zones

BEAT = 0.2  # seconds between two looks at the folder and the story
AUTHORITATIVE = (ROOT, *(address for host in HOSTS.values() for address in host.addresses))
# The product's own defaults (config/settings.py), in seconds; the demo divides them all by SPEED.
RHYTHM = {
    "RHYTHM_EAGER": 30,
    "RHYTHM_EAGER_FOR": 600,
    "RHYTHM_WAITING": 600,
    "RHYTHM_WAITING_FOR": 14 * 86400,
    "RHYTHM_RARE": 3600,
    "RHYTHM_GUARDED": 900,
    "RHYTHM_DAY_BEFORE": 120,
    "RHYTHM_WINDOW": 30,
    "CONFIRM_AFTER": 60,
    "GONE_AFTER": 900,
    "SILENT_AFTER": 600,
    "DNS_FALLBACK_AFTER": 120,
    "LOOK_NOW_EVERY": 10,
    "DIGEST_SECONDS": 60,
    "MAIL_SETTLE_SECONDS": 3,
}


@dataclass(frozen=True, slots=True)
class Running:
    """Everything that listens."""

    player: Player
    names: Served
    resolvers: Resolvers
    mail: MailServer

    def addresses(self) -> dict[str, Any]:
        """Where it listens, as world.json says it."""
        return {
            "resolvers": [f"{address}:{self.resolvers.port}" for address in self.resolvers.addresses],
            "authoritative_port": self.names.port,
            "smtp": f"{self.mail.host}:{self.mail.port}",
            "speed": SPEED,
        }


@contextmanager
def running(folder: Path, resolving: Sequence[str] = RESOLVERS) -> Iterator[Running]:
    """The whole world on free ports, before its story. Raises LoopbackError when this machine has not the addresses."""
    zones = Zones()
    with (
        serve(zones, AUTHORITATIVE) as names,
        serve_resolvers(zones, resolving, servers=AUTHORITATIVE) as resolvers,
        serve_mail(folder=folder / "mail") as mail,
    ):
        yield Running(Player(Scenery(zones, resolvers)), names, resolvers, mail)


def environment(world: Mapping[str, Any]) -> dict[str, str]:
    """What the product needs in its environment to live in the world that ``world`` (world.json) describes."""
    rhythm = {name: f"{seconds / world['speed']:g}" for name, seconds in RHYTHM.items()}
    return {
        "DNS_RESOLVERS": ",".join(world["resolvers"]),
        "DNS_AUTHORITATIVE_PORT": str(world["authoritative_port"]),
        "DNS_ALLOWED_NETWORKS": "127.0.0.0/8",
        "EMAIL_URL": f"smtp://{world['smtp']}",
        **rhythm,
    }


@dataclass(eq=False)
class Show:
    """The story and the folder it is steered through. ``now`` is ``time.time()`` and comes in."""

    player: Player
    folder: Path
    addresses: Mapping[str, Any]
    started_at: float | None = None
    round: int = 0
    _written: str = field(default="")

    def beat(self, now: float) -> None:
        """Look into the folder, let happen what is due, and say so."""
        again = self.folder / "again"
        if again.exists():
            again.unlink()
            self.player.rewind()
            self._start(now)
        elif self.started_at is None and (self.folder / "start").exists():
            self._start(now)
        if self.started_at is not None:
            self.player.advance(now - self.started_at)
        self.tell()

    def tell(self) -> None:
        """Write world.json when it says something new."""
        text = json.dumps({**self.addresses, "story": self._story()}, ensure_ascii=False, indent=1)
        if text != self._written:
            partial = self.folder / "world.json.partial"
            partial.write_text(text, encoding="utf-8")
            os.replace(partial, self.folder / "world.json")
            self._written = text

    def _start(self, now: float) -> None:
        self.started_at = now
        self.round += 1

    def _story(self) -> dict[str, Any]:
        return {
            "started_at": self.started_at,
            "round": self.round,
            "last": self._said(self.player.last),
            "next": self._said(self.player.upcoming()),
        }

    def _said(self, step: Step | None) -> dict[str, Any] | None:
        """A step for the banner: its sentence, seconds since the start, and the moment once there is a start."""
        if step is None:
            return None
        moment = None if self.started_at is None else self.started_at + step.at
        return {"sentence": step.sentence, "seconds": step.at, "at": moment}


def main(arguments: Sequence[str] | None = None, resolving: Sequence[str] = RESOLVERS) -> int:
    """Run until SIGTERM, SIGINT or the parent's end. Prints one line of JSON when everything listens.

    Returns 0, or 1 after one sentence on stderr when the loopback addresses cannot be had.
    """
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="where world.json and the mails go")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        with running(folder, resolving) as world:
            _play(Show(world.player, folder, world.addresses()), ended)
    except LoopbackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _play(show: Show, ended: threading.Event) -> None:
    parent = os.getppid()
    show.tell()
    ready = {"ready": True, "world": str(show.folder / "world.json"), "environment": environment(show.addresses)}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    while not ended.wait(BEAT) and os.getppid() == parent:
        show.beat(time.time())
