"""Why it is not as it should be: one function a rule, each with its code, source, sentence and fix."""

from __future__ import annotations

from publicdns.diagnosis.registry import RULES, Rule, diagnose

__all__ = ["RULES", "Rule", "diagnose"]
