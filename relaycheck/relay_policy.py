"""From rows to the one declared policy that everything is rendered from and judged against."""

from __future__ import annotations

from collections.abc import Iterable

from onboarding.models import Domain, Expectation, Observation
from publicdns.expectations.clouds import cloud_of, derived
from publicdns.picture import Picture
from relaycheck.engine.policy import Hosted, InvalidPolicy, Kind, Profile, RelayPolicy, Source
from relaycheck.models import Relay
from tenants.models import Tenant

ENDPOINTS = (".mail.protection.outlook.com", ".mx.microsoft", ".office365.us", ".partner.outlook.cn")


def policy_of(relay: Relay) -> RelayPolicy:
    """The policy ``relay`` declares. Raises InvalidPolicy when a needed field is missing."""
    rows = list(relay.hosted.select_related("domain"))
    usual = endpoints(relay.tenant, [row.domain for row in rows if not row.smart_host])
    return RelayPolicy(
        fqdn=relay.fqdn,
        internal_address=relay.internal_address,
        sources=tuple(Source(row.network, row.owner, row.purpose) for row in relay.sources.all()),
        hosted=tuple(Hosted(row.domain.name, row.smart_host or usual[row.domain.name]) for row in rows),
        nat_address=relay.nat_address,
        kind=Kind(relay.kind),
        profile=Profile(relay.profile),
        external=relay.external,
        tlds=tuple(relay.tlds),
        size_kib=relay.size_kib,
        user=relay.mailbox,
    )


def declared(relay: Relay) -> tuple[RelayPolicy | None, str]:
    """The policy, or None with the sentence that says what is missing."""
    try:
        return policy_of(relay), ""
    except InvalidPolicy as error:
        return None, str(error)


def endpoints(tenant: Tenant, domains: Iterable[Domain]) -> dict[str, str]:
    """Where Microsoft 365 takes mail for each of ``domains``: what it printed, else the MX seen, else the usual name.

    Raises InvalidPolicy where none of them is known.
    """
    wanted = list(domains)
    printed = Expectation.objects.filter(domain__in=wanted, key="mx", certain=True).values_list("domain__name", "value")
    pictures = Observation.objects.filter(domain__in=wanted).values_list("domain__name", "picture")
    known = {name: host for name, picture in pictures if (host := _microsoft_host(picture))}
    known |= {name: value.split()[-1] for name, value in printed if value.endswith(ENDPOINTS)}
    return {domain.name: known.get(domain.name) or usual_endpoint(tenant, domain.name) for domain in wanted}


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
