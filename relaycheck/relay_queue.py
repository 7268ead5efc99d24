"""The queue watch: a token for one relay, what its script posts, when that is alarming, and when silence is."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from notices.models import Transition
from notices.transitions import write
from publicdns.answers import Finding
from relaycheck.engine.naming import printable
from relaycheck.engine.queue_report import Folder, QueueReport, Thresholds
from relaycheck.engine.relay_rules import in_words
from relaycheck.engine.relay_rules.queue import judge_report, judge_silence
from relaycheck.models import QueueCount, Relay
from relaycheck.relays import told
from relaycheck.ringing import ring_progress, ring_relay
from tenants.audit import record
from tenants.models import User

EVERY = timedelta(seconds=10)  # a relay may report no oftener
KEPT = timedelta(days=14)
CALM = 3  # reports in a row without it, before an alarm is over
REMIND_AFTER = timedelta(days=7)  # of logging


class TooOften(Exception):
    """This relay has reported a moment ago."""


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(relay: Relay, *, by: User, now: datetime, address: str | None = None) -> str:
    """A token for this relay's script; the one before stops working. It is shown once and not kept."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Relay.objects.filter(pk=relay.pk).update(watch_digest=digest(token), watched_since=now, reported_at=None)
        record(by, "relay-token-made", relay.fqdn, at=now, tenant=relay.tenant, address=address)
    relay.refresh_from_db()
    return token


def end_watch(relay: Relay, *, by: User, now: datetime, address: str | None = None) -> None:
    """Take the token back; alarms of the watch end with it."""
    with transaction.atomic():
        Relay.objects.filter(pk=relay.pk).update(watch_digest=None, watched_since=None, reported_at=None, alarms={})
        record(by, "relay-token-ended", relay.fqdn, at=now, tenant=relay.tenant, address=address)


def relay_of(token: str) -> Relay | None:
    """Whose token it is."""
    found = Relay.objects.present().filter(watch_digest=digest(token)).select_related("tenant")
    return found.first() if 20 <= len(token) <= 100 else None


def thresholds_of(relay: Relay) -> Thresholds:
    """When this relay's queue is alarming."""
    return Thresholds(relay.oldest_seconds, relay.queued, relay.badmail, relay.silent_seconds)


def take_report(relay: Relay, report: QueueReport, now: datetime) -> None:
    """Keep one report, raise what is alarming, end what is over. Raises TooOften."""
    findings = judge_report(report, thresholds_of(relay))
    with transaction.atomic():
        rested = Relay.objects.filter(Q(reported_at__isnull=True) | Q(reported_at__lte=now - EVERY), pk=relay.pk)
        since = (relay.logging_since or now) if report.logging else None
        if not rested.update(reported_at=now, logging_since=since):
            raise TooOften
        relay = Relay.objects.select_for_update().select_related("tenant").get(pk=relay.pk)
        QueueCount.objects.create(
            relay=relay,
            at=now,
            **_folder("queued", report.queue),
            **_folder("badmail", report.badmail),
            server_state=report.server_state,
            service_state=printable(report.service_state, 40)[:40],
            logging=report.logging,
            findings=[finding.code for finding in findings],
        )
        _raise_and_end(relay, findings, now)


def _folder(name: str, folder: Folder) -> dict[str, int | None]:
    count, oldest = (folder.count, folder.oldest_seconds) if folder.found else (None, None)
    return {name: count, f"{name}_oldest": oldest}


def _raise_and_end(relay: Relay, findings: Iterable[Finding], now: datetime) -> None:
    """Alarms that are new are told at once; one is over when it has stayed away for several reports."""
    alarming = {finding.code: in_words(finding).title for finding in findings if finding.severity != "notice"}
    alarms: dict[str, dict[str, Any]] = {}
    for code, alarm in relay.alarms.items():
        calm = 0 if code in alarming else alarm.get("calm", 0) + 1
        if calm < CALM:
            alarms[code] = {**alarm, "title": alarming.get(code, alarm["title"]), "calm": calm}
    new = {code: title for code, title in alarming.items() if code not in relay.alarms}
    over = [alarm["title"] for code, alarm in relay.alarms.items() if code not in alarms]
    alarms |= {code: {"since": now.isoformat(), "title": title, "calm": 0} for code, title in new.items()}
    Relay.objects.filter(pk=relay.pk).update(alarms=alarms)
    (ring_progress if alarms.keys() == relay.alarms.keys() else ring_relay)(relay)
    changes: list[Transition] = []
    if new:
        changes.append(told(relay, "relay-alarm", now, titles=list(new.values())))
    if over and not alarms:
        changes.append(told(relay, "relay-well", now, titles=over))
    write(changes)


def watch_silence(now: datetime) -> int:
    """Alarm for each watched relay that has been silent for too long. Returns how many are new."""
    watched = Relay.objects.present().filter(watch_digest__isnull=False).select_related("tenant")
    raised = 0
    for relay in watched:
        last = relay.reported_at or relay.watched_since
        seconds = (now - last).total_seconds() if last else 0.0
        findings = judge_silence(seconds, thresholds_of(relay))
        code = next((finding.code for finding in findings), "")
        if not code or code in relay.alarms:
            continue
        title = in_words(findings[0]).title
        with transaction.atomic():
            unheard = Relay.objects.filter(pk=relay.pk, reported_at=relay.reported_at, alarms=relay.alarms)
            alarms = {**relay.alarms, code: {"since": now.isoformat(), "title": title, "calm": 0}}
            if unheard.update(alarms=alarms):
                raised += len(write([told(relay, "relay-silent", now, titles=[title])]))
                ring_relay(relay)
    return raised


def remind_of_logging(now: datetime) -> int:
    """Say once a week that logging is still on: nobody deletes the files (B13)."""
    logging = Relay.objects.present().filter(logging_since__lte=now - REMIND_AFTER).select_related("tenant")
    reminders = []
    for relay in logging:
        began = relay.logging_since or now
        days = (now - began).days
        once = f"{began:%Y-%m-%d}/{days // 7}"
        reminders.append(told(relay, "relay-logging", now, once=once, days=days))
    return len(write(reminders))


def forget_old(now: datetime) -> int:
    """Drop reports older than two weeks."""
    return QueueCount.objects.filter(at__lt=now - KEPT).delete()[0]


def set_thresholds(relay: Relay, thresholds: Thresholds, *, by: User, now: datetime, version: int) -> bool:
    """Change when the queue is alarming. False when somebody else has changed the relay meanwhile."""
    values = {
        "oldest_seconds": thresholds.oldest_seconds,
        "queued": thresholds.queued,
        "badmail": thresholds.badmail,
        "silent_seconds": thresholds.silent_seconds,
    }
    with transaction.atomic():
        changed = Relay.objects.filter(pk=relay.pk, version=version).update(version=F("version") + 1, **values)
        if changed:
            record(by, "relay-thresholds", relay.fqdn, at=now, tenant=relay.tenant, after=values)
    return bool(changed)
