"""The questions that tell why a token is not there, and where the mail goes: of name servers wherever possible."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from publicdns.answers import Answer, Lookup, Server, Verdict
from publicdns.asking import gather
from publicdns.delegation import NameServer
from publicdns.dnssec import is_within, refused, says_why
from publicdns.frozen import frozen
from publicdns.mailflow import mail_flow, mx_hosts, rejects, spf_records
from publicdns.names import LONGEST_NAME
from publicdns.nameservers import ask_server_all
from publicdns.spf.passing import microsoft

if TYPE_CHECKING:
    from publicdns.picture import Picture

ADDRESSES = ("A", "AAAA")
MOST_NESTED = 10  # SPF records that are read beside the domain's own (RFC 7208 §4.6.4)
WRONG_LABELS = ("www", "@", "_ms", "ms", "txt")  # hosts people enter instead of none


def nonce_name(name: str) -> str:
    """A name below ``name`` that nobody made, the same each time: what answers there is a wildcard (RFC 4592)."""
    return f"onward-{zlib.crc32(name.encode()):08x}.{name}"


def token_labels(token: str) -> tuple[str, str]:
    """``token`` as the host labels people make of it: its last part and the whole."""
    low = token.lower()
    return low.partition("=")[2] or low, low


def misplaced_names(name: str, zone: str, token: str) -> tuple[str, ...]:
    """Where the token of ``name`` in ``zone`` ends up when the host field was filled in wrongly."""
    names = [f"{name}.{zone}", *(f"{label}.{name}" for label in (*WRONG_LABELS, *token_labels(token)))]
    if name != zone:
        names.append(zone)
    return tuple(name for name in names if len(name) <= LONGEST_NAME)


def record_at(answers: Iterable[Answer], name: str) -> tuple[str, ...] | None:
    """The SPF records a name server proves to be at ``name``; None where nobody was asked, or could say."""
    about = [a for a in answers if a.question.name == name and a.question.rdtype == "TXT" and a.authoritative]
    return next((spf_records(answer) for answer in about if answer.records or answer.proves_absence), None)


@frozen
class Probing:
    """What to ask on, after the standing questions were answered as in ``picture``."""

    picture: Picture
    lookup: Lookup
    resolvers: tuple[Server, ...]
    unchecked: Lookup | None
    port: int

    async def run(self) -> list[Answer]:
        """Ask everything at once; then again, without validation, what resolvers answered with SERVFAIL."""
        seen = self.picture.verdict is Verdict.PRESENT
        inside, outside = self._mail_hosts()
        elsewhere = [self.lookup(host, rdtype) for host, rdtype in outside]
        at_once: list[Awaitable[Any]] = [*elsewhere, *([] if seen else self._at_the_resolvers())]
        *answers, at_the_server = await gather(*at_once, self._at_a_server(inside, seen=seen))
        at_the_server = await self._past_the_zone(at_the_server)
        unsure = await self._without_validation([*self.picture.resolvers, *answers])
        nested = await self._nested_records([*answers, *at_the_server])
        return [*answers, *at_the_server, *unsure, *nested]

    def _mail_hosts(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """What to ask about the mail hosts inside the zone, and about all others."""
        inside: list[tuple[str, str]] = []
        outside: list[tuple[str, str]] = []
        for host in mx_hosts(self.picture.evident("MX")):
            place = inside if is_within(host, self.picture.delegation.zone) else outside
            place += [(host, rdtype) for rdtype in ADDRESSES]
        return inside, outside

    async def _past_the_zone(self, at_the_server: list[Answer]) -> list[Answer]:
        """The same, with a resolver's word on mail hosts of which the server knows where they lead, and no more."""
        beyond = [
            a for a in at_the_server if a.question.rdtype in ADDRESSES and a.failed and (a.aliases or a.authority)
        ]
        if not beyond:
            return at_the_server
        asked = await gather(*[self.lookup(a.question.name, a.question.rdtype) for a in beyond])
        return [answer for answer in at_the_server if answer not in beyond] + asked

    async def _at_a_server(self, mail_hosts: Sequence[tuple[str, str]], *, seen: bool) -> list[Answer]:
        server = self._a_live_server()
        if server is None:
            return []
        name = self.picture.name
        wanted = [
            (f"_dmarc.{name}", "TXT"),
            (f"selector1._domainkey.{name}", "CNAME"),
            (f"enterpriseregistration.{name}", "CNAME"),
            *mail_hosts,
        ]
        if not seen:
            wanted += self._misplaced()
        return await ask_server_all(server, wanted, self.lookup, self.port)

    async def _nested_records(self, heard: Sequence[Answer]) -> list[Answer]:
        """The records inside the zone that the SPF record hands over to, where they decide whether Microsoft 365 may
        send and that matters: its mail is there, or DMARC has it rejected."""
        texts, server = spf_records(self.picture.evident("TXT")), self._a_live_server()
        found: list[Answer] = []
        while len(found) < MOST_NESTED:
            asked = {answer.question.name for answer in found}
            told = microsoft(texts, partial(record_at, found), self.picture.name)
            inside = [name for name in told.names if is_within(name, self.picture.delegation.zone)]
            wanted = [(name, "TXT") for name in inside if name not in asked][: MOST_NESTED - len(found)]
            if not wanted or server is None or not (found or self._must_let_microsoft_send(heard)):
                break
            found += await ask_server_all(server, wanted, self.lookup, self.port)
        return found

    def _must_let_microsoft_send(self, heard: Sequence[Answer]) -> bool:
        name, mx = self.picture.name, self.picture.evident("MX")
        targets = {host: [a for a in heard if a.question.name == host] for host in mx_hosts(mx)}
        first = mail_flow(name, mx, None, targets).first_receivers
        policies = [value for a in heard if a.question.name == f"_dmarc.{name}" for value in a.values]
        return rejects(policies) is not None or any(host.is_microsoft for host in first)

    def _misplaced(self) -> list[tuple[str, str]]:
        name, token = self.picture.name, self.picture.token
        if token is None:
            return []
        zone = self.picture.delegation.zone
        names = dict.fromkeys((*misplaced_names(name, zone, token), nonce_name(name), nonce_name(zone)))
        return [(name, "SPF"), *((name, "TXT") for name in names)]

    def _at_the_resolvers(self) -> list[Awaitable[Answer]]:
        """Whether the public can resolve the zone at all: its SOA exists, so that asking plants nothing."""
        zone = self.picture.delegation.zone
        return [self.lookup(zone, "SOA", resolver) for resolver in self.resolvers] if zone else []

    async def _without_validation(self, answers: Sequence[Answer]) -> list[Answer]:
        """What resolvers answered with SERVFAIL about the zone, without validation. Where that is answered and the
        resolver gave no reason: once more as before, and whether the registry says that the zone is signed."""
        zone, unchecked = self.picture.delegation.zone or self.picture.name, self.unchecked
        failed = [answer for answer in refused(answers, zone) if answer.server.address]
        if unchecked is None or not failed:
            return []
        bare = await gather(*[unchecked(a.question.name, a.question.rdtype, a.server) for a in failed])
        unsure = [a for a, without in zip(failed, bare, strict=True) if not without.failed and not says_why(a)]
        if not unsure:
            return bare
        again = [self.lookup(a.question.name, a.question.rdtype, a.server) for a in unsure]
        return [*bare, *await gather(*again, unchecked(zone, "DS", unsure[0].server))]

    def _a_live_server(self) -> NameServer | None:
        """One that answers with authority: what it says is not there is not there."""
        texts = self.picture.at_servers("TXT")
        live = {name for name, answer in texts.items() if answer.authoritative and not answer.failed}
        return next((server for server in self.picture.delegation.servers if server.name in live), None)
