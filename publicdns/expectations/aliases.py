"""Judging CNAME and SRV: autodiscover, DKIM, devices, Teams, and the left-over msoid."""

from __future__ import annotations

from publicdns.answers import Answer, Verdict
from publicdns.expectations.clouds import CLOUDS
from publicdns.expectations.judgement import Judgement
from publicdns.expectations.records import Expected
from publicdns.expectations.sight import Sight, listed

DKIM_SUFFIXES = (".onmicrosoft.com", ".dkim.mail.microsoft", ".onmicrosoft.us", ".partner.onmschina.cn")
_FIELDS = {
    "autodiscover": "autodiscover",
    "sip-name": "sip",
    "lyncdiscover": "lyncdiscover",
    "enrollment": "enrollment",
}


def judge_alias(expected: Expected, sight: Sight) -> Judgement:
    """A CNAME with one right target; the wizard compares its text."""
    found = next(iter(sight.values), "")
    if not found:
        return _not_there(expected, sight)
    if found == expected.value:
        return sight.good()
    if found in (f"{expected.value}.{sight.domain}", f"{expected.value}.{expected.name}"):
        return sight.bad("appended", zone=sight.domain)
    through = _chain(sight.address)
    if expected.value in through:
        return sight.tolerable("alias-chain", through=listed([found]))
    field = _FIELDS.get(expected.key, "")
    if expected.key == "enrollment" and found in CLOUDS[sight.cloud].enrollment:
        return sight.tolerable("alias-legacy")
    if field and sight.foreign(field, found):
        return sight.bad("alias-other-cloud")
    if expected.optional:
        return sight.tolerable("alias-not-needed", found=listed([found]))
    return sight.bad("alias-elsewhere", found=listed([found]))


def judge_autodiscover(expected: Expected, sight: Sight) -> Judgement:
    """A CNAME; an SRV record at ``_autodiscover._tcp`` is found by Outlook, too, and not by the wizard."""
    if sight.values:
        return judge_alias(expected, sight)
    addresses = sight.address.values if sight.address is not None else ()
    if addresses:
        return sight.judged(Verdict.WRONG, Verdict.WRONG, "address-instead", found=listed(addresses))
    services = sight.service.values if sight.service is not None else ()
    if any(value.rpartition(" ")[2].rstrip(".") == expected.value for value in services):
        return sight.judged(Verdict.MISSING, Verdict.PRESENT, "srv-instead")
    return sight.missing()


def judge_dkim(expected: Expected, sight: Sight) -> Judgement:
    """Two forms are in use and cannot be guessed; one tenant's key host must not be taken for another's."""
    found = next(iter(sight.values), "")
    if found and found != expected.value and found.endswith(DKIM_SUFFIXES):
        return sight.unclear("dkim-other-form")
    return judge_alias(expected, sight)


def judge_msoid(expected: Expected, sight: Sight) -> Judgement:
    """Needed at 21Vianet only; anywhere else it must go (learn.microsoft.com, "External DNS records")."""
    if not expected.absent:
        return judge_alias(expected, sight)
    if sight.values:
        return sight.bad("left-over")
    return sight.good("gone")


def judge_srv(expected: Expected, sight: Sight) -> Judgement:
    """Port and target decide; priority and weight only order several (RFC 2782)."""
    if not sight.values:
        return _not_there(expected, sight)
    if sight.values == (expected.value,):
        return sight.good()
    wanted = _service(expected.value)
    found = [_service(value) for value in sight.values]
    right = [one for one in found if one[2:] == wanted[2:]]
    if right:
        if len(found) > 1:
            others = [value for value in sight.values if _service(value)[2:] != wanted[2:]]
            return sight.tolerable("srv-several", others=listed(others or sight.values))
        return sight.tolerable("srv-weights")
    first = found[0]
    if first[3] == f"{wanted[3]}.{sight.domain}":
        return sight.bad("appended", zone=sight.domain)
    if first[3] == wanted[3]:
        return sight.bad("srv-port", found=first[2], wanted=wanted[2])
    return sight.bad("srv-target", found=listed([first[3]]))


def _not_there(expected: Expected, sight: Sight) -> Judgement:
    if expected.optional:
        return sight.judged(Verdict.MISSING, Verdict.PRESENT, "not-needed")
    return sight.missing()


def _chain(answer: Answer | None) -> tuple[str, ...]:
    return tuple(record.value for record in answer.aliases) if answer is not None else ()


def _service(value: str) -> tuple[str, str, str, str]:
    """Priority, weight, port and target."""
    priority, weight, port, target = (*value.lower().split(), "", "", "", "")[:4]
    return priority, weight, port, target.rstrip(".")
