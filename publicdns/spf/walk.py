"""The tree of a record: every include followed, every lookup counted, whoever sends (RFC 7208 §4.6.4).

An evaluation stops where an address matches; this goes everywhere, so that the count is the worst any message can meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from publicdns.answers import Answer, Lookup, Outcome
from publicdns.asking import gather
from publicdns.spf.addresses import Network
from publicdns.spf.aliases import ask_through
from publicdns.spf.cache import SharedAnswers
from publicdns.spf.evaluate import exchanges
from publicdns.spf.result import Limits, question_name, why_failed
from publicdns.spf.terms import Kind, Mechanism, Modifier, SpfRecord

_DEFAULT_LIMITS = Limits()
_USED_UP = "the questions granted were used up"
MOST_NODES = 500  # of one tree: what is asked once can be included often
MOST_OCTETS = 500_000  # of all records of one tree: ten times what anybody's providers publish


class Trouble(StrEnum):
    """What is the matter with one node."""

    NONE = ""
    UNKNOWN = "unknown"  # could not be asked
    MISSING = "missing"  # there is no such domain, or no SPF record, or no host
    SEVERAL = "several"  # more than one SPF record
    MISTAKES = "mistakes"  # an SPF record with syntax errors
    LOOP = "loop"  # includes what it is inside of
    TOO_MANY_HOSTS = "too-many-hosts"  # an mx with more than ten
    VARIES = "varies"  # a macro: another name for each message
    UNASKED = "unasked"  # the questions granted were used up, eleven levels were reached, or too much was published


_PERMERROR = (Trouble.SEVERAL, Trouble.MISTAKES, Trouble.LOOP, Trouble.TOO_MANY_HOSTS)
ROOT = "v=spf1"


@dataclass(frozen=True, slots=True)
class Node:
    """One term that asks, and what lies beneath it. The root is the record itself."""

    term: str  # as written
    name: str = ""  # whom it asks for; empty where that varies
    record: SpfRecord | None = None  # of includes and redirects
    children: tuple[Node, ...] = ()
    trouble: Trouble = Trouble.NONE
    detail: str = ""  # why it could not be asked
    own_lookups: int = 1
    own_voids: int = 0
    addresses: tuple[str, ...] = ()  # what a and mx lead to
    own_one_sided: int = 0  # hosts that have addresses of one family only: over the other, nothing is found

    @property
    def lookups(self) -> int:
        """Terms that ask, this one and everything beneath."""
        return self.own_lookups + sum(child.lookups for child in self.children)

    @property
    def voids(self) -> int:
        """Questions that find nothing, this one's and everything beneath."""
        return self.own_voids + sum(child.voids for child in self.children)

    @property
    def one_sided(self) -> int:
        """Questions that find nothing in one of the two families, this one's and everything beneath."""
        return self.own_one_sided + sum(child.one_sided for child in self.children)

    @property
    def is_policy(self) -> bool:
        """Whether it asks for another record: an include or a redirect."""
        return self.is_redirect or self.term.lower().lstrip("+-?~").startswith("include:")

    @property
    def is_redirect(self) -> bool:
        """Whether it hands over to another record."""
        return self.term.lower().startswith("redirect=")

    @property
    def ends_in_an_error(self) -> bool:
        """Whether receivers that come to it answer permerror."""
        return self.trouble in _PERMERROR or (self.trouble is Trouble.MISSING and self.is_policy)

    def letting(self) -> Iterator[Node]:
        """The includes and redirects beneath whose pass is a pass of the whole: no term on the way to them has a sign
        in front.
        """
        for child in self.children:
            if child.term[:1] not in "-~?" and child.is_policy:
                yield child
                yield from child.letting()

    def unhindered(self) -> Iterator[Node]:
        """Those of :meth:`letting` that stand in front of every term with a sign, on the whole way."""
        live = self.record.live if self.record else ()
        first = next((at for at, term in enumerate(live) if term.qualifier != "+"), len(live))
        asked = {term.text for term in live[:first]}
        for child in self.children:
            if child.is_policy and (first == len(live) if child.is_redirect else child.term in asked):
                yield child
                yield from child.unhindered()

    @property
    def networks(self) -> tuple[tuple[str, Network], ...]:
        """The ranges this record lists itself: term and range."""
        live = self.record.live if self.record else ()
        return tuple((term.text, term.network) for term in live if term.network is not None)

    def everyone(self) -> tuple[Node, ...]:
        """This node and all beneath it, in the order of evaluation."""
        found = [self]
        for child in self.children:
            found.extend(child.everyone() if child.children else (child,))
        return tuple(found)


