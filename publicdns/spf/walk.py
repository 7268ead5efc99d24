"""The tree of a record: every include followed, every lookup counted, whoever sends (RFC 7208 §4.6.4).

An evaluation stops where an address matches; this goes everywhere, so that the count is the worst any message can meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    UNASKED = "unasked"  # the questions granted were used up, or eleven levels were reached


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

    @property
    def lookups(self) -> int:
        """Terms that ask, this one and everything beneath."""
        return self.own_lookups + sum(child.lookups for child in self.children)

    @property
    def voids(self) -> int:
        """Questions that find nothing, this one's and everything beneath."""
        return self.own_voids + sum(child.voids for child in self.children)

    @property
    def networks(self) -> tuple[tuple[str, Network], ...]:
        """The ranges this record lists itself: term and range."""
        live = self.record.live if self.record else ()
        return tuple((term.text, term.network) for term in live if term.network is not None)

    def everyone(self) -> tuple[Node, ...]:
        """This node and all beneath it, in the order of evaluation."""
        return (self, *(node for child in self.children for node in child.everyone()))


async def walk(
    record: SpfRecord,
    domain: str,
    lookup: Lookup,
    *,
    now: float,
    limits: Limits = _DEFAULT_LIMITS,
    cache: SharedAnswers | None = None,
) -> Node:
    """The tree of ``record``, which is or shall be published at ``domain``; bounded by ``limits.questions``.

    The record need not be published: this is also how a merged one is counted.
    """
    walker = _Walker(lookup, now, limits, cache or SharedAnswers())
    root = Node(ROOT, domain, record, own_lookups=0)
    return await walker.beneath(root, record, (domain,))


@dataclass(slots=True, eq=False)
class _Walker:
    lookup: Lookup
    now: float
    limits: Limits
    cache: SharedAnswers
    asked: int = 0
    _seen: dict[tuple[str, str], Answer] = field(default_factory=dict)

    async def beneath(self, node: Node, record: SpfRecord, above: tuple[str, ...]) -> Node:
        """``node`` with its children; ``above`` are the domains it is inside of, outermost first."""
        asking: list[Mechanism | Modifier] = [term for term in record.live if term.asks]
        if record.onward is not None:
            asking.append(record.onward)
        most = self.limits.questions
        followed = await gather(*(self._follow(term, above) for term in asking[:most]))
        rest = (Node(term.text, trouble=Trouble.UNASKED) for term in asking[most:])
        return replace(node, children=(*followed, *rest))

    async def _follow(self, term: Mechanism | Modifier, above: tuple[str, ...]) -> Node:
        spec = term.value if isinstance(term, Modifier) else term.target
        name = above[-1] if spec is None else question_name(spec.name) if spec.constant else ""
        node = Node(term.text, name or "")
        if isinstance(term, Mechanism) and term.kind is Kind.PTR:
            return node
        if not name:
            varies = name == ""
            return replace(node, trouble=Trouble.VARIES if varies else Trouble.MISSING)
        if isinstance(term, Modifier) or term.kind is Kind.INCLUDE:
            return await self._policy(node, above)
        if term.kind is Kind.MX:
            return await self._exchange(node)
        types = ("A",) if term.kind is Kind.EXISTS else ("A", "AAAA")
        return _with_addresses(node, await gather(*(self._ask(name, rdtype) for rdtype in types)))

    async def _policy(self, node: Node, above: tuple[str, ...]) -> Node:
        if node.name in above:
            return replace(node, trouble=Trouble.LOOP)
        if len(above) > self.limits.terms:
            return replace(node, trouble=Trouble.UNASKED, detail=f"more than {self.limits.terms} levels deep")
        answer = await self._ask(node.name, "TXT")
        if answer is None or answer.failed:
            return _unasked(node, answer)
        records = self.cache.records(answer)
        node = replace(node, own_voids=int(not answer.records))
        if not records:
            detail = "the domain does not exist" if answer.outcome is Outcome.NXDOMAIN else "it has no SPF record"
            return replace(node, trouble=Trouble.MISSING, detail=detail)
        if len(records) > 1:
            return replace(node, trouble=Trouble.SEVERAL, record=records[0])
        record = records[0]
        trouble = Trouble.MISTAKES if record.mistakes else Trouble.NONE
        return await self.beneath(replace(node, trouble=trouble, record=record), record, (*above, node.name))

    async def _exchange(self, node: Node) -> Node:
        answer = await self._ask(node.name, "MX")
        if answer is None or answer.failed:
            return _unasked(node, answer)
        hosts = exchanges(answer)
        if not hosts:
            return replace(
                node, own_voids=int(not answer.records), trouble=Trouble.MISSING, detail="it has no MX record"
            )
        asked = [(host, rdtype) for host in hosts[: self.limits.names] for rdtype in ("A", "AAAA")]
        answers = await gather(*(self._ask(host, rdtype) for host, rdtype in asked))
        nodes = [_with_addresses(node, answers[at : at + 2]) for at in range(0, len(answers), 2)]
        troubles = [each.trouble for each in nodes if each.trouble]
        return replace(
            node,
            addresses=tuple(address for each in nodes for address in each.addresses),
            own_voids=sum(each.own_voids for each in nodes),
            trouble=Trouble.TOO_MANY_HOSTS
            if len(hosts) > self.limits.names
            else troubles[0]
            if troubles
            else Trouble.NONE,
            detail=f"{len(hosts)} hosts"
            if len(hosts) > self.limits.names
            else next((each.detail for each in nodes if each.trouble), ""),
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


def _with_addresses(node: Node, answers: list[Answer | None]) -> Node:
    """``node`` with what its A and AAAA questions brought: void only where neither found anything."""
    addresses = tuple(record.value for answer in answers if answer is not None for record in answer.records)
    if addresses:
        return replace(node, addresses=addresses)
    failed = next((answer for answer in answers if answer is None or answer.failed), answers[0])
    if failed is None or failed.failed:
        return _unasked(node, failed)
    return replace(node, own_voids=1, trouble=Trouble.MISSING, detail=f"{failed.question.name} has no address")


def _unasked(node: Node, answer: Answer | None) -> Node:
    if answer is None:
        return replace(node, trouble=Trouble.UNASKED, detail="the questions granted were used up")
    return replace(node, trouble=Trouble.UNKNOWN, detail=why_failed(answer))
