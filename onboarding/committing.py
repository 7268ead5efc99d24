"""Many finished looks in one short transaction: changed columns only, every write fenced by the lease."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from notices.transitions import write
from onboarding.claiming import Claimed
from onboarding.judging import Judged
from onboarding.models import Domain, Observation
from onboarding.schedule import JITTER, RARE, WAITING, Rhythm, interval
from onboarding.stage import Stage
from publicdns.answers import Verdict
from tenants.models import Tenant

BUCKETS = 8  # different next moments in one commit: jitter without a statement per row


@dataclass(slots=True)
class Look:
    """One finished look."""

    domain: Claimed
    judged: Judged
    at: datetime


def commit(looks: Sequence[Look], token: uuid.UUID, now: datetime, rhythm: Rhythm) -> set[str]:
    """Write ``looks`` and everything that follows from them. Returns the topics to ring once the transaction is
    over."""
    alike: dict[tuple[datetime, int], list[int]] = defaultdict(list)
    with transaction.atomic():
        ours = _still_ours([look.domain.pk for look in looks], token)
        kept = [look for look in looks if look.domain.pk in ours]
        for look in kept:
            due, priority = _next(look, now, rhythm)
            if look.judged.columns:
                _update(look, token, due, priority)
            else:
                alike[due, priority].append(look.domain.pk)
        for (due, priority), pks in alike.items():
            Domain.objects.filter(pk__in=pks, lease_token=token).update(**_released(now, due, priority))
        _observe(kept, now)
        write([look.judged.transition for look in kept if look.judged.transition is not None])
    return _topics([look for look in kept if look.judged.columns])


def _still_ours(pks: list[int], token: uuid.UUID) -> set[int]:
    """Those whose lease is still ours, locked until the end of the transaction."""
    return set(Domain.objects.select_for_update().filter(pk__in=pks, lease_token=token).values_list("pk", flat=True))


def _released(now: datetime, due: datetime, priority: int) -> dict[str, Any]:
    return {
        "looked_at": now,
        "due_at": due,
        "priority": priority,
        "lease_until": None,
        "lease_token": None,
        "lost_leases": 0,
    }


def _update(look: Look, token: uuid.UUID, due: datetime, priority: int) -> None:
    columns = {**look.judged.columns, **_released(look.at, due, priority)}
    Domain.objects.filter(pk=look.domain.pk, lease_token=token).update(**columns)


def _next(look: Look, now: datetime, rhythm: Rhythm) -> tuple[datetime, int]:
    """The next moment by rhythm, or sooner when a confirmation waits for it."""
    domain, columns = look.domain, look.judged.columns
    seen = columns.get("seen_at", domain.seen_at)
    waiting = domain.stage == Stage.VALIDATE.value and seen is None and bool(domain.token)
    since = (now - (domain.eager_since or domain.created_at)).total_seconds()
    pause = interval(rhythm, since, waiting=waiting)
    bucket = random.randrange(BUCKETS) / (BUCKETS - 1) * 2 - 1
    pause *= 1 + JITTER * bucket
    if look.judged.again_in is not None and look.judged.again_in < pause:
        pause = look.judged.again_in
    # Whole seconds: rows with the same next moment share a statement.
    due = (now + timedelta(seconds=pause + 1)).replace(microsecond=0)
    return due, WAITING if waiting else RARE


def _observe(looks: Sequence[Look], now: datetime) -> None:
    rows = [Observation(domain_id=look.domain.pk, seen_at=now, picture=look.judged.picture) for look in looks]
    Observation.objects.bulk_create(
        [row for row in rows if row.picture is not None],
        update_conflicts=True,
        unique_fields=["domain"],
        update_fields=["seen_at", "picture"],
    )


def _topics(looks: Sequence[Look]) -> set[str]:
    tenants = {look.domain.tenant_id for look in looks}
    names = dict(Tenant.objects.filter(pk__in=tenants).values_list("pk", "public_id"))
    return {f"domain-{look.domain.public_id}" for look in looks} | {f"tenant-{names[pk]}" for pk in tenants}


def is_unknown(look: Look) -> bool:
    """Whether nobody could be asked."""
    return bool(look.judged.columns.get("verdict", look.domain.verdict) == Verdict.UNKNOWN.value)
