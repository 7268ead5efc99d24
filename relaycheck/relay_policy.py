"""From rows to the one declared policy that everything is rendered from and judged against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from onboarding.models import Domain, Expectation, Observation
from publicdns.expectations.clouds import cloud_of, derived
from publicdns.picture import Picture
from relaycheck.engine.policy import Hosted, InvalidPolicy, Kind, Profile, RelayPolicy, Source
from relaycheck.models import Relay, RelayDomain, RelaySource
from tenants.models import Tenant

ENDPOINTS = (".mail.protection.outlook.com", ".mx.microsoft", ".office365.us", ".partner.outlook.cn")


def policy_of(relay: Relay) -> RelayPolicy:
    """The policy ``relay`` declares. Raises InvalidPolicy when a needed field is missing."""
    return _policy(relay, _lists([relay]))


def declared(relay: Relay) -> tuple[RelayPolicy | None, str]:
    """The policy, or None with the sentence that says what is missing."""
    return declared_by([relay])[0]


def declared_by(relays: Sequence[Relay]) -> list[tuple[RelayPolicy | None, str]]:
    """The same for each of ``relays``, with as many questions to the database as for one."""
    lists, found = _lists(relays), list[tuple[RelayPolicy | None, str]]()
    for relay in relays:
        try:
            found.append((_policy(relay, lists), ""))
        except InvalidPolicy as error:
            found.append((None, str(error)))
    return found


@dataclass(frozen=True, slots=True)
class _Lists:
    """What several relays declare besides their own row, by the relay's key; and where domains' mail is taken."""

    hosted: dict[int, list[RelayDomain]]
    sources: dict[int, list[RelaySource]]
    known: dict[int, str]


def _lists(relays: Sequence[Relay]) -> _Lists:
    lists = _Lists({}, {}, {})
    for row in RelayDomain.objects.filter(relay__in=relays).select_related("domain"):
        lists.hosted.setdefault(row.relay_id, []).append(row)
    for source in RelaySource.objects.filter(relay__in=relays):
        lists.sources.setdefault(source.relay_id, []).append(source)
    lists.known.update(_known({row.domain for rows in lists.hosted.values() for row in rows if not row.smart_host}))
    return lists


def _policy(relay: Relay, lists: _Lists) -> RelayPolicy:
    rows, known = lists.hosted.get(relay.pk, ()), lists.known
    return RelayPolicy(
        fqdn=relay.fqdn,
        internal_address=relay.internal_address,
        sources=tuple(Source(row.network, row.owner, row.purpose) for row in lists.sources.get(relay.pk, ())),
        hosted=tuple(
            Hosted(row.domain.name, row.smart_host or _endpoint(relay.tenant, row.domain, known)) for row in rows
        ),
        nat_address=relay.nat_address,
        kind=Kind(relay.kind),
        profile=Profile(relay.profile),
        external=relay.external,
        tlds=tuple(relay.tlds),
        size_kib=relay.size_kib,
        user=relay.mailbox,
    )


def endpoints(tenant: Tenant, domains: Iterable[Domain]) -> dict[str, str]:
    """Where Microsoft 365 takes mail for each of ``domains``: what it printed, else the MX seen, else the usual name.

    Raises InvalidPolicy where none of them is known.
    """
    wanted = list(domains)
    known = _known(wanted)
    return {domain.name: _endpoint(tenant, domain, known) for domain in wanted}


def _endpoint(tenant: Tenant, domain: Domain, known: dict[int, str]) -> str:
    return known.get(domain.pk) or usual_endpoint(tenant, domain.name)


def _known(domains: Collection[Domain]) -> dict[int, str]:
    """The endpoints Microsoft 365 printed or that were seen, by the domain's key: two tenants may hold one name."""
    if not domains:
        return {}
    printed = Expectation.objects.filter(domain__in=domains, key="mx", certain=True).values_list("domain", "value")
    pictures = Observation.objects.filter(domain__in=domains).values_list("domain", "picture")
    known = {domain: host for domain, picture in pictures if (host := _microsoft_host(picture))}
    return known | {domain: value.split()[-1] for domain, value in printed if value.endswith(ENDPOINTS)}


def usual_endpoint(tenant: Tenant, name: str) -> str:
    """The MX host Microsoft most likely gives ``name`` in this tenant's cloud. Raises InvalidPolicy."""
    records = derived(name, cloud_of(tenant.cloud), tenant.initial_domain.partition(".")[0])
    for record in records:
        if record.rdtype == "MX":
            return record.value.split()[1]
    raise InvalidPolicy("hosts", f"Where Microsoft 365 takes mail for {name} is not known. Write its endpoint.")


def _microsoft_host(picture: dict[str, object]) -> str:
    try:
        mail = Picture.from_json(picture).mail
    except ValueError:  # written by another version; the next look writes it anew
        return ""
    return next((host.host for host in (mail.hosts if mail else ()) if host.host.endswith(ENDPOINTS)), "")
