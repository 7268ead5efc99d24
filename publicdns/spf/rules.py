"""The registry of SPF rules: each is one function with a code, a source, a sentence and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from publicdns.answers import SEVERITIES, Answer, Finding, Verdict
from publicdns.printable import joined, printable
from publicdns.spf.merge import Merged
from publicdns.spf.terms import Kind, Mechanism, SpfRecord
from publicdns.spf.walk import Node, Trouble

Facts = dict[str, str | int | float | list[str] | None]


@dataclass(frozen=True)
class Case:
    """Everything a rule may look at. Pure: it was all asked before."""

    domain: str
    answer: Answer  # TXT of the domain
    records: tuple[SpfRecord, ...]
    microsoft: str  # the include of the tenant's cloud
    others: tuple[str, ...] = ()  # the includes of Microsoft's other clouds
    tree: Node | None = None  # where there is exactly one record
    merged: Merged | None = None  # with what shall be added
    type99: Answer | None = None  # the retired SPF record type

    @cached_property
    def record(self) -> SpfRecord | None:
        """The one record there is."""
        return self.records[0] if len(self.records) == 1 else None

    @property
    def live(self) -> tuple[Mechanism, ...]:
        """The mechanisms receivers look at."""
        return self.record.live if self.record is not None else ()

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes of the tree but its root."""
        return self.tree.everyone()[1:] if self.tree is not None else ()

    @cached_property
    def troubled(self) -> tuple[Node, ...]:
        """The nodes with which something is the matter."""
        return tuple([node for node in self.nodes if node.trouble is not Trouble.NONE])

    @cached_property
    def letting(self) -> tuple[Node, ...]:
        """The includes and redirects whose pass is a pass of the record."""
        return tuple(self.tree.letting()) if self.tree is not None else ()

    @cached_property
    def lookups(self) -> int:
        """Terms of the whole tree that ask; 0 where there is no tree."""
        return self.tree.lookups if self.tree is not None else 0

    @cached_property
    def values(self) -> tuple[str, ...]:
        """All TXT values of the domain."""
        return self.answer.values

    def terms(self, *kinds: Kind) -> list[Mechanism]:
        """The live mechanisms of these kinds."""
        return [term for term in self.live if term.kind in kinds]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``sentence`` and ``fix`` are format strings over the facts."""

    code: str
    title: str
    source: str
    verdict: Verdict
    severity: str
    sentence: str
    fix: str
    judge: Callable[[Case], Facts | None]


_RULES: dict[str, Rule] = {}


def rule(
    code: str,
    title: str,
    source: str,
    *,
    sentence: str,
    fix: str = "",
    verdict: Verdict = Verdict.WRONG,
    severity: str = "error",
) -> Callable[[Callable[[Case], Facts | None]], Callable[[Case], Facts | None]]:
    """Register a function from Case to facts; None means the rule is silent."""

    def register(judge: Callable[[Case], Facts | None]) -> Callable[[Case], Facts | None]:
        if code in _RULES:
            raise ValueError(f"two rules are called {code}")
        _RULES[code] = Rule(code, title, source, verdict, severity, sentence, fix, judge)
        return judge

    return register


def rules() -> tuple[Rule, ...]:
    """All rules registered so far, in the order they are read; :mod:`publicdns.spf.judging` registers the whole set."""
    return tuple(_RULES.values())


def apply_rules(case: Case) -> tuple[Finding, ...]:
    """What every rule has to say about ``case``, errors first."""
    found = [
        Finding(each.code, each.verdict, {"domain": case.domain, **facts}, each.severity)
        for each in _RULES.values()
        if (facts := each.judge(case)) is not None
    ]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def sentence_of(finding: Finding) -> str:
    """What was seen, in one sentence; foreign bytes are made printable."""
    return _RULES[finding.code].sentence.format_map(_shown(finding))


def fix_of(finding: Finding) -> str:
    """What to do about it; empty where nothing needs to be done."""
    return _RULES[finding.code].fix.format_map(_shown(finding))


def _shown(finding: Finding) -> dict[str, str | int | float]:
    return {name: _printed(value) for name, value in finding.facts.items()}


def _printed(value: str | float | list[str] | None) -> str | int | float:
    if isinstance(value, list):
        return joined([printable(each, 120) for each in value])
    if isinstance(value, str):
        return printable(value, 300)
    return "" if value is None else value
