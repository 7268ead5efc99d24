"""The words of the reply table: classes, actors and one row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Class(StrEnum):
    """What kind of refusal it is."""

    BLOCKED = "blocked"  # the sending address is on a list
    THROTTLED = "throttled"  # later, or less
    AUTHENTICATION = "authentication"  # SPF, DKIM, DMARC, sign-in
    CONNECTOR = "connector"  # the tenant does not recognise the relay
    RECIPIENT = "recipient"
    CONFIGURATION = "configuration"  # of the relay itself
    CONTENT = "content"
    REPUTATION = "reputation"  # of the tenant or the network as a whole
    LIMIT = "limit"
    RELAYING = "relaying"  # the answer of a closed relay


class Actor(StrEnum):
    """Who has to do something."""

    RELAY = "the relay's admin"
    TENANT = "the tenant's admin"
    SENDER = "the sending device or application"
    RECIPIENT = "the recipient's admin"
    NOBODY = "nobody: wait"
    MICROSOFT = "Microsoft support"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: it fits a third number of the enhanced code from ``low`` to ``high``, and the ``text``."""

    prefix: str  # "5.7"; empty matches any line whose text fits
    low: int
    high: int
    text: str  # a regular expression, matched without regard to case; empty fits every line
    kind: Class
    meaning: str
    actor: Actor
    action: str
    where: str  # a link or an address; empty when there is none
    hours: tuple[int, int] | None  # how long it usually takes, from and to
    source: str
    delisting: bool = False
