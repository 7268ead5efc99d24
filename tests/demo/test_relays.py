"""The demo's relay has something of everything to look at."""

from __future__ import annotations

import pytest
from django.utils import timezone

from demo.relays import HOSTED, seed_relay
from relaycheck.models import Relay
from relaycheck.relay_traffic import devices, newest_reading
from tests import make


@pytest.mark.django_db
def test_the_demo_s_relay_is_read_watched_and_delisted_once() -> None:
    tenant, person, now = make.tenant(), make.user(), timezone.now()
    make.domain(HOSTED, tenant)

    seed_relay(tenant, person, now)
    seed_relay(tenant, person, now)

    relay = Relay.objects.get()
    found = {one.network: (one.listed, one.messages) for one in devices(relay, newest_reading(relay))}
    assert found["10.0.0.21"] == (True, 46)
    assert found["10.0.0.22"] == (True, 0)
    assert found["10.0.0.63"] == (False, 9)
    assert relay.counts.count() > 90
    assert relay.delistings.get().open
    assert relay.alarms == {}
