"""One look at one domain: whom to ask what, in which order, and what it all means.

Name servers first. The public resolvers are asked for the token only once the name servers agree (see
publicdns.propagation); the questions that tell why it is not there go to name servers, where no cache remembers that
somebody asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from publicdns.answers import Answer, Lookup, Outcome, Reason, Server, Verdict
from publicdns.asking import gather
from publicdns.delegation import Delegation, DelegationCache, NameServer, Standing
from publicdns.diagnosis import diagnose
from publicdns.frozen import frozen
from publicdns.mailflow import MailFlow, mail_flow, mx_hosts
from publicdns.nameservers import ask_server_all
from publicdns.picture import Picture, Subject
from publicdns.probing import Probing
from publicdns.propagation import (
    SILENT_FOR,
    UNASKABLE,
    Circumstances,
    Progress,
    Propagation,
    Stance,
    is_silent,
    judge,
    servers_agree,
    silence,
    stance,
)
from publicdns.zone import find_delegation, with_child_side

FALLBACK_AFTER = 120.0  # seconds; see LookOptions.fallback_after
STORED_VALUE = 4096  # characters of one value that are kept
STORED_RECORDS = 100  # of one answer


@dataclass(frozen=True, slots=True)
class LookOptions:
    """What the caller may set. Seconds where it is time."""

    port: int = 53  # where name servers listen
    diagnose: bool = True  # ask on when the token is not there, and follow mail hosts
    longest: float = 300.0  # a delegation is believed at most that long
    silent_limit: float = SILENT_FOR
    # All name servers must have been silent that long before resolvers are asked in their place: a question asked
    # during a hiccup of ours would plant "not there" in them.
    fallback_after: float = FALLBACK_AFTER


def standing_questions(name: str, zone: str) -> tuple[tuple[str, str], ...]:
    """What each name server is asked on every look at ``name`` in ``zone``: names and types."""
    return (name, "TXT"), (name, "MX"), (zone, "NS"), (zone, "SOA"), (f"autodiscover.{name}", "CNAME")


STANDING = len(standing_questions("", ""))


def look(
    subject: Subject,
    lookup: Lookup,
    *,
    resolvers: Sequence[Server],
    cache: DelegationCache,
    now: float,
    unchecked: Lookup | None = None,
    options: LookOptions = LookOptions(),
) -> Coroutine[Any, Any, Picture]:
    """Look at ``subject`` and say what is seen. To be awaited.

    ``lookup`` asks (``server=None``: some resolver); ``unchecked`` does the same with the CD bit set (RFC 4035 §3.2.2;
    None: not asked); ``resolvers`` are the public ones whose agreement counts; ``now`` is the wall clock in seconds.
    Never raises for anything DNS says.
    """
    return _Look(subject, lookup, tuple(resolvers), cache, now, unchecked, options).run()


@frozen
class _Look:
    subject: Subject
    lookup: Lookup
    resolvers: tuple[Server, ...]
    cache: DelegationCache
    now: float
    unchecked: Lookup | None
    options: LookOptions

    async def run(self) -> Picture:
        delegation, authoritative = await self._both_sides(await self._delegation())
        texts = {answer.server.name: answer for answer in authoritative if self._is_text(answer)}
        agree = self.subject.token is not None and servers_agree(texts, self.subject.token)
        resolvers = await self._ask_resolvers(delegation, texts, agree=agree)
        subject = self._with_what_was_learnt(texts, agree=agree)
        propagation = self._judge(subject, delegation, texts, authoritative, resolvers)
        picture = Picture(
            subject,
            self.now,
            delegation,
            tuple(map(bounded, authoritative)),
            tuple(map(bounded, resolvers)),
            propagation=propagation,
        )
        if self.options.diagnose:
            probing = Probing(picture, self.lookup, self.resolvers, self.unchecked, self.options.port)
            picture = picture.having(probes=tuple(map(bounded, await probing.run())))
        picture = picture.having(mail=self._mail(picture))
        return picture.having(findings=diagnose(picture))

    async def _delegation(self) -> Delegation:
        known = self.subject.delegation
        if known is not None and known.expires > self.now:
            return known
        return await find_delegation(
            self.subject.name,
            self.lookup,
            self.cache,
            self.now,
            resolvers=self.resolvers,
            port=self.options.port,
            longest=self.options.longest,
        )

    async def _both_sides(self, delegation: Delegation) -> tuple[Delegation, list[Answer]]:
        """Ask the servers the delegation names, then those that only they themselves name."""
        if delegation.is_nowhere:
            return await self._in_the_zone_above(delegation)
        zone = delegation.zone
        answers = await self._ask_servers(delegation.servers, zone)
        own = [answer for answer in answers if answer.question.rdtype == "NS" and answer.question.name == zone]
        both = await with_child_side(delegation, own, self.lookup, self.cache, self.now)
        more = both.servers[len(delegation.servers) :]
        return both, answers + await self._ask_servers(more, zone)

    async def _in_the_zone_above(self, delegation: Delegation) -> tuple[Delegation, list[Answer]]:
        """Some zones hold records of the domains below themselves: the domain lives there when they show one that is
        looked for, or when nobody could be asked for it. Otherwise it is nowhere.
        """
        answers = await self._ask_servers(delegation.servers, delegation.parent)
        sights = {stance(answer, self.subject.token or "") for answer in answers if self._is_text(answer)}
        has_mail = any(a.question.rdtype == "MX" and a.outcome is Outcome.FOUND and a.authoritative for a in answers)
        if not answers or (sights & {Stance.MISSING} and sights <= {Stance.MISSING, Stance.UNKNOWN} and not has_mail):
            return replace(delegation, servers=()), []
        return replace(delegation, standing=Standing.DELEGATED, zone=delegation.parent), answers

    async def _ask_servers(self, servers: Sequence[NameServer], zone: str) -> list[Answer]:
        asked = [self._ask_one_server(server, zone) for server in servers]
        if len(asked) == 1:
            return await asked[0]
        return [answer for answers in await gather(*asked) for answer in answers]

    def _ask_one_server(self, server: NameServer, zone: str) -> Awaitable[list[Answer]]:
        """Every standing question at once; one alone first where the server was silent on the look before."""
        questions = standing_questions(self.subject.name, zone)
        if self.subject.silent_since and server.name in dict(self.subject.silent_since):
            return self._ask_warily(server, questions, zone)
        return ask_server_all(server, questions, self.lookup, self.options.port, zone)

    async def _ask_warily(self, server: NameServer, questions: tuple[tuple[str, str], ...], zone: str) -> list[Answer]:
        port = self.options.port
        first = await ask_server_all(server, questions[:1], self.lookup, port, zone)
        if first[0].reason in (Reason.TIMEOUT, Reason.UNREACHABLE):
            return first
        return first + await ask_server_all(server, questions[1:], self.lookup, port, zone)

    async def _ask_resolvers(self, delegation: Delegation, texts: dict[str, Answer], *, agree: bool) -> list[Answer]:
        """The TXT records once the name servers agree; without a token what is sure to exist."""
        if delegation.is_nowhere:
            return []
        name, rdtype = self.subject.name, "TXT"
        if self.subject.token is None:
            if not texts or any(answer.outcome is not Outcome.FOUND for answer in texts.values()):
                name, rdtype = delegation.zone or self.subject.name, "NS"
        elif not agree or self._is_too_early(texts):
            return []
        return await gather(*(self.lookup(name, rdtype, resolver) for resolver in self.resolvers))

    def _is_too_early(self, texts: dict[str, Answer]) -> bool:
        """True while no name server answers, but not for long enough to take the resolvers' word. Where this machine
        cannot ask them, waiting gains nothing."""
        if any(stance(answer, "") not in (Stance.UNKNOWN, Stance.LEFT_OUT) for answer in texts.values()):
            return False
        reasons = {answer.reason for answer in texts.values()}
        if Reason.BLOCKED in reasons or (reasons and reasons <= UNASKABLE):
            return False
        return silence(texts, dict(self._silent_since(texts)), self.now) < self.options.fallback_after

    def _judge(
        self,
        subject: Subject,
        delegation: Delegation,
        texts: dict[str, Answer],
        authoritative: list[Answer],
        resolvers: list[Answer],
    ) -> Propagation | None:
        if subject.token is None:
            return None
        if delegation.is_nowhere:
            told = delegation.parent_asked
            return Propagation(Verdict.MISSING, Progress.NOWHERE, proven=told, weaker=not told)
        kept = None  # how long, is of use only once there is a moment from which it counts
        if subject.agreed_at is not None:
            kept = max(filter(None, map(negative_ttl, authoritative)), default=None)
        silent_for = silence(texts, dict(subject.silent_since), self.now)
        circumstances = Circumstances(silent_for, self.options.silent_limit, subject.agreed_at, kept, self.now)
        return judge(subject.token, texts, resolvers, circumstances)

    def _is_text(self, answer: Answer) -> bool:
        return answer.question.rdtype == "TXT" and answer.question.name == self.subject.name

    def _with_what_was_learnt(self, texts: dict[str, Answer], *, agree: bool) -> Subject:
        """The subject as the next look must know it."""
        agreed_at = self._agreed_at(texts) if agree and texts else None
        before, silent_since = self.subject, self._silent_since(texts)
        if (before.agreed_at, before.silent_since, before.delegation) == (agreed_at, silent_since, None):
            return before
        return replace(before, agreed_at=agreed_at, silent_since=silent_since, delegation=None)

    def _agreed_at(self, texts: dict[str, Answer]) -> float | None:
        """Since when all name servers that answer have the token, which they agree about."""
        token = self.subject.token or ""
        if not any(stance(answer, token) is Stance.PRESENT for answer in texts.values()):
            return self.subject.agreed_at  # nobody could be asked: that changes nothing
        return self.subject.agreed_at if self.subject.agreed_at is not None else self.now

    def _silent_since(self, texts: dict[str, Answer]) -> tuple[tuple[str, float], ...]:
        before = dict(self.subject.silent_since)
        silent = sorted(name for name, answer in texts.items() if is_silent(answer))
        return tuple((name, before.get(name, self.now)) for name in silent)

    def _mail(self, picture: Picture) -> MailFlow:
        """Who receives the mail. With DNS as it stands: the targets' addresses only where they were asked for."""
        mx = picture.evident("MX")
        targets = {
            host: [a for a in picture.probes if a.question.name == host and a.question.rdtype in ("A", "AAAA")]
            for host in (mx_hosts(mx) if picture.probes else ())
        }
        return mail_flow(picture.name, mx, picture.evident("TXT"), targets)


def bounded(answer: Answer) -> Answer:
    """``answer`` with at most 100 records of at most 4096 characters each."""
    records = answer.records
    if not records or (len(records) == 1 and len(records[0].value) <= STORED_VALUE):
        return answer
    if len(records) <= STORED_RECORDS and max([len(record.value) for record in records], default=0) <= STORED_VALUE:
        return answer
    kept = answer.records[:STORED_RECORDS]
    return replace(answer, records=tuple(replace(record, value=record.value[:STORED_VALUE]) for record in kept))


def negative_ttl(answer: Answer) -> int | None:
    """min(SOA TTL, SOA minimum) in seconds, from a negative answer or from the SOA record itself (RFC 2308 §5)."""
    if answer.negative_ttl is not None:
        return answer.negative_ttl
    if answer.question.rdtype != "SOA" or not answer.records:
        return None
    minimum = answer.records[0].value.rsplit(" ", 1)[-1]
    return min(answer.records[0].ttl, int(minimum)) if minimum.isdigit() else None
