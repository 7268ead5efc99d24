"""Probes as rows: asked for by people, stopped at will, pasted from elsewhere, judged by the engine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from relaycheck.engine.address_forms import Attempt, Towards, three_recipients
from relaycheck.engine.policy import InvalidPolicy, RelayPolicy
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Known, Standing
from relaycheck.engine.relay_json import probe_json
from relaycheck.engine.transcript import Transcript, read_transcript
from relaycheck.models import Probe, ProbeKind, ProbeState, Relay
from relaycheck.relay_policy import policy_of
from relaycheck.relays import told
from relaycheck.ringing import ring_relay
from tenants.models import User

SENDER, EXTERNAL = "relay-probe@example.com", "relay-probe@example.net"  # RFC 2606 §3
OUTSIDE = "relay-probe@example.invalid"  # under an ending no relay has a remote domain for
KEPT = 50  # probes of one relay
MOST_WAITING = 5


class ProbeRefused(Exception):
    """It cannot be asked for. The message is a sentence."""


def ask_probe(relay: Relay, kind: ProbeKind, *, listed: bool | None, by: User | None, now: datetime) -> Probe:
    """Put a probe into the row. Raises ProbeRefused; pressing twice gives the one that waits already."""
    waiting = relay.probes.open()
    if found := waiting.filter(kind=kind, stop_asked=False).first():
        return found
    if waiting.count() >= MOST_WAITING:
        raise ProbeRefused("Enough probes of this relay are waiting. One runs at a time.")
    if relay.removed_at is not None:
        raise ProbeRefused("This relay has been removed.")
    return Probe.objects.create(
        relay=relay,
        kind=kind,
        host=_host(relay, kind),
        listed=listed,
        counts=kind != ProbeKind.OUTWARD or relay.same_exit,
        asked_at=now,
        asked_by=by,
    )


def _host(relay: Relay, kind: ProbeKind) -> str:
    """Whom it rings."""
    if kind == ProbeKind.NAMES:
        return f"names of {relay.public_id}"
    if kind != ProbeKind.OUTWARD:
        return relay.internal_address
    try:
        return exchanger(policy_of(relay))
    except InvalidPolicy as error:
        raise ProbeRefused(f"The relay is not declared completely: {error}") from None


def exchanger(policy: RelayPolicy) -> str:
    """The tenant's own mail exchanger. Raises InvalidPolicy when no domain is hosted."""
    if not policy.hosted:
        raise InvalidPolicy("hosted", "At least one hosted domain is needed to know the tenant's MX.")
    return policy.hosted[0].smart_host


def stop_probe(one: Probe, now: datetime) -> None:
    """Ask a running probe to end, and take a waiting one out of the row."""
    this = one.relay.probes.filter(pk=one.pk)
    this.filter(state=ProbeState.RUNNING).update(stop_asked=True)
    this.filter(state=ProbeState.QUEUED).update(state=ProbeState.STOPPED, stop_asked=True, ended_at=now)


def attempts(policy: RelayPolicy) -> tuple[Attempt, ...]:
    """The three recipients that tell the story of an inward probe."""
    own = f"relay-probe@{policy.hosted[0].domain}" if policy.hosted else ""
    return three_recipients(SENDER, own, EXTERNAL, OUTSIDE)


def outward_attempts(policy: RelayPolicy) -> tuple[Attempt, ...]:
    """One recipient of the tenant's own, as the relay would deliver it."""
    domain = policy.hosted[0].domain
    return (Attempt("own", f"relay-probe@{domain}", f"<postmaster@{domain}>", Towards.OWN),)


def take_pasted(relay: Relay, text: str, *, outward: bool, listed: bool | None, by: User, now: datetime) -> Probe:
    """Judge a pasted transcript as a probe that ran elsewhere. Raises InvalidTranscript and InvalidPolicy."""
    policy, transcript = policy_of(relay), read_transcript(text)
    kind = ProbeKind.OUTWARD if outward else ProbeKind.PLAIN
    one = Probe.objects.create(
        relay=relay,
        kind=kind,
        host=_host(relay, kind),
        listed=listed,
        pasted=True,
        asked_at=now,
        asked_by=by,
        started_at=now,
        state=ProbeState.DONE,
    )
    finish(one, policy, transcript, ProbeState.DONE, now)
    return one


def known_of(one: Probe, policy: RelayPolicy) -> Known:
    """What the judge is told about this probe. An outward one that does not count is not held against the NAT."""
    outward = one.kind == ProbeKind.OUTWARD
    return Known(
        listed=None if outward else one.listed,
        hosted=tuple(hosted.domain for hosted in policy.hosted),
        nat_address=policy.nat_address if outward and one.counts else "",
        internal_address="" if outward else policy.internal_address,
        size_bytes=0 if outward else policy.size_bytes,
        outward=outward,
    )


def finish(one: Probe, policy: RelayPolicy, transcript: Transcript, state: ProbeState, now: datetime) -> None:
    """Judge what was said and close the row; history keeps one line of it."""
    report = probe_json(judge(transcript, known_of(one, policy)), transcript)
    with transaction.atomic():
        if end_probe(one, state, now, "", transcript=str(transcript), report=report):
            told(one.relay, "relay-probed", now, by=one.asked_by, once=one.public_id, **_line(one, report)).save()
    tidy(one.relay)


def _line(one: Probe, report: dict[str, Any]) -> dict[str, Any]:
    kept = {"probe": one.kind, "relaying": report["relaying"], "ended": report["ended"], "pasted": one.pasted}
    return kept | answered(report["attempts"])


def answered(attempts: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether a recipient was taken, and the first answer of all."""
    taken = any(row["standing"] == Standing.ACCEPTED for row in attempts)
    return {"taken": taken, "reply": next((row["reply"] for row in attempts if row["reply"]), "")}


def end_probe(one: Probe, state: ProbeState, now: datetime, sentence: str, **columns: Any) -> int:
    """Write the end of a probe, unless another worker has taken it over."""
    held = Probe.objects.filter(pk=one.pk, lease_token=one.lease_token)
    more = columns or ({"report": {"sentence": sentence}} if sentence else {})
    changed = held.update(state=state, ended_at=now, lease_until=None, **more)
    one.refresh_from_db()
    ring_relay(one.relay)
    return changed


def tidy(relay: Relay) -> None:
    """Keep the newest probes of a relay; the rest is history in one line each."""
    old = list(relay.probes.exclude(ended_at=None).values_list("pk", flat=True)[KEPT:])
    Probe.objects.filter(pk__in=old).delete()
