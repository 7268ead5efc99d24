"""Logs as uploaded: kept as files until a worker has read them, in constant memory, with progress in the row."""

from __future__ import annotations

import hashlib
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from relaycheck.engine.iis import IisConfiguration, InvalidUpload
from relaycheck.engine.log_report import LogReport, read_logs
from relaycheck.engine.naming import printable
from relaycheck.engine.policy import Source
from relaycheck.engine.relay_json import log_json
from relaycheck.models import LogReading, ReadingState, Relay
from relaycheck.relay_policy import declared
from relaycheck.relay_uploads import configuration_of
from relaycheck.relays import told
from relaycheck.ringing import ring_progress, ring_relay
from tenants.models import User

LEASE = timedelta(seconds=60)  # renewed while reading goes on
TELL_EVERY = 0.5  # seconds between two words about progress
KEPT = 10  # readings of one relay
WAITING = 3
POISON = 3
MOST_FILES = 100  # of one upload


class LogRefused(Exception):
    """It is not taken. The message is a sentence."""


class _NotOursError(Exception):
    """It was stopped, or another worker reads it now."""


def most_octets() -> int:
    """The largest upload, in octets."""
    return int(settings.RELAY_LOG_MEGABYTES) << 20


def place_of(reading: LogReading) -> Path:
    """The folder its files lie in until they are read."""
    return Path(settings.VAR_DIR) / "logs" / reading.public_id


def take_logs(relay: Relay, files: Iterable[UploadedFile[Any]], *, by: User, now: datetime) -> LogReading:
    """Put uploaded files aside for a worker, each content once. Raises LogRefused."""
    chosen = list(files)
    if len(chosen) > MOST_FILES:
        raise LogRefused(_("At most {} files at once. Join them, or upload them in turns.").format(MOST_FILES))
    if sum(file.size or 0 for file in chosen) > most_octets():
        raise LogRefused(
            _("Together they are larger than {} MB. Upload them in parts.").format(settings.RELAY_LOG_MEGABYTES)
        )
    if relay.readings.filter(ended_at=None).count() >= WAITING:
        raise LogRefused(_("Enough logs of this relay wait to be read. Try again when one is done."))
    different = sorted(_each_once(chosen), key=lambda file: file.name or "")  # their names begin with the date
    name = _("{first} and {more} more").format(first=different[0].name, more=len(different) - 1)
    reading = LogReading(
        relay=relay,
        at=now,
        by=by,
        name=printable(name if len(different) > 1 else different[0].name or "log", 110),
        octets=sum(file.size or 0 for file in different),
        repeated=len(chosen) - len(different),
    )
    _keep(reading, different)
    ring_relay(relay)
    return reading


def _each_once(files: list[UploadedFile[Any]]) -> list[UploadedFile[Any]]:
    """Without those whose content another one has. Only files of one size are compared."""
    sizes = Counter(file.size for file in files)
    found: dict[object, UploadedFile[Any]] = {}
    for number, file in enumerate(files):
        found.setdefault((file.size, _digest(file)) if sizes[file.size] > 1 else number, file)
    return list(found.values())


def _digest(file: UploadedFile[Any]) -> bytes:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def _keep(reading: LogReading, files: list[UploadedFile[Any]]) -> None:
    place = place_of(reading)
    place.mkdir(mode=0o700, parents=True)
    for number, file in enumerate(files):
        _put(file, place / f"{number:03}")
    try:
        reading.save()
    except DatabaseError:
        _forget(place)
        raise


def _put(file: UploadedFile[Any], path: Path) -> None:
    """A file that lies on disk already is moved: a gigabyte is not written a second time."""
    if isinstance(file, TemporaryUploadedFile):
        shutil.move(file.temporary_file_path(), path)
        return
    with path.open("wb") as target:
        shutil.copyfileobj(file, target, 1 << 20)


def _forget(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)


