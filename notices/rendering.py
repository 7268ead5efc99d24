"""From a transition to the bytes of a mail. Bytes are made once and kept; a second attempt never renders again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings
from django.template.loader import render_to_string

from notices.models import Notice, Transition

POLICY = SMTP.clone(max_line_length=78)


def own_domain() -> str:
    """The right-hand side of our Message-IDs: the sender's domain."""
    return parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"


def new_message_id() -> str:
    """A Message-ID nobody else has (RFC 5322 §3.6.4)."""
    return f"<{secrets.token_hex(16)}@{own_domain()}>"


def one_line(text: str) -> str:
    """``text`` fit for a header: control characters become spaces, and at most 200 characters stay."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def subject_of(transition: Transition) -> str:
    """The subject line of the notice about ``transition``."""
    return one_line(render_to_string(f"mail/{transition.kind}.subject.txt", _context(transition)))


def _context(transition: Transition) -> dict[str, object]:
    return {
        "transition": transition,
        "facts": transition.facts,
        "tenant": transition.tenant,
        "link": settings.PUBLIC_URL.link(f"/{transition.subject_kind}s/{transition.subject_id}/")
        if transition.subject_id
        else None,
        "home": settings.PUBLIC_URL.link("/"),
    }


def mime_of(notice: Notice, transition: Transition, now: datetime) -> bytes:
    """The mail about one transition."""
    context = _context(transition) | {"notice": notice}
    return compose(
        notice,
        now,
        text=render_to_string(f"mail/{transition.kind}.txt", context),
        html=render_to_string(f"mail/{transition.kind}.html", context),
    )


def digest_mime(notice: Notice, folded: Sequence[Notice], now: datetime) -> bytes:
    """One mail that lists what would have been many."""
    lines = [{"subject": f.subject, **_context(f.transition)} for f in folded if f.transition is not None]
    context = {"lines": lines, "notice": notice, "home": settings.PUBLIC_URL.link("/")}
    return compose(
        notice,
        now,
        text=render_to_string("mail/digest.txt", context),
        html=render_to_string("mail/digest.html", context),
    )


def compose(notice: Notice, now: datetime, *, text: str, html: str = "") -> bytes:
    """A complete message with CRLF line ends; Date and Message-ID are fixed here for good."""
    message = EmailMessage(policy=POLICY)
    message["From"] = _mailbox(settings.MAIL_FROM)
    message["To"] = Address(addr_spec=notice.address)
    message["Subject"] = one_line(notice.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = notice.message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: out-of-office replies stay away
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _mailbox(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=name, addr_spec=address)
