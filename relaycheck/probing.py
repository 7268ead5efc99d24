"""The order of a probe's conversation: what is said to a relay, how often it is rung again, and when it is left alone.

Nothing here opens a socket; :mod:`relaycheck.session` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from relaycheck.engine.address_forms import Attempt, sixteen_forms
from relaycheck.engine.reach import Target
from relaycheck.engine.transcript import Transcript
from relaycheck.session import Conversation, ConversationEnded, Ended, Log, Means, Security, TlsFailed, dial, permitted

FORMS_SECONDS = 300.0
BETWEEN_FORMS = 2.0
QUIT_SECONDS = 2.0


@dataclass(slots=True)
class Visit:
    """One or more connections to one address. ``left`` shrinks as attempts are made."""

    target: Target
    addresses: list[str]
    log: Log
    left: list[Attempt]
    security: Security = Security.VERIFY
    greeting: str = ""

    def talk(self) -> bool:
        """Hold one connection from greeting to QUIT. True when another connection could bring the visit further."""
        before, security = len(self.left), self.security
        try:
            conversation = Conversation(dial(self.target, self.addresses[0], self.log), self.log)
        except ConversationEnded as end:
            self._note_end(end)
            return end.why is Ended.UNREACHABLE and self._next_address()
        try:
            self._hold(conversation)
            return False
        except TlsFailed as failure:
            self._step_down(failure)
        except ConversationEnded as end:
            self._note_end(end)
            if end.why not in {Ended.CLOSED, Ended.TIMEOUT, Ended.TOO_LONG}:
                return False
        finally:
            conversation.close()
        return self.security is not security or (len(self.left) < before and bool(self.left))

    def _next_address(self) -> bool:
        if len(self.addresses) == 1:
            return False
        del self.addresses[0]
        return True

    def _note_end(self, end: ConversationEnded) -> None:
        self.log.note(f"ended {end.why} {end.detail}".rstrip())

    def _step_down(self, failure: TlsFailed) -> None:
        self.log.note(f"{'certificate-problem' if failure.unverified else 'tls-failed'} {failure}")
        self.security = Security.ACCEPT_ANY if failure.unverified else Security.PLAIN

    def _hold(self, conversation: Conversation) -> None:
        greeting = conversation.reply()
        self.greeting = greeting.text.split(" ", 1)[0]
        if not greeting.good:
            return
        offered = self._hello(conversation)
        if (
            "STARTTLS" in offered
            and self.security is not Security.PLAIN
            and conversation.command("STARTTLS").code == 220
        ):
            conversation.encrypt(self.security, self.target.host)
            self._hello(conversation)
        while self.left:
            self._attempt(conversation, self.left.pop(0))
        self._quit(conversation)

    def _hello(self, conversation: Conversation) -> set[str]:
        local = str(conversation.socket.getsockname()[0])
        name = self.log.means.helo or (f"[IPv6:{local}]" if ":" in local else f"[{local}]")
        answer = conversation.command(f"EHLO {name}")
        if not answer.good:
            conversation.command(f"HELO {name}")
            return set()
        return {line[4:].split(" ", 1)[0].upper() for line in answer.lines[1:]}

    def _attempt(self, conversation: Conversation, attempt: Attempt) -> None:
        self.log.note(f"attempt {attempt.name}")
        if conversation.command(f"MAIL FROM:<{attempt.sender}>").good:
            conversation.command(f"RCPT TO:{attempt.forward_path}")
        conversation.command("RSET")

    def _quit(self, conversation: Conversation) -> None:
        try:
            conversation.command("QUIT", QUIT_SECONDS)
        except ConversationEnded:
            return  # everything asked for has been said


def probe(target: Target, attempts: Sequence[Attempt], means: Means) -> Transcript:
    """Greeting, EHLO, STARTTLS, then MAIL, RCPT and RSET for each attempt, then QUIT. Never DATA.

    Never raises for what a server does: how it ended is the transcript's last note.
    """
    log = Log(means)
    visit = _visit(target, list(attempts), log)
    while visit and visit.talk():
        pass
    return log.transcript()


def _visit(target: Target, attempts: list[Attempt], log: Log) -> Visit | None:
    try:
        addresses = permitted(target, log)
    except ConversationEnded as end:
        log.note(f"ended {end.why}")
        return None
    return Visit(target, addresses, log, attempts) if addresses else None


def probe_forms(target: Target, sender: str, recipient: str, means: Means) -> Transcript:
    """The sixteen address forms, a connection for each, two seconds apart. Raises InvalidName for a bad address."""
    log = Log(means)
    visit = _visit(target, [], log)
    if visit is None:
        return log.transcript()
    while visit.talk():  # learns the greeting, and how far TLS goes
        pass
    forms = sixteen_forms(sender, recipient, visit.addresses[0], visit.greeting)
    for done, form in enumerate(forms):
        means.progress(done, len(forms))
        try:
            means.pause(log.seconds(BETWEEN_FORMS))
            log.seconds(0)
        except ConversationEnded as end:
            log.note(f"ended {end.why}")
            return log.transcript()
        visit.left = [form]
        while visit.talk():
            pass
    means.progress(len(forms), len(forms))
    return log.transcript()


def look_outward(
    exchanger: str, addresses: Sequence[str], attempts: Sequence[Attempt], means: Means, port: int = 25
) -> Transcript:
    """The same with a tenant's mail exchanger, at the first of ``addresses`` that can be reached."""

    def looked_up(_host: str, _seconds: float) -> tuple[str, ...]:
        return tuple(addresses)

    return probe(Target(exchanger, port), attempts, replace(means, resolve=looked_up))
