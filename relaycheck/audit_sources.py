"""The ranges of relay connectors become allowed sources of a relay in the other half, each with its origin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from notices.transitions import write
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.carrying import to_relay_sources
from relaycheck.engine.policy import InvalidPolicy, Source
from relaycheck.models import Audit, Relay, RelaySource
from relaycheck.relays import MOST_SOURCES, RelayChangedMeanwhile, RelayRefused, told
from tenants.audit import record
from tenants.models import User


@dataclass(frozen=True, slots=True)
class Carried:
    """What can be carried over. ``unfit`` are networks no list of trusted devices may hold, with the reason."""

    sources: tuple[Source, ...]
    unfit: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # relay connectors whose ranges are not taken: open to everybody, or by account


def carried(chosen: Iterable[Judged]) -> Carried:
    """The sources that the relay connectors in ``chosen`` amount to, each network once."""
    relaying = [judged for judged in chosen if judged.relaying]
    found: dict[str, Source] = {}
    unfit: list[str] = []
    taken: set[str] = set()
    for one in to_relay_sources(relaying):
        taken.add(one.connector)
        try:
            source = Source(str(one.network), "", one.origin)
        except InvalidPolicy as error:
            unfit.append(str(error))
        else:
            found.setdefault(source.network, source)
    left = tuple(j.connector.identity for j in relaying if j.connector.identity not in taken)
    return Carried(tuple(found.values()), tuple(dict.fromkeys(unfit)), left)


@transaction.atomic
def add_sources(
    relay: Relay, sources: Iterable[Source], audit: Audit, *, by: User, now: datetime, address: str | None = None
) -> int:
    """Add to ``relay`` what it does not allow yet; how many that were. Raises RelayRefused, RelayChangedMeanwhile."""
    known = set(relay.sources.values_list("network", flat=True))
    new = [source for source in sources if source.network not in known]
    if len(known) + len(new) > MOST_SOURCES:
        raise RelayRefused("sources", f"At most {MOST_SOURCES} sources fit one relay. Use networks.")
    if not new:
        return 0
    current = Relay.objects.present().filter(pk=relay.pk, version=relay.version)
    if not current.update(version=F("version") + 1):
        raise RelayChangedMeanwhile
    begin = (relay.sources.aggregate(last=Max("place"))["last"] or 0) + 1
    RelaySource.objects.bulk_create(
        RelaySource(relay=relay, place=place, network=one.network, owner=one.owner, purpose=one.purpose)
        for place, one in enumerate(new, start=begin)
    )
    write([told(relay, "relay-declared", now, by=by)])
    after = {"audit": audit.public_id, "relay": relay.fqdn, "sources": [source.network for source in new][:100]}
    record(by, "sources-carried", relay.fqdn, at=now, tenant=relay.tenant, address=address, after=after)
    return len(new)
