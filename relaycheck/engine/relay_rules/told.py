"""What the rules are told beyond the configuration: the policy, and what DNS said. Asking was somebody else's work."""

from __future__ import annotations

from dataclasses import dataclass

from publicdns.answers import Answer
from publicdns.spf.result import Result
from relaycheck.engine.policy import RelayPolicy


@dataclass(frozen=True, slots=True)
class SpfSeen:
    """One sending domain: its record as published, and what a receiver makes of mail from the public address."""

    domain: str
    record: str
    result: Result


@dataclass(frozen=True, slots=True)
class Told:
    """Everything may be missing: then the rules that need it are silent, or say *unknown*.

    ``address_record`` is what the relay's own resolver answered for its name; None means that nobody could ask it.
    """

    policy: RelayPolicy | None = None
    spf: tuple[SpfSeen, ...] = ()
    address_record: Answer | None = None


NOTHING_TOLD = Told()
