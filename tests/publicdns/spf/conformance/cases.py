"""The shape of the conformance table.

In a case ``$`` stands for its own domain (``c017.test``) and ``£`` for its first label. A zone line is ``name TYPE
value``; ``v=spf1 ...`` alone is the record of ``$``; a value ``!servfail`` makes the server fail instead of answering.
"""

from __future__ import annotations

from dataclasses import dataclass

IP4 = "192.0.2.1"
IP6 = "2001:db8::cb01"


@dataclass(frozen=True)
class Case:
    section: str  # of RFC 7208
    title: str
    result: str
    zone: tuple[str, ...]
    ip: str = IP4
    sender: str = "user@$"
    helo: str = "mail.$"
    domain: str = ""  # where it is not the sender's
    explanation: str | None = ""  # "": not looked at
    lookups: int | None = None
    voids: int | None = None


def case(section: str, title: str, result: str, *zone: str, **more: object) -> Case:
    return Case(section, title, result, zone, **more)  # type: ignore[arg-type]


def says(section: str, title: str, text: str, expected: str | None, *zone: str, **more: object) -> Case:
    """A record that rejects everybody with the explanation ``text``."""
    zone = ("v=spf1 exp=why.$ -all", f"why.$ TXT {text}", *zone)
    return Case(section, title, "fail", zone, explanation=expected, **more)  # type: ignore[arg-type]


def many(count: int, pattern: str, start: int = 1) -> str:
    """``pattern`` repeated with ``#`` counted, joined by spaces."""
    return " ".join(pattern.replace("#", str(number)) for number in range(start, start + count))


def lines(count: int, pattern: str, start: int = 1) -> tuple[str, ...]:
    """``pattern`` once per number, each a zone line of its own."""
    return tuple(pattern.replace("#", str(number)) for number in range(start, start + count))
