"""The one door: an export in, a judged and explained audit out."""

from __future__ import annotations

from dataclasses import replace

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors import rules_quiet, rules_relay
from relaycheck.engine.connectors.audit import Audit, judge, one_liner
from relaycheck.engine.connectors.model import Export
from relaycheck.engine.connectors.rights import ANY_RECIPIENT
from relaycheck.engine.connectors.rulebook import PERMISSION_PAGE, RULES, Rule, findings_of

RULE_MODULES = (rules_relay, rules_quiet)  # importing them fills the rulebook
STRAYS = Rule(
    "RC307",
    "Permissions of connectors that were not uploaded give {principals} the relay right: {connectors}.",
    "Upload Get-ReceiveConnector's output too: ranges and authentication decide how grave this is.",
    PERMISSION_PAGE,
    lambda judged: None,  # noqa: ARG005
)
RULES[STRAYS.code] = STRAYS


def audit(export: Export, account: str = "anon") -> Audit:
    """Judge everything in ``export``. ``account`` is what the how-to's one-liner searches for."""
    judged = tuple(replace(item, findings=findings_of(item)) for item in judge(export))
    strays = _strays(export)
    return Audit(export, judged, one_liner(judged, account), strays)


def _strays(export: Export) -> tuple[Finding, ...]:
    found = [
        grant
        for grant in export.strays
        if ANY_RECIPIENT in grant.rights
        and grant.deny is not True
        and grant.principal.party.value in ("anonymous", "everyone", "named-account")
    ]
    if not found:
        return ()
    facts: dict[str, str | int | float | list[str] | None] = {
        "connectors": sorted({"\\".join(part for part in grant.connector if part) or "?" for grant in found})[:50],
        "principals": sorted({grant.principal.name for grant in found})[:50],
        "evidence": [str(grant.source) for grant in found][:20],
    }
    return (Finding("RC307", Verdict.UNKNOWN, facts, "warning"),)


def sentence(found: Finding) -> str:
    """The finding in words, from its facts alone. Values are hostile: escape the result for where it is shown."""
    return _filled(RULES[found.code].sentence, found)


def fix(found: Finding) -> str:
    """What to do about it, in words."""
    return _filled(RULES[found.code].fix, found)


def source(found: Finding) -> str:
    """The page the rule follows."""
    return RULES[found.code].source


def _filled(template: str, found: Finding) -> str:
    words = {name: ", ".join(value) if isinstance(value, list) else value for name, value in found.facts.items()}
    return template.format_map(words)
