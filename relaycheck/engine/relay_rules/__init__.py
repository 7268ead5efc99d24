"""Everything that can be wrong with a relay's configuration, one function per question."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.answers import Finding
from relaycheck.engine import probe_rules
from relaycheck.engine.iis import IisConfiguration
from relaycheck.engine.postconf import PostfixConfiguration
from relaycheck.engine.relay_rules import access, delivery, names, operation, postfix, queue, remote_domains
from relaycheck.engine.relay_rules.told import NOTHING_TOLD, Told
from relaycheck.engine.rule import Rule, Worded, by_severity, worded

RULES: dict[str, Rule] = {
    **access.RULES,
    **delivery.RULES,
    **remote_domains.RULES,
    **operation.RULES,
    **names.RULES,
    **postfix.RULES,
    **probe_rules.RULES,
    **queue.RULES,
}


def judge_configuration(
    configuration: IisConfiguration | PostfixConfiguration, told: Told = NOTHING_TOLD
) -> tuple[Finding, ...]:
    """Every finding, the worst first. Findings of several virtual servers carry the number of theirs as ``server``."""
    own = _iis(configuration, told) if isinstance(configuration, IisConfiguration) else _postfix(configuration, told)
    return by_severity((*own, *judge_names(told)))


def judge_names(told: Told) -> tuple[Finding, ...]:
    """What DNS says about the relay, where no configuration was shown, the worst first."""
    return by_severity(finding for judge in names.JUDGES for finding in judge(told))


def _iis(configuration: IisConfiguration, told: Told) -> Iterator[Finding]:
    yield from operation.service(configuration)
    several = len(configuration.servers) > 1
    for server in configuration.servers:
        for judge in (*access.JUDGES, *delivery.JUDGES, *remote_domains.JUDGES, *operation.JUDGES):
            for finding in judge(server, told):
                facts = {**finding.facts, "server": server.number} if several else finding.facts
                yield Finding(finding.code, finding.verdict, facts, finding.severity)


def _postfix(configuration: PostfixConfiguration, told: Told) -> Iterator[Finding]:
    for judge in postfix.JUDGES:
        yield from judge(configuration, told)


def in_words(finding: Finding) -> Worded:
    """The sentences of any finding about a relay. Raises KeyError for a code that is not one of ours."""
    return worded(finding, RULES)
