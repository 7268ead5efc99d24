"""Who there is, and who may see what."""

from __future__ import annotations

from tenants.models.audit import AuditEntry
from tenants.models.people import Invitation, Membership, User
from tenants.models.tenant import Tenant

__all__ = ["AuditEntry", "Invitation", "Membership", "Tenant", "User"]
