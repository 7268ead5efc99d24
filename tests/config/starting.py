"""`manage.py up` as a person starts it: a process of its own over a folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0  # seconds; generous, because the machine may be busy
PARTS = {"worker": "config.worker", "beat": "config beat", "web": "config.web", "broker": "valkey-server"}


class Start:
    """One `up`, what it says, and which processes belong to it."""

    def __init__(self, var: Path, *options: str, **variables: str) -> None:
        self.var = var
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(var),
            "ONWARD_VAR": str(var),
            "DNS_RESOLVERS": "127.0.0.1",
        }
        self.program = subprocess.Popen(
            [sys.executable, "manage.py", "up", *options],
            cwd=BASE,
            env={**environment, "DNS_AUTHORITATIVE_PORT": "1", "PYTHONUNBUFFERED": "1", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.heard = threading.Condition()
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """Collect what is said."""
        assert self.program.stdout is not None
        for line in self.program.stdout:
            with self.heard:
                self.lines.append(line.rstrip())
                self.heard.notify_all()

    def said(self) -> str:
        """Everything so far."""
        return "\n".join(self.lines)

    def hear(self, pattern: str) -> str:
        """Wait for a line with ``pattern``; its first group."""
        end = time.monotonic() + PATIENCE
        with self.heard:
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found.group(1) if found.groups() else found.group()
                left = end - time.monotonic()
                assert left > 0, f"no {pattern!r} in:\n{self.said()}"
                assert self.program.poll() is None or self.listener.is_alive(), f"no {pattern!r} in:\n{self.said()}"
                self.heard.wait(min(left, 0.2))

    def address(self) -> str:
        """Where it is, once it is there."""
        return self.hear(r"Onward is at (http://\S+)")

    def living(self) -> dict[int, str]:
        """Process id and command line of everything that belongs to this start, `up` itself left out."""
        return {pid: command for pid, command in processes_of(self.var).items() if pid != self.program.pid}

    def part(self, name: str) -> int:
        """The process id of a child."""
        return self.parts(name)[0]

    def parts(self, name: str) -> list[int]:
        """The process ids of all children of this name."""
        return [pid for pid, command in self.living().items() if PARTS[name] in command]

    def wait(self) -> int:
        """Its exit code, once it has ended and said its last."""
        code = self.program.wait(PATIENCE)
        self.listener.join(PATIENCE)
        return code

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait."""
        self.program.send_signal(number)
        return self.wait()


def processes_of(var: Path) -> dict[int, str]:
    """Living processes that were started for the folder ``var``: by their environment, or by where they stand."""
    mark = b"ONWARD_VAR=" + os.fsencode(var)
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stands = (folder / "cwd").readlink() == var / "valkey"  # Valkey writes its title over its environment
            if stands or mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # gone meanwhile, or not ours
            continue
    return found


@contextmanager
def up(var: Path, *options: str, **variables: str) -> Iterator[Start]:
    """A start that is over, with all that belongs to it, when the test is."""
    start = Start(var, *options, **variables)
    try:
        yield start
    finally:
        if start.program.poll() is None:
            start.stop()
        for pid in processes_of(var):
            os.kill(pid, signal.SIGKILL)


def wait_until_none_lives(var: Path) -> None:
    """Return when the last process of ``var`` is gone."""
    end = time.monotonic() + PATIENCE
    while left := processes_of(var):
        assert time.monotonic() < end, left
        time.sleep(0.05)
