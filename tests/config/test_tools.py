"""How tests find the real servers they talk to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tools
from tests.tools import Tool


def test_what_is_missing_is_skipped_by_name_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tools.TOOLS, "nowhere", Tool("nowhere", ("no-such-program",), ("no-such-package",)))

    with pytest.raises(pytest.skip.Exception, match=r"nowhere .* \./test --fetch"):
        tools.need("nowhere")


def test_what_was_unpacked_is_found_with_its_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "usr" / "sbin" / "probe-server"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "usr" / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
    monkeypatch.setattr(tools, "UNPACKED", tmp_path)
    monkeypatch.setitem(tools.TOOLS, "probe", Tool("probe", ("probe-server",), ("probe",)))

    found = tools.find("probe")

    assert found is not None
    assert found.path == str(program)
    assert str(tmp_path / "usr" / "lib" / "x86_64-linux-gnu") in found.environment["LD_LIBRARY_PATH"]
