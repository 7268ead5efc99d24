"""What a relay probe tries: three recipients that tell the story, and the sixteen classic address forms.

The forms are those of nmap's smtp-open-relay script, in its order (https://nmap.org/nsedoc/scripts/smtp-open-relay.html).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from relaycheck.engine.naming import InvalidName, host_name, printable, qualified_name
from relaycheck.engine.policy import MAILBOX


class Towards(StrEnum):
    """Where an attempt's recipient lives, as far as the relay is concerned."""

    OWN = "own"  # a domain hosted in the tenant
    EXTERNAL = "external"  # any other domain
    OUTSIDE = "outside"  # another domain, under an ending the relay has no remote domain for
    UNKNOWN = "unknown"  # a pasted transcript does not say


@dataclass(frozen=True, slots=True)
class Attempt:
    """One MAIL and RCPT. ``forward_path`` stands in RCPT TO as it is, with its brackets; no ``sender`` means ``<>``."""

    name: str
    sender: str
    forward_path: str
    towards: Towards = Towards.EXTERNAL
    trick: bool = False  # an address form that servers may take for a local name

    @property
    def recipient(self) -> str:
        """The address without its brackets."""
        return self.forward_path.removeprefix("<").removesuffix(">")

    @property
    def plain(self) -> bool:
        """True for an ordinary ``local@domain``."""
        return not self.trick


def mailbox(text: str) -> str:
    """An ordinary ``local@domain`` that may stand in a command. Raises InvalidName; quoted local parts are refused."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not MAILBOX.fullmatch(local):
        raise InvalidName(f"{printable(text, 80)} is no mail address.")
    return f"{local}@{qualified_name(domain)}"


def three_recipients(sender: str, own: str, external: str, outside: str = "") -> tuple[Attempt, ...]:
    """The plain probe: a recipient of one's own, an external one, and one under an ending the relay does not list."""
    attempts = [
        Attempt("own", sender, f"<{own}>", Towards.OWN) if own else None,
        Attempt("external", sender, f"<{external}>", Towards.EXTERNAL),
        Attempt("outside", sender, f"<{outside}>", Towards.OUTSIDE) if outside else None,
    ]
    return tuple(attempt for attempt in attempts if attempt)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the forms are made of: ``local@domain`` is the recipient, ``ip`` and ``server`` are the relay itself."""

    local: str
    domain: str
    sender: str
    ip: str
    server: str


RECIPIENT_FORMS: tuple[tuple[str, Callable[[_Parts], str]], ...] = (
    ("05 percent at address", lambda p: f"<{p.local}%{p.domain}@[{p.ip}]>"),
    ("06 percent at name", lambda p: f"<{p.local}%{p.domain}@{p.server}>"),
    ("07 quoted", lambda p: f'<"{p.local}@{p.domain}">'),
    ("08 quoted percent", lambda p: f'<"{p.local}%{p.domain}">'),
    ("09 twice at, address", lambda p: f"<{p.local}@{p.domain}@[{p.ip}]>"),
    ("10 quoted at address", lambda p: f'<"{p.local}@{p.domain}"@[{p.ip}]>'),
    ("11 twice at, name", lambda p: f"<{p.local}@{p.domain}@{p.server}>"),
    ("12 source route by address", lambda p: f"<@[{p.ip}]:{p.local}@{p.domain}>"),
    ("13 source route by name", lambda p: f"<@{p.server}:{p.local}@{p.domain}>"),
    ("14 bang path", lambda p: f"<{p.domain}!{p.local}>"),
    ("15 bang path at address", lambda p: f"<{p.domain}!{p.local}@[{p.ip}]>"),
    ("16 bang path at name", lambda p: f"<{p.domain}!{p.local}@{p.server}>"),
)


def sixteen_forms(sender: str, recipient: str, address: str, greeting: str = "") -> tuple[Attempt, ...]:
    """The classic forms against the server at ``address`` that greets as ``greeting``. The recipient is external.

    A greeting that is no host name is replaced by ``localhost``. Raises InvalidName for sender or recipient.
    """
    local, _, domain = mailbox(recipient).rpartition("@")
    user, _, own = mailbox(sender).rpartition("@")
    literal = f"IPv6:{address}" if ":" in address else address
    parts = _Parts(local, domain, user, literal, _server_name(greeting))
    forward, from_literal = f"<{local}@{domain}>", f"{user}@[{literal}]"
    senders = (
        Attempt("01 empty sender", "", forward),
        Attempt("02 external sender", f"{user}@{own}", forward),
        Attempt("03 sender at its name", f"{user}@{parts.server}", forward),
        Attempt("04 sender at its address", from_literal, forward),
    )
    return senders + tuple(Attempt(name, from_literal, form(parts), trick=True) for name, form in RECIPIENT_FORMS)


def _server_name(greeting: str) -> str:
    try:
        return host_name(greeting)
    except InvalidName:
        return "localhost"
