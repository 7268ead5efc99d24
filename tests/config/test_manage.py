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


def test_a_setting_that_makes_no_sense_is_bad_input() -> None:
    done = manage("look", "contoso.com", DNS_TRIES="many")

    assert done.returncode == 64
    assert done.stderr == "Error: DNS_TRIES='many' is no whole number. Write for example 3.\n"
