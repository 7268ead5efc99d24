"""What Microsoft 365 expects in DNS, by cloud: data with the page each value comes from.

A derived value is a hint. The MX host cannot be predicted any more: ``*.mail.protection.outlook.com`` and
``*.mx.microsoft`` are both in use, and what the admin center or Graph shows wins
(https://mc.merill.net/message/MC1048624).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAGES = "https://learn.microsoft.com/"
ANY_PROVIDER = PAGES + "microsoft-365/admin/get-help-with-domains/create-dns-records-at-any-dns-hosting-provider"
EXTERNAL = PAGES + "microsoft-365/enterprise/external-domain-name-system-records"
GCC_HIGH_PAGE = PAGES + "microsoft-365/enterprise/dns-records-for-office-365-gcc-high"
DOD_PAGE = PAGES + "microsoft-365/enterprise/dns-records-for-office-365-dod"
SPF_PAGE = PAGES + "defender-office-365/email-authentication-spf-configure"
TTL = 3600  # seconds
PROOF_PREFERENCE = 32767  # of the MX used as proof: the last of all, whatever the wizard prints


class Cloud(StrEnum):
    """The separate installations of Microsoft 365."""

    WORLDWIDE = "worldwide"  # GCC too
    GCC_HIGH = "gcc-high"
    DOD = "dod"
    CHINA = "21vianet"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One record Microsoft asks for. ``name`` is a whole name; ``certain`` is False for a value that is only a hint."""

    service: str  # "verification", "mail", "teams", "devices"
    rdtype: str
    name: str
    value: str
    source: str
    certain: bool = True
    moves_mail: bool = False  # publishing it changes where mail goes, who may send it, or where Outlook looks


@dataclass(frozen=True, slots=True)
class _Values:
    """What differs from cloud to cloud."""

    mail: str  # the suffix behind the token
    spf: str
    autodiscover: str
    federation: str
    source: str


_CLOUDS = {
    Cloud.WORLDWIDE: _Values(
        "mail.protection.outlook.com",
        "spf.protection.outlook.com",
        "autodiscover.outlook.com",
        "sipfed.online.lync.com",
        EXTERNAL,
    ),
    Cloud.GCC_HIGH: _Values(
        "mail.protection.office365.us",
        "spf.protection.office365.us",
        "autodiscover.office365.us",
        "sipfed.online.gov.skypeforbusiness.us",
        GCC_HIGH_PAGE,
    ),
    Cloud.DOD: _Values(
        "mail.protection.office365.us",
        "spf.protection.office365.us",
        "autodiscover-dod.office365.us",
        "sipfed.online.dod.skypeforbusiness.us",
        DOD_PAGE,
    ),
    Cloud.CHINA: _Values(
        "mail.protection.partner.outlook.cn",
        "spf.protection.partner.outlook.cn",
        "autodiscover.partner.outlook.cn",
        "",
        ANY_PROVIDER,
    ),
}


def verification(name: str, token: str) -> tuple[Expectation, ...]:
    """The TXT record that proves ownership, and the MX that does so where TXT cannot be entered. One is enough."""
    digits = token.partition("=")[2]
    return (
        Expectation("verification", "TXT", name, token, ANY_PROVIDER),
        Expectation("verification", "MX", name, f"{PROOF_PREFERENCE} {digits}.msv1.invalid", ANY_PROVIDER),
    )


def services(name: str, cloud: Cloud = Cloud.WORLDWIDE, tenant: str = "") -> tuple[Expectation, ...]:
    """The records of mail, Teams and devices for ``name``, as far as they can be derived.

    ``tenant`` is the name before ``.onmicrosoft``; GCC High and DoD build the MX host from it.
    """
    values = _CLOUDS[cloud]
    american = cloud in (Cloud.GCC_HIGH, Cloud.DOD)
    mail_host = f"{tenant or 'tenant' if american else mail_token(name)}.{values.mail}"
    found = [
        Expectation("mail", "MX", name, f"0 {mail_host}", values.source, certain=False, moves_mail=True),
        Expectation("mail", "TXT", name, f"v=spf1 include:{values.spf} -all", SPF_PAGE, moves_mail=True),
        Expectation("mail", "CNAME", f"autodiscover.{name}", values.autodiscover, values.source, moves_mail=True),
    ]
    if values.federation:
        found.append(
            Expectation(
                "teams", "SRV", f"_sipfederationtls._tcp.{name}", f"100 1 5061 {values.federation}", values.source
            )
        )
    if cloud is Cloud.WORLDWIDE:
        found += [
            Expectation(
                "devices", "CNAME", f"enterpriseregistration.{name}", "enterpriseregistration.windows.net", EXTERNAL
            ),
            Expectation(
                "devices",
                "CNAME",
                f"enterpriseenrollment.{name}",
                "enterpriseenrollment-s.manage.microsoft.com",
                EXTERNAL,
            ),
        ]
    return tuple(found)


def mail_token(name: str) -> str:
    """The label Microsoft most likely makes of ``name`` for its MX and DKIM hosts: a hint, read off public examples.

    Hyphens are dropped, dots become hyphens. Where there were hyphens, ``0`` and their positions follow, four
    characters to a mask: a letter for a mask (``b`` is 1), a number for a run of empty ones.
    """
    low = name.lower()
    bare = low.replace("-", "").replace(".", "-")
    return bare if "-" not in low else f"{bare}0{_hyphens(low)}"


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
