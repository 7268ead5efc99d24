"""Working off probes: one per host, rested, with progress and the wish to stop in the row, until a deadline."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from relaycheck.engine.policy import InvalidPolicy, RelayPolicy
from relaycheck.engine.reach import PUBLIC_MAIL, Reach, Target
from relaycheck.engine.transcript import Transcript
from relaycheck.models import Probe, ProbeKind, ProbeState, Relay
from relaycheck.probing import FORMS_SECONDS, look_outward, probe, probe_forms
from relaycheck.reaching import allowed
from relaycheck.relay_names import Ask, addresses_of, seen_names
from relaycheck.relay_policy import policy_of
from relaycheck.relay_probes import EXTERNAL, SENDER, attempts, end_probe, exchanger, finish, outward_attempts
from relaycheck.ringing import ring_progress
from relaycheck.session import Limits, Means

LEASE = timedelta(seconds=FORMS_SECONDS + 120)
REST = timedelta(seconds=10)  # between two probes of one host
POISON = 3  # lost workers, after which a probe is put aside


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a worker brings along: where it may dial, how it asks DNS, and its clocks."""

    clock: Callable[[], datetime]
    ask: Ask
    reach: Reach
    outward: Reach = PUBLIC_MAIL
    outward_port: int = 25
    pause: Callable[[float], object] = time.sleep
    limits: Limits = field(default_factory=Limits)
    hear_every: float = 0.5  # seconds between two questions whether somebody wants it stopped


def circumstances(clock: Callable[[], datetime], ask: Ask) -> Circumstances:
    """Those of the settings. Raises ValueError for a network that is none."""
    return Circumstances(clock, ask, allowed())


def work_off(around: Circumstances) -> Probe | None:
    """Claim one probe and run it to its end."""
    one = claim_probe(around.clock())
    if one is not None:
        run_probe(one, around)
    return one


def claim_probe(now: datetime) -> Probe | None:
    """Take the first probe whose host is free and rested, or None. The row that was written decides who won."""
    for one in Probe.objects.due(now).select_related("relay__tenant")[:50]:
        if one.lost >= POISON:
            end_probe(one, ProbeState.STOPPED, now, "A worker was lost over it three times.")
            continue
        rung = Probe.objects.filter(host=one.host, ended_at__gt=now - REST, pasted=False, started_at__isnull=False)
        if rung.exclude(pk=one.pk).exists():
            continue
        if _take(one, now):
            return one
    return None


def _take(one: Probe, now: datetime) -> bool:
    token = uuid.uuid4()
    free = Probe.objects.filter(Q(state=ProbeState.QUEUED) | Q(lease_until__lt=now), pk=one.pk, state=one.state)
    again = one.state == ProbeState.RUNNING
    try:
        with transaction.atomic():
            won = free.update(
                state=ProbeState.RUNNING,
                started_at=now,
                lease_until=now + LEASE,
                lease_token=token,
                lost=one.lost + again,
            )
    except IntegrityError:  # another probe of the same host runs
        return False
    if won:
        one.refresh_from_db()
        ring_progress(one.relay)
    return bool(won)


def run_probe(one: Probe, means: Circumstances) -> None:
    """Hold the conversation of a claimed probe, judge it and write down what it says."""
    if one.kind == ProbeKind.NAMES:
        names = seen_names(one.relay, means.ask)
        Relay.objects.filter(pk=one.relay_id).update(names=names, names_at=means.clock())
        end_probe(one, ProbeState.DONE, means.clock(), "")
        return
    try:
        policy = policy_of(one.relay)
    except InvalidPolicy as error:
        end_probe(one, ProbeState.STOPPED, means.clock(), f"The relay is not declared completely: {error}")
        return
    following = _Following(one, means.hear_every)
    transcript = CONVERSATIONS[ProbeKind(one.kind)](_Held(one.relay, policy, means, following))
    stopped = following.stopped()
    finish(one, policy, transcript, ProbeState.STOPPED if stopped else ProbeState.DONE, means.clock())


class _Following:
    """A running probe's line to its row: progress out, the wish to stop in."""

    def __init__(self, one: Probe, every: float) -> None:
        self.row, self.relay = Probe.objects.filter(pk=one.pk, lease_token=one.lease_token), one.relay
        self.every, self.asked, self.wanted = every, 0.0, False

    def stopped(self) -> bool:
        """Whether somebody wants it to end, or another worker has taken it over."""
        now = time.monotonic()
        if not self.wanted and now - self.asked >= self.every:
            self.asked = now
            self.wanted = not self.row.filter(stop_asked=False).exists()
        return self.wanted

    def progress(self, done: int, of: int) -> None:
        """Write down how far it is."""
        self.row.update(done=done, of=of)
        ring_progress(self.relay)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a conversation is held with."""

    relay: Relay
    policy: RelayPolicy
    around: Circumstances
    following: _Following

    def means(self, reach: Reach, total: float) -> Means:
        """The session's means; ``total`` seconds are granted."""
        limits = replace(self.around.limits, total=total)
        following = self.following
        return Means(reach, limits, pause=self.around.pause, stopped=following.stopped, progress=following.progress)


def _plain(held: _Held) -> Transcript:
    target = Target(held.relay.internal_address, held.relay.port)
    means = held.means(held.around.reach, held.around.limits.total)
    return probe(target, attempts(held.policy), means)


def _forms(held: _Held) -> Transcript:
    target = Target(held.relay.internal_address, held.relay.port)
    return probe_forms(target, SENDER, EXTERNAL, held.means(held.around.reach, FORMS_SECONDS))


def _outward(held: _Held) -> Transcript:
    host, around = exchanger(held.policy), held.around
    means = held.means(around.outward, around.limits.total)
    found = addresses_of(host, around.ask)
    return look_outward(host, found, outward_attempts(held.policy), means, around.outward_port)


CONVERSATIONS: dict[ProbeKind, Callable[[_Held], Transcript]] = {
    ProbeKind.PLAIN: _plain,
    ProbeKind.FORMS: _forms,
    ProbeKind.OUTWARD: _outward,
}
