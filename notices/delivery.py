"""From the ledger to the mail server: lease → marker → DATA → mark sent (decision 10)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q

from notices import rendering
from notices.doorbell import ring
from notices.folding import fold
from notices.models import Notice, NoticeState, Sending
from notices.smtp import Attempt, BadMailUrl, Handed, MailServer, hand_over, parse_mail_url
from tenants.models import User

NO_SERVER = "waiting: no mail server is set"
RETRIES = (30, 60, 300, 900, 1800, 3600)  # seconds before the next try; the last one repeats

Clock = Callable[[], datetime]


class LeaseLost(Exception):
    """Another sender has taken the notice over; this one must not say DATA."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did."""

    sent: int = 0
    later: int = 0
    gave_up: int = 0
    uncertain: int = 0
    note: str = ""


def deliver(clock: Clock, seconds: float) -> Delivered:
    """Send what is due for at most ``seconds``; what is left waits for the next run. Any number of senders is
    harmless."""
    started = clock()
    sending = Sending.current()
    Sending.objects.filter(pk=1).update(last_run_at=started, mail_was_set=bool(settings.EMAIL_URL))
    if (obstacle := _obstacle(sending)) is not None:
        _explain_waiting(obstacle)
        return Delivered(note=obstacle)
    server = parse_mail_url(settings.EMAIL_URL)
    fold(started)
    _hold_lost(started)
    counts = dict.fromkeys(Handed, 0)
    until = started + timedelta(seconds=seconds)
    while clock() < until and (notice := _claim(clock())) is not None:
        counts[_send_one(notice, server, clock)] += 1
    if any(counts.values()):
        ring(["notices"])
    return Delivered(counts[Handed.ACCEPTED], counts[Handed.LATER], counts[Handed.REFUSED], counts[Handed.LOST])


def _obstacle(sending: Sending) -> str | None:
    if sending.paused:
        return f"waiting: sending is paused ({sending.paused_reason})"
    if not settings.EMAIL_URL:
        return NO_SERVER
    try:
        parse_mail_url(settings.EMAIL_URL)
    except BadMailUrl as error:
        return f"waiting: {error}"
    return None


def _explain_waiting(reason: str) -> None:
    Notice.objects.filter(state=NoticeState.WAITING).exclude(reason=reason).update(reason=reason)


def _hold_lost(now: datetime) -> None:
    """Senders lost after DATA whose mail is not to go out once more: it has been uncertain before, or the operator
    holds it.
    """
    lost = Notice.objects.filter(state=NoticeState.SENDING, lease_until__lt=now, marked_at__isnull=False)
    held = lost if settings.MAIL_UNCERTAIN == "hold" else lost.filter(uncertain_at__isnull=False)
    held.update(
        state=NoticeState.UNCERTAIN,
        uncertain_at=now,
        lease_until=None,
        lease_token=None,
        reason="the sender was lost after DATA; it may have arrived",
    )


def _claim(now: datetime) -> Notice | None:
    """Lease the next due notice, longer than any attempt can last, fenced by a token of this call.

    A lease that ran out with the marker set means a sender lost after DATA: the ledger says *uncertain*, and the same
    bytes go out once more.
    """
    free = Q(state=NoticeState.WAITING) | Q(state=NoticeState.SENDING, lease_until__lt=now)
    token = uuid.uuid4()
    lease = now + timedelta(seconds=1.5 * settings.MAIL_TIMEOUT_SECONDS)
    with transaction.atomic():
        due = Notice.objects.select_for_update(skip_locked=True).filter(free, due_at__lte=now).order_by("due_at", "pk")
        pk = due.values_list("pk", flat=True).first()
        if pk is None:
            return None
        taken = Notice.objects.filter(free, pk=pk)
        taken.update(state=NoticeState.SENDING, lease_until=lease, lease_token=token)
        Notice.objects.filter(lease_token=token, marked_at__isnull=False).update(uncertain_at=now)
    return Notice.objects.filter(lease_token=token).select_related("transition__tenant", "recipient").first()


