"""The demo's audit shows what an audit is for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from demo.connectors import NEW, TITLE, seed_audit
from relaycheck.audit_usage import advice_for
from relaycheck.audits import export_of, judgement_of
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.dropping import Fate
from relaycheck.models import Audit
from tests import make


@pytest.mark.django_db
def test_the_demo_has_an_open_relay_one_that_must_move_an_account_and_a_denial() -> None:
    tenant, person = make.tenant(), make.user()

    seed_audit(tenant, person, timezone.now())
    seed_audit(tenant, person, timezone.now())

    audit = Audit.objects.get(title=TITLE)
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


@pytest.mark.django_db
def test_the_demo_s_new_server_lacks_a_relay_and_admits_fewer_and_the_logs_tell_what_may_go() -> None:
    tenant, person, now = make.tenant(), make.user(), timezone.now()
    seed_audit(tenant, person, now)
    old, new = Audit.objects.get(title=TITLE), Audit.objects.get(title=NEW)

    found = compare(export_of(old), export_of(new))
    advice = {one.connector: one.fate for one in advice_for(old, judgement_of(old), now)}

    assert {difference.kind for difference in found.differences} == {"missing", "narrower"}
    assert advice["EX01\\Applications"] is Fate.IN_USE
    assert advice["EX02\\Scanners"] is Fate.UNUSED
