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
