"""What would happen to mail if the expected records were published: who receives it, who would, what breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from publicdns.expectations.clouds import CLOUDS, Cloud
from publicdns.expectations.records import Effect, Expected
from publicdns.mailflow import MailFlow, MailHost, Receiving
from publicdns.printable import joined, printable
from publicdns.spf.merge import Draft, addition, drafted
from publicdns.spf.record import parse
from publicdns.spf.terms import Kind

SENTENCES = {
    "no-mailbox": (
        "From that moment mail for an address that has no mailbox in Microsoft 365 yet is returned to its sender:"
        " make all mailboxes first."
    ),
    "old-spf": (
        "The printed SPF record names Microsoft 365 alone. It would replace the published one, and mail that comes"
        " from {others} would fail."
    ),
    "two-spf": "Publishing the printed SPF record beside the old one makes both invalid: there may be only one.",
    "gateway": (
        "Mail comes in through {others} today. With Microsoft's MX it no longer would: nothing is filtered there, and"
        " what its rules do is lost."
    ),
    "autodiscover": (
        "Outlook asks {others} for mailboxes today. With Microsoft's record it asks the cloud, also for people whose"
        " mailbox has not moved: leave the old record until the last one has."
    ),
    "autodiscover-new": (
        "Outlook finds no autodiscover record today. With Microsoft's record it asks the cloud, also for people whose"
        " mailbox has not moved."
    ),
    "fallback": "If the old MX stays beside it, some mail still goes to {others}.",
    "authoritative": (
        "Without any DNS record: once the domain is an accepted domain of the type Authoritative, mail between people"
        " in this tenant stays in it. For addresses without a mailbox there it returns. Internal relay avoids that."
    ),
}


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that stops working, and the facts of its sentence."""

    code: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """It, in words."""
        return SENTENCES[self.code].format_map(self.facts)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What publishing would do. ``elsewhere`` is None where nobody could be asked who receives mail."""

    receives: tuple[str, ...]  # who receives mail today: providers or hosts
    receiving: Receiving
    elsewhere: bool | None
    moving: tuple[Expected, ...]  # the records that move mail, the receiving one first
    breaks: tuple[Break, ...]
    spf: Draft | None = None  # the SPF record to publish instead of the printed one

    @property
    def asks_twice(self) -> bool:
        """Whether choosing Exchange needs a second answer: mail lives elsewhere, or nobody knows where."""
        return self.elsewhere is not False


def consequences(
    flow: MailFlow | None, autodiscover: str, expected: Iterable[Expected], cloud: Cloud = Cloud.WORLDWIDE
) -> Consequences:
    """From what a look saw (None: nothing yet) and what is expected. ``autodiscover``: its target, empty for none."""
    moving = tuple(record for record in expected if record.moves_mail and record.key != "proof-mx")
    moving = tuple(sorted(moving, key=lambda record: list(Effect).index(record.effect)))
    elsewhere = lives_elsewhere(flow)
    if flow is None:
        return Consequences((), Receiving.UNKNOWN, None, moving, (Break("no-mailbox"),))
    breaks = (*_receiving(flow, elsewhere), *_sending(flow), *_clients(autodiscover, cloud), Break("authoritative"))
    receives = tuple(_named(host) for host in flow.first) if flow.hosts else ()
    return Consequences(receives, flow.receiving, elsewhere, moving, breaks, _merged(flow, cloud))


def lives_elsewhere(flow: MailFlow | None) -> bool | None:
    """Whether mail is received anywhere but at Microsoft 365. None: nobody could be asked."""
    if flow is None or flow.receiving is Receiving.UNKNOWN:
        return None
    if flow.receiving is Receiving.NULL:
        return False
    return flow.receiving is Receiving.NONE or any(not host.is_microsoft for host in flow.first)


def _named(host: MailHost) -> str:
    """The host, and whose it is where that is known."""
    name = printable(host.host, 120)
    return f"{name} ({host.provider})" if host.provider else name


def _receiving(flow: MailFlow, elsewhere: bool | None) -> tuple[Break, ...]:
    if elsewhere is False:
        return ()
    hosts = [printable(host.host, 80) for host in flow.hosts if not host.is_microsoft]
    gateways = list(dict.fromkeys(host.provider for host in flow.first if host.kind == "gateway"))
    found = [Break("no-mailbox")]
    if gateways:
        found.append(Break("gateway", {"others": joined(gateways)}))
    if hosts:
        found.append(Break("fallback", {"others": joined(hosts, most=3)}))
    return tuple(found)


def _sending(flow: MailFlow) -> tuple[Break, ...]:
    """Whom the printed SPF record would shut out: everything the published one names beside Microsoft."""
    if not flow.spf:
        return ()
    terms = [
        printable(term.text, 60)
        for text in flow.spf
        for term in parse(text).live
        if term.kind is not Kind.ALL and not _is_microsoft(term.bare)
    ]
    if not terms:
        return ()
    return (Break("old-spf", {"others": joined(terms, most=4)}), Break("two-spf"))


def _is_microsoft(term: str) -> bool:
    return term in {f"include:{values.spf}" for values in CLOUDS.values()}


def _clients(autodiscover: str, cloud: Cloud) -> tuple[Break, ...]:
    if autodiscover == CLOUDS[cloud].autodiscover:
        return ()
    if not autodiscover:
        return (Break("autodiscover-new"),)
    return (Break("autodiscover", {"others": printable(autodiscover, 120)}),)


def _merged(flow: MailFlow, cloud: Cloud) -> Draft | None:
    """The published SPF record with Microsoft's include added; None where the record was not seen."""
    if not flow.spf_known:
        return None
    return drafted([parse(text) for text in flow.spf], [addition(f"include:{CLOUDS[cloud].spf}")])
