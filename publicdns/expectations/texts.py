"""Judging TXT records: the proof of ownership, DMARC, and any other text Microsoft prints."""

from __future__ import annotations

from publicdns.answers import Verdict
from publicdns.expectations.judgement import Judgement
from publicdns.expectations.records import Expected
from publicdns.expectations.sight import Sight, listed
from publicdns.printable import printable
from publicdns.tokens import looks_like_token


def judge_proof(expected: Expected, sight: Sight) -> Judgement:
    """The exact value among however many others; tokens of other tenants beside it are normal."""
    if expected.value in sight.values:
        return sight.good()
    tokens = [value for value in sight.values if looks_like_token(value)]
    return sight.bad("proof-other", others=listed(tokens)) if tokens else sight.missing()


def judge_dmarc(_: Expected, sight: Sight) -> Judgement:
    """Microsoft prints none, so there is no first column; what counts is a valid one (RFC 7489 §6.3, §6.6.3)."""
    found = [value for value in sight.values if value.lower().replace(" ", "").startswith("v=dmarc1")]
    if not found:
        broken = [value for value in sight.values if "dmarc" in value.lower()]
        if broken:
            return sight.judged(None, Verdict.WRONG, "dmarc-broken")
        return sight.judged(None, Verdict.MISSING, "advice-missing")
    if len(found) > 1:
        return sight.judged(None, Verdict.WRONG, "dmarc-several")
    tags = dict(_tag(part) for part in found[0].split(";") if part.strip())
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return sight.judged(None, Verdict.WRONG, "dmarc-broken")
    code = "dmarc" if policy == "none" else "dmarc-strict"
    return sight.judged(None, Verdict.PRESENT, code, policy=printable(f"p={policy}", 20))


def judge_text(expected: Expected, sight: Sight) -> Judgement:
    """Any other value: it is there exactly, or it is not."""
    if expected.value in sight.values:
        return sight.good()
    return sight.bad("text-other") if sight.values else sight.missing()


def _tag(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip()