async def walk(
    record: SpfRecord,
    domain: str,
    lookup: Lookup,
    *,
    now: float,
    limits: Limits = _DEFAULT_LIMITS,
    cache: SharedAnswers | None = None,
) -> Node:
    """The tree of ``record``, published at ``domain``; bounded by ``limits.questions``."""
    return await Walker(lookup, now, limits, cache or SharedAnswers()).tree(record, domain)


@dataclass(slots=True, eq=False)
class Walker:
    """Walks any number of records that have much in common; ``limits.questions`` bounds them all together.

    A record need not be published: this is also how a merged one is counted. ``now`` is seconds of the cache's clock.
    """

    lookup: Lookup
    now: float
    limits: Limits = _DEFAULT_LIMITS
    cache: SharedAnswers = field(default_factory=SharedAnswers)
    asked: int = 0
    _room: int = MOST_NODES
    _octets: int = MOST_OCTETS
    _seen: dict[tuple[str, str], Answer] = field(default_factory=dict)

    async def tree(self, record: SpfRecord, domain: str) -> Node:
        """The tree of ``record``, which is or shall be published at ``domain``."""
        self._room, self._octets = MOST_NODES, MOST_OCTETS
        return Node(ROOT, domain, record, await self._beneath(record, (domain,)), own_lookups=0)

    async def _beneath(self, record: SpfRecord, above: tuple[str, ...]) -> tuple[Node, ...]:
        """The terms of ``record`` that ask; ``above`` are the domains it is inside of, outermost first."""
        asking: list[Mechanism | Modifier] = [term for term in record.live if term.asks]
        if record.onward is not None:
            asking.append(record.onward)
        room = self._room
        self._room = max(0, room - len(asking))
        different = {term.text: term for term in asking[:room]}
        if all(map(self._is_at_hand, different.values())):  # nothing to wait for: no need to wait for all at once
            followed = [await self._follow(term, above) for term in different.values()]
        else:
            followed = await gather(*(self._follow(term, above) for term in different.values()))
        nodes = _in_order(asking[:room], dict(zip(different, followed, strict=True)))
        beyond = len(asking) - len(nodes)
        if beyond:
            nodes.append(Node(f"{beyond} more", trouble=Trouble.UNASKED, detail=_USED_UP, own_lookups=beyond))
        return tuple(nodes)

    def _is_at_hand(self, term: Mechanism | Modifier) -> bool:
        spec = term.value if isinstance(term, Modifier) else term.target
        policy = isinstance(term, Modifier) or term.kind is Kind.INCLUDE
        return policy and spec is not None and self.cache.held(spec.name, "TXT", self.now) is not None

    async def _follow(self, term: Mechanism | Modifier, above: tuple[str, ...]) -> Node:
        spec = term.value if isinstance(term, Modifier) else term.target
        if spec is not None and not spec.constant:
            return Node(term.text, trouble=Trouble.VARIES)
        name = above[-1] if spec is None else question_name(spec.name)
        if name is None:
            return Node(term.text, trouble=Trouble.MISSING)
        if isinstance(term, Modifier) or term.kind is Kind.INCLUDE:
            return await self._policy(term.text, name, above)
        if term.kind is Kind.PTR:
            return Node(term.text, name)
        if term.kind is Kind.MX:
            return await self._exchange(term.text, name)
        types = ("A",) if term.kind is Kind.EXISTS else ("A", "AAAA")
        return _host(term.text, name, await gather(*(self._ask(name, rdtype) for rdtype in types)))

    async def _policy(self, term: str, name: str, above: tuple[str, ...]) -> Node:
        if name in above:
            return Node(term, name, trouble=Trouble.LOOP)
        if len(above) > self.limits.terms:
            return Node(term, name, trouble=Trouble.UNASKED, detail=f"more than {self.limits.terms} levels deep")
        answer = await self._ask(name, "TXT")
        if answer is None or answer.failed:
            return _unasked(term, name, answer)
        self._octets -= sum(len(record.value) for record in answer.records)
        if self._octets < 0:
            return Node(term, name, trouble=Trouble.UNASKED, detail="the records are longer than is looked through")
        records = self.cache.records(answer)
        voids = int(not answer.records)
        if not records:
            detail = "the domain does not exist" if answer.outcome is Outcome.NXDOMAIN else "it has no SPF record"
            return Node(term, name, trouble=Trouble.MISSING, detail=detail, own_voids=voids)
        if len(records) > 1:
            return Node(term, name, records[0], trouble=Trouble.SEVERAL, own_voids=voids)
        trouble = Trouble.MISTAKES if records[0].mistakes else Trouble.NONE
        return Node(term, name, records[0], await self._beneath(records[0], (*above, name)), trouble, own_voids=voids)

    async def _exchange(self, term: str, name: str) -> Node:
        answer = await self._ask(name, "MX")
        if answer is None or answer.failed:
            return _unasked(term, name, answer)
        hosts = exchanges(answer)
        if not hosts:
            voids = int(not answer.records)
            return Node(term, name, trouble=Trouble.MISSING, detail="it has no MX record", own_voids=voids)
        asked = [(host, rdtype) for host in hosts[: self.limits.names] for rdtype in ("A", "AAAA")]
        answers = await gather(*(self._ask(host, rdtype) for host, rdtype in asked))
        nodes = [_host(term, hosts[at // 2], answers[at : at + 2]) for at in range(0, len(answers), 2)]
        worst = next((node for node in nodes if node.trouble), nodes[0])
        if len(hosts) > self.limits.names:
            worst = Node(term, name, trouble=Trouble.TOO_MANY_HOSTS, detail=f"{len(hosts)} hosts")
        return Node(
            term,
            name,
            trouble=worst.trouble,
            detail=worst.detail,
            own_voids=sum(node.own_voids for node in nodes),
            addresses=tuple(address for node in nodes for address in node.addresses),
            own_one_sided=sum(node.own_one_sided for node in nodes),
        )

    async def _ask(self, name: str, rdtype: str) -> Answer | None:
        """None when the questions granted are used up."""
        answer = self._seen.get((name, rdtype)) or self.cache.held(name, rdtype, self.now)
        if answer is None:
            if self.asked >= self.limits.questions:
                return None
            self.asked += 1
            answer = await ask_through(self.lookup, name, rdtype)
            self.cache.keep(answer, self.now)
            self._seen[name, rdtype] = answer
        return answer


def _in_order(terms: list[Mechanism | Modifier], followed: dict[str, Node]) -> list[Node]:
    """A node for each term. What stands there again counts again, but what is beneath it is shown once."""
    nodes = []
    shown: set[str] = set()
    for term in terms:
        node = followed[term.text]
        if term.text in shown:
            node = Node(node.term, node.name, trouble=node.trouble, own_lookups=node.lookups, own_voids=node.voids)
        shown.add(term.text)
        nodes.append(node)
    return nodes


def _host(term: str, name: str, answers: list[Answer | None]) -> Node:
    """A host with what its A and AAAA questions brought: void only where neither found anything."""
    addresses = tuple(record.value for answer in answers if answer is not None for record in answer.records)
    if addresses:
        one_sided = any(answer is not None and not answer.failed and not answer.records for answer in answers)
        return Node(term, name, addresses=addresses, own_one_sided=int(one_sided and len(answers) > 1))
    for answer in answers:
        if answer is None or answer.failed:
            return _unasked(term, name, answer)
    return Node(term, name, trouble=Trouble.MISSING, detail=f"{name} has no address", own_voids=1)


def _unasked(term: str, name: str, answer: Answer | None) -> Node:
    if answer is None:
        return Node(term, name, trouble=Trouble.UNASKED, detail=_USED_UP)
    return Node(term, name, trouble=Trouble.UNKNOWN, detail=why_failed(answer))
