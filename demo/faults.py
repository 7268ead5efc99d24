"""What can be wrong with a name server, and where: by address, by name, by type."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

Place = tuple[str | None, str | None, str | None]
BELOW = "*."  # in front of a name: everything at and below it


class Fault(StrEnum):
    """One way of not answering as one should. SLOW answers rightly; every other fault can be late as well."""

    DROP = "drop"  # silence, on UDP and TCP alike
    SLOW = "slow"  # the true answer after ``seconds``
    SERVFAIL = "servfail"
    REFUSED = "refused"
    NXDOMAIN = "nxdomain"  # NXDOMAIN with AA and the zone's SOA, whatever exists
    NXDOMAIN_WITH_ANSWER = "nxdomain-with-answer"  # contradicts itself
    LAME = "lame"  # NOERROR, nothing in it but the root's NS; neither AA nor SOA
    EMPTY = "empty"  # NOERROR and AA, but no record and no SOA
    NO_AA = "no-aa"  # the true answer without the AA bit
    NO_SOA = "no-soa"  # the true answer; a negative one lacks its SOA
    TRUNCATE = "truncate"  # TC and no record over UDP; TCP is fine
    NO_TCP = "no-tcp"  # TCP connections are closed without a word
    SILENT_TCP = "silent-tcp"  # TCP connections are accepted and never answered
    BROKEN_TCP = "broken-tcp"  # TCP connections are closed in the middle of the answer
    FORMERR_EDNS = "formerr-edns"  # FORMERR to a question with EDNS, the true answer to one without
    JUNK = "junk"  # bytes that are no DNS message
    WRONG_ID = "wrong-id"
    WRONG_QUESTION = "wrong-question"
    WRONG_SOURCE = "wrong-source"  # the answer comes from another port (UDP)
    WRONG_OWNER = "wrong-owner"  # the answer's records belong to another name


FORGED = frozenset({Fault.JUNK, Fault.WRONG_ID, Fault.WRONG_QUESTION, Fault.WRONG_SOURCE, Fault.WRONG_OWNER})


@dataclass(slots=True)
class Trouble:
    """A fault with its dose. ``share`` of the questions are hit (0..1), ``times`` of them at most; then it is over."""

    fault: Fault
    seconds: float = 0.0
    share: float = 1.0
    times: int | None = None
    followed: bool = False  # a forged packet is followed by the true answer


class Troubles:
    """Which fault meets which question; the most specific place wins: address before name before type."""

    def __init__(self, seed: int = 0) -> None:
        self._places: dict[Place, Trouble] = {}
        self._below = False
        self._chance = random.Random(seed)

    def put(self, place: Place, trouble: Trouble | None) -> None:
        """Set the trouble at ``place`` (address, name, type; None stands for any), or clear it with None."""
        if trouble is None:
            self._places.pop(place, None)
        else:
            self._places[place] = trouble
        self._below = any(name is not None and name.startswith(BELOW) for _, name, _ in self._places)

    def clear(self) -> None:
        """End every trouble."""
        self._places.clear()
        self._below = False

    def meeting(self, address: str, name: str, rdtype: str) -> Trouble | None:
        """The trouble that this very question meets; counts ``times`` down."""
        if not self._places:
            return None
        owners = (name, *_above(name), None) if self._below else (name, None)
        for at in (address, None):
            for owner in owners:
                for kind in (rdtype, None):
                    trouble = self._places.get((at, owner, kind))
                    if trouble is not None:
                        return trouble if self._strikes((at, owner, kind), trouble) else None
        return None

    def _strikes(self, place: Place, trouble: Trouble) -> bool:
        if trouble.share < 1.0 and self._chance.random() >= trouble.share:
            return False
        if trouble.times is not None:
            trouble.times -= 1
            if trouble.times <= 0:
                del self._places[place]
        return True


def _above(name: str) -> list[str]:
    labels = name.split(".")
    return [BELOW + ".".join(labels[depth:]) for depth in range(len(labels))]
