"""Many answers to one verdict: is the exact value there, for everybody?

Pure. A server is an NS host name; what it says counts when it is responsible (AA). The public resolvers are asked only
once the name servers agree: an early question plants a negative answer that lasts min(SOA TTL, SOA minimum)
(RFC 2308 §5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache

from publicdns.answers import Answer, Outcome, Reason, Verdict
from publicdns.frozen import frozen
from publicdns.tokens import Likeness, is_surely_unrelated, likeness, looks_like_token

# Reasons that say nothing about the server: it was not asked. UNASKABLE it cannot be from here, however long one waits.
UNASKABLE = frozenset({Reason.NO_FAMILY, Reason.FORBIDDEN})
NOT_ASKED = UNASKABLE | {Reason.BLOCKED, Reason.BUDGET}
SILENT_FOR = 600.0  # seconds after which a server that does not answer no longer keeps the others waiting
LONGEST_REMEMBERED = 86_400.0  # seconds a "no" is kept in practice (RFC 2308 §5)
RESOLVERS_NEEDED = 2  # at least, where they stand in for the name servers


class Stance(StrEnum):
    """What one vantage says about one expected value."""

    PRESENT = "present"
    WRONG = "wrong"  # a Microsoft token, but another
    MISSING = "missing"  # proven
    ALIAS = "alias"  # the name is an alias; only resolvers see what is at its end
    UNKNOWN = "unknown"
    LEFT_OUT = "left-out"  # this machine cannot ask there at all


SAYING_NOTHING = frozenset({Stance.UNKNOWN, Stance.LEFT_OUT})


class Progress(StrEnum):
    """How far the value has come, for the sentence people read."""

    NOWHERE = "nowhere"
    SOME_SERVERS = "some-servers"
    ALL_SERVERS = "all-servers"  # the resolvers have not followed yet
    EVERYWHERE = "everywhere"
    UNCLEAR = "unclear"


@frozen
class Propagation:
    """One expectation's verdict and its evidence."""

    verdict: Verdict
    progress: Progress
    proven: bool = False  # enough name servers vouch for a change of state (decision 4)
    weaker: bool = False  # no name server could be asked; the resolvers alone say so
    servers: tuple[tuple[str, Stance], ...] = ()
    resolvers: tuple[tuple[str, Stance], ...] = ()
    still_missing: tuple[str, ...] = ()  # vantages that answered and do not show the value
    unasked: tuple[str, ...] = ()  # vantages that could not be asked
    reason: str = ""  # why the verdict is UNKNOWN: a Reason, or "one-server", "resolvers"
    shown: str = ""  # what is there instead, canonical: two looks that show the same are equal here
    negative_until: float | None = None  # the latest moment at which a cached "not there" has expired

    @property
    def heard(self) -> int:
        """How many name servers said anything of the value."""
        return sum(1 for _, seen in self.servers if seen not in SAYING_NOTHING)

    @property
    def mixed(self) -> bool:
        """True when some vantages that answer have the value and others do not: neither there nor gone."""
        return self.verdict is Verdict.MISSING and self.progress in (Progress.SOME_SERVERS, Progress.ALL_SERVERS)


@frozen
class Circumstances:
    """What the answers alone do not tell. Moments are on the caller's wall clock, in seconds."""

    silent_for: float = 0.0  # seconds since the servers that do not answer last did
    silent_limit: float = SILENT_FOR
    agreed_at: float | None = None  # when all answering name servers first had the value
    negative_ttl: int | None = None  # min(SOA TTL, SOA minimum), in seconds
    now: float = 0.0  # the moment of the look


ORDINARY = Circumstances()


def stance(answer: Answer, expected: str) -> Stance:
    """What ``answer`` shows of ``expected``. An authoritative server's word needs AA, and its "no" the zone's SOA."""
    without_values = _without_values(answer)
    return _of_values(answer.values, expected) if without_values is None else without_values


def is_silent(answer: Answer) -> bool:
    """Whether the server was asked and ``answer`` says nothing, of whatever is expected. Our own shortage of time is no
    silence of the server's."""
    return answer.reason not in NOT_ASKED and _without_values(answer) is Stance.UNKNOWN


