"""The look command, and servers for it to ask."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from onboarding.management.commands.look import Command
from tests.publicdns.calling import Look
from tests.publicdns.laboratory import Laboratory, laboratory


@pytest.fixture
def look(settings: Any, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the command with these words; gives its exit code and what it wrote."""
    settings.DNS_PER_SERVER = settings.DNS_OVERALL = 0
    settings.CONFIRM_AFTER = 1

    def run(*words: str) -> SimpleNamespace:
        with pytest.raises(SystemExit) as ended:
            Command().run_from_argv(["manage.py", "look", *words])
        told = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code, out=told.out, err=told.err)

    return run


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """The laboratory, with its servers running."""
    with laboratory(tmp_path_factory.mktemp("laboratory")) as running:
        yield running
