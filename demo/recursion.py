"""The walk of a recursive resolver: from the root down the delegations (RFC 1034 §5.3.3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from demo import authority
from demo.cache import Cache, Heard
from demo.messages import Query, Reader, asking, render
from demo.sockets import Asked, Reply
from demo.trouble import heard, troubled
from demo.zones import Name, Zones, absolute

DEEPEST = 12  # referrals, aliases and name servers' own names followed at most
SILENCE = 0.1  # seconds lost on a name server that does not answer
PATIENCE = 2.0  # seconds after which a slow name server is given up
Moment = Callable[[], float]
Lie = tuple[int, tuple[str, ...]]
Rdatatype = dns.rdatatype.RdataType


@dataclass(slots=True)
class Work:
    """One walk: how long it took so far, and how deep it is."""

    seconds: float = 0.0
    depth: int = 0


@dataclass(eq=False)
class Recursor:
    """The responder of the resolvers. It asks inside its own process and hears what the servers would say."""

    zones: Zones
    servers: tuple[str, ...]
    clock: Moment
    addresses: tuple[str, ...]
    lies: dict[tuple[str, Name, str], Lie] = field(default_factory=dict)
    bogus: set[Name] = field(default_factory=set)
    _read: Reader = field(default_factory=Reader)
    _caches: dict[str, Cache] = field(init=False)
    _chance: dict[str, random.Random] = field(init=False)

    def __post_init__(self) -> None:
        self._caches = {address: Cache() for address in self.addresses}
        self._chance = {address: random.Random(address) for address in self.addresses}

    def caches_of(self, at: str | None) -> Iterable[Cache]:
        """The caches of one resolver or of all."""
        return self._caches.values() if at is None else (self._caches[at],)

    def __call__(self, wire: bytes, address: str, transport: str) -> tuple[Asked | None, Reply]:
        """Answer one question; what is no question gets silence."""
        query = self._read(wire)
        if query is None:
            return None, Reply()
        with self.zones.lock:
            trouble = self.zones.troubles.meeting(address, query.asked.name, query.asked.rdtype)
            reply, seconds = self._answer(query, address)
        if trouble is not None:
            return query.asked, troubled(trouble, query, None, wire[:2], reply, transport)
        return query.asked, Reply((wire[:2] + render(reply, query, transport)[2:],), seconds)

    def resolve(self, address: str, name: Name, rdtype: Rdatatype) -> dns.message.QueryMessage:
        """What the resolver at ``address`` knows or finds out now."""
        with self.zones.lock:
            return self._answer(asking(name, rdtype), address)[0]

    def _answer(self, query: Query, address: str) -> tuple[dns.message.QueryMessage, float]:
        reply = authority.empty(query.message)
        reply.flags |= dns.flags.RA
        question = query.message.question[0]
        name = absolute(question.name)
        lie = self.lies.get((address, name, query.asked.rdtype))
        work = Work()
        if not query.message.flags & dns.flags.RD:
            reply.set_rcode(dns.rcode.REFUSED)
        elif lie is not None:
            _tell_lie(reply, name, question.rdtype, lie)
        elif not query.message.flags & dns.flags.CD and any(name.is_subdomain(origin) for origin in self.bogus):
            _fail(reply, dns.edns.EDECode.DNSSEC_BOGUS, "signature expired")
        else:
            self._fill(reply, address, name, question.rdtype, work)
        return reply, work.seconds

    def _fill(
        self,
        reply: dns.message.QueryMessage,
        address: str,
        name: Name,
        rdtype: Rdatatype,
        work: Work,
    ) -> None:
        """Add what is known of ``name``, following aliases through the cache."""
        cache = self._caches[address]
        for _ in range(DEEPEST):
            known = cache.get(name, rdtype, self.clock()) or self._learn(address, name, rdtype, work)
            if known is None or known.rcode == dns.rcode.SERVFAIL:
                _fail(reply, dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "no name server answered")
                return
            assert known.rrset is not None
            owner, left = known.rrset.name, cache.left(known, self.clock())
            told = dns.rrset.from_rdata_list(owner, left, list(known.rrset))
            if known.negative:
                reply.set_rcode(known.rcode)
                reply.authority.append(told)
                return
            reply.answer.append(told)
            if told.rdtype == rdtype or told.rdtype != dns.rdatatype.CNAME:
                return
            name = absolute(told[0].target)
        _fail(reply, dns.edns.EDECode.OTHER, "too many aliases")

    def _learn(self, address: str, name: Name, rdtype: Rdatatype, work: Work) -> Heard | None:
        """Ask the authoritative servers and keep what they say; None when nothing usable came."""
        cache = self._caches[address]
        reply = self._walk(address, name, rdtype, work)
        if reply is None:
            cache.keep_failure(name, rdtype, self.clock())
        else:
            cache.keep(reply, name, rdtype, self.clock())
        return cache.get(name, rdtype, self.clock())

    def _walk(self, address: str, name: Name, rdtype: Rdatatype, work: Work) -> dns.message.QueryMessage | None:
        """Follow referrals downwards until somebody answers with authority."""
        roots = tuple(server for server in self.servers if self.zones.closest(dns.name.root, server))
        candidates = roots or self.servers
        query = asking(name, rdtype)
        above = dns.name.root if roots else None
        for _ in range(DEEPEST):
            reply = self._ask_one_of(address, candidates, query, above, work)
            if reply is None or reply.flags & dns.flags.AA:
                return reply
            above = absolute(reply.authority[0].name)
            candidates = self._addresses(address, reply, work)
        return None

    def _ask_one_of(
        self, address: str, candidates: tuple[str, ...], query: Query, above: Name | None, work: Work
    ) -> dns.message.QueryMessage | None:
        """The first useful reply; each resolver asks in an order of its own."""
        for server in self._chance[address].sample(candidates, len(candidates)):
            if server not in self.servers:
                work.seconds += SILENCE
                continue
            reply = self._ask(server, query, work)
            if reply is not None and _useful(reply, query, above):
                return reply
        return None

    def _ask(self, server: str, query: Query, work: Work) -> dns.message.QueryMessage | None:
        trouble = self.zones.troubles.meeting(server, query.asked.name, query.asked.rdtype)
        if trouble is not None and trouble.seconds > PATIENCE:
            work.seconds += PATIENCE
            return None
        question = query.message.question[0]
        above = question.rdtype == dns.rdatatype.DS
        reply = heard(trouble, query, self.zones.closest(absolute(question.name), server, above))
        work.seconds += SILENCE if reply is None else trouble.seconds if trouble else 0.0
        return reply

    def _addresses(self, address: str, referral: dns.message.QueryMessage, work: Work) -> tuple[str, ...]:
        """Where the servers of a referral are: from its glue, or by asking for their names."""
        hosts = [absolute(rdata.target) for rdata in referral.authority[0]]
        glue = {absolute(rrset.name): [rdata.address for rdata in rrset] for rrset in referral.additional}
        found = [place for host in hosts for place in glue.get(host, ())]
        missing = [host for host in hosts if host not in glue]
        if work.depth < DEEPEST:
            work.depth += 1
            found += [place for host in missing for place in self._lookup(address, host, work)]
        return tuple(dict.fromkeys(found))

    def _lookup(self, address: str, host: Name, work: Work) -> list[str]:
        reply = dns.message.QueryMessage()
        self._fill(reply, address, host, dns.rdatatype.A, work)
        return [rdata.address for rrset in reply.answer if rrset.rdtype == dns.rdatatype.A for rdata in rrset]


def _useful(reply: dns.message.QueryMessage, query: Query, above: Name | None) -> bool:
    """True for an answer with authority that can be kept, and for a referral that leads downwards."""
    if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return False
    if reply.flags & dns.flags.AA:
        return bool(reply.answer or reply.authority)
    cut = absolute(reply.authority[0].name) if reply.authority else None
    name = absolute(query.message.question[0].name)
    return cut is not None and name.is_subdomain(cut) and (above is None or (cut != above and cut.is_subdomain(above)))


def _tell_lie(reply: dns.message.QueryMessage, name: Name, rdtype: Rdatatype, lie: Lie) -> None:
    ttl, values = lie
    if values:
        reply.answer.append(dns.rrset.from_text(name, ttl, dns.rdataclass.IN, rdtype, *values))
    else:
        reply.set_rcode(dns.rcode.NXDOMAIN)


def _fail(reply: dns.message.QueryMessage, code: dns.edns.EDECode, text: str) -> None:
    """Make ``reply`` a SERVFAIL that says why (RFC 8914)."""
    reply.set_rcode(dns.rcode.SERVFAIL)
    reply.answer.clear()
    if reply.edns >= 0:
        reply.use_edns(0, payload=authority.LARGEST_UDP, options=[dns.edns.EDEOption(code, text)])
