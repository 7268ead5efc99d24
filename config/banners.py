"""What stands above every page when something needs a person: one small function each, first line first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min

from config.pulse import last_sweep, late_after
from notices.models import Notice, NoticeState, Sending
from onboarding.models import Domain, SweeperSlot
from tenants.models import User

HEALTH_PAGE = ("/operator/health/", "Look at health")
MAIL_PAGE = ("/operator/mail/", "Look at mail")


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence, how grave it is ("note", "warning", "alarm"), and where to go."""

    code: str
    level: str
    sentence: str
    link: str = ""
    link_text: str = ""


def sweeps_stand_still(now: datetime) -> Banner | None:
    """Shown to everybody who is signed in: what the pages say is older than it looks."""
    since = last_sweep() or Domain.objects.present().aggregate(first=Min("created_at"))["first"]
    if since is None or now - since <= late_after():
        return None
    minutes = int((now - since).total_seconds() // 60)
    sentence = (
        f"Nothing has been looked at for {minutes} minutes: what you see is that old. No domain and no mail is lost."
    )
    return Banner("sweeps-late", "alarm", sentence, *HEALTH_PAGE)


def sending_is_paused(now: datetime) -> Banner | None:  # noqa: ARG001 - all banners are asked alike
    """After a restore, until a person confirms."""
    sending = Sending.objects.filter(paused=True).first()
    if sending is None:
        return None
    sentence = f"Sending is paused. {sending.paused_reason}"
    return Banner("sending-paused", "warning", sentence, *MAIL_PAGE)


def no_mail_server(now: datetime) -> Banner | None:  # noqa: ARG001
    """EMAIL_URL is empty: notices wait in the ledger."""
    if settings.EMAIL_URL:
        return None
    waiting = Notice.objects.filter(state=NoticeState.WAITING).count()
    sentence = f"No mail server is set, so nobody is mailed. Notices waiting in the ledger: {waiting}."
    return Banner("no-mail-server", "warning", sentence, *MAIL_PAGE)


def no_resolver(now: datetime) -> Banner | None:
    """The last sweep looked at something and every single look came back unknown."""
    ended = SweeperSlot.objects.filter(ended_at__isnull=False).order_by("-ended_at")
    figures = ended.values_list("figures", flat=True).first() or {}
    looked, unknown = figures.get("looked", 0), figures.get("unknown", 0)
    if not looked or unknown < looked or sweeps_stand_still(now):
        return None
    resolvers = ", ".join(settings.DNS_RESOLVERS) or "none"
    sentence = (
        "Public DNS could not be asked: every answer of the last sweep was unknown. "
        "See whether this machine may send to port 53, UDP and TCP, of name servers and of the resolvers "
        f"in DNS_RESOLVERS ({resolvers})."
    )
    return Banner("no-resolver", "alarm", sentence, *HEALTH_PAGE)


FOR_EVERYBODY: tuple[Callable[[datetime], Banner | None], ...] = (sweeps_stand_still,)
FOR_OPERATORS: tuple[Callable[[datetime], Banner | None], ...] = (sending_is_paused, no_resolver, no_mail_server)


def banners_for(user: User, now: datetime) -> tuple[Banner, ...]:
    """What ``user`` is told at ``now``; nothing when nobody is signed in."""
    if not user.is_authenticated:
        return ()
    asked = FOR_EVERYBODY + (FOR_OPERATORS if user.is_operator else ())
    return tuple(banner for ask in asked if (banner := ask(now)))
