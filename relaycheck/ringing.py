"""What the pages of relays and audits listen to. A topic names its tenant, so that only who may see it hears of it."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from notices.doorbell import ring
from relaycheck.models import Audit, Relay


def ring_relay(relay: Relay) -> None:
    """``relay`` has changed: its page and every list it stands in."""
    tenant = relay.tenant.public_id
    _after(f"relay-{relay.public_id}@{tenant}", f"relays@{tenant}")


def ring_progress(relay: Relay) -> None:
    """Something that runs for ``relay`` has come farther: only its own page shows that."""
    _after(f"relay-{relay.public_id}@{relay.tenant.public_id}")


def ring_audit(audit: Audit) -> None:
    """``audit`` or one of its logs has changed."""
    tenant = audit.tenant.public_id
    _after(f"audit-{audit.public_id}@{tenant}", f"audits@{tenant}")


def _after(*topics: str) -> None:
    transaction.on_commit(partial(ring, topics))
