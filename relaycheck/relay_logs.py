"""Logs as uploaded: kept as a file until a worker has read them, in constant memory, with progress in the row."""

from __future__ import annotations

import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import Q

from relaycheck.engine.iis import IisConfiguration, InvalidUpload
from relaycheck.engine.log_report import LogReport, read_logs
from relaycheck.engine.naming import printable
from relaycheck.engine.policy import Source
from relaycheck.engine.relay_json import log_json
from relaycheck.models import LogReading, ReadingState, Relay
from relaycheck.relay_policy import declared
from relaycheck.relay_uploads import configuration_of
from relaycheck.relays import told
from tenants.models import User

LEASE = timedelta(seconds=60)  # renewed while reading goes on
TELL_EVERY = 0.5  # seconds between two words about progress
KEPT = 10  # readings of one relay
WAITING = 3
POISON = 3


class LogRefused(Exception):
    """It is not taken. The message is a sentence."""


class _TakenOverError(Exception):
    """Another worker reads this file now."""


def most_octets() -> int:
    """The largest upload, in octets."""
    return int(settings.RELAY_LOG_MEGABYTES) << 20


def place_of(reading: LogReading) -> Path:
    """Where its file lies until it is read."""
    return Path(settings.VAR_DIR) / "logs" / reading.public_id


def take_log(relay: Relay, file: UploadedFile[Any], *, by: User, now: datetime) -> LogReading:
    """Put an uploaded file aside for a worker. Raises LogRefused."""
    size = file.size or 0
    if size > most_octets():
        raise LogRefused(f"The file is larger than {settings.RELAY_LOG_MEGABYTES} MB. Upload it in parts.")
    if relay.readings.filter(state__in=[ReadingState.QUEUED, ReadingState.RUNNING]).count() >= WAITING:
        raise LogRefused("Enough logs of this relay wait to be read. Try again when one is done.")
    name = printable(file.name or "log", 110)
    reading = LogReading(relay=relay, at=now, by=by, name=name, octets=size)
    path = place_of(reading)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    _put(file, path)
    try:
        reading.save()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return reading


def _put(file: UploadedFile[Any], path: Path) -> None:
    """A file that lies on disk already is moved: a gigabyte is not written a second time."""
    if isinstance(file, TemporaryUploadedFile):
        shutil.move(file.temporary_file_path(), path)
        return
    with path.open("wb") as target:
        shutil.copyfileobj(file, target, 1 << 20)


def claim_reading(now: datetime) -> LogReading | None:
    """Take the first log that waits, or None."""
    for reading in LogReading.objects.due(now).select_related("relay__tenant")[:20]:
        token = uuid.uuid4()
        free = LogReading.objects.filter(Q(state=ReadingState.QUEUED) | Q(lease_until__lt=now), pk=reading.pk)
        again = reading.state == ReadingState.RUNNING
        columns = {"state": ReadingState.RUNNING, "lease_until": now + LEASE, "lease_token": token}
        if free.filter(state=reading.state).update(**columns, lost=reading.lost + again):
            reading.refresh_from_db()
            return reading
    return None


def run_reading(reading: LogReading, clock: Callable[[], datetime]) -> None:
    """Read a claimed log to its end and let the file go."""
    if reading.lost >= POISON:
        _end(reading, clock(), ReadingState.REFUSED, "A worker was lost over it three times.")
        return
    try:
        with place_of(reading).open("rb") as file:
            report = read_logs([file], _Progress(reading, clock).hear)
    except _TakenOverError:
        return
    except InvalidUpload as refusal:
        _end(reading, clock(), ReadingState.REFUSED, str(refusal))
    except OSError:
        _end(reading, clock(), ReadingState.REFUSED, "The file is no longer there. Upload it again.")
    else:
        _end(reading, clock(), ReadingState.DONE, "", report)


class _Progress:
    """Bytes read, written down twice a second; the lease goes on with it."""

    def __init__(self, reading: LogReading, clock: Callable[[], datetime]) -> None:
        self.row = LogReading.objects.filter(pk=reading.pk, lease_token=reading.lease_token)
        self.clock = clock
        self.told = time.monotonic()

    def hear(self, done: int) -> None:
        """Take note. Raises when somebody else reads it now."""
        if time.monotonic() - self.told < TELL_EVERY:
            return
        self.told = time.monotonic()
        if not self.row.update(done=done, lease_until=self.clock() + LEASE):
            raise _TakenOverError


def _end(
    reading: LogReading, now: datetime, state: ReadingState, sentence: str, report: LogReport | None = None
) -> None:
    columns = {"report": _kept(reading.relay, report)} if report else {}
    with transaction.atomic():
        held = LogReading.objects.filter(pk=reading.pk, lease_token=reading.lease_token)
        done = held.update(
            state=state, sentence=sentence[:300], ended_at=now, lease_until=None, done=reading.octets, **columns
        )
        if not done:
            return
        facts = {"file": reading.name, "messages": _messages(report)}
        told(reading.relay, "relay-log", now, by=reading.by, once=reading.public_id, **facts).save()
        old = list(reading.relay.readings.exclude(ended_at=None).values_list("pk", flat=True)[KEPT:])
        LogReading.objects.filter(pk__in=old).delete()
    place_of(reading).unlink(missing_ok=True)


def _messages(report: LogReport | None) -> int:
    return sum(sender.messages for sender in report.senders.values()) if report else 0


def _kept(relay: Relay, report: LogReport) -> dict[str, object]:
    """The figures to keep, with what the relay's list and its remote domains say about them."""
    sources = tuple(Source(row.network, row.owner, row.purpose) for row in relay.sources.all())
    return {**log_json(report, sources), "uncovered": dict(_uncovered(relay, report).most_common(1000))}


def _uncovered(relay: Relay, report: LogReport) -> Counter[str]:
    """Endings mail goes to for which neither the newest upload nor, without one, the policy has a remote domain."""
    policy, _ = declared(relay)
    upload = relay.uploads.first()
    found = configuration_of(upload) if upload else None
    if isinstance(found, IisConfiguration):
        entries = [entry.name for server in found.servers for entry in server.domains]
    else:
        entries = [f"*.{tld}" for tld in (policy.tlds if policy else ())]
    return report.uncovered(entries, [hosted.domain for hosted in policy.hosted] if policy else ())


def forget_strays(now: datetime) -> None:
    """Remove files that no open reading belongs to: an upload that died halfway leaves one."""
    folder = Path(settings.VAR_DIR) / "logs"
    if not folder.is_dir():
        return
    waiting = set(LogReading.objects.filter(ended_at=None).values_list("public_id", flat=True))
    for path in folder.iterdir():
        if path.name not in waiting and now.timestamp() - path.stat().st_mtime > 3600:
            path.unlink(missing_ok=True)
