"""Run with an installation's environment: `python -m tests.e2e.rows seed N` fills it, `… ledger` prints its ledger."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from notices.models import Notice, Subscription  # noqa: E402
from onboarding.models import Domain  # noqa: E402
from tenants.models import Tenant, User  # noqa: E402


def seed(count: int) -> None:
    """One operator who follows one tenant with ``count`` domains that wait for their record."""
    now = timezone.now()
    user = User.objects.create_user("ada@example.org", is_operator=True)
    tenant = Tenant.objects.create(name="Contoso")
    Subscription.objects.create(user=user, tenant=tenant)
    rows = [
        Domain(
            tenant=tenant,
            name=f"d{number}.test",
            token="MS=ms12345678",
            created_at=now,
            edited_at=now,
            eager_since=now,
        )
        for number in range(count)
    ]
    Domain.objects.bulk_create(rows)


def ledger() -> None:
    """Every notice: its Message-ID, state, and whether it was ever uncertain."""
    rows = Notice.objects.values("message_id", "state", "uncertain_at", "subject", "reason")
    seen = Domain.objects.filter(seen_at__isnull=False).count()
    print(json.dumps({"notices": list(rows), "seen": seen, "domains": Domain.objects.count()}, default=str))


if __name__ == "__main__":
    if sys.argv[1] == "seed":
        seed(int(sys.argv[2]))
    else:
        ledger()
