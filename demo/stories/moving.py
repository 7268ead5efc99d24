"""Mail that moves as planned, and SPF records that are rewritten for better or worse."""

from __future__ import annotations

from collections.abc import Iterator

from demo.planting import quoted
from demo.stories.steps import Change, Scenery, Step, both, records, servers
from demo.world import RESOLVERS, Domain

WINDOW = 440.0  # seconds after the start: when mail may move; every cache has forgotten the long TTL by then
LOWERED = 60  # seconds: so long the last resolver stays behind
USUAL = 3600  # seconds: what the MX gets in the end
MICROSOFT = "include:spf.protection.outlook.com"


def spf_rewritten(domain: Domain) -> Iterator[Step]:
    """Somebody pastes the SPF record the wizard prints over the old one: what the old system sends fails."""
    sentence = f"Somebody replaces the SPF record of {domain.name} by Microsoft's: the old system's mail fails."
    yield Step(domain.begins, sentence, _spf(domain, f"v=spf1 {MICROSOFT} -all"))
    back = f"The SPF record of {domain.name} names both systems now."
    yield Step(domain.begins + 200, back, _spf(domain, f"v=spf1 mx ip4:192.0.2.0/24 {MICROSOFT} -all"))


def spf_reordered(domain: Domain) -> Iterator[Step]:
    """The same record in another order: nobody is told."""
    sentence = f"The SPF record of {domain.name} is written in another order, which changes nothing."
    yield Step(domain.begins, sentence, _spf(domain, "v=spf1 ip4:192.0.2.0/24 mx -all"))


def cuts_over(domain: Domain) -> Iterator[Step]:
    """From a lowered TTL to the last resolver, inside the window that is planned for it."""
    old = f"10 mail.{domain.ascii}."
    new = f"0 {domain.ascii.replace('-', '').replace('.', '-')}.mail.protection.outlook.com."
    moves = WINDOW + domain.begins
    yield Step(domain.begins, f"The TTL of {domain.name}'s MX is lowered for the cut-over.", _mx(domain, old, LOWERED))
    yield Step(moves - 1, "", _asked_just_before(domain))
    for number, (server, address) in enumerate(servers(domain)):
        yield Step(
            moves + number * 12, f"The MX of {domain.name} moves on {server}.", _mx(domain, new, LOWERED, address)
        )
    follow = both(
        _spf(domain, f"v=spf1 mx {MICROSOFT} -all"),
        records(f"autodiscover.{domain.ascii}", "CNAME", "autodiscover.outlook.com."),
        records(f"selector1._domainkey.{domain.ascii}", "CNAME", "selector1.signing.outlook.com."),
    )
    yield Step(moves + 60, f"SPF, autodiscover and DKIM of {domain.name} follow.", follow)
    yield Step(moves + 120, f"The TTL of {domain.name}'s MX is raised again.", _mx(domain, new, USUAL))


def _mx(domain: Domain, value: str, ttl: int, at: str | None = None) -> Change:
    def change(scenery: Scenery) -> None:
        scenery.zones.put(domain.ascii, ttl, "MX", value, at=at)

    return change


def _spf(domain: Domain, text: str) -> Change:
    return records(domain.ascii, "TXT", quoted(text), quoted(domain.token))


def _asked_just_before(domain: Domain) -> Change:
    def ask(scenery: Scenery) -> None:
        scenery.resolvers.prime(domain.ascii, "MX", at=RESOLVERS[2])

    return ask
