"""Who receives a domain's mail, by its MX records (RFC 5321 §5.1, RFC 7505), and who may send it, by its SPF record."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from publicdns.answers import Answer, Outcome
from publicdns.frozen import MadeOnce, frozen
from publicdns.providers import MICROSOFT, Provider, mail_provider
from publicdns.spf.passing import Passing, microsoft, parsed
from publicdns.spf.record import is_spf
from publicdns.spf.senders import sender_of_include
from publicdns.spf.terms import Kind

PROOF = ".msv1.invalid"  # an MX host that only proves ownership; nobody receives there
NO_HOST = ("", ".")
MOST_HOSTS = 20  # more MX records than anybody needs
DIGITS = (*"0123456789", "]")  # what the text of an IPv4 address, in brackets or not, ends with


class Receiving(StrEnum):
    """What the MX records say. UNKNOWN: nobody could be asked."""

    HOSTS = "hosts"
    NULL = "null"  # the domain says that it takes no mail (RFC 7505)
    NONE = "none"  # no MX: mail goes to the address of the name itself (RFC 5321 §5.1)
    UNKNOWN = "unknown"


class Resolves(StrEnum):
    """Whether a mail host has an address."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@frozen
class MailHost:
    """One MX record and what is known about its host."""

    preference: int
    host: str
    provider: str = ""  # empty: unknown
    kind: str = ""  # see Provider
    verified: bool = False  # whether the provider's row has a public source
    alias: str = ""  # the name it is an alias of, which it must not be (RFC 2181 §10.3)
    resolves: Resolves = Resolves.UNKNOWN
    literal: bool = False  # an IP address where a name must be

    @property
    def is_microsoft(self) -> bool:
        """Whether Microsoft 365 receives there."""
        return self.provider == MICROSOFT

    @property
    def is_null(self) -> bool:
        """Whether it says that there is no host (RFC 7505)."""
        return self.host in NO_HOST

    @property
    def is_proof(self) -> bool:
        """Whether it only proves ownership: ``.invalid`` never resolves (RFC 6761 §6.4)."""
        return self.host.endswith(PROOF)


