"""An installation of a benchmark's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def installation(environment: Mapping[str, str]) -> Iterator[None]:
    """Django with the settings that ``environment`` makes, and a broker, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ |= {"ONWARD_VAR": folder, "DJANGO_SETTINGS_MODULE": "config.settings", **environment}
        import django

        django.setup()
        from config import broker

        process = broker.start(Path(folder) / "valkey")
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)
