from __future__ import annotations

import pytest

from publicdns.delegation import FAILURE_KEPT, Delegation, Standing, expiring


@pytest.mark.parametrize("standing", [Standing.UNREGISTERED, Standing.NOT_DELEGATED, Standing.UNKNOWN])
def test_a_domain_that_is_not_delegated_is_looked_for_again_soon(standing: Standing) -> None:
    found = expiring(Delegation("relecloud.example", standing), 1000.0, longest=300.0)

    assert found.expires == 1000.0 + FAILURE_KEPT


@pytest.mark.parametrize(("ttl", "kept"), [(60, 60.0), (86_400, 300.0), (0, 300.0)])
def test_a_delegation_is_believed_for_its_ttl_and_five_minutes_at_most(ttl: int, kept: float) -> None:
    found = expiring(Delegation("contoso.example", Standing.DELEGATED, ttl=ttl), 1000.0, longest=300.0)

    assert found.expires == 1000.0 + kept