def _send_one(notice: Notice, server: MailServer, clock: Clock) -> Handed:
    if notice.recipient is not None and not notice.recipient.is_active:
        _settle(notice, clock(), NoticeState.DISCARDED, "the recipient may no longer sign in")
        return Handed.REFUSED
    mime = _bytes_of(notice, clock())
    sender = parseaddr(settings.MAIL_FROM)[1]
    try:
        attempt = hand_over(
            server,
            sender,
            notice.address,
            mime,
            before_data=lambda: _mark(notice, clock()),
            seconds=settings.MAIL_TIMEOUT_SECONDS,
        )
    except (LeaseLost, DatabaseError):  # nothing was handed over; whoever holds the lease goes on, or it runs out
        return Handed.LATER
    _settle_attempt(notice, attempt, clock())
    return attempt.handed


def _bytes_of(notice: Notice, now: datetime) -> bytes:
    """The stored bytes; made and stored at the first attempt (decision 10)."""
    if notice.mime is None:
        if notice.transition is None:
            raise ValueError(f"notice {notice.public_id} has neither bytes nor a transition")
        mime = rendering.mime_of(notice, notice.transition, now)
        Notice.objects.filter(pk=notice.pk, mime__isnull=True).update(mime=mime)
        notice.refresh_from_db(fields=["mime"])
    return bytes(notice.mime or b"")


def _mark(notice: Notice, now: datetime) -> None:
    """The durable marker: from here on a death of ours leaves the ledger saying *uncertain*."""
    ours = Notice.objects.filter(
        pk=notice.pk, lease_token=notice.lease_token, state=NoticeState.SENDING, lease_until__gt=now
    )
    if not ours.update(marked_at=now, attempts=notice.attempts + 1):
        raise LeaseLost


def _settle_attempt(notice: Notice, attempt: Attempt, now: datetime) -> None:
    if attempt.handed is Handed.ACCEPTED:
        _settle(notice, now, NoticeState.SENT, attempt.reply)
        Sending.objects.filter(pk=1).update(last_sent_at=now)
    elif attempt.handed is Handed.REFUSED:
        _settle(notice, now, NoticeState.GAVE_UP, attempt.reply)
    elif attempt.handed is Handed.LOST:
        _settle_lost(notice, now, attempt.reply)
    elif now - notice.created_at > timedelta(seconds=settings.MAIL_GIVE_UP_SECONDS):
        _settle(notice, now, NoticeState.GAVE_UP, attempt.reply)
    else:
        _wait(notice, now, attempt.reply)


def _settle_lost(notice: Notice, now: datetime, reply: str) -> None:
    """The connection went away after DATA: say so, and send the same bytes once more unless the operator wants to
    hold."""
    if settings.MAIL_UNCERTAIN == "hold" or notice.uncertain_at is not None:
        _settle(notice, now, NoticeState.UNCERTAIN, reply, uncertain_at=now)
    else:
        _wait(notice, now, reply, uncertain_at=now)


def _wait(notice: Notice, now: datetime, reason: str, **changes: object) -> None:
    attempts = notice.attempts + 1
    pause = RETRIES[min(attempts, len(RETRIES)) - 1]
    due = now + timedelta(seconds=pause)
    _settle(notice, now, NoticeState.WAITING, reason, due_at=due, attempts=attempts, marked_at=None, **changes)


def _settle(notice: Notice, now: datetime, state: NoticeState, reason: str, **changes: object) -> None:
    """Write the end of an attempt, fenced: a sender that lost its lease changes nothing."""
    if state is NoticeState.SENT:
        changes |= {"sent_at": now, "attempts": notice.attempts + 1}
    Notice.objects.filter(pk=notice.pk, lease_token=notice.lease_token).update(
        state=state, reason=reason[:500], lease_until=None, lease_token=None, **changes
    )


def send_test(user: User, now: datetime) -> Attempt:
    """A test mail to ``user``, at once and outside the ledger: the server's answers are what is wanted."""
    if not settings.EMAIL_URL:
        return Attempt(Handed.LATER, "No mail server is set. Set EMAIL_URL and start again.")
    try:
        server = parse_mail_url(settings.EMAIL_URL)
    except BadMailUrl as error:
        return Attempt(Handed.LATER, str(error))
    notice = Notice(address=user.email, subject="Test mail from Onward", message_id=rendering.new_message_id())
    text = f"This mail shows that {settings.PUBLIC_URL} can send mail.\n"
    mime = rendering.compose(notice, now, text=text)
    sender = parseaddr(settings.MAIL_FROM)[1]
    return hand_over(
        server, sender, user.email, mime, before_data=lambda: None, seconds=min(20, settings.MAIL_TIMEOUT_SECONDS)
    )
