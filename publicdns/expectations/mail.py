"""Judging MX and SPF: who receives, who may send."""

from __future__ import annotations

from publicdns.answers import Verdict
from publicdns.expectations.clouds import CLOUDS
from publicdns.expectations.judgement import Judgement
from publicdns.expectations.records import PROOF_HOST, Expected
from publicdns.expectations.sight import Sight, listed
from publicdns.printable import printable
from publicdns.providers import MICROSOFT, mail_provider
from publicdns.spf.record import is_spf, parse
from publicdns.spf.senders import sender_of_include
from publicdns.spf.terms import Kind, Mechanism, SpfRecord

RETIRED = ("mail.messaging.microsoft.com", "mail.global.frontbridge.com")  # since 2018 (451 4.4.62)
Host = tuple[int, str]


def judge_mx(expected: Expected, sight: Sight) -> Judgement:
    """Mail goes to the lowest preference first; equal ones are chosen by chance (RFC 5321 §5.1)."""
    hosts = sorted(map(_host, sight.values))
    if not hosts:
        return sight.missing("mx-none")
    if all(host in ("", ".") for _, host in hosts):
        return sight.bad("mx-null")
    lowest = hosts[0][0]
    first = [host for preference, host in hosts if preference == lowest]
    ours = [host for host in first if _is_microsoft(host, expected)]
    others = [host for _, host in hosts if not _is_microsoft(host, expected)]
    if len(ours) == len(first):
        return _at_microsoft(expected, sight, hosts, others)
    if ours:
        return sight.bad("mx-split", others=listed(host for host in first if host not in ours))
    return _elsewhere(expected, sight, hosts, first)


def _at_microsoft(expected: Expected, sight: Sight, hosts: list[Host], others: list[str]) -> Judgement:
    """Every host that is tried first is Microsoft's."""
    preference, host = hosts[0]
    printed_preference, wanted = _host(expected.value)
    if host != wanted:
        return _another_host(expected, sight, host, wanted)
    real = [other for other in others if not PROOF_HOST.fullmatch(other)]
    if real:
        return sight.tolerable("mx-fallback", others=listed(real))
    if len(hosts) > 1:
        return sight.tolerable("mx-fallback", others=listed(other for _, other in hosts[1:]))
    if preference != printed_preference:
        facts = {"preference": str(preference), "wanted": str(printed_preference)}
        return sight.tolerable("mx-preference", **facts) if expected.certain else sight.good("mx-preference", **facts)
    return sight.good()


def _another_host(expected: Expected, sight: Sight, host: str, wanted: str) -> Judgement:
    """A Microsoft host that is not the expected one."""
    suffixes = CLOUDS[sight.cloud].mail
    if host.endswith(RETIRED):
        return sight.bad("mx-retired")
    if not any(host.endswith(f".{suffix}") for suffix in suffixes) and _is_other_cloud(host, sight):
        return sight.bad("mx-other-cloud")
    if not expected.certain:
        return sight.judged(Verdict.UNKNOWN, Verdict.PRESENT, "mx-hint")
    if host.partition(".")[0] == wanted.partition(".")[0]:
        return sight.tolerable("mx-other-suffix")  # any endpoint of the same tenant accepts; only one is supported
    return sight.unclear("mx-other-token")


def _elsewhere(expected: Expected, sight: Sight, hosts: list[Host], first: list[str]) -> Judgement:
    """None of the hosts tried first is Microsoft's."""
    if any(PROOF_HOST.fullmatch(host) for host in first):
        return sight.bad("mx-proof-first")
    wanted = _host(expected.value)[1]
    if any(host == f"{wanted}.{sight.domain}" for host in first):
        return sight.bad("appended", zone=sight.domain)
    if any(_is_microsoft(host, expected) for _, host in hosts):
        return sight.bad("mx-not-first", others=listed(first))
    providers = [mail_provider(host, sight.domain) for host in first]
    if any(provider is not None and provider.kind == "gateway" for provider in providers):
        names = [provider.name for provider in providers if provider is not None]
        return sight.unclear("mx-gateway", others=listed(dict.fromkeys(names)))
    return sight.bad("mx-elsewhere", others=listed(first))


