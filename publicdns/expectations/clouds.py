"""What Microsoft 365 expects, by cloud: data with the page each value comes from.

A derived value is a hint. The MX host cannot be predicted any more: ``*.mail.protection.outlook.com`` and
``*.mx.microsoft`` are both in use, and what the admin center or Graph shows wins
(https://mc.merill.net/message/MC1048624). DKIM targets cannot be derived at all since May 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publicdns.expectations.records import BY_KEY, PROOF_HOST, Effect, Expected, Service

PAGES = "https://learn.microsoft.com/"
ANY_PROVIDER = PAGES + "microsoft-365/admin/get-help-with-domains/create-dns-records-at-any-dns-hosting-provider"
EXTERNAL = PAGES + "microsoft-365/enterprise/external-domain-name-system-records"
GCC_HIGH_PAGE = PAGES + "microsoft-365/enterprise/dns-records-for-office-365-gcc-high"
DOD_PAGE = PAGES + "microsoft-365/enterprise/dns-records-for-office-365-dod"
SPF_PAGE = PAGES + "defender-office-365/email-authentication-spf-configure"
DKIM_PAGE = PAGES + "defender-office-365/email-authentication-dkim-configure"
DMARC_PAGE = PAGES + "defender-office-365/email-authentication-dmarc-configure"
PROOF_PREFERENCE = 32767  # of the MX used as proof: the last of all, whatever the wizard prints
DMARC_START = "v=DMARC1; p=none"  # advice: nothing is rejected while both systems send


class Cloud(StrEnum):
    """The separate installations of Microsoft 365."""

    WORLDWIDE = "worldwide"  # GCC too
    GCC_HIGH = "gcc-high"
    DOD = "dod"
    CHINA = "21vianet"


@dataclass(frozen=True, slots=True)
class CloudValues:
    """What differs from cloud to cloud. Empty: the cloud has no such record, or none that is documented."""

    mail: tuple[str, ...]  # suffixes of MX hosts, the classic one first
    spf: str
    autodiscover: str
    federation: str
    sip: str
    lyncdiscover: str
    registration: str
    enrollment: tuple[str, ...]  # today's first, then those that still work
    msoid: str  # empty: must be removed
    source: str


CLOUDS = {
    Cloud.WORLDWIDE: CloudValues(
        ("mail.protection.outlook.com", "mx.microsoft"),
        "spf.protection.outlook.com",
        "autodiscover.outlook.com",
        "sipfed.online.lync.com",
        "sipdir.online.lync.com",
        "webdir.online.lync.com",
        "enterpriseregistration.windows.net",
        ("enterpriseenrollment-s.manage.microsoft.com", "enterpriseenrollment.manage.microsoft.com"),
        "",
        EXTERNAL,
    ),
    Cloud.GCC_HIGH: CloudValues(
        ("mail.protection.office365.us",),
        "spf.protection.office365.us",
        "autodiscover.office365.us",
        "sipfed.online.gov.skypeforbusiness.us",
        "",
        "",
        "",
        (),
        "",
        GCC_HIGH_PAGE,
    ),
    Cloud.DOD: CloudValues(
        ("mail.protection.office365.us",),
        "spf.protection.office365.us",
        "autodiscover-dod.office365.us",
        "sipfed.online.dod.skypeforbusiness.us",
        "",
        "",
        "",
        (),
        "",
        DOD_PAGE,
    ),
    Cloud.CHINA: CloudValues(
        ("mail.protection.partner.outlook.cn",),
        "spf.protection.partner.outlook.cn",
        "autodiscover.partner.outlook.cn",
        "sipfed.online.partner.lync.cn",
        "sipdir.online.partner.lync.cn",
        "webdir.online.partner.lync.cn",
        "",
        (),
        "clientconfig.partner.microsoftonline-p.net.cn",
        ANY_PROVIDER,
    ),
}
# Where the suffix of MX hosts stands on no page to link to: the hint is shown without a source.
UNVERIFIED_MAIL = frozenset({Cloud.CHINA})


def cloud_of(value: str) -> Cloud:
    """The cloud a tenant names; worldwide for anything unknown."""
    return Cloud(value) if value in set(Cloud) else Cloud.WORLDWIDE


def verification(name: str, token: str) -> tuple[Expected, ...]:
    """The TXT record that proves ownership, and the MX that does so where TXT cannot be entered. One is enough.

    The MX is known for tokens in today's spelling only: ``MS=ms`` and digits.
    """
    text = Expected("proof", Service.VERIFICATION, "TXT", name, token, ANY_PROVIDER)
    host = f"{token.partition('=')[2]}.msv1.invalid"
    if not PROOF_HOST.fullmatch(host):
        return (text,)
    proof = f"{PROOF_PREFERENCE} {host}"
    mx = Expected("proof-mx", Service.VERIFICATION, "MX", name, proof, ANY_PROVIDER, Effect.RECEIVES, optional=True)
    return text, mx


def derived(name: str, cloud: Cloud = Cloud.WORLDWIDE, tenant: str = "") -> tuple[Expected, ...]:
    """The records of mail, Teams and devices for ``name``, as far as they can be derived.

    ``tenant`` is the name before ``.onmicrosoft``; GCC High and DoD build the MX host from it, and without it no MX is
    derived there.
    """
    values = CLOUDS[cloud]
    srv = f"100 1 5061 {values.federation}" if values.federation else ""
    pairs = [
        ("mx", _mail_host(name, cloud, tenant), "" if cloud in UNVERIFIED_MAIL else values.source),
        ("spf", f"v=spf1 include:{values.spf} -all", SPF_PAGE),
        ("autodiscover", values.autodiscover, values.source),
        ("dmarc", DMARC_START, DMARC_PAGE),
        ("federation", srv, values.source),
        ("sip", f"100 1 443 {values.sip}" if values.sip else "", values.source),
        ("sip-name", values.sip, values.source),
        ("lyncdiscover", values.lyncdiscover, values.source),
        ("registration", values.registration, values.source),
        ("enrollment", next(iter(values.enrollment), ""), values.source),
    ]
    found = [_record(key, name, value, source) for key, value, source in pairs if value]
    return (*found, _msoid(name, values))


def mail_token(name: str) -> str:
    """The label Microsoft most likely makes of ``name`` for its MX and DKIM hosts: a hint, read off public examples.

    Hyphens are dropped, dots become hyphens. Where there were hyphens, ``0`` and their positions follow, four
    characters to a mask: a letter for a mask (``b`` is 1), a number for a run of empty ones.
    """
    low = name.lower()
    bare = low.replace("-", "").replace(".", "-")
    return bare if "-" not in low else f"{bare}0{_hyphens(low)}"


def _record(key: str, name: str, value: str, source: str) -> Expected:
    known = BY_KEY[key]
    at = f"{known.at}.{name}" if known.at else name
    certain = key not in ("mx", "dmarc")
    return Expected(
        key, known.service, known.rdtype, at, value, source, known.effect, certain=certain, optional=known.optional
    )


def _msoid(name: str, values: CloudValues) -> Expected:
    """A left-over everywhere but at 21Vianet: it keeps users from signing in and Office from being activated."""
    at = f"msoid.{name}"
    if values.msoid:
        return Expected("msoid", Service.OTHER, "CNAME", at, values.msoid, values.source)
    return Expected("msoid", Service.OTHER, "CNAME", at, "", values.source, absent=True)


def _mail_host(name: str, cloud: Cloud, tenant: str) -> str:
    if cloud in (Cloud.GCC_HIGH, Cloud.DOD):
        return f"0 {tenant}.{CLOUDS[cloud].mail[0]}" if tenant else ""
    return f"0 {mail_token(name)}.{CLOUDS[cloud].mail[0]}"


def _hyphens(name: str) -> str:
    masks = [
        sum(1 << offset for offset, char in enumerate(name[start : start + 4]) if char == "-")
        for start in range(0, name.rfind("-") + 1, 4)
    ]
    written, skipped = "", 0
    for mask in masks:
        if mask == 0:
            skipped += 1
            continue
        written += (str(skipped) if skipped else "") + chr(ord("a") + mask)
        skipped = 0
    return written
