"""Why it is not as it should be: one function a rule, each with its code, source, sentence and fix."""

from __future__ import annotations

from publicdns.diagnosis import delegations, mail, placement, resolving, sending, servers, value
from publicdns.diagnosis.registry import RULES, Rule, diagnose

ROOMS = (placement, value, delegations, servers, resolving, mail, sending)  # importing them enters their rules
__all__ = ["ROOMS", "RULES", "Rule", "diagnose"]
