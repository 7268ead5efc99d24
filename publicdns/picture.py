"""Everything one look saw, as one frozen value that can be stored and shown again. docs/look.md describes its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from publicdns.answers import Answer, Finding, Outcome, Reason, Verdict
from publicdns.delegation import Delegation
from publicdns.frozen import MadeOnce, frozen
from publicdns.mailflow import MailFlow
from publicdns.packing import pack, unpack
from publicdns.propagation import Propagation, has_answered

VERSION = 1
NOTHING: Mapping[str, Answer] = MappingProxyType({})


@frozen
class Subject:
    """What is looked at, and what is remembered from the looks before. Moments are on the wall clock, in seconds."""

    name: str  # canonical, see publicdns.names
    token: str | None = None  # the exact TXT value expected
    delegation: Delegation | None = None  # believed until it expires
    agreed_at: float | None = None  # since when all answering name servers have the token
    silent_since: tuple[tuple[str, float], ...] = ()  # by name server, since when it does not answer
    mail_moved: bool = False  # mail is meant to be at Microsoft already: its cut-over has begun or is over


@dataclass(unsafe_hash=True)  # frozen, but without slots: what is made of the answers once is kept beside the fields
class Picture:
    """One domain at one moment: who was asked, what each answered, and what that means."""

    subject: Subject
    looked_at: float
    delegation: Delegation
    authoritative: tuple[Answer, ...] = ()  # each standing question at each name server
    resolvers: tuple[Answer, ...] = ()  # the same question at each public resolver; empty: not asked yet
    probes: tuple[Answer, ...] = ()  # what was asked to find out why
    propagation: Propagation | None = None  # None without a token
    mail: MailFlow | None = None
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything, as what ``json.dumps`` takes. Keys that hold their default are left out."""
        return {"version": VERSION, **pack(self)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Picture:
        """The picture ``to_json`` stored. Raises ValueError for another version or a broken one."""
        if stored.get("version") != VERSION:
            raise ValueError(f"a picture of version {stored.get('version')}, not {VERSION}")
        return unpack(cls, {key: value for key, value in stored.items() if key != "version"})

    @property
    def name(self) -> str:
        """The name looked at."""
        return self.subject.name

    @property
    def token(self) -> str | None:
        """The exact TXT value expected."""
        return self.subject.token

    @property
    def verdict(self) -> Verdict:
        """The token's verdict; without a token PRESENT when all name servers and resolvers answered all questions."""
        if self.propagation is not None:
            return self.propagation.verdict
        if self.delegation.is_nowhere:
            return Verdict.MISSING
        return Verdict.PRESENT if self._all_answered else Verdict.UNKNOWN

    def at_servers(self, rdtype: str, name: str | None = None) -> Mapping[str, Answer]:
        """What each name server, by NS host name, answered to the standing question for ``name`` and ``rdtype``."""
        return self._standing.get((self.subject.name if name is None else name, rdtype), NOTHING)

    def at_resolvers(self, rdtype: str) -> Mapping[str, Answer]:
        """What each resolver, by the operator's spelling, answered to the standing question of type ``rdtype``."""
        return {a.server.name or a.server.address: a for a in self.resolvers if a.question.rdtype == rdtype}

    def probed(self, name: str, rdtype: str) -> Sequence[Answer]:
        """The probes for ``name`` and ``rdtype`` that did not fail."""
        return self._probed.get((name, rdtype), ())

    def evident(self, rdtype: str, name: str | None = None) -> Answer | None:
        """One name server's proven answer; records before absence. None when nobody could be asked."""
        asked = self.subject.name if name is None else name, rdtype
        if asked not in self._evident:
            answers = [a for a in self._standing.get(asked, NOTHING).values() if a.authoritative and not a.failed]
            found = [answer for answer in answers if answer.outcome is Outcome.FOUND]
            proven = found or [answer for answer in answers if answer.proves_absence]
            self._evident[asked] = next(iter(proven), None)
        return self._evident[asked]

    def having(self, **more: Any) -> Picture:
        """This picture with more fields filled; the indexes of its answers come along, which ``replace`` would make
        anew."""
        found = object.__new__(Picture)
        found.__dict__.update(self.__dict__, **more)
        if "probes" in more:
            found.__dict__.pop("_probed", None)
            found.__dict__.pop("found_by_probes", None)
        return found

    def next_subject(self) -> Subject:
        """The Subject of the next look: what was looked at, with what this look learnt."""
        return replace(self.subject, delegation=self.delegation)

    @MadeOnce
    def found_by_probes(self) -> frozenset[str]:
        """The types of the records that probes have found."""
        return frozenset([answer.question.rdtype for answer in self.probes if answer.records])

    @MadeOnce
    def _all_answered(self) -> bool:
        """Whether everybody who was asked answered; somebody was."""
        asked = [a for a in (*self.authoritative, *self.resolvers) if a.reason is not Reason.NO_FAMILY]
        return bool(asked) and all(map(has_answered, asked))

    @MadeOnce
    def _evident(self) -> dict[tuple[str, str], Answer | None]:
        """What :meth:`evident` was asked for before."""
        return {}

    @MadeOnce
    def _standing(self) -> dict[tuple[str, str], dict[str, Answer]]:
        """The name servers' answers by what was asked; the rules ask for them dozens of times."""
        found: dict[tuple[str, str], dict[str, Answer]] = {}
        for answer in self.authoritative:
            asked = answer.question
            found.setdefault((asked.name, asked.rdtype), {})[answer.server.name] = answer
        return found

    @MadeOnce
    def _probed(self) -> dict[tuple[str, str], list[Answer]]:
        """The probes that did not fail, by what was asked."""
        found: dict[tuple[str, str], list[Answer]] = {}
        for answer in self.probes:
            if answer.outcome is not Outcome.FAILED:
                found.setdefault((answer.question.name, answer.question.rdtype), []).append(answer)
        return found
