"""Who follows what, and who is therefore told.

The policy: a person is told about a subject when they follow it, or follow its tenant, and have not muted it, are
active, and may (still) see the tenant. An operator who follows nothing is told nothing about domains.
"""

from __future__ import annotations

from django.db.models import Q

from notices.models import SubjectKind, Subscription
from tenants.models import Tenant, User


def follow(user: User, tenant: Tenant, subject_id: str = "", kind: str = SubjectKind.DOMAIN) -> None:
    """Follow one subject, or the whole tenant when ``subject_id`` is empty. Lifts a mute."""
    _set(user, tenant, subject_id, kind, muted=False)


def mute(user: User, tenant: Tenant, subject_id: str, kind: str = SubjectKind.DOMAIN) -> None:
    """Hear no more of one subject, even while following its tenant."""
    _set(user, tenant, subject_id, kind, muted=True)


def unfollow(user: User, tenant: Tenant, subject_id: str = "") -> None:
    """Forget the subscription, and any mute, of exactly this subject or tenant."""
    Subscription.objects.filter(user=user, tenant=tenant, subject_id=subject_id).delete()


def _set(user: User, tenant: Tenant, subject_id: str, kind: str, *, muted: bool) -> None:
    Subscription.objects.update_or_create(
        user=user,
        tenant=tenant,
        subject_id=subject_id,
        subject_kind=kind if subject_id else "",
        defaults={"muted": muted},
    )


def standing(user: User, tenant: Tenant, subject_id: str) -> str:
    """``"follows"``, ``"tenant"`` (through the tenant), ``"muted"`` or ``"none"``."""
    rows = Subscription.objects.filter(user=user, tenant=tenant, subject_id__in=["", subject_id])
    found = {row.subject_id: row for row in rows}
    if (own := found.get(subject_id)) is not None:
        return "muted" if own.muted else "follows"
    return "tenant" if "" in found else "none"


def followers(tenant: Tenant, subject_ids: set[str]) -> dict[str, list[User]]:
    """For each of ``subject_ids`` the people to tell, in two queries whatever their number."""
    people = {user.pk: user for user in _allowed(tenant)}
    whole: set[int] = set()
    own: dict[str, dict[int, bool]] = {}
    for row in Subscription.objects.filter(tenant=tenant, user__in=people, subject_id__in=["", *subject_ids]):
        if row.subject_id:
            own.setdefault(row.subject_id, {})[row.user_id] = row.muted
        else:
            whole.add(row.user_id)
    told = {}
    for subject_id in subject_ids:
        mine = own.get(subject_id, {})
        chosen = (whole | {pk for pk, muted in mine.items() if not muted}) - {pk for pk, muted in mine.items() if muted}
        told[subject_id] = [people[pk] for pk in sorted(chosen)]
    return told


def _allowed(tenant: Tenant) -> list[User]:
    return list(User.objects.filter(Q(memberships__tenant=tenant) | Q(is_operator=True), is_active=True).distinct())
