"""The table of rules as a page: ``python -m publicdns.diagnosis.table > docs/rules.md``."""

from __future__ import annotations

import re
import sys

from publicdns.diagnosis import ROOMS, RULES, Rule

HEAD = """# Diagnosis rules

Made by `python -m publicdns.diagnosis.table > docs/rules.md` from the rules themselves; do not edit.

Every finding has a stable code. *Severity*: error (it will not work), warning (it may not), notice (good to know).
*Verdict*: what the finding says about its subject; unknown moves nothing. Words in braces are facts of the finding.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for room in ROOMS:
        parts.append(f"\n## {(room.__doc__ or '').strip().rstrip('.')}\n")
        mine = (rule for rule in RULES.values() if rule.judge.__module__ == room.__name__)
        parts += [_entry(rule) for rule in sorted(mine, key=lambda rule: rule.code)]
    return "".join(parts)


def _entry(rule: Rule) -> str:
    return (
        f"\n### {rule.code}: {rule.title}\n\n"
        f"{rule.severity} · {rule.verdict.value} · [source]({rule.source})\n\n"
        f"- Why: {rule.reason}\n- Says: {_both(rule.sentence)}\n- To do: {_both(rule.fix)}\n"
    )


def _both(template: str) -> str:
    """``template`` with both forms of words that depend on how many there are."""
    return re.sub(r"\{\w+:([^|}]*)\|([^}]*)\}", r"\1/\2", template)


if __name__ == "__main__":
    sys.stdout.write(page())
