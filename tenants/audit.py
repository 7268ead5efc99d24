"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tenants.models import AuditEntry, Tenant, User


def record(
    actor: User | None,
    action: str,
    subject: str,
    *,
    at: datetime,
    tenant: Tenant | None = None,
    address: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry. ``action`` is a stable word ("domain-added"); ``address`` the client's IP address."""
    return AuditEntry.objects.create(
        at=at,
        actor=actor,
        actor_label=actor.email if actor else "Onward",
        tenant=tenant,
        address=address,
        action=action,
        subject=subject[:300],
        before=before or {},
        after=after or {},
    )


def record_many(
    actor: User,
    action: str,
    acts: Iterable[tuple[str, Tenant, dict[str, Any], dict[str, Any]]],
    *,
    at: datetime,
    address: str | None = None,
) -> None:
    """Add an entry for each of ``acts``: subject, tenant, before, after."""
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                at=at,
                actor=actor,
                actor_label=actor.email,
                tenant=tenant,
                address=address,
                action=action,
                subject=subject[:300],
                before=before,
                after=after,
            )
            for subject, tenant, before, after in acts
        ]
    )
