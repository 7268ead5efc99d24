"""How the ledger's states look. One table; colour never speaks alone."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notices.models import Notice, NoticeState

LONGEST_TEXT = 20_000  # characters of a mail's text shown


@dataclass(frozen=True, slots=True)
class Look:
    """What a state is called and how it is drawn."""

    label: str | Promise
    icon: str
    tone: str


LOOKS = {
    NoticeState.WAITING: Look(gettext_lazy("Waiting"), "clock", "wait"),
    NoticeState.SENDING: Look(gettext_lazy("Sending"), "arrow", "wait"),
    NoticeState.SENT: Look(gettext_lazy("Sent"), "check", "good"),
    NoticeState.UNCERTAIN: Look(gettext_lazy("Uncertain"), "question", "warn"),
    NoticeState.GAVE_UP: Look(gettext_lazy("Gave up"), "alert", "bad"),
    NoticeState.DISCARDED: Look(gettext_lazy("Discarded"), "cross", "dim"),
    NoticeState.FOLDED: Look(gettext_lazy("In a digest"), "mail", "dim"),
}
STUCK = frozenset({NoticeState.GAVE_UP, NoticeState.UNCERTAIN, NoticeState.DISCARDED})  # may be sent again by hand


def look_of(notice: Notice) -> Look:
    """How ``notice`` is drawn."""
    return LOOKS[NoticeState(notice.state)]


def text_of(notice: Notice) -> str:
    """The text that was, or will be, sent. One-time links are shown to nobody."""
    if notice.private:
        return _("This mail carries a one-time link, so its text is shown to nobody.")
    if notice.mime is None:
        return _("Not written yet: the text is made when it is first sent.")
    message = message_from_bytes(bytes(notice.mime), policy=policy.default)
    body = message.get_body(("plain",)) if isinstance(message, EmailMessage) else None
    return body.get_content()[:LONGEST_TEXT] if body else ""
