"""Organisations made to be slow: work grows with their size, not with its square."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from relaycheck.engine.connectors.as_json import audit_json
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, recreate_script, to_relay_sources
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.reading import read
from tests.measuring import least_seconds

RELAY = "ms-Exch-SMTP-Accept-Any-Recipient;ms-Exch-SMTP-Submit"
LIMIT = 12.0  # seconds of processor time; squares take minutes


def connector(name: str, ranges: str, bindings: str = "0.0.0.0:25", users: int = 1) -> dict[str, Any]:
    grants = [
        {"User": f"C\\u{n}" if n else "Everyone", "Deny": "False", "IsInherited": "False", "ExtendedRights": RELAY}
        for n in range(users)
    ]
    return {
        "Identity": f"EX01\\{name}",
        "Enabled": "True",
        "AuthMechanism": "Integrated",
        "PermissionGroups": "ExchangeUsers",
        "Bindings": bindings,
        "RemoteIPRanges": ranges,
        "permissions": grants,
    }


def many_accounts() -> list[dict[str, Any]]:
    return [connector("A", "10.0.0.0/8", users=5_000)]


def many_ranges() -> list[dict[str, Any]]:
    return [connector(f"C{n}", ";".join(f"10.{n % 250}.{part}.{n % 200}" for part in range(60))) for n in range(300)]


def many_collisions() -> list[dict[str, Any]]:
    return [connector(f"C{n}", f"10.0.0.{n % 100}-10.0.{n % 50 + 1}.255") for n in range(2000)]


def many_ports() -> list[dict[str, Any]]:
    return [connector(f"C{n}", "10.0.0.1", f"0.0.0.0:{n + 1}") for n in range(3000)]


def wide_sixes() -> list[dict[str, Any]]:
    parts = ";".join(f"fd00::{n:x}:1-fd00::{n:x}:ffff:ffff:fffe" for n in range(1, 300))
    return [connector(f"C{n}", parts) for n in range(20)]


@pytest.mark.parametrize("made", [many_accounts, many_ranges, many_collisions, many_ports, wide_sixes])
def test_time_grows_with_size_only(made: Callable[[], list[dict[str, Any]]]) -> None:
    content = json.dumps({"onward": "receive-connectors", "connectors": made()}).encode()

    def everything() -> None:
        export = read([("x.json", content)])
        judged = audit(export)
        audit_json(judged)
        recreate_script(judged.connectors, Target("NEW"))
        to_relay_sources(judged.connectors)
        compare(export, export)

    assert least_seconds(everything, LIMIT) < LIMIT
