"""manage.py itself: settings that are not there or make no sense."""

from __future__ import annotations

import pytest

from tests.publicdns.calling import manage


@pytest.mark.parametrize("command", ["look contoso.com", "spf contoso.com", "relay explain x", "connectors command"])
@pytest.mark.parametrize("option", ["--settings=nope", "--settings=config.nope"])
def test_settings_that_are_not_there_are_bad_input(command: str, option: str) -> None:
    done = manage(*command.split(), option)

    assert done.returncode == 64
    named = option.partition("=")[2]
    assert done.stderr == (
        f"Error: there are no settings named '{named}'. Leave --settings out, or write --settings=config.settings.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DNS_TRIES", "many", "DNS_TRIES='many' is no whole number. Write for example 3."),
        (
            "DNS_ALLOWED_NETWORKS",
            "10.0.0.0/24,foo",
            "DNS_ALLOWED_NETWORKS: 'foo' does not appear to be an IPv4 or IPv6 network. Write for example 10.0.0.0/24.",
        ),
        (
            "DNS_AUTHORITATIVE_PORT",
            "99999",
            "DNS_AUTHORITATIVE_PORT: '99999' is no port. Write for example 53.",
        ),
    ],
)
def test_a_setting_that_makes_no_sense_is_bad_input(name: str, value: str, sentence: str) -> None:
    done = manage("look", "contoso.com", **{name: value})

    assert done.returncode == 64
    assert done.stderr == f"Error: {sentence}\n"


@pytest.mark.parametrize("command", ["look contoso.com", "spf contoso.com", "relay explain x", "connectors command"])
def test_colours_that_contradict_each_other_are_bad_input(command: str) -> None:
    done = manage(*command.split(), "--no-color", "--force-color")

    assert done.returncode == 64
    assert done.stderr == "Error: --no-color and --force-color contradict each other. Give one of them.\n"
