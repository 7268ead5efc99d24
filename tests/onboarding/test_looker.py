"""How many looks of a list are in the air at once."""

from __future__ import annotations

import pytest

from onboarding.management.looker import AT_ALL, AT_ONE_SERVER, window
from publicdns.wire import WireOptions


@pytest.mark.parametrize(
    ("per_server", "overall", "seconds", "looks"),
    [
        (None, None, 20, 256),
        (100, 500, 20, 66),
        (100, 500, 2, 6),
        (None, 40, 20, 10),
        (1, 1, 1, 1),
    ],
)
def test_looks_at_once_follow_from_the_caps_and_the_time(
    per_server: float | None, overall: float | None, seconds: float, looks: int
) -> None:
    assert window(WireOptions(per_server=per_server, overall=overall), seconds) == looks


def test_a_provider_s_servers_answer_every_look_before_half_its_time_is_over() -> None:
    at_once = window(WireOptions(per_server=100, overall=500), 20)

    assert at_once * AT_ONE_SERVER / 100 <= 10
    assert at_once * AT_ALL / 500 <= 10
