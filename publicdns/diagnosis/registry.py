"""The table of rules. A rule is a function from a Picture to facts, or None where it stays silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from publicdns.answers import SEVERITIES, Finding, Verdict

if TYPE_CHECKING:
    from publicdns.picture import Picture

Facts: TypeAlias = dict[str, str | int | float | list[str] | None]
Judge: TypeAlias = "Callable[[Picture], Facts | None]"
Condition: TypeAlias = "Callable[[Picture], bool]"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of being wrong. ``sentence`` and ``fix`` are filled from the facts by publicdns.sentences."""

    code: str
    title: str
    source: str
    sentence: str
    fix: str
    severity: str
    verdict: Verdict
    judge: Judge
    reason: str  # why it matters: the function's docstring
    when: Condition


def always(_picture: Picture) -> bool:
    """The condition of rules that have none."""
    return True


RULES: dict[str, Rule] = {}
_BY_CONDITION: dict[Condition, list[Rule]] = {}


def rule(
    code: str,
    title: str,
    *,
    source: str,
    sentence: str,
    fix: str,
    severity: str = "error",
    verdict: Verdict = Verdict.WRONG,
    when: Condition = always,
) -> Callable[[Judge], Judge]:
    """Enter the decorated function under ``code``. Raises ValueError when the code is taken.

    ``when`` is what must be so for the rule to have anything to say. Many rules share one, and it is asked once for
    all of them: in most pictures that leaves most rules out.
    """

    def enter(judge: Judge) -> Judge:
        if code in RULES:
            raise ValueError(f"two rules with the code {code}")
        reason = " ".join((judge.__doc__ or "").split())
        RULES[code] = Rule(code, title, source, sentence, fix, severity, verdict, judge, reason, when)
        _BY_CONDITION.setdefault(when, []).append(RULES[code])
        return judge

    return enter


def diagnose(picture: Picture) -> tuple[Finding, ...]:
    """Every finding in ``picture``, errors first, by code within one severity."""
    found = []
    for when, rules in _BY_CONDITION.items():
        for one in rules if when(picture) else ():
            facts = one.judge(picture)
            if facts is not None:
                found.append(Finding(one.code, one.verdict, facts, one.severity))
    return tuple(sorted(found, key=_urgency) if len(found) > 1 else found)


def _urgency(finding: Finding) -> tuple[int, str]:
    return SEVERITIES.index(finding.severity), finding.code
