"""How long, and how much memory: a 300-connector organisation with 40,000 permission rows, and a 500 MB protocol log.

``python -m bench.connectors [--connectors 300] [--rows 40000] [--log-mb 500] [--part NAME]`` prints one JSON object
per part. Everything is generated; each part runs in a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, recreate_script
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.log_lines import lines_of
from relaycheck.engine.connectors.protocol_log import LogReader
from relaycheck.engine.connectors.reading import read
from tests.relaycheck.connectors.logs import long_log
from tests.relaycheck.connectors.organisations import RELAY, Conn, Organisation, account, anonymous, app_relay
from tests.relaycheck.connectors.shapes import clixml, csv_semicolons, format_list, our_json

SHAPES = {"json": our_json, "csv": csv_semicolons, "clixml": clixml, "format-list": format_list}


def organisation(connectors: int, rows: int) -> Organisation:
    """``connectors`` on ten servers; named accounts fill up to about ``rows`` permission rows."""
    each = max(rows // connectors - 10, 1)
    made: list[Conn] = []
    for number in range(connectors):
        extra = tuple(
            ace for n in range(each) for ace in account(f"CONTOSO\\svc-{n}", "ms-Exch-SMTP-Accept-Any-Sender")
        )
        own = (anonymous(RELAY) if number % 3 == 0 else ()) + extra
        ranges = tuple(f"10.{number % 200}.{part}.0/24" for part in range(4))
        made.append(app_relay(name=f"Relay {number}", server=f"EX{number % 10:02}", ranges=ranges, own=own))
    return Organisation("bench", tuple(made))


def measure_organisation(connectors: int, rows: int, shape: str) -> dict[str, Any]:
    """Read, judge, compare with itself and write the script."""
    files = SHAPES[shape](organisation(connectors, rows))
    size = sum(len(content) for _, content in files)
    before = _peak_mb()
    told: list[int] = []
    begun = time.perf_counter()
    export = read(files, lambda done, total: told.append(done * 100 // total))
    read_in = time.perf_counter()
    judged = audit(export)
    judged_in = time.perf_counter()
    same = compare(export, export).same
    recreate_script(judged.connectors, Target("NEW"))
    return {
        "part": f"organisation-{shape}",
        "mb": round(size / 1e6, 1),
        "connectors": len(judged.connectors),
        "permissions": sum(found.permissions for found in export.files),
        "relaying": sum(bool(item.relaying) for item in judged.connectors),
        "same": same,
        "progress": told,
        "read_seconds": round(read_in - begun, 2),
        "judge_seconds": round(judged_in - read_in, 2),
        "seconds": round(time.perf_counter() - begun, 2),
        "peak_mb": _peak_mb(),
        "peak_before_mb": before,
    }


def measure_log(megabytes: int) -> dict[str, Any]:
    """Write a log to disk, then read it."""
    told = 0

    def progress(done: int, total: int) -> None:  # noqa: ARG001 - the shape of a progress callback
        nonlocal told
        told += 1

    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        for piece in long_log(megabytes * 1_000_000):
            file.write(piece)
        file.flush()
        before = _peak_mb()
        size = Path(file.name).stat().st_size
        reader = LogReader(["contoso.com"])
        begun = time.perf_counter()
        with Path(file.name).open("rb") as stream:
            reader.feed(lines_of(stream, size, progress))
        report = reader.report()
        seconds = time.perf_counter() - begun
    return {
        "part": "log",
        "mb": round(size / 1e6, 1),
        "rows": report.rows,
        "sources": len(report.usages),
        "progress_calls": told,
        "seconds": round(seconds, 2),
        "mb_per_second": round(size / 1e6 / seconds, 1),
        "peak_mb": _peak_mb(),
        "peak_before_mb": before,
    }


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Run one part here, or every part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connectors", type=int, default=300)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--log-mb", type=int, default=500)
    parser.add_argument("--part", choices=[*SHAPES, "log"])
    given = parser.parse_args()
    if given.part == "log":
        print(json.dumps(measure_log(given.log_mb)))
    elif given.part:
        print(json.dumps(measure_organisation(given.connectors, given.rows, given.part)))
    else:
        for part in (*SHAPES, "log"):
            subprocess.run(
                [sys.executable, "-m", "bench.connectors", *sys.argv[1:], "--part", part], check=True, env=os.environ
            )


if __name__ == "__main__":
    main()
