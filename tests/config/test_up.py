"""`up` with real processes: everything starts, everything stops, and whatever dies is named.

A start costs seconds of two cores, so a test here looks at more than one thing.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.config.starting import Start, up, wait_until_none_lives


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


def test_it_lets_the_first_operator_in_refuses_a_second_start_by_name_and_ends_with_ctrl_c(var: Path) -> None:
    with up(var, "--port", "0") as started, socket.socket() as unfinished:
        address = started.address()
        welcome = started.hear(r"works once: (http://\S+)")
        assert welcome.startswith(f"{address}/welcome/")
        assert httpx.get(welcome).status_code == 200
        assert (var / "secret").stat().st_mode & 0o777 == 0o600

        second = Start(var, "--port", "0")
        assert second.wait() == 1
        assert f"already running in this checkout (process {started.program.pid}, {address})" in second.said()
        assert httpx.get(f"{address}/healthz").json() == {"alive": True}

        unfinished.connect(host_and_port(address))
        unfinished.sendall(b"GET /healthz HTTP/1.1\r\n")  # as an open page would, it must not hold anything up
        assert started.stop(signal.SIGINT) == 0
        assert started.living() == {}
        assert "was ended" not in started.said()


def test_two_checkouts_run_side_by_side_and_end_by_term_and_by_a_closed_terminal(tmp_path: Path) -> None:
    with up(tmp_path / "a") as first, up(tmp_path / "b", SWEEPERS="2") as second:
        addresses = {first.address(), second.address()}
        assert len(addresses) == 2
        assert all(httpx.get(f"{address}/healthz").status_code == 200 for address in addresses)
        assert (len(first.parts("worker")), len(second.parts("worker"))) == (1, 2)

        assert first.stop(signal.SIGTERM) == 0
        assert second.stop(signal.SIGHUP) == 0

        assert first.living() == second.living() == {}


@pytest.mark.parametrize("name", ["worker", "beat", "web", "broker"])
def test_a_killed_child_is_named_and_the_rest_stops(var: Path, name: str) -> None:
    with up(var, "--port", "0") as started:
        started.address()

        os.kill(started.part(name), signal.SIGKILL)

        assert started.wait() == 1
        assert f"{name} was killed by SIGKILL; the rest was stopped." in started.said()
        assert started.living() == {}


def test_killing_it_outright_leaves_nothing_behind_and_it_starts_again(var: Path) -> None:
    with up(var, "--port", "0") as started:
        started.address()
        started.program.kill()
        started.program.wait()

        with up(var, "--port", "0") as again:
            again.address()
            again.stop()

        wait_until_none_lives(var)


def test_a_later_start_shows_a_new_link_under_public_url_and_the_old_one_is_spent(var: Path) -> None:
    with up(var, "--port", "0") as first:
        old = first.hear(r"works once: (http://\S+)")
    with up(var, "--port", "0", PUBLIC_URL="http://onward.example:8443") as second:
        new = second.hear(r"works once: (http://\S+)")
        here = second.hear(r"On this machine: (http://\S+)")

        assert new.startswith("http://onward.example:8443/welcome/")
        assert httpx.get(re.sub(r"^http://[^/]+", here, new)).status_code == 200
        assert httpx.get(re.sub(r"^http://[^/]+", here, old)).status_code == 404
    assert not list((var / "backup").glob("before-update-*")), "nothing changed, so nothing was to be copied"


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_so(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        refused = Start(var, "--port", str(port))

        assert refused.wait() == 1
        assert f"Port {port} is taken" in refused.said()
        assert refused.living() == {}


def test_the_demo_listens_on_loopback_only(var: Path) -> None:
    refused = Start(var, "--demo", "--host", "0.0.0.0")

    assert refused.wait() == 1
    assert "loopback only" in refused.said()


def host_and_port(address: str) -> tuple[str, int]:
    host, port = address.removeprefix("http://").split(":")
    return host, int(port)
