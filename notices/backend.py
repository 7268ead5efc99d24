"""Django's mail door, opening on the ledger: what a library mails is leased, marked and kept like any notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from notices import rendering
from notices.models import Notice
from tenants.models import User


class LedgerBackend(BaseEmailBackend):
    """Writes notices; delivery sends them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """One private notice per recipient: such mails carry one-time links."""
        now = timezone.now()
        count = 0
        for message in email_messages:
            for address in message.recipients():
                enqueue(address, str(message.subject), str(message.body), now=now)
                count += 1
        return count


def enqueue(
    address: str, subject: str, text: str, *, now: datetime, private: bool = True, user: User | None = None
) -> Notice:
    """A mail that is no transition's: rendered now, sent by the ledger's rules."""
    notice = Notice(
        address=address,
        recipient=user,
        subject=rendering.one_line(subject),
        private=private,
        message_id=rendering.new_message_id(),
        created_at=now,
        due_at=now,
    )
    notice.mime = rendering.compose(notice, now, text=text)
    notice.save()
    return notice
