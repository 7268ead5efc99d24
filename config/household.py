"""The programs of one start: begun one after the other, watched, stopped in order."""

from __future__ import annotations

import http.client
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from config import broker, children
from config.children import Child

STOP_ORDER = ("beat", "web", "worker", "demo", "broker")  # broker last: a worker must be able to give its tasks back
WORKER = ("config.worker",)
BEAT = ("celery", "-q", "-A", "config", "beat")
GLANCE_SECONDS = 0.1  # between two looks at the children
READY_SECONDS = 60.0  # for the web server, and for the demo's world
BROKER_PATIENCE = 10.0  # after a kill -9 of `up` the former broker needs a moment to go


class UpError(Exception):
    """It could not be started, or something died. The text says what."""


class StopAsked(Exception):
    """A person, or the system, wants it to end."""


def say(sentence: str) -> None:
    """Tell whoever sits at the terminal; one that has been closed is no reason to fail."""
    try:
        print(sentence, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class Household:
    """The programs of one start, and the environment they are given."""

    def __init__(self, base: Path, environment: Mapping[str, str]) -> None:
        self.base = base
        self.environment = dict(environment)
        self.children: list[Child] = []
        self.asked = threading.Event()

    def start(self, var: Path, listening: socket.socket, address: str) -> None:
        """Start one after the other; return once the web server answers."""
        self.environment["PUBLIC_URL"] = self.environment.get("PUBLIC_URL") or address
        if self.environment["DEMO"] == "1":
            self.add_demo(var)
        if not self.environment.get("REDIS_URL"):
            self.add_broker(var / "valkey")
        welcome, workers = self.prepare()
        for number in range(1, workers + 1):
            self.add("worker", *WORKER, f"worker{number}")
        self.add("beat", *BEAT, "-s", str(var / "beat"))
        self.add("web", "config.web", str(listening.fileno()), pass_fds=(listening.fileno(),))
        listening.close()
        self.wait_for_web(address)
        say(f"Onward is at {self.environment['PUBLIC_URL']}  (Ctrl-C stops everything)")
        if self.environment["PUBLIC_URL"].rstrip("/") != address:
            say(f"On this machine: {address}")
        if welcome:
            say(f"Nobody can sign in yet. Make your account with this link, which works once: {welcome}")

    def add(self, name: str, *module: str, pass_fds: tuple[int, ...] = ()) -> None:
        """Start ``python -m …`` under ``name``."""
        self.glance()
        command = (sys.executable, "-m", *module)
        self.children.append(children.start(name, command, self.environment, self.base, pass_fds=pass_fds))

    def add_demo(self, folder: Path) -> None:
        """Start the demo's world; whatever it listens on becomes the environment of everything else."""
        command = (sys.executable, "-m", "demo", "--folder", str(folder))
        world = children.start("demo", command, self.environment, self.base, stdout=subprocess.PIPE)
        self.children.append(world)
        line = json.loads(self.first_line(world))
        self.environment |= line["environment"]

    def first_line(self, child: Child) -> bytes:
        """What ``child`` says first."""
        assert child.program.stdout is not None
        patience = time.monotonic() + READY_SECONDS
        while not select.select([child.program.stdout], [], [], 0)[0]:
            if time.monotonic() > patience:
                raise UpError(f"{child.name} was not ready within {READY_SECONDS:.0f} s.")
            self.pause()
        return child.program.stdout.readline()

    def add_broker(self, folder: Path) -> None:
        """Start the embedded broker, waiting for a former one that is just going."""
        patience = time.monotonic() + BROKER_PATIENCE
        while True:
            try:
                server = broker.start(folder, children.before_exec(os.getpid()))
            except broker.BrokerHeld:
                if time.monotonic() > patience:
                    raise
                self.pause()
            else:
                self.children.append(Child("broker", server))
                return

    def prepare(self) -> tuple[str | None, int]:
        """Run `manage.py prepare`; the first operator's address, or None, and how many workers are wanted."""
        command = (sys.executable, "manage.py", "prepare")
        preparing = children.start("prepare", command, self.environment, self.base, stdout=subprocess.PIPE)
        try:
            while preparing.program.poll() is None:
                self.pause()
        finally:
            children.stop(preparing)
        assert preparing.program.stdout is not None
        with preparing.program.stdout as written:
            lines = written.read().decode().splitlines()
        if preparing.program.returncode:
            raise UpError("The database could not be made ready; the reason is above. Nothing was started.")
        found = json.loads(lines[-1])
        return found["welcome"], found["workers"]

    def wait_for_web(self, address: str) -> None:
        """Return when the web server answers ``address``."""
        patience = time.monotonic() + READY_SECONDS
        while not answers(address):
            if time.monotonic() > patience:
                raise UpError(f"The web server did not answer within {READY_SECONDS:.0f} s.")
            self.pause()

    def pause(self) -> None:
        """Wait a moment, then look at everybody."""
        self.asked.wait(GLANCE_SECONDS)
        self.glance()

    def glance(self) -> None:
        """Raise :class:`StopAsked` when asked to stop and :class:`UpError` when somebody has died."""
        if self.asked.is_set():
            raise StopAsked
        for child in self.children:
            if death := child.death():
                raise UpError(f"{death}; the rest was stopped.")

    def end(self) -> None:
        """Stop everybody in order, and say who had to be forced."""
        for child in sorted(self.children, key=lambda child: STOP_ORDER.index(child.name)):
            if not children.stop(child):
                say(f"{child.name} did not stop and was ended; what it was doing will be done again.")


def answers(address: str) -> bool:
    """Whether a web server at ``address`` answers anything at all."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()
