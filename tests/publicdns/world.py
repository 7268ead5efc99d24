"""A small DNS in dictionaries: a registry, one zone's name servers and public resolvers, each of which can lie or die.

Names without a trailing dot, values as in publicdns.answers.Record. ``World.lookup`` is a Lookup that answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from publicdns.answers import Answer, Outcome, Question, Reason, Record, Server
from publicdns.asking import drive
from publicdns.delegation import DelegationCache
from publicdns.look import LookOptions, look
from publicdns.picture import Picture, Subject

TOKEN = "MS=ms12345678"
STANDARD = LookOptions(fallback_after=0.0)
NOW = 1_000_000.0
RESOLVERS = tuple(Server(address, name=address, recursive=True) for address in ("1.1.1.1", "8.8.8.8", "9.9.9.9"))
Records = dict[tuple[str, str], list[str]]


@dataclass
class Host:
    """One name server: its address, what it has beyond the zone's records, and how it fails."""

    address: str
    records: Records = field(default_factory=dict)  # replaces the zone's records of the same name and type
    fails: Reason = Reason.NONE
    authoritative: bool = True
    serial: int = 1
    above: int = 0  # labels that the SOA which comes with its "no" is above the zone
    fails_for: frozenset[tuple[str, str]] = frozenset()


@dataclass
class World:
    """``contoso.com`` at two name servers unless told otherwise."""

    zone: str = "contoso.com"
    records: Records = field(default_factory=dict)
    ttls: dict[tuple[str, str], int] = field(default_factory=dict)
    hosts: dict[str, Host] = field(
        default_factory=lambda: {"ns1.dns.example": Host("192.0.2.1"), "ns2.dns.example": Host("192.0.2.2")}
    )
    parent_ns: list[str] | None = None  # None: the same as the hosts
    parent_records: Records = field(default_factory=dict)  # in the registry's own zone
    child_ns: list[str] | None = None
    registered: bool = True
    parent_fails: Reason = Reason.NONE
    parent_fails_for: frozenset[tuple[str, str]] = frozenset()
    addresses: Records = field(default_factory=dict)  # of mail hosts, inside the zone and elsewhere
    aliases: dict[str, str] = field(default_factory=dict)  # of mail hosts too
    stale: Records = field(default_factory=dict)  # what resolvers still remember
    stale_at: tuple[str, ...] = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
    resolvers_fail: dict[str, Reason] = field(default_factory=dict)
    bogus: bool = False  # validating resolvers refuse the zone
    refused: dict[tuple[str, str], str] = field(default_factory=dict)  # SERVFAIL for address and name
    hiccups: int = 1_000_000  # how many of those there are
    signed: bool = True  # every name asked for a DS record has one
    minimum: int = 900
    glue: dict[str, str] = field(default_factory=dict)
    without_soa: tuple[str, ...] = ()  # name servers whose "no" lacks the zone's SOA
    unresolved: tuple[str, ...] = ()  # name servers whose address no resolver knows
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # address ("" for any resolver), name, type

    async def lookup(self, name: str, rdtype: str, server: Server | None = None) -> Answer:
        """The Lookup of this world."""
        self.asked.append((server.address if server else "", name, rdtype))
        question = Question(name, rdtype)
        if server is None or server.recursive:
            return self._recursive(question, server or Server("", recursive=True))
        if server.address == "192.0.2.254":
            return self._parent(question, server)
        host = next((host for host in self.hosts.values() if host.address == server.address), None)
        return self._authoritative(question, server, host) if host else _failed(question, server, Reason.TIMEOUT)

    async def unchecked(self, name: str, rdtype: str, server: Server | None = None) -> Answer:
        """The same with checking disabled."""
        question = Question(name, rdtype, checking_disabled=True)
        assert server is not None
        return self._resolved(question, server)

    def look(self, token: str | None = TOKEN, name: str = "", **more: object) -> Picture:
        """One look at this world."""
        subject = Subject(name or self.zone, token, **more)  # type: ignore[arg-type]
        return self.look_at(subject)

    def look_at(self, subject: Subject, now: float = NOW, options: LookOptions = STANDARD) -> Picture:
        """One look at ``subject`` as remembered."""
        cache = DelegationCache()
        return drive(
            look(
                subject,
                self.lookup,
                resolvers=RESOLVERS,
                cache=cache,
                now=now,
                unchecked=self.unchecked,
                options=options,
            )
        )

    def _suffix(self) -> str:
        return self.zone.partition(".")[2]

    def _parent(self, question: Question, server: Server) -> Answer:
        if self.parent_fails is not Reason.NONE:
            return _failed(question, server, self.parent_fails)
        if not (question.name == self.zone or question.name.endswith("." + self.zone)) or not self.registered:
            return Answer(question, server, Outcome.NXDOMAIN, authoritative=True, negative_ttl=900)
        names = list(self.hosts) if self.parent_ns is None else self.parent_ns
        if (question.name, question.rdtype) in self.parent_fails_for:
            return _failed(question, server, Reason.SERVFAIL)
        if values := self.parent_records.get((question.name, question.rdtype)):
            records = tuple(Record(question.rdtype, value, 3600) for value in values)
            return Answer(question, server, Outcome.FOUND, records=records, authoritative=True)
        if not names:
            return Answer(question, server, Outcome.EMPTY, authoritative=True, negative_ttl=900)
        authority = tuple(Record("NS", name, 86400, self.zone) for name in names)
        glue = tuple(Record("A", address, 86400, name) for name, address in self.glue.items())
        return Answer(question, server, Outcome.FAILED, Reason.LAME, authority=authority, glue=glue)

    def _authoritative(self, question: Question, server: Server, host: Host) -> Answer:
        if host.fails is not Reason.NONE and (not host.fails_for or (question.name, question.rdtype) in host.fails_for):
            return _failed(question, server, host.fails)
        key = (question.name, question.rdtype)
        alias = host.records.get((question.name, "CNAME"), self.records.get((question.name, "CNAME")))
        if question.name in self.aliases:
            alias = [self.aliases[question.name]]
        if alias and question.rdtype != "CNAME":
            aliases = (Record("CNAME", alias[0], 300, question.name),)
            key = (alias[0], question.rdtype)
            if values := host.records.get(key, self.records.get(key, [])):  # inside the zone it is followed
                records = tuple(Record(question.rdtype, value, 3600, alias[0]) for value in values)
                return Answer(question, server, Outcome.FOUND, records=records, aliases=aliases, authoritative=True)
            return Answer(
                question, server, Outcome.FAILED, Reason.LAME, aliases=aliases, authoritative=host.authoritative
            )
        if question.rdtype == "NS" and question.name == self.zone:
            values = self.child_ns if self.child_ns is not None else list(self.hosts)
        elif question.rdtype == "SOA" and question.name == self.zone:
            values = [f"ns1.dns.example host.{self.zone} {host.serial} 3600 600 604800 {self.minimum}"]
        else:
            values = host.records.get(key, self.records.get(key, []))
            if not values and key not in host.records:
                values = self.records.get(("*." + question.name.partition(".")[2], question.rdtype), [])
            values = values or self.addresses.get(key, [])
        if not values:
            exists = question.name == self.zone or any(
                name == question.name for name, _ in (*self.records, *self.addresses)
            )
            outcome = Outcome.EMPTY if exists else Outcome.NXDOMAIN
            unproven = not host.authoritative or any(self.hosts[name] is host for name in self.without_soa)
            ttl = None if unproven else self.minimum
            above = question.name.count(".") - self.zone.count(".") + host.above
            return Answer(
                question, server, outcome, authoritative=host.authoritative, negative_ttl=ttl, soa_above=above
            )
        records = tuple(Record(question.rdtype, value, self.ttls.get(key, 3600)) for value in values)
        serial = host.serial if question.rdtype == "SOA" else None
        return Answer(
            question, server, Outcome.FOUND, records=records, authoritative=host.authoritative, soa_serial=serial
        )

    def _recursive(self, question: Question, server: Server) -> Answer:
        if server.address in self.resolvers_fail:
            return _failed(question, server, self.resolvers_fail[server.address])
        if (server.address, question.name) in self.refused and self.hiccups > 0:
            self.hiccups -= 1
            detail = self.refused[server.address, question.name]
            return Answer(question, server, Outcome.FAILED, Reason.SERVFAIL, detail=detail)
        if self.bogus and (question.name == self.zone or question.name.endswith("." + self.zone)):
            return _failed(question, server, Reason.SERVFAIL)
        return self._resolved(question, server)

    def _resolved(self, question: Question, server: Server) -> Answer:
        name, rdtype = question.name, question.rdtype
        if rdtype == "DS" and self.signed:
            return self._found(question, server, ["12345 13 2 00"])
        if server.address in self.stale_at and (name, rdtype) in self.stale:
            return self._found(question, server, self.stale[name, rdtype])
        if name == self._suffix() and rdtype == "NS":
            return self._found(question, server, ["ns.registry.example"])
        if name == "ns.registry.example":
            return self._found(question, server, ["192.0.2.254"] if rdtype == "A" else [])
        if name in self.hosts:
            known = rdtype == "A" and name not in self.unresolved
            return self._found(question, server, [self.hosts[name].address] if known else [])
        if (name, rdtype) in self.addresses or name in self.aliases:
            aliases = (Record("CNAME", self.aliases[name], 300, name),) if name in self.aliases else ()
            return self._found(question, server, self.addresses.get((name, rdtype), []), aliases)
        if name == self.zone or name.endswith("." + self.zone):
            return self._from_zone(question, server)
        return Answer(question, server, Outcome.NXDOMAIN, negative_ttl=900)

    def _from_zone(self, question: Question, server: Server) -> Answer:
        if not self.registered:
            return Answer(question, server, Outcome.NXDOMAIN, negative_ttl=900)
        for host in self.hosts.values():
            answer = self._authoritative(question, server, host)
            if not answer.failed and answer.authoritative:
                return Answer(
                    question, server, answer.outcome, records=answer.records, negative_ttl=answer.negative_ttl
                )
            if answer.aliases:
                return Answer(question, server, Outcome.EMPTY, aliases=answer.aliases)
        return _failed(question, server, Reason.SERVFAIL)

    def _found(self, question: Question, server: Server, values: list[str], aliases: tuple[Record, ...] = ()) -> Answer:
        if not values:
            return Answer(question, server, Outcome.EMPTY, negative_ttl=600, aliases=aliases)
        records = tuple(Record(question.rdtype, value, 300) for value in values)
        return Answer(question, server, Outcome.FOUND, records=records, aliases=aliases)


def _failed(question: Question, server: Server, reason: Reason) -> Answer:
    return Answer(question, server, Outcome.FAILED, reason)
