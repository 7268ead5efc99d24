"""The worker's part: claim what was uploaded, have it read in seclusion, keep what it says, delete the files."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from relaycheck.audits import summary_of
from relaycheck.engine.connectors.auditing import audit as judge
from relaycheck.engine.connectors.joining import merge
from relaycheck.engine.connectors.keeping import pack, unpack
from relaycheck.models import Audit, ConnectorLog, ConnectorUsage, Progress
from relaycheck.receiving import forget_abandoned, place_of
from relaycheck.ringing import ring_audit
from relaycheck.seclusion import Failure, NotRead, forget, read_in_seclusion

LEASE = timedelta(seconds=120)
ATTEMPTS = 3  # workers that may be lost over one upload
EVERY = 0.5  # seconds between two notes of progress
BATCH = 2000  # rows written at once
PATIENCE = timedelta(hours=1)  # how long a worker that has the files on its disk is waited for
Now = Callable[[], datetime]
One = Audit | ConnectorLog


def read_uploads(now: Now) -> int:
    """Read everything that waits and whose files lie on this machine; how many were read or given up."""
    ended = 0
    for model in (Audit, ConnectorLog):
        for one in model.objects.due(now()):
            if claimed := _claim(one, now):
                ended += 1
                _read(claimed, now)
    return ended


def forget_strayed() -> int:
    """Delete files that no upload names any more: those of a web process that died while it took them."""
    named = (model.objects.exclude(folder="").values_list("folder", flat=True) for model in (Audit, ConnectorLog))
    return forget_abandoned(itertools.chain.from_iterable(named))


@dataclass(slots=True)
class _Claim:
    """An upload that is ours until the lease runs out, and says so from time to time."""

    one: One
    token: uuid.UUID
    now: Now
    noted: float = field(default_factory=time.monotonic)

    def change(self, **columns: Any) -> bool:
        """Write, if it is still ours."""
        rows = type(self.one)._default_manager.filter(pk=self.one.pk, lease_token=self.token)
        changed = bool(rows.update(**columns))
        if changed:
            ring_audit(self.one if isinstance(self.one, Audit) else self.one.audit)
        return changed

    def progress(self, done: int) -> bool:
        """Note how far it has come; False when it is not ours any more."""
        if time.monotonic() - self.noted < EVERY:
            return True
        self.noted = time.monotonic()
        return self.change(done=done, lease_until=self.now() + LEASE)


def _claim(one: One, now: Now) -> _Claim | None:
    """Take it, unless somebody else was quicker or the files are on another machine."""
    here = place_of(one.folder).is_dir()
    if not here and now() - (one.arrived_at or one.created_at) < PATIENCE:
        return None
    token = uuid.uuid4()
    rows = type(one).objects.due(now()).filter(pk=one.pk)
    taken = rows.order_by().update(
        state=Progress.READING.value, lease_token=token, lease_until=now() + LEASE, attempts=F("attempts") + 1
    )
    return _Claim(one, token, now) if taken else None


def _read(claim: _Claim, now: Now) -> None:
    one, place = claim.one, place_of(claim.one.folder)
    kind = "exports" if isinstance(one, Audit) else "logs"
    try:
        if not place.is_dir():
            raise NotRead(Failure.FILES)
        if one.attempts >= ATTEMPTS:
            raise NotRead(Failure.BROKEN)
        documents = read_in_seclusion(kind, place, claim.progress)
        columns = _audited(one, documents) if isinstance(one, Audit) else _logged(one, claim, documents)
    except NotRead as stopped:
        columns = _failed(one, stopped.failure)
    ended = {"state": Progress.READ.value, "done": one.octets} | columns
    claim.change(**ended, folder="", ended_at=now(), lease_token=None, lease_until=None)
    forget(place)


def _failed(one: One, failure: Failure) -> dict[str, Any]:
    """An audit that was read before stays as it was."""
    if isinstance(one, ConnectorLog) or not one.kept:
        return {"state": Progress.FAILED.value, "failure": failure.value}
    before = [entry for entry in one.uploads if entry.get("folder") != one.folder]
    return {"state": Progress.READ.value, "failure": failure.value, "uploads": before}


def _audited(audit: Audit, documents: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """What these files say, joined with what earlier ones said."""
    kept = next(documents)
    found = unpack(kept)
    if audit.kept:
        found = merge(unpack(audit.kept), found)
        kept = pack(found)
    return {"kept": kept, "summary": summary_of(judge(found))}


def _logged(log: ConnectorLog, claim: _Claim, documents: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Write the rows batch by batch: a long transaction would keep everybody else from writing."""
    whole = next(documents)
    log.usages.all().delete()  # of a reader that was lost
    while batch := list(itertools.islice(documents, BATCH)):
        if not claim.progress(log.octets):
            raise NotRead(Failure.GONE)
        with transaction.atomic():
            ConnectorUsage.objects.bulk_create(_usage(log, one) for one in batch)
    return {name: value if name not in ("first", "last") else _moment(value) for name, value in whole.items()}


def _usage(log: ConnectorLog, one: dict[str, Any]) -> ConnectorUsage:
    seen = {name: _moment(one[name]) for name in ("first_seen", "last_seen")}
    return ConnectorUsage(log=log, connector_key=one["connector"].casefold()[:300], **(one | seen))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
