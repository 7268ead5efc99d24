"""What a benchmark ran on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path


def machine() -> str:
    """What this ran on."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    kind = model[1] if model else platform.machine()
    return f"{os.cpu_count()} x {kind}, Linux {platform.release()}, Python {platform.python_version()}"
