"""One-time links: the first operator's, and everybody's first password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from tenants.audit import record
from tenants.models import Invitation, User

FIRST_LINK_LASTS = timedelta(days=1)


class LinkSpent(Exception):
    """The link was used, has run out, or never existed: a page tells all three alike."""


def digest_of(secret: str) -> str:
    """What is stored of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def path_of(secret: str) -> str:
    """Where the link leads."""
    return f"/welcome/{secret}/"


def issue(user: User | None, now: datetime, lasts: timedelta) -> str:
    """Make a link for ``user`` (None: the first operator), closing earlier ones. Returns its path; the secret is
    shown only now."""
    Invitation.objects.filter(user=user, used_at__isnull=True).update(expires_at=now)
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(user=user, digest=digest_of(secret), created_at=now, expires_at=now + lasts)
    return path_of(secret)


def open_first_operator_link(now: datetime) -> str | None:
    """The path with which the first operator creates an account, or None when somebody is already there."""
    return None if User.objects.exists() else issue(None, now, FIRST_LINK_LASTS)


def invite(user: User, *, by: User, now: datetime, days: int, address: str | None = None) -> str:
    """A link with which ``user`` sets a (new) password. Returns its path."""
    path = issue(user, now, timedelta(days=days))
    record(by, "person-invited", user.email, at=now, address=address)
    return path


def find_open(secret: str, now: datetime) -> Invitation:
    """The invitation behind ``secret``. Raises LinkSpent."""
    invitation = Invitation.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if invitation is None or not invitation.is_open(now):
        raise LinkSpent
    if invitation.user is None and User.objects.exists():
        raise LinkSpent
    if invitation.user is not None and not invitation.user.is_active:
        raise LinkSpent
    return invitation


@transaction.atomic
def redeem(
    secret: str, password: str, now: datetime, *, email: str = "", name: str = "", address: str | None = None
) -> User:
    """Spend the link and set the password; the first operator also gives an ``email``.

    Raises LinkSpent, or django's ValidationError when the password is too weak (the link stays open then).
    """
    invitation = find_open(secret, now)
    user = invitation.user or User(email=email.strip().lower(), name=name, is_operator=True)
    validate_password(password, user)
    if not Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True).update(used_at=now):
        raise LinkSpent  # somebody was quicker
    user.set_password(password)
    if name:
        user.name = name
    user.save()
    record(user, "password-set", user.email, at=now, address=address)
    return user
