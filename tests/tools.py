"""The real servers that tests talk to: where they are on this machine, and how they come there."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent
UNPACKED = BASE / "var" / "tools" / "root"
FETCH = "./test --fetch"
FOLDERS = ("usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "bin", "sbin")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, the Debian packages that bring it, and whether it runs without root from wherever it was unpacked."""

    name: str
    programs: tuple[str, ...]  # any of these names will do
    packages: tuple[str, ...]
    folders: tuple[str, ...] = ()
    relocatable: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A program on this machine and what its environment needs."""

    path: str
    environment: dict[str, str] = field(default_factory=dict)


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "chromium",
            ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
            ("chromium", "fonts-dejavu-core"),
            folders=("usr/lib/chromium",),
        ),
        Tool("nsd", ("nsd",), ("nsd",)),
        Tool("unbound", ("unbound",), ("unbound",)),
        Tool("postfix", ("postfix",), ("postfix",), relocatable=False),
        Tool("postgresql", ("initdb",), ("postgresql",), folders=("usr/lib/postgresql/*/bin",)),
    )
}


def find(name: str) -> Found | None:
    """The program of tool ``name``: the system's, else the one under ``var/tools``; None when there is none."""
    tool = TOOLS[name]
    for program in tool.programs:
        path = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
        if path and name != "postgresql":
            return Found(path)
    for root, environment in ((Path("/"), {}), (UNPACKED, unpacked_environment())):
        for pattern in (*tool.folders, *FOLDERS):
            for folder in sorted(root.glob(pattern), reverse=True):
                for program in tool.programs:
                    if os.access(folder / program, os.X_OK) and (folder / program).is_file():
                        return Found(str(folder / program), environment)
    return None


def unpacked_environment() -> dict[str, str]:
    """Where a program under ``var/tools`` finds its libraries and fonts."""
    libraries = [str(path) for path in UNPACKED.glob("usr/lib/*-linux-gnu*")]
    libraries += [str(path) for path in UNPACKED.glob("usr/lib/*-linux-gnu*/*") if path.is_dir()]
    return {"LD_LIBRARY_PATH": os.pathsep.join([*libraries, str(UNPACKED / "usr/lib")])}


def need(name: str) -> Found:
    """The program of tool ``name``; where it is missing the test is skipped, with the command that mends it."""
    found = find(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine; this brings it: {FETCH}")
    return found


def missing() -> tuple[Tool, ...]:
    """What is not on this machine."""
    return tuple(tool for tool in TOOLS.values() if find(tool.name) is None)


def install(tools: tuple[Tool, ...]) -> None:
    """Install packages with apt, as root, forbidding every service to start. Raises CalledProcessError."""
    packages = [package for tool in tools for package in tool.packages]
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=environment, check=True)
        command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
        subprocess.run(command, env=environment, check=True)
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def unpack(tools: tuple[Tool, ...]) -> None:
    """Download the packages of ``tools`` with what they depend on and unpack them under ``var/tools``, without root.

    Whatever fails is left out: the tests that need it say so.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg") and shutil.which("apt-cache")):
        return
    for tool in tools:
        if tool.relocatable:
            with contextlib.suppress(subprocess.TimeoutExpired):
                unpack_one(tool)


def unpack_one(tool: Tool) -> None:
    """One tool's packages."""
    folder = UNPACKED.parent / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = absent_packages(tool.packages)
    command = ["apt-get", "download", "-q", *wanted]
    if not wanted or subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300).returncode:
        return
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(UNPACKED)], check=False, capture_output=True, timeout=120)
        package.unlink()


def absent_packages(packages: tuple[str, ...]) -> list[str]:
    """What apt would install for ``packages`` here: they, and what they depend on that is not there. Needs no root."""
    command = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    return sorted({line.split()[1] for line in told.splitlines() if line.startswith("Inst ")})
