"""One SMTP session of a receive protocol log, replayed: which recipients were accepted, and was the message taken."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

_RECIPIENT = re.compile(r"RCPT TO:\s*<?([^>\s]{0,320})>?", re.IGNORECASE)
_MESSAGE = "end of message"  # waits for the reply that takes or refuses the whole message
_MAX_COMMANDS = 256
_MAX_RECIPIENTS = 5000


@dataclass(slots=True)
class Session:
    """What is remembered of one open session. Bounded, whatever the client sends."""

    key: tuple[str, str]  # connector, client address
    may_relay: bool = False
    waiting: deque[str] = field(
        default_factory=lambda: deque(maxlen=_MAX_COMMANDS)
    )  # commands without reply, oldest first
    accepted: list[str] = field(default_factory=list)  # domains of the recipients of the present message
    refused: list[str] = field(default_factory=list)
    counted: bool = False

    def told(self, command: str) -> None:
        """The client sent a command (event ``<``)."""
        verb = command[:5].upper()
        if verb.startswith(("MAIL", "RSET", "EHLO", "HELO")):
            self.accepted.clear()
        if verb == "RCPT ":
            found = _RECIPIENT.match(command)
            domain = found[1].rpartition("@")[2].rstrip(".").lower() if found else ""
            self.waiting.append(f"RCPT {domain[:253]}")
        elif verb == "BDAT ":
            self.waiting.append(_MESSAGE if command.rstrip().upper().endswith("LAST") else "BDAT")
        else:
            self.waiting.append(verb.split(" ")[0])

    def answered(self, reply: str) -> Iterator[str]:
        """The server replied (event ``>``). Yields the recipients' domains when this accepts a message."""
        if not reply[:3].isdigit() or reply[3:4] == "-":
            return
        command = self.waiting.popleft() if self.waiting else ""
        good = reply[:1] == "2"
        if command.startswith("RCPT "):
            kept = self.accepted if good else self.refused
            if len(kept) < _MAX_RECIPIENTS:
                kept.append(command[5:])
        elif command == _MESSAGE and good:
            yield from self.accepted
            self.accepted.clear()
        elif command == "DATA" and reply.startswith("354"):
            self.waiting.appendleft(_MESSAGE)  # the next reply is about the message itself
