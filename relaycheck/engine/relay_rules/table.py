"""The rules as a page: ``python -m relaycheck.engine.relay_rules.table > docs/relay-rules.md``."""

from __future__ import annotations

import re
import sys

from relaycheck.engine.relay_rules import RULES
from relaycheck.engine.rule import Rule

HEAD = """# Relay rules

Made by `python -m relaycheck.engine.relay_rules.table > docs/relay-rules.md` from the rules themselves; do not edit.

RS rules judge IIS SMTP, RX Postfix, RP a probe, RQ the queue watch. *Step* is a step of the how-to (docs/relay.md).
Words in braces are facts of the finding.

| code | step | severity | says | do | source |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_row(rule) for rule in sorted(RULES.values(), key=_order))


def _order(rule: Rule) -> tuple[str, int]:
    return rule.code[:2], int(re.sub(r"\D", "", rule.code))


def _row(rule: Rule) -> str:
    title, fix = (text.replace("|", "\\|") for text in (rule.title, rule.fix))
    return f"| {rule.code} | {rule.of} | {rule.severity.value} | {title} | {fix} | [source]({rule.source}) |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
