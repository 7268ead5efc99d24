"""Judge one expected record: as strictly as Microsoft prints it, and by whether it works. Pure.

Microsoft's wizard compares with what it printed ("exactly as printed"), so gateways and hybrid set-ups always show
issues there though everything works (learn.microsoft.com, "Find and fix issues after adding your domain"). Hence two
verdicts. Unknown is a verdict: an answer that failed says nothing in either column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from publicdns.answers import Answer, Verdict
from publicdns.expectations import aliases, mail, texts
from publicdns.expectations.clouds import Cloud
from publicdns.expectations.judgement import Judgement
from publicdns.expectations.records import Expected
from publicdns.expectations.sight import Sight

Answers = Mapping[tuple[str, str], Sequence[Answer]]  # by canonical name and type, one from each name server
Judge = Callable[[Expected, Sight], Judgement]

_JUDGES: dict[str, Judge] = {
    "mx": mail.judge_mx,
    "proof-mx": mail.judge_proof_mx,
    "spf": mail.judge_spf,
    "dmarc": texts.judge_dmarc,
    "proof": texts.judge_proof,
    "autodiscover": aliases.judge_autodiscover,
    "dkim1": aliases.judge_dkim,
    "dkim2": aliases.judge_dkim,
    "msoid": aliases.judge_msoid,
}
_BY_TYPE: dict[str, Judge] = {"CNAME": aliases.judge_alias, "SRV": aliases.judge_srv, "TXT": texts.judge_text}
_WORST = {Verdict.WRONG: 0, Verdict.MISSING: 1, Verdict.UNKNOWN: 2, Verdict.PRESENT: 3, None: 4}


def questions(expected: Iterable[Expected]) -> tuple[tuple[str, str], ...]:
    """What to ask for, name and type, to judge all of ``expected``."""
    wanted: dict[tuple[str, str], None] = {}
    for one in expected:
        wanted[one.name, one.rdtype] = None
        if one.key == "autodiscover":
            wanted[one.name, "A"] = None
            wanted[_service_of(one.name), "SRV"] = None
    return tuple(wanted)


def judge(expected: Expected, answers: Answers, domain: str, cloud: Cloud = Cloud.WORLDWIDE) -> Judgement:
    """What ``answers`` say about ``expected``; where name servers differ, the worst of what they say."""
    if (expected.name, expected.rdtype) not in answers:
        return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, "unlooked")
    given = [answer for answer in answers.get((expected.name, expected.rdtype), ()) if not answer.failed]
    if not given:
        return Judgement(Verdict.UNKNOWN, Verdict.UNKNOWN, "unknown")
    others = {
        rdtype: next((a for a in answers.get((name, rdtype), ()) if not a.failed), None)
        for name, rdtype in ((expected.name, "A"), (_service_of(expected.name), "SRV"))
    }
    function = _JUDGES.get(expected.key) or _BY_TYPE.get(expected.rdtype) or texts.judge_text
    judged = [
        function(expected, Sight(domain, cloud, answer, address=others["A"], service=others["SRV"])) for answer in given
    ]
    worst = min(judged, key=lambda one: (_WORST[one.works], _WORST[one.printed]))
    return replace(worst, differs=len({answer.values for answer in given}) > 1)


def _service_of(name: str) -> str:
    return f"_autodiscover._tcp.{name.partition('.')[2]}"