def has_answered(answer: Answer) -> bool:
    """Whether ``answer`` says something, of whatever is expected. That a name below the domain lives in a zone of its
    own is an answer too."""
    if _without_values(answer) is not Stance.UNKNOWN:
        return True
    return answer.question.rdtype == "CNAME" and any(r.owner == answer.question.name for r in answer.authority)


def silence(answers: Mapping[str, Answer], silent_since: Mapping[str, float], now: float) -> float:
    """For how many seconds all servers that say nothing have been silent; 0 where none is, or one was not asked."""
    if not silent_since:
        return 0.0
    mute = [
        name
        for name, answer in answers.items()
        if answer.reason not in UNASKABLE and _without_values(answer) is Stance.UNKNOWN
    ]
    return min((now - silent_since.get(name, now) for name in mute), default=0.0)


def majority(asked: int) -> int:
    """How many of the resolvers asked must agree where two name servers vouch too: more than half of them. That is two
    of two and of three, three of five; a single one that an operator names is all there is.
    """
    return asked // 2 + 1


def enough_alone(asked: int) -> int:
    """How many of the resolvers asked must agree where no name server vouches for what they say: two at least."""
    return max(majority(asked), RESOLVERS_NEEDED)


def _without_values(answer: Answer) -> Stance | None:
    """The stance of an answer that shows no values; None for one that does."""
    if answer.reason is Reason.NO_FAMILY:
        return Stance.LEFT_OUT
    recursive = answer.server.recursive
    if answer.aliases and not answer.records and not recursive:
        return Stance.ALIAS if answer.authoritative else Stance.UNKNOWN
    if answer.failed or not (recursive or answer.authoritative):
        return Stance.UNKNOWN
    if answer.outcome is Outcome.FOUND:
        return None
    return Stance.MISSING if answer.proves_absence else Stance.UNKNOWN


def servers_agree(authoritative: Mapping[str, Answer], expected: str) -> bool:
    """True when it is time to ask the resolvers: each name server that answers has the value, or none can be asked."""
    return not any(stance(answer, expected) in (Stance.MISSING, Stance.WRONG) for answer in authoritative.values())


def judge(
    expected: str,
    authoritative: Mapping[str, Answer],
    resolvers: Sequence[Answer] = (),
    circumstances: Circumstances = ORDINARY,
) -> Propagation:
    """Whether ``expected`` is there, by what each name server (by NS host name) and each resolver answered."""
    servers = tuple((name, stance(answer, expected)) for name, answer in sorted(authoritative.items()))
    asked = tuple((answer.server.name or answer.server.address, stance(answer, expected)) for answer in resolvers)
    heard = tuple([seen for _, seen in servers if seen not in SAYING_NOTHING])
    evidence = _Evidence(expected, servers, heard, asked, authoritative, tuple(resolvers), circumstances)
    return evidence.judge()


