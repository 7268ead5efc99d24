"""Mail flow as the guard compares it: four parts of a picture, each by itself, and only where it is proven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from publicdns.answers import Answer, Outcome
from publicdns.delegation import Standing
from publicdns.frozen import frozen
from publicdns.mailflow import Resolves
from publicdns.picture import Picture
from publicdns.propagation import UNASKABLE, silence
from publicdns.spf.record import is_spf

MOST_RECORDS = 40  # of one part that are compared
LONGEST = 4096  # characters of one record


class Part(StrEnum):
    """What is guarded."""

    MX = "mx"
    SPF = "spf"
    AUTODISCOVER = "autodiscover"
    NS = "ns"


@frozen
class Shown:
    """One part as every name server that answers shows it. No records: proven absent."""

    records: tuple[str, ...] = ()  # canonical and sorted
    ttl: int | None = None  # seconds: the longest any server gives, because caches may have asked that one


class Doubt(StrEnum):
    """Why a part is not known."""

    UNASKED = "unasked"  # nobody, or too few, could be asked
    MIXED = "mixed"  # name servers differ: on its way from one to the other


@frozen
class Flow:
    """What is known of each part. A part that is missing is unknown, which is never a change."""

    parts: Mapping[Part, Shown] = field(default_factory=dict)
    doubts: Mapping[Part, Doubt] = field(default_factory=dict)
    dead_hosts: frozenset[str] = frozenset()  # MX hosts proven to have no address
    zone: bool = True  # False: the registry itself says that there is none

    def of(self, part: Part) -> Shown | None:
        """The part, where it is known."""
        return self.parts.get(part)


def flow_of(picture: Picture, silent_limit: float) -> Flow:
    """Every part that ``picture`` proves. ``silent_limit``: seconds after which one name server that answers is enough
    (decision 4)."""
    if picture.delegation.is_nowhere:
        if not picture.delegation.parent_asked:
            return Flow(doubts=dict.fromkeys(Part, Doubt.UNASKED))
        return Flow(dict.fromkeys(Part, Shown()), zone=False)
    found: dict[Part, Shown | Doubt] = {
        Part.MX: _agreed(picture, "MX", picture.name, silent_limit),
        Part.SPF: _agreed(picture, "TXT", picture.name, silent_limit),
        Part.AUTODISCOVER: _agreed(picture, "CNAME", f"autodiscover.{picture.name}", silent_limit),
        Part.NS: _name_servers(picture, silent_limit),
    }
    return Flow(
        {part: seen for part, seen in found.items() if isinstance(seen, Shown)},
        {part: seen for part, seen in found.items() if isinstance(seen, Doubt)},
        _dead_hosts(picture),
    )


def shares(picture: Picture, rdtype: str, name: str) -> list[tuple[str, Shown | None]]:
    """Each name server with what it proves of ``name``; None where it proves nothing."""
    return [(server, _shown(answer)) for server, answer in sorted(picture.at_servers(rdtype, name).items())]


def _agreed(picture: Picture, rdtype: str, name: str, silent_limit: float) -> Shown | Doubt:
    answers = picture.at_servers(rdtype, name)
    known = [seen for answer in answers.values() if (seen := _shown(answer)) is not None]
    if not known or not _enough(picture, len(known), answers, silent_limit):
        return Doubt.UNASKED
    if len(known) == 1:
        return known[0]
    if len({seen.records for seen in known}) > 1:
        return Doubt.MIXED
    return Shown(known[0].records, max((seen.ttl for seen in known if seen.ttl is not None), default=None))


def _enough(picture: Picture, heard: int, answers: Mapping[str, Answer], silent_limit: float) -> bool:
    """Two name servers; or one, when there is no other or the others have long been silent (decision 4)."""
    if heard >= 2:
        return True
    askable = [answer for answer in answers.values() if answer.reason not in UNASKABLE]
    if len(askable) == 1:
        return True
    return silence(answers, dict(picture.subject.silent_since), picture.looked_at) >= silent_limit


def _shown(answer: Answer) -> Shown | None:
    """What one name server proves; None for no proof."""
    if answer.failed or not answer.authoritative:
        return None
    if answer.outcome is not Outcome.FOUND:
        return Shown() if answer.proves_absence else None
    if not answer.records:
        return None  # an alias whose end this server does not know
    if answer.question.rdtype == "TXT":
        spf = [record for record in answer.records if is_spf(record.value)]
        return Shown(_bounded([record.value for record in spf]), min([record.ttl for record in spf], default=None))
    return Shown(_bounded(answer.values), answer.ttl)


def _bounded(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) == 1:
        return (values[0][:LONGEST],)
    return tuple([value[:LONGEST] for value in sorted(set(values))[:MOST_RECORDS]])


def _name_servers(picture: Picture, silent_limit: float) -> Shown | Doubt:
    """Who the registry says is responsible; where it could not be asked, what the zone says itself."""
    delegation = picture.delegation
    if delegation.standing is not Standing.DELEGATED:
        return Doubt.UNASKED
    if delegation.parent_asked:
        return Shown(tuple(sorted(s.name for s in delegation.servers if s.in_parent)), delegation.ttl or None)
    return _agreed(picture, "NS", delegation.zone, silent_limit)


def _dead_hosts(picture: Picture) -> frozenset[str]:
    hosts = picture.mail.hosts if picture.mail is not None else ()
    return frozenset(host.host for host in hosts if host.resolves is Resolves.NO)
