"""Pausing and resuming the ledger; what an operator does with mail that waits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notices.models import Notice, NoticeState, Sending
from tenants.audit import record
from tenants.models import User


def pause(reason: str) -> None:
    """Nothing goes out until a person confirms. Used after a restore."""
    Sending.current()
    Sending.objects.filter(pk=1).update(paused=True, paused_reason=reason[:300])


@transaction.atomic
def resume(*, by: User, now: datetime, discard: bool, address: str | None = None) -> int:
    """Let mail out again; with ``discard`` what has waited so far is dropped. Returns how many were dropped."""
    dropped = discard_waiting(by=by, now=now, address=address) if discard else 0
    Sending.objects.filter(pk=1).update(paused=False, paused_reason="")
    record(by, "sending-resumed", "mail", at=now, address=address, after={"discarded": dropped})
    return dropped


@transaction.atomic
def discard_waiting(*, by: User, now: datetime, address: str | None = None) -> int:
    """Drop every notice that waits. They stay in the ledger as discarded."""
    waiting = Notice.objects.filter(state=NoticeState.WAITING)
    dropped = waiting.update(state=NoticeState.DISCARDED, reason=f"discarded by {by.email}")
    record(by, "notices-discarded", "mail", at=now, address=address, after={"count": dropped})
    return dropped


def send_again(notice: Notice, *, by: User, now: datetime, address: str | None = None) -> bool:
    """Put a notice that gave up, or an uncertain one, back in the queue; the same bytes go out. False when it is not
    such a one."""
    stuck = [NoticeState.GAVE_UP, NoticeState.UNCERTAIN, NoticeState.DISCARDED]
    again = Notice.objects.filter(pk=notice.pk, state__in=stuck)
    if not again.update(
        state=NoticeState.WAITING, due_at=now, marked_at=None, attempts=0, reason=f"sent again by {by.email}"
    ):
        return False
    record(by, "notice-sent-again", notice.subject, at=now, tenant=notice.tenant, address=address)
    return True
