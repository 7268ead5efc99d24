"""What a rule is: a code, a sentence, a way out, a source, and one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.effective import Standing
from relaycheck.engine.connectors.rights import LOGINS

LEARN = "https://learn.microsoft.com/exchange/mail-flow/connectors/"
RELAY_PAGE = LEARN + "allow-anonymous-relay"
CONNECTORS_PAGE = LEARN + "receive-connectors"
PERMISSION_PAGE = "https://learn.microsoft.com/powershell/module/exchangepowershell/get-adpermission"
SET_PAGE = "https://learn.microsoft.com/powershell/module/exchangepowershell/set-receiveconnector"
ACE_PAGE = "https://learn.microsoft.com/windows/win32/secauthz/order-of-aces-in-a-dacl"

Fact = str | int | float | list[str] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``sentence`` and ``fix`` are templates over the finding's facts."""

    code: str
    sentence: str
    fix: str
    source: str
    judge: Callable[[Judged], Finding | None]


RULES: dict[str, Rule] = {}


def rule(
    code: str, sentence: str, *, fix: str, source: str
) -> Callable[[Callable[[Judged], Finding | None]], Callable[[Judged], Finding | None]]:
    """Enter a function in the rulebook under ``code``."""

    def enter(judge: Callable[[Judged], Finding | None]) -> Callable[[Judged], Finding | None]:
        RULES[code] = Rule(code, sentence, fix, source, judge)
        return judge

    return enter


def findings_of(judged: Judged) -> tuple[Finding, ...]:
    """What every rule has to say about one connector, the gravest first."""
    found = [finding for entry in RULES.values() if (finding := entry.judge(judged))]
    order = {"error": 0, "warning": 1, "notice": 2}
    return tuple(sorted(found, key=lambda finding: (order[finding.severity], finding.code)))


def finding(
    code: str,
    verdict: Verdict,
    severity: str,
    judged: Judged,
    who: Iterable[Standing] = (),
    evidence: Iterable[str] = (),
    **facts: Fact,
) -> Finding:
    """A finding about a connector: identity, scope, ranges, the principals concerned and where all that was read."""
    who = tuple(who)
    connector = judged.connector
    ranges = [str(part) for part in (connector.ranges or ())[:50]]
    read_at = [str(source) for standing in who[:20] for source in standing.evidence]
    common: dict[str, Fact] = {
        "connector": connector.identity,
        "scope": judged.scope.value,
        "ranges": ranges,
        "range_count": len(connector.ranges or ()),
        "logon": _logon(judged),
        "tls": _tls(judged),
        "principals": sorted({standing.principal.name for standing in who})[:50],
        "evidence": [*evidence, *read_at, str(connector.source)][:20],
    }
    return Finding(code, verdict, common | facts, severity)


def _logon(judged: Judged) -> str:
    """The ways to log on, of which none may be demanded: who may relay without one is in the finding's principals."""
    auth = judged.connector.auth
    return "unknown" if auth is None else ", ".join(sorted(auth & LOGINS)) or "none"


def _tls(judged: Judged) -> str:
    auth = judged.connector.auth
    if judged.connector.require_tls or auth is None:
        return "required" if judged.connector.require_tls else "unknown"
    return "offered" if "Tls" in auth else "none"
