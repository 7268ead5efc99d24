"""What is known of relays, read for a whole list with as many questions to the database as for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max, Subquery

from relaycheck.engine.policy import RelayPolicy
from relaycheck.engine.probe_report import BY_US, Relaying
from relaycheck.models import Delisting, Probe, ProbeState, Relay, RelayUpload
from relaycheck.relay_policy import declared_by


@dataclass(frozen=True, slots=True)
class Known:
    """One relay, and everything its state follows from. ``probes`` are the newest that speak for it, by kind."""

    relay: Relay
    policy: RelayPolicy | None
    missing: str
    upload: RelayUpload | None
    probes: dict[str, Probe]
    waiting: Delisting | None


def known_of(relay: Relay) -> Known:
    """What is known of one."""
    return known_of_all([relay])[0]


def known_of_all(relays: Sequence[Relay]) -> list[Known]:
    """What is known of each of ``relays``, in their order."""
    uploads, probes, waiting = _uploads(relays), _probes(relays), _waiting(relays)
    return [
        Known(one, policy, missing, uploads.get(one.pk), probes.get(one.pk, {}), waiting.get(one.pk))
        for one, (policy, missing) in zip(relays, declared_by(relays), strict=True)
    ]


def _uploads(relays: Sequence[Relay]) -> dict[int, RelayUpload]:
    """The newest configuration of each."""
    newest = RelayUpload.objects.filter(relay__in=relays).order_by().values("relay").annotate(newest=Max("pk"))
    return {one.relay_id: one for one in RelayUpload.objects.filter(pk__in=Subquery(newest.values("newest")))}


def _probes(relays: Sequence[Relay]) -> dict[int, dict[str, Probe]]:
    """The newest finished probe of each kind that speaks for its relay and was not ended by us before it began."""
    ended = Probe.objects.filter(
        relay__in=relays, state__in=[ProbeState.DONE, ProbeState.STOPPED], counts=True, report__what="probe"
    ).exclude(report__relaying=Relaying.NOT_TRIED, report__ended__regex=f"^({'|'.join(BY_US)})")
    newest = ended.order_by().values("relay", "kind").annotate(newest=Max("pk")).values("newest")
    found: dict[int, dict[str, Probe]] = {}
    for one in Probe.objects.filter(pk__in=Subquery(newest)).defer("transcript"):
        found.setdefault(one.relay_id, {})[one.kind] = one
    return found


def _waiting(relays: Sequence[Relay]) -> dict[int, Delisting]:
    """The open request of each that was made last."""
    made = Delisting.objects.filter(relay__in=relays, gone_at=None, dropped_at=None).order_by("asked_at", "pk")
    return {one.relay_id: one for one in made}
