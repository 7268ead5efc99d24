"""Findings and verdicts in words, from their facts alone. Plain text; escaping for HTML is the page's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publicdns.answers import Finding, Verdict
from publicdns.diagnosis import RULES
from publicdns.picture import Picture
from publicdns.printable import joined, printable
from publicdns.propagation import Progress, Propagation, Stance

LISTED = 120  # characters of one member of a list


def sentence(finding: Finding) -> str:
    """What is the matter. A code nobody knows any more is named as such."""
    return _filled(RULES[finding.code].sentence, finding) if finding.code in RULES else f"Finding {finding.code}."


def fix(finding: Finding) -> str:
    """What to do about it: where it helps, exactly what to type at the provider."""
    return _filled(RULES[finding.code].fix, finding) if finding.code in RULES else ""


def title(finding: Finding) -> str:
    """The finding in a few words, for lists."""
    return RULES[finding.code].title if finding.code in RULES else finding.code


def headline(picture: Picture) -> str:
    """The verdict of one look in one sentence."""
    if picture.propagation is None:
        return _headline_without_token(picture)
    return _headline(picture.propagation)


def duration(seconds: float) -> str:
    """``seconds`` as people say it: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 days``."""
    whole = max(int(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def _headline(seen: Propagation) -> str:
    if seen.verdict is Verdict.UNKNOWN:
        return _unknown(seen)
    if seen.verdict is Verdict.WRONG:
        return "Wrong: another value is published than the one expected."
    if seen.verdict is Verdict.PRESENT:
        return _present(seen)
    return _MISSING.get(seen.progress, _nowhere)(seen)


def _present(seen: Propagation) -> str:
    have, total = _count(seen.servers, Stance.PRESENT), len(seen.servers)
    if seen.weaker:
        return "Seen: public resolvers have the record."
    if not have:
        return "Seen: the name is an alias, and public resolvers find the record where it leads."
    if have < total:
        answer = "answers" if have == 1 else "answer"
        return f"Seen: at the {have} of {total} name servers that {answer}, and in public."
    return f"Seen everywhere: at {f'{total} name servers' if total > 1 else 'one name server'} and in public."


def _some_servers(seen: Propagation) -> str:
    have, silent = _count(seen.servers, Stance.PRESENT), _count(seen.servers, Stance.UNKNOWN)
    unasked = f", {silent} could not be asked" if silent else ""
    return f"Not yet: {have} of {len(seen.servers)} name servers {'has' if have == 1 else 'have'} the record{unasked}."


def _all_servers(seen: Propagation) -> str:
    everyone = _count(seen.servers, Stance.PRESENT) == len(seen.servers)
    silent = _count(seen.resolvers, Stance.UNKNOWN)
    behind = len(seen.resolvers) - silent - _count(seen.resolvers, Stance.PRESENT)
    return (
        f"Nearly: all name servers {'' if everyone else 'that answer '}have the record, {behind} of "
        f"{len(seen.resolvers)} public resolvers not yet{f', {silent} could not be asked' if silent else ''}."
    )


def _nowhere(seen: Propagation) -> str:
    heard, total = seen.heard, len(seen.servers)
    if not total:
        return "Not there: the domain has no name servers that could have the record."
    if not heard:
        return "Waiting: public resolvers do not have the record, and no name server could be asked."
    if _count(seen.servers, Stance.ALIAS) == heard:
        return "Waiting: the name is an alias, and public resolvers do not find the record where it leads."
    if total == 1:
        return "Waiting: the name server has no such record yet."
    if heard < total:
        none = "it does not have" if heard == 1 else "none of them has"
        return f"Waiting: {heard} of {total} name servers answered, and {none} the record yet."
    return f"Waiting: none of the {total} name servers has the record yet."


_MISSING = {Progress.SOME_SERVERS: _some_servers, Progress.ALL_SERVERS: _all_servers}


def _unknown(seen: Propagation) -> str:
    if seen.reason == "one-server":
        return "Not certain yet: only one name server answers, and it has the record."
    if seen.reason == "resolvers" and not _count(seen.servers, Stance.PRESENT):
        return "Not certain yet: the name is an alias, and too few public resolvers could be asked where it leads."
    if seen.reason == "resolvers":
        return "Not certain yet: the name servers have the record, too few public resolvers could be asked."
    if len(seen.resolvers) > _count(seen.resolvers, Stance.UNKNOWN):
        return "Not known: no name server could be asked, and too few public resolvers say the same."
    return "Not known: nobody could be asked."


def _count(vantages: Sequence[tuple[str, Stance]], wanted: Stance) -> int:
    return sum(1 for _, stance in vantages if stance == wanted)


def _headline_without_token(picture: Picture) -> str:
    if picture.verdict is Verdict.PRESENT:
        return "Everybody who was asked answered."
    if picture.verdict is Verdict.MISSING:
        return "The domain has no name servers in public DNS."
    return "Not everybody who was asked answered."


def _filled(template: str, finding: Finding) -> str:
    return template.format_map(_Facts({key: _Fact(key, value) for key, value in finding.facts.items()}))


class _Facts(dict[str, "_Fact"]):
    """Facts by name. One that is not there: the finding was stored before its rule told it, and is found anew soon."""

    def __missing__(self, key: str) -> _Fact:
        return _Fact(key, "(not known yet)")


@dataclass(frozen=True, slots=True)
class _Fact:
    """One fact in a template: ``{servers}`` shows it, ``{servers:is|are}`` chooses by how many there are."""

    key: str
    value: str | int | float | list[str] | None

    def __format__(self, forms: str) -> str:
        if not forms:
            return self._shown()
        one, many = forms.split("|")
        return many if isinstance(self.value, list) and len(self.value) != 1 else one

    def _shown(self) -> str:
        if isinstance(self.value, list):
            return joined([printable(part, LISTED) for part in self.value])
        if self.key.endswith("_seconds") and isinstance(self.value, (int, float)):
            return duration(self.value)
        return printable(str(self.value))
