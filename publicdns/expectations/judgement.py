"""What is said of an expected record: two verdicts, each with the code of its reason, and the words for the codes."""

from __future__ import annotations

from dataclasses import dataclass, field

from publicdns.answers import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """Two verdicts on a record: is it exactly as Microsoft prints it (None: it prints none), and does it work?"""

    printed: Verdict | None
    works: Verdict
    code: str
    facts: dict[str, str] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    differs: bool = False  # name servers answer differently; this is the worst of their answers

    @property
    def sentence(self) -> str:
        """Why, for people."""
        return SENTENCES[self.code].format_map(_Facts(self.facts))


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


SENTENCES = {
    "exact": "Published exactly as printed.",
    "missing": "Nobody has published it yet.",
    "not-needed": "It is not there, and nothing needs it any more.",
    "advice-missing": "It is not there. Mail works without it, but anybody can write in this name.",
    "unlooked": "Nobody has looked for it yet.",
    "unknown": "Nobody could be asked, so nothing is known about it.",
    "appended": "The provider added {zone} to the end of the value. Enter it with a dot at the end.",
    "mx-preference": (
        "The host is right; its preference is {preference}, printed is {wanted}. Mail arrives all the same."
    ),
    "mx-fallback": (
        "Mail arrives at Microsoft 365. When it is busy, some goes to {others}: Microsoft wants its MX to be "
        "the only one."
    ),
    "mx-split": "Mail goes by chance to Microsoft 365 or to {others}: both have the same preference.",
    "mx-not-first": "Mail goes to {others} first; Microsoft 365 gets what they cannot take.",
    "mx-elsewhere": "Mail goes to {others}.",
    "mx-gateway": "Mail goes through {others}. DNS does not tell where it is delivered from there.",
    "mx-hint": (
        "It is a Microsoft 365 host. The expected value is only a hint: paste what the admin center prints to be sure."
    ),
    "mx-other-suffix": "It is a host for this domain in the same cloud, but not the one that was printed.",
    "mx-other-token": (
        "It is a Microsoft 365 host, but not the one printed for this domain. It may be another tenant's."
    ),
    "mx-other-cloud": "It is a host of another Microsoft cloud, where this tenant is not.",
    "mx-retired": "The host belongs to a service that Microsoft has shut down.",
    "mx-proof-first": "The record that proves ownership comes first and exists nowhere: mail goes nowhere.",
    "mx-null": "The domain says that it takes no mail (null MX).",
    "mx-none": "There is no MX record: mail goes to the address of the name itself.",
    "spf-softfail": "As printed, but for its ending {ending}; Microsoft itself prints both.",
    "spf-merged": "It lets Microsoft 365 send, beside other systems. That is right as long as they send.",
    "spf-spelling": "It says the same as the printed record in another spelling.",
    "spf-redirect": "It hands over to Microsoft's record. That works; the wizard does not recognise it.",
    "spf-open": "It lets Microsoft 365 send, and everybody else too: {ending} stops nobody.",
    "spf-several": "There are {count} SPF records. Receivers then ignore all of them.",
    "spf-lacking": "It does not let Microsoft 365 send: mail from there fails SPF.",
    "spf-nested": "Microsoft 365 is not named in it. It includes {others}, which may name it.",
    "spf-after-all": "Microsoft 365 stands after {ending}, where nothing is read.",
    "spf-refused": "It names Microsoft 365 with {term}: mail from there does not pass.",
    "spf-mistake": "It has a mistake at {term}, so receivers ignore all of it.",
    "spf-other-cloud": "It names another Microsoft cloud, where this tenant is not.",
    "alias-chain": "It leads there by way of {through}. That works; the wizard does not recognise it.",
    "alias-legacy": "It is the former target. It still works; the wizard wants the new one.",
    "alias-elsewhere": "It leads to {found}.",
    "alias-other-cloud": "It leads to another Microsoft cloud, where this tenant is not.",
    "alias-not-needed": "It leads to {found}; nothing needs it any more.",
    "address-instead": "There is an address record ({found}) in its place: programs go to that server.",
    "srv-instead": "An SRV record leads there instead. Outlook finds it; the wizard does not.",
    "dkim-other-form": (
        "It leads to another DKIM host of Microsoft. Old and new hosts both sign; the portal tells which is yours."
    ),
    "srv-weights": "The target is right; priority or weight differ from what is printed. That works.",
    "srv-port": "The port is {found}, and must be {wanted}.",
    "srv-target": "It leads to {found}.",
    "srv-several": "It is there, beside others: {others}.",
    "left-over": (
        "It is still there. Users are told that their domain is not in Microsoft's system, and Office is not activated."
    ),
    "gone": "It is not there, as it must be.",
    "dmarc": "There is a DMARC policy: {policy}.",
    "dmarc-strict": (
        "The policy is {policy}: mail that passes neither SPF nor DKIM is not delivered. Both systems must pass."
    ),
    "dmarc-several": "There are several DMARC records. Receivers then ignore all of them.",
    "dmarc-broken": "The record is no valid DMARC record: it must begin with v=DMARC1 and have a p=.",
    "proof-other": "Another value is published: {others}.",
    "proof-first": "It comes first and exists nowhere: mail goes nowhere. Its preference must be {wanted}.",
    "proof-early": "It is there with the preference {preference}. It does no harm as long as another one is lower.",
    "text-other": "Other values are published, but not this one.",
}
