"""The demo's audit shows what an audit is for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from demo.connectors import seed_audit
from relaycheck.audits import judgement_of
from relaycheck.models import Audit
from tests import make


@pytest.mark.django_db
def test_the_demo_has_an_open_relay_one_that_must_move_an_account_and_a_denial() -> None:
    tenant, person = make.tenant(), make.user()

    seed_audit(tenant, person, timezone.now())
    seed_audit(tenant, person, timezone.now())

    audit = Audit.objects.get()
    found = {item.connector.name: [one.code for one in item.findings] for item in judgement_of(audit).connectors}
    assert found == {
        "Default Frontend EX01": [],
        "Client Frontend EX01": [],
        "Applications": ["RC103"],
        "Old newsletter": ["RC201"],
        "Default Frontend EX02": ["RC101"],
        "Scanners": ["RC106"],
    }
    assert (audit.summary["open"], audit.summary["relaying"], audit.summary["problems"]) == (1, 3, 0)
