"""What may be rung is read when starting: a mistake there must not show when a probe is due."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Env


@pytest.mark.parametrize(
    ("text", "networks"), [("10.0.0.0/24, fd00::/8", ["10.0.0.0/24", "fd00::/8"]), ("", []), ("none", [])]
)
def test_networks_are_a_list(monkeypatch: pytest.MonkeyPatch, text: str, networks: list[str]) -> None:
    monkeypatch.setenv("NETWORKS", text)

    assert Env().networks("NETWORKS", []) == networks


@pytest.mark.parametrize("text", ["10.0.0.1/24", "10.0.0.0/33", "relay.contoso.com", "10.0.0.0/24 nonsense"])
def test_what_is_no_network_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("NETWORKS", text)

    with pytest.raises(ImproperlyConfigured, match=r"Write for example 10\.0\.0\.0/24"):
        Env().networks("NETWORKS", [])


@pytest.mark.parametrize("text", ["0", "65536", "smtp", "-1", "２５"])
def test_what_is_no_port_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORTS", text)

    with pytest.raises(ImproperlyConfigured, match="is no port"):
        Env().ports("PORTS", [25])


def test_ports_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTS", "25 587")

    assert Env().ports("PORTS", []) == [25, 587]
