"""What stands above every page when something needs a person: one small function each, first line first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Max
from django.urls import reverse
from django.utils.timesince import timesince

from config import backup
from config.pulse import last_sweep, late_after
from notices.models import Notice, NoticeState, Sending
from onboarding.models import Brake, CutOver, Domain, HeldChange
from onboarding.ways import known_lost
from publicdns.answers import Verdict
from publicdns.wire import Way
from tenants.models import User
from tenants.roles import Action

HEALTH_PAGE = ("health", "Look at health")  # an address's name, and the words of the link
MAIL_PAGE = ("operator-mail", "Look at mail")
LATELY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Banner:
    """One sentence, how grave it is ("note", "warning", "alarm"), and the name of the page to go to."""

    code: str
    level: str
    sentence: str
    page: str = ""
    link_text: str = ""

    @property
    def link(self) -> str:
        """The page's address."""
        return reverse(self.page) if self.page else ""


def sweeps_stand_still(now: datetime) -> Banner | None:
    """Shown to everybody who is signed in: what the pages say is older than it looks."""
    since = last_sweep(now) or Domain.objects.present().aggregate(newest=Max("created_at"))["newest"]
    if since is None or now - since <= late_after():
        return None
    how_long = timesince(since, now, depth=1)
    sentence = f"Nothing has been looked at for {how_long}: what you see is that old. No domain and no mail is lost."
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


def nobody_answers(now: datetime) -> Banner | None:
    """Of everything looked at lately, nothing could be judged: it is us, not them."""
    lately = Domain.objects.present().filter(schedule__looked_at__gte=now - LATELY)
    # Each ends at the first row: to count them all cost half a page's time.
    if not lately.exists() or lately.exclude(verdict=Verdict.UNKNOWN.value).exists():
        return None
    resolvers = ", ".join(settings.DNS_RESOLVERS) or "none"
    sentence = (
        "Public DNS could not be asked: of all looked at in the last quarter of an hour nothing could be judged. "
        "See whether this machine may send to port 53, UDP and TCP, of name servers and of the resolvers "
        f"in DNS_RESOLVERS ({resolvers})."
    )
    return Banner("nobody-answers", "alarm", sentence, *HEALTH_PAGE)


def port_closed(now: datetime) -> Banner | None:  # noqa: ARG001
    """Nothing leads to name servers, and resolvers stand in for them."""
    if Way.NAME_SERVERS not in known_lost():
        return None
    sentence = (
        "This machine cannot reach name servers on port 53. The public resolvers are asked instead, which is weaker "
        "evidence. Allow it outgoing UDP and TCP to port 53 of any address."
    )
    return Banner("port-closed", "warning", sentence, *HEALTH_PAGE)


def last_copy_failed(now: datetime) -> Banner | None:  # noqa: ARG001
    """The nightly copy or its integrity look went wrong."""
    night = backup.last_night()
    if night is None or night.good:
        return None
    return Banner("copy-failed", "alarm", f"The nightly copy of the database failed. {night.sentence}", *HEALTH_PAGE)


def brake_holds(now: datetime) -> Banner | None:  # noqa: ARG001
    """Too much would have turned at once, or no canary sings: it waits for a look, or for a person."""
    brake = Brake.objects.filter(held_since__isnull=False).first()
    if brake is None:
        return None
    waiting = HeldChange.objects.filter(released_at__isnull=True).count()
    if brake.reason == "canaries":
        sentence = f"No public resolver answered, so what is seen is not believed yet. Changes that wait: {waiting}."
        return Banner("brake", "alarm", sentence, "brake", "See what waits")
    sentence = f"Changes that the brake holds back: {waiting}. So many at once are rarely true. Nobody else was told."
    return Banner("brake", "alarm", sentence, "brake", "Release or discard them")


def plans_are_over(user: User, now: datetime) -> Banner | None:
    """Shown to whoever may close them: past its window a plan makes alarms of what it was meant to announce."""
    names = list(CutOver.objects.for_user(user, Action.EDIT).overdue(now).values_list("name", flat=True)[:4])
    if not names:
        return None
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    sentence = f"The window of a cut-over is over and its plan still open ({listed}): close it, or move its window."
    return Banner("plan-over", "warning", sentence, "cutovers", "Go to the cut-overs")


FOR_EVERYBODY: tuple[Callable[[datetime], Banner | None], ...] = (sweeps_stand_still,)
FOR_OPERATORS: tuple[Callable[[datetime], Banner | None], ...] = (
    sending_is_paused,
    nobody_answers,
    port_closed,
    brake_holds,
    last_copy_failed,
    no_mail_server,
)


def banners_for(user: User | AnonymousUser, now: datetime) -> tuple[Banner, ...]:
    """What ``user`` is told at ``now``; nothing when nobody is signed in."""
    if not user.is_authenticated:
        return ()
    own = (over,) if (over := plans_are_over(user, now)) else ()
    if user.is_operator:
        return (*(banner for ask in FOR_EVERYBODY + FOR_OPERATORS if (banner := ask(now))), *own)
    told = (banner for ask in FOR_EVERYBODY if (banner := ask(now)))
    return (*(replace(banner, page="", link_text="") for banner in told), *own)  # the operator's pages are not theirs
