"""Many notices to one person at once become one mail that lists them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Min

from notices import rendering
from notices.models import Notice, NoticeState


def fold(now: datetime) -> int:
    """Hold back, or fold, what any one person would otherwise get more than DIGEST_ABOVE of within DIGEST_SECONDS.

    While the burst lasts its notices wait; once the oldest of them is DIGEST_SECONDS old they become one mail.
    Returns how many digests were made.
    """
    window = timedelta(seconds=settings.DIGEST_SECONDS)
    waiting = Notice.objects.filter(
        state=NoticeState.WAITING, transition__isnull=False, attempts=0, recipient__isnull=False
    )
    bursts = waiting.values("recipient").annotate(many=Count("pk"), oldest=Min("created_at")).order_by()
    recent = dict(
        Notice.objects.filter(
            created_at__gt=now - window, transition__isnull=False, recipient__in=[b["recipient"] for b in bursts]
        )
        .values_list("recipient")
        .annotate(many=Count("pk"))
        .order_by()
    )
    made = 0
    for burst in bursts:
        if max(burst["many"], recent.get(burst["recipient"], 0)) <= settings.DIGEST_ABOVE:
            continue
        mine = waiting.filter(recipient=burst["recipient"])
        if burst["oldest"] + window > now:
            mine.filter(due_at__lt=burst["oldest"] + window).update(
                due_at=burst["oldest"] + window, reason="gathering: many at once become one mail"
            )
        elif burst["many"] > 1:
            made += _fold_one(mine, now)
    return made


@transaction.atomic
def _fold_one(mine: object, now: datetime) -> int:
    rows = list(mine.select_for_update(of=("self",)).select_related("transition", "transition__tenant", "recipient"))  # type: ignore[attr-defined]
    recipient = rows[0].recipient if rows else None
    if recipient is None:
        return 0
    digest = Notice(
        recipient=recipient,
        address=recipient.email,
        subject=f"{len(rows)} changes at your domains",
        message_id=rendering.new_message_id(),
        created_at=now,
        due_at=now,
    )
    digest.mime = rendering.digest_mime(digest, rows, now)
    digest.save()
    folded = Notice.objects.filter(pk__in=[row.pk for row in rows], state=NoticeState.WAITING)
    if folded.update(state=NoticeState.FOLDED, folded_into=digest, due_at=F("due_at"), reason="") != len(rows):
        raise transaction.TransactionManagementError("a notice went out while it was being folded")
    return 1
