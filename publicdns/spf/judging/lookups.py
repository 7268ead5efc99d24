"""What receivers have to ask, and whether they may."""

from __future__ import annotations

from publicdns.answers import Verdict
from publicdns.spf.result import Limits
from publicdns.spf.rules import Case, Facts, rule
from publicdns.spf.walk import Node, Trouble

_LIMITS = Limits()


def _troubled(case: Case, *troubles: Trouble) -> list[Node]:
    return [node for node in case.troubled if node.trouble in troubles]


def _facts(nodes: list[Node], why: str = "") -> Facts | None:
    return {"terms": [node.term for node in nodes], "why": nodes[0].detail or why} if nodes else None


@rule(
    "spf-too-many-lookups",
    "More than ten lookups",
    "RFC 7208 §4.6.4",
    sentence="The record needs {lookups} lookups; {most} are allowed, and past them receivers answer permerror.",
    fix="Remove or replace what costs most: {costly}.",
)
def too_many_lookups(case: Case) -> Facts | None:
    if case.tree is None or case.lookups <= _LIMITS.terms:
        return None
    return {"lookups": case.lookups, "most": _LIMITS.terms, "costly": _costly(case.tree)}


@rule(
    "spf-no-room",
    "What must be added does not fit",
    "RFC 7208 §4.6.4",
    severity="warning",
    sentence="The record needs {lookups} lookups and would need {after} with what must be added; {most} are allowed.",
    fix="Make room first. {alternatives}",
)
def no_room(case: Case) -> Facts | None:
    refusal = case.merged.refusal if case.merged is not None else None
    if case.merged is None or refusal is None or refusal.code != "too-many-lookups":
        return None
    if case.lookups > _LIMITS.terms:
        return None
    return {
        "lookups": case.lookups,
        "after": case.merged.after,
        "most": _LIMITS.terms,
        "alternatives": " ".join(refusal.alternatives),
    }


@rule(
    "spf-few-lookups-left",
    "Nearly ten lookups",
    "RFC 7208 §4.6.4",
    severity="notice",
    sentence="The record needs {lookups} of {most} lookups; a provider that adds one to its own record can break it.",
)
def few_lookups_left(case: Case) -> Facts | None:
    if case.lookups not in (_LIMITS.terms - 1, _LIMITS.terms):
        return None
    return {"lookups": case.lookups, "most": _LIMITS.terms}


@rule(
    "spf-too-many-voids",
    "More than two lookups that find nothing",
    "RFC 7208 §4.6.4",
    sentence="{voids} lookups find nothing ({terms}); {most} are allowed, then receivers answer permerror.",
    fix="Remove the terms that lead nowhere.",
)
def too_many_voids(case: Case) -> Facts | None:
    if case.tree is None or case.tree.voids <= _LIMITS.voids:
        return None
    terms = [node.term for node in case.nodes if node.own_voids]
    return {"voids": case.tree.voids, "most": _LIMITS.voids, "terms": terms}


@rule(
    "spf-one-family",
    "Hosts with addresses of one kind only",
    "RFC 7208 §4.6.4, §5",
    severity="warning",
    sentence="{terms} leads to {hosts} hosts that have no address of the other kind, IPv4 or IPv6. Mail over that kind "
    "finds nothing there, and past {most} such lookups receivers answer permerror.",
    fix="List the addresses themselves as ip4: and ip6:, in front of everything else.",
)
def one_family(case: Case) -> Facts | None:
    tree = case.tree
    if tree is None or tree.voids > _LIMITS.voids or tree.voids + tree.one_sided <= _LIMITS.voids:
        return None
    terms = [node.term for node in case.nodes if node.own_one_sided]
    return {"terms": terms, "hosts": tree.one_sided, "most": _LIMITS.voids}


@rule(
    "spf-void",
    "A term that leads nowhere",
    "RFC 7208 §4.6.4",
    severity="warning",
    sentence="{terms} finds nothing: {why}. Two such lookups are the most a record may have.",
    fix="Remove the term, or correct its name.",
)
def void(case: Case) -> Facts | None:
    nodes = [node for node in _troubled(case, Trouble.MISSING) if not node.is_policy]
    return _facts(nodes, "there is no such name")


@rule(
    "spf-include-missing",
    "An include that does not exist",
    "RFC 7208 §5.2, §6.1",
    sentence="{terms} leads nowhere: {why}. Receivers that reach it answer permerror.",
    fix="Remove it, or correct its name.",
)
def include_missing(case: Case) -> Facts | None:
    nodes = [node for node in _troubled(case, Trouble.MISSING) if node.is_policy]
    return _facts(nodes, "that is no domain name")


@rule(
    "spf-include-broken",
    "An include with a broken record",
    "RFC 7208 §5.2",
    sentence="{terms} leads to a record that is not valid. Receivers that reach it answer permerror.",
    fix="Tell the owner of that record, or remove the include if it is not needed.",
)
def include_broken(case: Case) -> Facts | None:
    nodes = _troubled(case, Trouble.SEVERAL, Trouble.MISTAKES)
    return _facts(nodes)


@rule(
    "spf-include-unknown",
    "Something could not be asked",
    "RFC 7208 §4.4, §5",
    verdict=Verdict.UNKNOWN,
    severity="warning",
    sentence="{terms} could not be asked ({why}), so the count is a lower bound and the list of senders has gaps.",
    fix="Look again later; nothing needs to be changed because of this.",
)
def include_unknown(case: Case) -> Facts | None:
    nodes = _troubled(case, Trouble.UNKNOWN, Trouble.UNASKED)
    return _facts(nodes)


@rule(
    "spf-loop",
    "Includes that go round in a circle",
    "RFC 7208 §4.6.4",
    sentence="{terms} includes a record it is itself inside of. Receivers go round until ten lookups are used up.",
    fix="Remove it.",
)
def loop(case: Case) -> Facts | None:
    nodes = _troubled(case, Trouble.LOOP)
    return _facts(nodes)


@rule(
    "spf-many-hosts",
    "An mx with more than ten hosts",
    "RFC 7208 §4.6.4",
    sentence="{terms} leads to more than ten hosts ({why}); receivers look at ten and then answer permerror.",
    fix="List the addresses that really send instead.",
)
def many_hosts(case: Case) -> Facts | None:
    nodes = _troubled(case, Trouble.TOO_MANY_HOSTS)
    return _facts(nodes)


@rule(
    "spf-include-passes-all",
    "An include that lets everyone send",
    "RFC 7208 §5.2",
    sentence="The record behind {terms} ends with +all, so every machine on the internet may send as {domain}.",
    fix="Remove the include and tell its owner.",
)
def include_passes_all(case: Case) -> Facts | None:
    ends = [(node.term, node.record.everything) for node in case.letting if node.record is not None]
    terms = [term for term, end in ends if end is not None and end.qualifier == "+"]
    return {"terms": terms} if terms else None


def _costly(tree: Node) -> list[str]:
    nodes = sorted(tree.children, key=lambda node: -node.lookups)
    return [f"{node.term} ({node.lookups})" for node in nodes[:3]]