@dataclass(unsafe_hash=True)  # frozen, but without slots: the receivers are kept beside the fields
class MailFlow:
    """Who receives and who sends. ``hosts`` in order of preference."""

    receiving: Receiving
    hosts: tuple[MailHost, ...] = ()
    senders: tuple[str, ...] = ()  # services and hosts the SPF record names
    spf: tuple[str, ...] = ()  # every record that starts with v=spf1; more than one is an error (RFC 7208 §4.5)
    spf_known: bool = False  # False: nobody could be asked for the SPF record

    @property
    def first(self) -> tuple[MailHost, ...]:
        """The hosts that are tried first: all that share the lowest preference."""
        return tuple(host for host in self.hosts if host.preference == self.hosts[0].preference)

    @MadeOnce
    def receivers(self) -> tuple[MailHost, ...]:
        """The hosts somebody can receive at: without null MX and Microsoft's proof of ownership."""
        return tuple([host for host in self.hosts if not host.is_null and not host.is_proof])

    @MadeOnce
    def first_receivers(self) -> tuple[MailHost, ...]:
        """Where mail arrives first: a sender goes on past a host that does not exist (RFC 5321 §5.1)."""
        real = self.receivers
        return tuple([host for host in real if host.preference == real[0].preference]) if len(real) > 1 else real

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers of the hosts where mail arrives first; an unknown one by its host name."""
        return tuple(dict.fromkeys(host.provider or host.host for host in self.first_receivers or self.first))

    @property
    def microsoft_sends(self) -> bool:
        """True when the SPF record itself says that Microsoft 365 may send."""
        return microsoft(self.spf).passing is Passing.YES


def mail_flow(domain: str, mx: Answer | None, txt: Answer | None, targets: Mapping[str, Iterable[Answer]]) -> MailFlow:
    """From one proven MX and TXT answer (None: nobody could be asked) and the address answers by MX host."""
    spf = spf_records(txt)
    senders = tuple(dict.fromkeys([name for record in spf for name in _senders(record)]))
    known = txt is not None and not txt.failed
    if mx is None or mx.failed:
        return MailFlow(Receiving.UNKNOWN, (), senders, spf, known)
    if mx.outcome is not Outcome.FOUND:
        return MailFlow(Receiving.NONE, (), senders, spf, known)
    hosts = tuple([_host(domain, *pair, targets) for pair in sorted(map(_parsed, mx.values))[:MOST_HOSTS]])
    if all(host.is_null for host in hosts):
        return MailFlow(Receiving.NULL, (), senders, spf, known)
    return MailFlow(Receiving.HOSTS, hosts, senders, spf, known)


def mx_hosts(mx: Answer | None) -> tuple[str, ...]:
    """The host names in an MX answer whose addresses are worth asking for: no null MX, no literal, no ``.invalid``."""
    pairs = sorted(map(_parsed, mx.values)) if mx is not None else []
    hosts = dict.fromkeys(host for _, host in pairs if host not in NO_HOST and not _is_literal(host))
    return tuple(host for host in hosts if not host.endswith(".invalid"))[:MOST_HOSTS]


@lru_cache(maxsize=1024)  # domain after domain publishes the same record
def spf_domains(record: str) -> tuple[str, ...]:
    """The domains an SPF record hands over to by ``include`` or ``redirect``, in order (RFC 7208 §5.2, §6.1). Neither
    what stands behind ``all`` nor what is refused."""
    terms = parsed(record)
    included = [term.target for term in terms.live if term.kind is Kind.INCLUDE and term.qualifier != "-"]
    onward = [terms.onward.value] if terms.onward is not None else []
    return tuple(spec.name or spec.text for spec in (*included, *onward) if spec is not None)


def spf_records(txt: Answer | None) -> tuple[str, ...]:
    """The values of a TXT answer that are SPF records (RFC 7208 §4.5)."""
    return tuple([value for value in txt.values if is_spf(value)]) if txt is not None else ()


def rejects(policies: Iterable[str]) -> str | None:
    """The DMARC record among ``policies`` that has mail rejected (RFC 7489 §6.3)."""
    return next((policy for policy in policies if _is_reject(policy)), None)


def _is_reject(policy: str) -> bool:
    tags = ["".join(tag.split()).lower() for tag in policy.split(";")]
    return tags[0] == "v=dmarc1" and "p=reject" in tags


def _parsed(value: str) -> tuple[int, str]:
    preference, _, host = value.partition(" ")
    return int(preference), host


def _host(domain: str, preference: int, host: str, targets: Mapping[str, Iterable[Answer]]) -> MailHost:
    asked = targets.get(host, ())
    answers = tuple([a for a in asked if not a.question.checking_disabled])  # others do validate
    alias = next((answer.aliases[-1].value for answer in answers if answer.aliases), "") if answers else ""
    provider = mail_provider(host, domain)
    if alias and (provider is None or provider.kind == "own"):
        provider = mail_provider(alias, domain) or provider
    named = provider or Provider("", "")
    literal = _is_literal(host)
    return MailHost(preference, host, named.name, named.kind, named.verified, alias, _resolves(answers), literal)


def _resolves(answers: tuple[Answer, ...]) -> Resolves:
    if not answers:
        return Resolves.UNKNOWN
    if any(answer.outcome is Outcome.FOUND for answer in answers):
        return Resolves.YES
    return Resolves.NO if all(answer.proves_absence for answer in answers) else Resolves.UNKNOWN


def _is_literal(host: str) -> bool:
    if ":" not in host and not host.endswith(DIGITS):
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _senders(record: str) -> tuple[str, ...]:
    known = [(domain, sender_of_include(domain)) for domain in spf_domains(record)]
    return tuple([sender.provider if sender else domain for domain, sender in known])
