"""Does the record let Microsoft 365 send for the domain?"""

from __future__ import annotations

from publicdns.answers import Verdict
from publicdns.spf.rules import Case, Facts, rule
from publicdns.spf.walk import Node

_SOURCE = "https://learn.microsoft.com/defender-office-365/email-authentication-spf-configure"


def _nodes(case: Case, *names: str) -> list[Node]:
    return [node for node in case.nodes if node.name in names and node.is_policy]


def _passing(case: Case) -> list[Node]:
    """The includes of this cloud whose pass is a pass of the record."""
    return [node for node in case.letting if node.name == case.microsoft]


def _is_reached(case: Case, wanted: Node) -> bool:
    """Whether no term before ``wanted`` ends the evaluation with an error."""
    before = case.nodes[: next(at for at, node in enumerate(case.nodes) if node is wanted)]
    return not any(node.ends_in_an_error for node in before)


@rule(
    "spf-microsoft-present",
    "Microsoft 365 may send",
    _SOURCE,
    verdict=Verdict.PRESENT,
    severity="notice",
    sentence="The record includes {include}: mail from Microsoft 365 passes.",
)
def microsoft_present(case: Case) -> Facts | None:
    found = _passing(case)
    return {"include": case.microsoft} if found and _is_reached(case, found[0]) else None


@rule(
    "spf-microsoft-missing",
    "Microsoft 365 may not send yet",
    _SOURCE,
    verdict=Verdict.MISSING,
    sentence="The record does not include {include}: mail sent from Microsoft 365 does not pass.",
    fix="Add include:{include} to the record before the first user sends from Microsoft 365.",
)
def microsoft_missing(case: Case) -> Facts | None:
    if case.record is None or case.record.mistakes or case.tree is None or _nodes(case, case.microsoft):
        return None
    return {"include": case.microsoft}


@rule(
    "spf-microsoft-negated",
    "Microsoft's mechanism does not pass",
    _SOURCE,
    sentence="{terms} finds Microsoft's servers but does not let them pass.",
    fix="Write include:{include} without a sign in front, and before any term that has one.",
)
def microsoft_negated(case: Case) -> Facts | None:
    terms = [node.term for node in _nodes(case, case.microsoft)]
    return {"terms": terms, "include": case.microsoft} if terms and not _passing(case) else None


@rule(
    "spf-microsoft-other-cloud",
    "The mechanism of another Microsoft cloud",
    _SOURCE,
    severity="warning",
    sentence="The record includes {found}, which belongs to another Microsoft cloud; this tenant's is {include}.",
    fix="Use include:{include}; keep {found} only if another tenant of yours sends from there.",
)
def microsoft_other_cloud(case: Case) -> Facts | None:
    nodes = _nodes(case, *case.others)
    return {"found": [node.name for node in nodes], "include": case.microsoft} if nodes else None
