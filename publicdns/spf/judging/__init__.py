"""All rules about SPF, each in the file of its subject. Importing this enters them in the registry."""

from __future__ import annotations

from publicdns.answers import Finding
from publicdns.spf.judging import endings, lookups, microsoft, published, ranges, wording
from publicdns.spf.rules import Case, apply_rules

SUBJECTS = (published, wording, microsoft, endings, lookups, ranges)


def judged(case: Case) -> tuple[Finding, ...]:
    """What every rule of every subject has to say about ``case``, errors first."""
    return apply_rules(case)