def judge_proof_mx(expected: Expected, sight: Sight) -> Judgement:
    """The MX that proves ownership: with the lowest preference it takes all mail and delivers none."""
    hosts = sorted(map(_host, sight.values))
    preference, wanted = _host(expected.value)
    found = next((at for at, host in hosts if host == wanted), None)
    if found is None:
        return sight.missing()
    if found == hosts[0][0]:
        printed = Verdict.PRESENT if found == preference else Verdict.WRONG
        return sight.judged(printed, Verdict.WRONG, "proof-first", wanted=str(preference))
    if found != preference:
        return sight.tolerable("proof-early", preference=str(found))
    return sight.good()


def judge_spf(expected: Expected, sight: Sight) -> Judgement:
    """One record, with Microsoft's include where it is read and lets pass (RFC 7208 §4.5, §4.6.2, §5.1, §5.2)."""
    records = [parse(value) for value in sight.values if is_spf(value)]
    if not records:
        return sight.missing()
    if len(records) > 1:
        return sight.bad("spf-several", count=str(len(records)))
    record = records[0]
    if record.mistakes:
        return sight.bad("spf-mistake", term=printable(record.mistakes[0].term, 80))
    include = _include_of(expected, sight)
    named = next((term for term in record.live if _names(term, include)), None)
    if named is not None and named.qualifier == "+":
        return _lets_microsoft_send(expected, sight, record)
    if named is not None:
        return sight.bad("spf-refused", term=printable(named.text, 80))
    return _does_not_name(sight, record, include)


def _lets_microsoft_send(expected: Expected, sight: Sight, record: SpfRecord) -> Judgement:
    ending = record.everything.text if record.everything else ""
    if record.text == expected.value:
        return sight.good()
    same = " ".join(record.text.lower().split()) == expected.value.lower()
    if same:
        return sight.tolerable("spf-spelling")
    if record.text in (expected.value.replace("-all", "~all"), expected.value.replace("~all", "-all")):
        return sight.good("spf-softfail", ending=ending)
    if record.everything is not None and record.everything.qualifier == "+":
        return sight.tolerable("spf-open", ending=ending)
    return sight.tolerable("spf-merged")


def _does_not_name(sight: Sight, record: SpfRecord, include: str) -> Judgement:
    if any(_names(term, include) for term in record.dead):
        return sight.bad("spf-after-all", ending=record.everything.text if record.everything else "all")
    onward = record.onward.value.text.lower() if record.onward else ""
    if onward == include:
        return sight.tolerable("spf-redirect")
    names = [term.target.text.lower() for term in record.live if term.kind is Kind.INCLUDE and term.target] + [onward]
    if any(sight.foreign("spf", name) for name in names):
        return sight.bad("spf-other-cloud")
    strangers = [name for name in names if name and sender_of_include(name) is None]
    return sight.unclear("spf-nested", others=listed(strangers)) if strangers else sight.bad("spf-lacking")


def _include_of(expected: Expected, sight: Sight) -> str:
    """The domain the expected record includes; what was pasted wins over what the cloud is known for."""
    printed = parse(expected.value) if is_spf(expected.value) else SpfRecord("")
    includes = [term.target.text.lower() for term in printed.live if term.kind is Kind.INCLUDE and term.target]
    return includes[0] if includes else CLOUDS[sight.cloud].spf


def _names(term: Mechanism, include: str) -> bool:
    return term.kind is Kind.INCLUDE and term.target is not None and term.target.text.lower().rstrip(".") == include


def _host(value: str) -> Host:
    preference, _, host = value.partition(" ")
    return int(preference) if preference.isdigit() else 0, host.lower().rstrip(".") or "."


def _is_microsoft(host: str, expected: Expected) -> bool:
    if host == _host(expected.value)[1] or host.endswith(RETIRED):
        return True
    provider = mail_provider(host)
    return provider is not None and provider.name == MICROSOFT


def _is_other_cloud(host: str, sight: Sight) -> bool:
    return any(
        host.endswith(f".{suffix}")
        for cloud, values in CLOUDS.items()
        if cloud is not sight.cloud
        for suffix in values.mail
    )
