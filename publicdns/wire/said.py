"""What one response amounts to, whoever was asked and however long it took."""

from __future__ import annotations

from typing import NamedTuple

from publicdns.answers import Outcome, Reason, Record

PREFIX = {Outcome.FOUND: b"F", Outcome.EMPTY: b"E", Outcome.NXDOMAIN: b"N"}  # of a fingerprint
OUTCOMES = {prefix[0]: outcome for outcome, prefix in PREFIX.items()}


class Reading(NamedTuple):
    """What of an :class:`~publicdns.answers.Answer` does not depend on who was asked and how long it took, in its
    order.
    """

    outcome: Outcome
    reason: Reason = Reason.NONE
    records: tuple[Record, ...] = ()
    aliases: tuple[Record, ...] = ()
    authoritative: bool = False
    negative_ttl: int | None = None
    soa_serial: int | None = None
    soa_above: int = 0
    authority: tuple[Record, ...] = ()
    glue: tuple[Record, ...] = ()
    detail: str = ""
    fingerprint: bytes = b""
    edns_refused: bool = False  # FORMERR, NOTIMP or BADVERS: worth a second question without EDNS (RFC 6891 §7)


def found(records: tuple[Record, ...], authoritative: bool, soa_serial: int | None, digest: bytes) -> Reading:
    """What was asked for is there, and that is all there is to say. Every field in its place: by its own way, a Reading
    takes three times as long."""
    print_of = PREFIX[Outcome.FOUND] + digest
    return tuple.__new__(
        Reading,
        (Outcome.FOUND, Reason.NONE, records, (), authoritative, None, soa_serial, 0, (), (), "", print_of, False),
    )


def absent(
    outcome: Outcome, authoritative: bool, negative_ttl: int, soa_serial: int, soa_above: int, digest: bytes
) -> Reading:
    """It is not there, and an SOA says so."""
    print_of = PREFIX[outcome] + digest
    return tuple.__new__(
        Reading,
        (outcome, Reason.NONE, (), (), authoritative, negative_ttl, soa_serial, soa_above, (), (), "", print_of, False),
    )
