"""Requests to be taken off a blocklist: asked when and where, due when, tried again by the probe until it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from notices.transitions import write
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import ProbeReport, Standing
from relaycheck.engine.reach import parsed
from relaycheck.engine.replies import explain
from relaycheck.engine.transcript import read_transcript
from relaycheck.models import Delisting, Probe, ProbeKind, Relay
from relaycheck.relay_probes import ProbeRefused, ask_probe
from relaycheck.relays import told
from relaycheck.ringing import ring_relay
from tenants.models import User

USUAL = (24, 48)  # hours, where the code's row does not say
TRY_EVERY = timedelta(hours=1)


class DelistingRefused(Exception):
    """It cannot be tracked. The message is a sentence."""


def ask_delisting(
    relay: Relay, line: str, *, address: str = "", asked_at: datetime | None = None, by: User, now: datetime
) -> Delisting:
    """Track a request that somebody made for ``line``, a refusal. Raises DelistingRefused."""
    found = explain(line)
    blocked = address.strip() or (found.address if found else "") or relay.nat_address
    if found is None or not found.delisting:
        raise DelistingRefused("This line names no blocklist, so there is nothing to be taken off.")
    if parsed(blocked) is None:
        raise DelistingRefused("Which address is blocked? The line names none, and none is declared.")
    begun = min(asked_at or now, now)
    start, end = found.row.hours or USUAL
    with transaction.atomic():
        one = Delisting.objects.create(
            relay=relay,
            address=str(parsed(blocked)),
            line=line.strip()[:2000],
            where=found.row.where[:300],
            asked_at=begun,
            asked_by=by,
            due_from=begun + timedelta(hours=start),
            due_at=begun + timedelta(hours=end),
        )
        write([told(relay, "delisting-asked", now, by=by, address=one.address, where=one.where)])
    return one


def drop_delisting(one: Delisting, *, by: User, now: datetime) -> None:
    """Wait for it no more."""
    if Delisting.objects.filter(pk=one.pk, gone_at=None, dropped_at=None).update(dropped_at=now):
        write([told(one.relay, "delisting-dropped", now, by=by, address=one.address)])


def retry_delistings(now: datetime) -> int:
    """Ask for a trial of each open request that is due one, where a probe from here speaks for the relay."""
    waiting = Delisting.objects.filter(
        gone_at=None, dropped_at=None, relay__same_exit=True, relay__removed_at=None
    ).select_related("relay")
    asked = 0
    for one in waiting:
        last = max(one.tried_at or one.asked_at, one.asked_at)
        if now - last < TRY_EVERY or one.relay.probes.open().filter(kind=ProbeKind.OUTWARD).exists():
            continue
        try:
            ask_probe(one.relay, ProbeKind.OUTWARD, listed=None, by=None, now=now)
        except ProbeRefused:
            continue
        asked += 1
    return asked


def hear_outward(probe: Probe, now: datetime) -> None:
    """What an outward probe that speaks for the relay says about its open requests; mail when a refusal has gone.

    No answer, or another refusal, is no proof: the request stays open.
    """
    if probe.kind != ProbeKind.OUTWARD or not probe.counts or not probe.transcript:
        return
    report = judge(read_transcript(probe.transcript))
    blocked = next((found for found in report.refusals if found.delisting), None)
    words = answered(report)
    for one in probe.relay.delistings.filter(gone_at=None, dropped_at=None):
        # The address the exchanger greets is the one it judges; another one says nothing about this request.
        if report.seen_address and report.seen_address != one.address:
            continue
        gone = blocked is None and accepted(report)
        _write(one, gone=gone, words=words, now=now)


def _write(one: Delisting, *, gone: bool, words: str, now: datetime) -> None:
    with transaction.atomic():
        still = Delisting.objects.filter(pk=one.pk, gone_at=None, dropped_at=None)
        changed = still.update(tried_at=now, tried=words[:500], **({"gone_at": now} if gone else {}))
        if changed and gone:
            asked = f"{one.asked_at:%Y-%m-%d %H:%M}"
            gone_now = told(one.relay, "delisted", now, address=one.address, line=one.line, asked=asked)
            write([gone_now])
        ring_relay(one.relay)


def accepted(report: ProbeReport) -> bool:
    """Whether the exchanger took a recipient from us."""
    return any(tried.standing is Standing.ACCEPTED for tried in report.attempts)


def answered(report: ProbeReport) -> str:
    """The answer that decided, in one line."""
    return next((tried.reply for tried in report.attempts if tried.reply), report.ended or "No answer.")
