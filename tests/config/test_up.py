"""`up` with real processes: everything starts, everything stops, and whatever dies is named."""

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


def test_it_starts_answers_and_shows_the_first_operator_in(var: Path) -> None:
    with up(var, "--port", "0") as started:
        address = started.address()
        welcome = started.hear(r"works once: (http://\S+)")

        assert httpx.get(f"{address}/healthz").json() == {"alive": True}
        assert welcome.startswith(f"{address}/welcome/")
        assert httpx.get(welcome).status_code == 200
        assert (var / "secret").stat().st_mode & 0o777 == 0o600


def test_ctrl_c_stops_everything_and_is_no_failure(var: Path) -> None:
    with up(var, "--port", "0") as started:
        started.address()
        assert len(started.living()) >= 4

        assert started.stop(signal.SIGINT) == 0

        assert started.living() == {}
        assert "was ended" not in started.said()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_term_and_a_closed_terminal_do_the_same(var: Path, number: int) -> None:
    with up(var, "--port", "0") as started:
        started.address()

        assert started.stop(number) == 0

        assert started.living() == {}


def test_an_open_event_stream_does_not_keep_it_from_stopping(var: Path) -> None:
    with up(var, "--port", "0") as started, socket.create_connection(host_and_port(started.address())) as stream:
        stream.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        )  # an unfinished request holds a connection as well

        assert started.stop() == 0


@pytest.mark.parametrize("name", ["worker", "beat", "web", "broker"])
def test_a_killed_child_is_named_and_the_rest_stops(var: Path, name: str) -> None:
    with up(var, "--port", "0") as started:
        started.address()

        os.kill(started.part(name), signal.SIGKILL)

        assert started.wait() == 1
        assert f"{name} was killed by SIGKILL; the rest was stopped." in started.said()
        assert started.living() == {}


def test_killing_it_outright_leaves_nothing_behind(var: Path) -> None:
    with up(var, "--port", "0") as started:
        started.address()

        started.program.kill()
        started.program.wait()

        wait_until_none_lives(var)


def test_a_second_start_is_refused_by_name_and_the_first_goes_on(var: Path) -> None:
    with up(var, "--port", "0") as first:
        address = first.address()

        second = Start(var, "--port", "0")

        assert second.wait() == 1
        assert f"already running in this checkout (process {first.program.pid}, {address})" in second.said()
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_two_in_folders_of_their_own_run_side_by_side(tmp_path: Path) -> None:
    with up(tmp_path / "a") as first, up(tmp_path / "b") as second:
        addresses = {first.address(), second.address()}

        assert len(addresses) == 2
        assert all(httpx.get(f"{address}/healthz").status_code == 200 for address in addresses)


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_so(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        refused = Start(var, "--port", str(port))

        assert refused.wait() == 1
        assert f"Port {port} is taken" in refused.said()
        assert refused.living() == {}


def test_a_later_start_shows_a_new_link_and_the_old_one_is_spent(var: Path) -> None:
    with up(var, "--port", "0") as first:
        old = first.hear(r"works once: (http://\S+)")
    with up(var, "--port", "0") as second:
        new = second.hear(r"works once: (http://\S+)")

        assert new.split("/welcome/")[1] != old.split("/welcome/")[1]
        stale = re.sub(r"^http://[^/]+", second.address(), old)
        assert httpx.get(stale).status_code == 410
    assert not list((var / "backup").glob("*")) if (var / "backup").exists() else True


def test_links_follow_public_url(var: Path) -> None:
    with up(var, "--port", "0", PUBLIC_URL="http://onward.example:8443") as started:
        assert started.hear(r"works once: (http://\S+)").startswith("http://onward.example:8443/welcome/")
        assert started.hear(r"On this machine: (http://\S+)").startswith("http://127.0.0.1:")


def host_and_port(address: str) -> tuple[str, int]:
    host, port = address.removeprefix("http://").split(":")
    return host, int(port)
