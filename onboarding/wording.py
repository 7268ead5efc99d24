"""Findings as a page shows them: the engine's sentence and fix, how grave it is, and where the rule comes from."""

from __future__ import annotations

from dataclasses import dataclass

from publicdns import sentences
from publicdns.answers import Finding
from publicdns.diagnosis import RULES
from publicdns.picture import Picture

TONES = {"notice": ("info", "wait"), "warning": ("alert", "warn"), "error": ("alert", "bad")}


@dataclass(frozen=True, slots=True)
class Worded:
    """One finding as people read it."""

    code: str
    sentence: str
    fix: str
    source: str
    icon: str
    tone: str


def findings(picture: Picture) -> tuple[Worded, ...]:
    """What was found, the gravest first, as the engine orders it."""
    return tuple(_worded(finding) for finding in picture.findings)


def _worded(finding: Finding) -> Worded:
    icon, tone = TONES.get(finding.severity, TONES["notice"])
    rule = RULES.get(finding.code)
    source = rule.source if rule else ""
    return Worded(finding.code, sentences.sentence(finding), sentences.fix(finding), source, icon, tone)
