"""Values that are well-formed and would hurt later: every command tells of them before it starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's word

from config.address import is_loopback
from notices.smtp import BadMailUrl, parse_mail_url
from publicdns.wire.resolvers import parse_resolver


def look(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001 - Django's signature
    """Everything there is to say."""
    return [*mail(), *resolvers(), *demo(), *night()]


def mail() -> Iterator[CheckMessage]:
    """EMAIL_URL and MAIL_FROM."""
    if settings.EMAIL_URL:
        try:
            parse_mail_url(settings.EMAIL_URL)
        except BadMailUrl as error:
            yield Error(str(error), id="onward.E001")
    if "@" not in parseaddr(settings.MAIL_FROM)[1]:
        hint = "Write for example: Onward <onward@example.com>"
        yield Error(f"MAIL_FROM={settings.MAIL_FROM!r} holds no address.", hint=hint, id="onward.E002")


def resolvers() -> Iterator[CheckMessage]:
    """DNS_RESOLVERS: each readable, and enough of them to agree."""
    for text in settings.DNS_RESOLVERS:
        try:
            parse_resolver(text)
        except ValueError as error:
            yield Error(f"DNS_RESOLVERS: {error}", id="onward.E003")
    if len(set(settings.DNS_RESOLVERS)) < 2:
        hint = "Name three of different providers."
        yield Warning("DNS_RESOLVERS names fewer than two: they can never agree.", hint=hint, id="onward.W001")


def demo() -> Iterator[CheckMessage]:
    """The demo signs in whoever asks."""
    if settings.DEMO and not is_loopback(settings.PUBLIC_URL.host):
        yield Error("DEMO=1 with a PUBLIC_URL that others can reach.", hint="Leave DEMO out.", id="onward.E004")


def night() -> Iterator[CheckMessage]:
    """BACKUP_HOUR."""
    if settings.BACKUP_HOUR > 23:
        yield Error(f"BACKUP_HOUR={settings.BACKUP_HOUR} is no hour.", hint="Write 0 to 23.", id="onward.E005")
