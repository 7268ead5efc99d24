"""What a rule is, and how its finding becomes sentences where it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from publicdns.answers import Finding, Verdict
from relaycheck.engine.naming import printable

Fact = str | int | float | list[str] | None
RANK = {"error": 0, "warning": 1, "notice": 2}


class Severity(StrEnum):
    """How bad a finding is. The words are those of :class:`publicdns.answers.Finding`."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong. ``title`` and ``fix`` hold facts in braces; ``of`` is the how-to's step."""

    code: str
    of: str
    severity: Severity
    title: str
    fix: str
    source: str

    def found(self, verdict: Verdict = Verdict.WRONG, **facts: Fact) -> Finding:
        """The finding of this rule with its facts, every text among them printable and bounded."""
        return Finding(self.code, verdict, {name: _shown(fact) for name, fact in facts.items()}, self.severity.value)


@dataclass(frozen=True, slots=True)
class Worded:
    """A finding for people."""

    code: str
    of: str
    severity: str
    verdict: str
    title: str
    evidence: tuple[str, ...]
    fix: str
    source: str


def _shown(fact: Fact) -> Fact:
    if isinstance(fact, str):
        return printable(fact, 300)
    if isinstance(fact, list):
        return [printable(item, 300) for item in fact[:50]]
    return fact


def worded(finding: Finding, rules: dict[str, Rule]) -> Worded:
    """The sentences of ``finding``. Raises KeyError for a code that is not in ``rules``."""
    rule = rules[finding.code]
    plain = {name: ", ".join(fact) if isinstance(fact, list) else fact for name, fact in finding.facts.items()}
    evidence = tuple(f"{name.replace('_', ' ')}: {fact}" for name, fact in plain.items() if fact not in ("", None))
    title, fix = rule.title.format(**plain), rule.fix.format(**plain)
    return Worded(rule.code, rule.of, finding.severity, finding.verdict.value, title, evidence, fix, rule.source)


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, otherwise in the order given."""
    return tuple(sorted(findings, key=lambda finding: RANK.get(finding.severity, 3)))


def book(*rules: Rule) -> dict[str, Rule]:
    """Rules by code. Raises ValueError when a code is used twice."""
    by_code = {rule.code: rule for rule in rules}
    if len(by_code) != len(rules):
        raise ValueError("A code is used twice.")
    return by_code
