"""What a mail server does when it does not do what it should, and what it keeps."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Stage(StrEnum):
    """Where in the dialogue something can happen."""

    CONNECT = "connect"  # instead of the banner
    EHLO = "ehlo"  # EHLO and HELO
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"  # instead of 354
    MESSAGE = "message"  # after the final dot, before the message is accepted
    ACCEPTED = "accepted"  # after the message is accepted and kept, instead of 250
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Act:
    """What happens at a stage. Its parts happen in the order they stand here."""

    seconds: float = 0.0  # waits first
    silent: bool = False  # and never says another word
    pace: float = 0.0  # seconds between two bytes of the reply
    lines: int = 0  # continuation lines before the reply's last line
    reply: str | None = None  # instead of the true reply
    drop: bool = False  # closes the connection
    reset: bool = False  # breaks it (RST)


@dataclass(eq=False, slots=True)
class Scene:
    """An act with where and how often it is played."""

    stage: Stage
    act: Act
    recipient: str | None
    times: int | None


@dataclass(frozen=True, slots=True)
class Message:
    """One accepted message, exactly as it came."""

    sender: str
    recipients: tuple[str, ...]
    body: bytes
    message_id: str
    accepted_at: float  # time.time()
    encrypted: bool
    login: str  # who authenticated, or ""


@dataclass(eq=False)
class MailServer:
    """What is being served, what came in, and the script. Safe to use from any thread."""

    host: str
    port: int
    folder: Path | None = None
    messages: list[Message] = field(default_factory=list)
    connections: int = 0
    _scenes: list[Scene] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def message_ids(self) -> list[str]:
        """The Message-IDs in the order of acceptance."""
        return [message.message_id for message in list(self.messages)]

    def script(
        self,
        stage: Stage,
        *,
        reply: str | None = None,
        drop: bool = False,
        reset: bool = False,
        silent: bool = False,
        seconds: float = 0.0,
        pace: float = 0.0,
        lines: int = 0,
        recipient: str | None = None,
        times: int | None = None,
    ) -> None:
        """Let something happen at ``stage``, ``times`` times (None: always), at RCPT only for ``recipient`` if given.

        A reply with ``drop`` or ``reset`` is sent first. ``lines`` and ``pace`` (seconds per byte) spoil the reply, the
        true one when there is no other. The newest act that fits is played.
        """
        act = Act(seconds, silent, pace, lines, reply, drop, reset)
        with self._lock:
            self._scenes.insert(0, Scene(stage, act, recipient, times))

    def behave(self) -> None:
        """Forget the script."""
        with self._lock:
            self._scenes.clear()

    def next_act(self, stage: Stage, recipient: str = "") -> Act | None:
        """The act that is played now; counts ``times`` down."""
        with self._lock:
            for scene in self._scenes:
                if scene.stage is stage and scene.recipient in (None, recipient):
                    if scene.times is not None:
                        scene.times -= 1
                        if scene.times <= 0:
                            self._scenes.remove(scene)
                    return scene.act
        return None

    def keep(self, message: Message) -> None:
        """Accept a message: into the folder first, where there is one."""
        with self._lock:
            if self.folder is not None:
                write_message(self.folder, message)
            self.messages.append(message)


def write_message(folder: Path, message: Message) -> Path:
    """Write ``<n>.eml`` with the envelope as Return-Path and Delivered-To; complete from the moment it can be seen."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(path.stem) for path in folder.glob("*.eml") if path.stem.isdigit()]
    path = folder / f"{max(numbers, default=0) + 1}.eml"
    envelope = [f"Return-Path: <{message.sender}>", *(f"Delivered-To: {address}" for address in message.recipients)]
    head = "".join(f"{line}\r\n" for line in envelope).encode("utf-8", "surrogateescape")
    partial = path.with_suffix(".partial")
    partial.write_bytes(head + message.body)
    os.replace(partial, path)
    return path
