"""The expected records of a domain: derived, pasted, muted, and kept with where they came from (decision 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from notices.transitions import write
from onboarding.adding import transition
from onboarding.models import Domain, Expectation
from onboarding.publishing import ask_for
from onboarding.stage import Origin
from publicdns.expectations.clouds import cloud_of, derived
from publicdns.expectations.pasting import parse
from publicdns.expectations.reading import Parsed
from publicdns.expectations.records import Expected, Service
from tenants.audit import record
from tenants.models import User

SHOWN_KEYS = 12  # names of records in one line of history


class NoSuchRecordError(LookupError):
    """The domain expects no record of this key."""


def derived_records(domain: Domain) -> tuple[Expected, ...]:
    """What can be derived for the domain's cloud and tenant."""
    prefix = domain.tenant.initial_domain.partition(".onmicrosoft.")[0].lower()
    return derived(domain.name, cloud_of(domain.tenant.cloud), prefix)


def expectations(domain: Domain) -> list[Expectation]:
    """Every expected record: those that are kept, and unsaved ones for what can be derived besides."""
    kept = list(domain.expectations.select_related("by", "muted_by"))
    known = {row.key for row in kept}
    rows = kept + [_row(domain, one, Origin.DERIVED) for one in derived_records(domain) if one.key not in known]
    order = {key: number for number, key in enumerate(_ORDER)}
    rows = [row for row in rows if row.service != Service.VERIFICATION]
    return sorted(rows, key=lambda row: (order.get(row.key, len(order)), row.key))


def wanted_records(domain: Domain) -> tuple[Expected, ...]:
    """The expected records that are judged."""
    return tuple(row.record for row in expectations(domain) if not row.muted_reason)


def paste(domain: Domain, text: str, *, by: User, now: datetime, address: str | None = None) -> Parsed:
    """Keep the records that Microsoft printed, in the place of derived or older ones. Raises PasteError.

    What the page then shows is judged anew: a look at them is asked for.
    """
    parsed = parse(text, domain.name)
    origin = Origin.GRAPH if parsed.graph else Origin.PASTED
    with transaction.atomic():
        before = {row.key: row.value for row in domain.expectations.all()}
        for one in parsed.records:
            _keep(domain, one, origin, by, now)
        keys = [one.key for one in parsed.records]
        write([transition(domain, "expected", now, by=by, records=keys[:SHOWN_KEYS], origin=origin.value)])
        changed = {one.key: one.value for one in parsed.records if before.get(one.key) != one.value}
        old = {key: before.get(key, "") for key in changed}
        record(by, "expected", domain.name, at=now, tenant=domain.tenant, address=address, before=old, after=changed)
        ask_for(domain, now)
    return parsed


@transaction.atomic
def mute(domain: Domain, key: str, reason: str, *, by: User, now: datetime, address: str | None = None) -> None:
    """Leave one record out of the judging, for a reason; an empty reason judges it again. Raises NoSuchRecordError."""
    row = next((row for row in expectations(domain) if row.key == key), None)
    if row is None:
        raise NoSuchRecordError(key)
    before = row.muted_reason
    row.muted_reason = reason.strip()[:200]
    row.muted_at, row.muted_by = (now, by) if row.muted_reason else (None, None)
    if row.pk is None:
        row.at = now
    row.save()
    kind = "record-muted" if row.muted_reason else "record-unmuted"
    write([transition(domain, kind, now, by=by, record=f"{row.rdtype} {row.name}", reason=row.muted_reason)])
    record(
        by,
        kind,
        domain.name,
        at=now,
        tenant=domain.tenant,
        address=address,
        before={key: before},
        after={key: row.muted_reason},
    )


_ORDER = (
    "mx",
    "spf",
    "autodiscover",
    "dkim1",
    "dkim2",
    "dmarc",
    "federation",
    "sip",
    "sip-name",
    "lyncdiscover",
    "registration",
    "enrollment",
    "msoid",
)


def _row(domain: Domain, one: Expected, origin: Origin, by: User | None = None) -> Expectation:
    return Expectation(
        domain=domain,
        key=one.key,
        service=one.service.value,
        rdtype=one.rdtype,
        name=one.name,
        value=one.value,
        ttl=one.ttl,
        effect=one.effect.value,
        certain=one.certain,
        optional=one.optional,
        absent=one.absent,
        source=one.source,
        origin=origin.value,
        by=by,
    )


def _keep(domain: Domain, one: Expected, origin: Origin, by: User, now: datetime) -> None:
    """In the place of the row with the same key; whether that is muted stays."""
    row = _row(domain, one, origin, by)
    row.at = now
    columns = [field.name for field in Expectation._meta.concrete_fields if not field.name.startswith("muted")]
    values = {name: getattr(row, name) for name in columns if name not in ("id", "domain", "key")}
    Expectation.objects.update_or_create(domain=domain, key=one.key, defaults=values)


def keep_derived(domains: Iterable[Domain], now: datetime) -> None:
    """Keep what can be derived now, so that it is known later what was expected; pasted records stay."""
    rows = [_row(domain, one, Origin.DERIVED) for domain in domains for one in derived_records(domain)]
    for row in rows:
        row.at = now
    Expectation.objects.bulk_create(rows, ignore_conflicts=True)
