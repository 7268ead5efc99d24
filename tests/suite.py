"""What `./test` does once its environment is there."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from tests import tools
from tests.postgresql import NoServer, cluster

BASE = tools.BASE
ORDINARY = "not storm and not postgresql"
# A file's servers are started once, so a file stays in one process. More processes than cores: many tests wait.
SEVERAL = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
ON_POSTGRESQL = "database and not storm and not sqlite"


def main() -> int:
    """0 when everything passed (and, under CI=true, nothing was skipped)."""
    parser = argparse.ArgumentParser(prog="./test", description="All tests. Other options go to pytest.")
    parser.add_argument("--fetch", action="store_true", help="install the real servers that are missing (root)")
    parser.add_argument("--storm", action="store_true", help="the large doses, up to an hour")
    ours, theirs = parser.parse_known_args()
    if problem := bring_tools(fetch=ours.fetch):
        print(problem, file=sys.stderr)
        return 1
    os.environ.setdefault("TEST_SEED", str(secrets.randbelow(10**9)))
    if ours.fetch:
        os.environ["TEST_NO_SKIPS"] = "1"
    if ours.storm:
        return storm(theirs)
    if os.environ.get("TEST_DATABASE") == "postgresql":
        return on_postgresql(theirs)
    first = pytest(ORDINARY, theirs)
    if theirs or os.environ.get("TEST_DATABASE") == "sqlite":
        return first
    print("\nOnce more on PostgreSQL: whatever touches the database", flush=True)
    second = on_postgresql([])
    return first or second


def bring_tools(*, fetch: bool) -> str | None:
    """Bring what is missing; a sentence when --fetch could not."""
    wanted = tools.missing()
    if not wanted:
        return None
    if not fetch:
        tools.unpack(wanted)
        return None
    if os.geteuid() != 0:
        return "./test --fetch installs packages, so it needs root. Without it, what is missing is skipped by name."
    try:
        tools.install(wanted)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"Installing failed: {error}"
    left = ", ".join(tool.name for tool in tools.missing())
    return f"Installed, and still missing: {left}" if left else None


def pytest(marks: str, arguments: list[str], environment: dict[str, str] | None = None) -> int:
    """Run pytest, skips listed at the end; its exit code. Named tests may all be of another kind."""
    several = [] if any(a.startswith(("-n", "-p", "--pdb")) for a in arguments) else SEVERAL
    command = [sys.executable, "-m", "pytest", "-rfEs", "-m", marks, *several, *arguments]
    code = subprocess.run(command, cwd=BASE, env={**os.environ, **(environment or {})}, check=False).returncode
    return 0 if code == 5 and arguments else code


def on_postgresql(arguments: list[str]) -> int:
    """What touches the database, on a PostgreSQL of our own; without one it is skipped by name, if that is allowed."""
    try:
        with cluster() as address:
            # The cluster is thrown away, so its databases need not be: --reuse-db skips dropping them.
            return pytest(ON_POSTGRESQL, ["--reuse-db", *arguments], {"TEST_DATABASE_URL": address})
    except NoServer as error:
        print(f"SKIPPED: the run on PostgreSQL. {error}")
        return 1 if os.environ.get("CI") == "true" or os.environ.get("TEST_NO_SKIPS") else 0


def storm(arguments: list[str]) -> int:
    """The large doses; what came of them is kept in ``bench/storm.json``."""
    seed = os.environ["TEST_SEED"]
    print(f"Storm, seed {seed} (repeat it with TEST_SEED={seed} ./test --storm)")
    report = BASE / "var" / "storm.xml"
    report.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    code = pytest("storm", [f"--junitxml={report}", "-o", "junit_family=xunit2", *arguments])
    keep(report, seed, time.monotonic() - began, code)
    return code


def keep(report: Path, seed: str, seconds: float, code: int) -> None:
    """Write the last storm's date, seed, figures and doses."""
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    doses = {
        f"{case.get('classname')}::{case.get('name')}": {
            "seconds": round(float(case.get("time", 0)), 1),
            "passed": not any(case.find(bad) is not None for bad in ("failure", "error", "skipped")),
            **{p.get("name", ""): p.get("value") for p in case.iterfind("properties/property")},
        }
        for case in suite.iterfind("testcase")
    }
    written = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "seconds": round(seconds),
        "passed": code == 0,
        "doses": doses,
    }
    (BASE / "bench" / "storm.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