@frozen
class _Evidence:
    expected: str
    servers: tuple[tuple[str, Stance], ...]
    heard: tuple[Stance, ...]  # what the name servers that answer say
    resolvers: tuple[tuple[str, Stance], ...]
    answers: Mapping[str, Answer]
    resolver_answers: tuple[Answer, ...]
    circumstances: Circumstances

    def judge(self) -> Propagation:
        if not self.heard:
            return self.by_resolvers_alone()
        sights = set(self.heard)
        if sights == {Stance.PRESENT}:
            return self.all_have_it()
        if sights == {Stance.ALIAS}:
            return self.behind_an_alias()
        if Stance.PRESENT in sights:
            return self.verdict(Verdict.MISSING, Progress.SOME_SERVERS)
        verdict = Verdict.WRONG if sights == {Stance.WRONG} else Verdict.MISSING
        return self.verdict(verdict, Progress.NOWHERE, proven=self.enough())

    def enough(self) -> bool:
        """Two name servers that answer; or one, when there is no other or the others have long been silent."""
        askable = [answer for answer in self.answers.values() if answer.reason not in UNASKABLE]
        return len(self.heard) >= 2 or len(askable) == 1 or self.long_silent()

    def long_silent(self) -> bool:
        return self.circumstances.silent_for >= self.circumstances.silent_limit

    def all_have_it(self) -> Propagation:
        if not self.enough():
            return self.verdict(Verdict.UNKNOWN, Progress.ALL_SERVERS, reason="one-server")
        return self.by_resolvers(majority(len(self.resolvers)) if len(self.heard) >= 2 else len(self.resolvers))

    def behind_an_alias(self) -> Propagation:
        """The servers only know where the name leads: all resolvers must see the value at its end."""
        seen = self.by_resolvers(len(self.resolvers))
        return replace(seen, progress=Progress.NOWHERE) if seen.verdict is Verdict.MISSING else seen

    def by_resolvers(self, needed: int) -> Propagation:
        sights = [seen for _, seen in self.resolvers]
        if sights.count(Stance.PRESENT) >= max(needed, 1):
            return self.verdict(Verdict.PRESENT, Progress.EVERYWHERE, proven=True)
        if any(seen in (Stance.MISSING, Stance.WRONG) for seen in sights):
            return self.verdict(Verdict.MISSING, Progress.ALL_SERVERS)
        return self.verdict(Verdict.UNKNOWN, Progress.ALL_SERVERS, reason="resolvers")

    def by_resolvers_alone(self) -> Propagation:
        """No name server could be asked: most of the resolvers, at least two, and the evidence is the weaker kind."""
        sights = [seen for _, seen in self.resolvers]
        for seen, verdict, progress in (
            (Stance.PRESENT, Verdict.PRESENT, Progress.EVERYWHERE),
            (Stance.WRONG, Verdict.WRONG, Progress.NOWHERE),
            (Stance.MISSING, Verdict.MISSING, Progress.NOWHERE),
        ):
            if sights.count(seen) >= enough_alone(len(sights)):
                # A resolver's "no" may be as old as its cache: that something is gone, name servers alone prove.
                return self.verdict(verdict, progress, proven=verdict is not Verdict.MISSING, weaker=True)
        reason = next((answer.reason.value for answer in self.answers.values()), Reason.NO_SERVER.value)
        return self.verdict(Verdict.UNKNOWN, Progress.UNCLEAR, reason=reason)

    def verdict(
        self, verdict: Verdict, progress: Progress, *, proven: bool = False, weaker: bool = False, reason: str = ""
    ) -> Propagation:
        everyone = self.servers + self.resolvers
        return Propagation(
            verdict,
            progress,
            proven,
            weaker,
            self.servers,
            self.resolvers,
            tuple([name for name, seen in everyone if seen in (Stance.MISSING, Stance.WRONG, Stance.ALIAS)]),
            tuple([name for name, seen in everyone if seen is Stance.UNKNOWN]),
            reason,
            self.shown(),
            self.negative_until(),
        )

    def shown(self) -> str:
        """The other values at the vantages that decided, one string that compares."""
        answers = tuple(self.answers.values()) if self.heard else self.resolver_answers
        values = {value for answer in answers for value in answer.values if value != self.expected}
        return "\n".join(sorted(value for value in values if _resembles(value, self.expected)))

    def negative_until(self) -> float | None:
        """By the zone's SOA; later where a resolver remembers longer by an older one, within what any cache keeps."""
        at, ttl = self.circumstances.agreed_at, self.circumstances.negative_ttl
        if at is None or ttl is None:
            return None
        kept = [answer.negative_ttl for answer in self.resolver_answers if answer.negative_ttl is not None]
        remembered = [self.circumstances.now + seconds for seconds in kept if seconds > ttl]
        return max([at + ttl, *(until for until in remembered if until <= at + LONGEST_REMEMBERED)])


def _of_values(values: Sequence[str], expected: str) -> Stance:
    if expected in values:
        return Stance.PRESENT
    return Stance.WRONG if any(_resembles(value, expected) for value in values) else Stance.MISSING


@lru_cache(maxsize=64)  # the name servers of a domain show the same texts, and each is asked about again
def _resembles(value: str, expected: str) -> bool:
    if is_surely_unrelated(value, expected):
        return False
    return looks_like_token(value) or likeness(value, expected) is not Likeness.UNRELATED