def stop_reading(reading: LogReading, now: datetime) -> bool:
    """End it early, and let its files go; False when it had ended. A worker that reads it notices within a second."""
    waiting = LogReading.objects.filter(pk=reading.pk, ended_at=None)
    columns = {"state": ReadingState.STOPPED, "lease_until": None, "lease_token": None, "ended_at": now}
    if not waiting.update(**columns):
        return False
    _forget(place_of(reading))
    ring_relay(reading.relay)
    return True


def claim_reading(now: datetime) -> LogReading | None:
    """Take the first log that waits, or None."""
    for reading in LogReading.objects.due(now).select_related("relay__tenant")[:20]:
        token = uuid.uuid4()
        free = LogReading.objects.filter(Q(state=ReadingState.QUEUED) | Q(lease_until__lt=now), pk=reading.pk)
        again = reading.state == ReadingState.RUNNING
        columns = {"state": ReadingState.RUNNING, "lease_until": now + LEASE, "lease_token": token}
        if free.filter(state=reading.state).update(**columns, lost=reading.lost + again):
            reading.refresh_from_db()
            ring_progress(reading.relay)
            return reading
    return None


def run_reading(reading: LogReading, clock: Callable[[], datetime], every: float = TELL_EVERY) -> None:
    """Read a claimed log to its end and let its files go; progress is told ``every`` so many seconds."""
    if reading.lost >= POISON:
        _end(reading, clock(), ReadingState.REFUSED, "A worker was lost over it three times.")
        return
    try:
        report = _read(reading, _Progress(reading, clock, every))
    except _NotOursError:
        return
    except InvalidUpload as refusal:
        _end(reading, clock(), ReadingState.REFUSED, str(refusal))
    except OSError:
        _end(reading, clock(), ReadingState.REFUSED, "The files are no longer there. Upload them again.")
    else:
        _end(reading, clock(), ReadingState.DONE, "", report)


def _read(reading: LogReading, progress: _Progress) -> LogReport:
    with closing(_opened(sorted(place_of(reading).iterdir()), progress)) as files:
        return read_logs(files, progress.hear)


def _opened(paths: list[Path], progress: _Progress) -> Generator[BinaryIO]:
    """One file after the other, each closed before the next is opened."""
    for path in paths:
        with path.open("rb") as file:
            yield file
        progress.before += path.stat().st_size


class _Progress:
    """Bytes read, written down now and then; the lease goes on with it."""

    def __init__(self, reading: LogReading, clock: Callable[[], datetime], every: float) -> None:
        self.row = LogReading.objects.filter(pk=reading.pk, lease_token=reading.lease_token)
        self.relay = reading.relay
        self.clock = clock
        self.every, self.told = every, time.monotonic()
        self.before = 0  # bytes of the files before this one

    def hear(self, done: int) -> None:
        """Take note. Raises when it is not ours any more."""
        if time.monotonic() - self.told < self.every:
            return
        self.told = time.monotonic()
        if not self.row.update(done=self.before + done, lease_until=self.clock() + LEASE):
            raise _NotOursError
        ring_progress(self.relay)


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
        kind = "relay-log" if report else "relay-log-refused"
        facts = {"messages": _messages(report)} if report else {"why": sentence}
        told(reading.relay, kind, now, by=reading.by, once=reading.public_id, file=reading.name, **facts).save()
        old = list(reading.relay.readings.exclude(ended_at=None).values_list("pk", flat=True)[KEPT:])
        LogReading.objects.filter(pk__in=old).delete()
    _forget(place_of(reading))
    ring_relay(reading.relay)


def _messages(report: LogReport) -> int:
    return sum(sender.messages for sender in report.senders.values())


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
    """Remove folders that no open reading belongs to: an upload that died halfway leaves one."""
    folder = Path(settings.VAR_DIR) / "logs"
    if not folder.is_dir():
        return
    waiting = set(LogReading.objects.filter(ended_at=None).values_list("public_id", flat=True))
    for path in folder.iterdir():
        if path.name not in waiting and now.timestamp() - path.stat().st_mtime > 3600:
            _forget(path)
