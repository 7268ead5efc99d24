"""`./run` and `./test` before Python: the machine, the Python, the environment."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("config", "publicdns", "tenants", "notices", "onboarding", "relaycheck", "demo")


def sh(script: str, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Run ``script`` after bootstrap.sh with the shell that ./run has."""
    command = ["/bin/sh", "-euc", f". {BASE / 'bootstrap.sh'}; {script}"]
    return subprocess.run(command, cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, body: str) -> None:
    """Put a program in front of the machine's."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def machine(folder: Path, system: str, kind: str, libc: int = 0) -> str:
    """A PATH on which the machine says it is another."""
    program(folder, "uname", f'case "$1" in -s) echo {system};; -m) echo {kind};; esac')
    program(folder, "getconf", f"exit {libc}")
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(
    ("system", "kind", "libc"), [("Linux", "x86_64", 0), ("Linux", "aarch64", 0), ("Darwin", "arm64", 1)]
)
def test_supported_machines_are_let_through(tmp_path: Path, system: str, kind: str, libc: int) -> None:
    assert sh("say_supported", tmp_path, machine(tmp_path / "bin", system, kind, libc)).returncode == 0


@pytest.mark.parametrize(
    ("system", "kind", "libc"),
    [("Linux", "x86_64", 1), ("Darwin", "x86_64", 0), ("Linux", "i686", 0), ("FreeBSD", "amd64", 0)],
)
def test_other_machines_are_told_in_one_line_to_use_docker_compose(
    tmp_path: Path, system: str, kind: str, libc: int
) -> None:
    told = sh("say_supported", tmp_path, machine(tmp_path / "bin", system, kind, libc))

    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert "use docker-compose" in told.stderr


def test_without_a_usable_python_the_package_that_brings_it_is_named(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3", "exit 1")  # too old, or without venv
    shutil.copy("/bin/sh", tmp_path / "bin" / "sh")

    told = sh("find_python", tmp_path, str(tmp_path / "bin"))

    assert told.returncode == 1
    assert "apt install python3-venv" in told.stderr


def test_a_python_without_venv_is_passed_over_for_one_that_has_it(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3", "exit 1")
    program(tmp_path / "bin", "python3.13", "exit 0")

    assert sh("find_python", tmp_path, str(tmp_path / "bin")).stdout == "python3.13\n"


def test_the_environment_is_made_once_and_again_when_the_lock_changes(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("# nothing to install\n")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    first = sh("make_environment empty.txt", tmp_path, path)
    again = sh("make_environment empty.txt", tmp_path, path)
    (tmp_path / "empty.txt").write_text("# still nothing\n")
    changed = sh("make_environment empty.txt", tmp_path, path)

    assert (first.returncode, again.returncode, changed.returncode) == (0, 0, 0), first.stderr
    assert "Installing" in first.stderr
    assert again.stderr == ""
    assert "Installing" in changed.stderr


def test_an_installation_that_failed_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "broken.txt").write_text("no-such-package-of-ours @ file:///nowhere\n")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    assert sh("make_environment broken.txt", tmp_path, path).returncode != 0

    assert "Installing" in sh("make_environment broken.txt", tmp_path, path).stderr


def test_the_product_imports_nothing_that_requirements_txt_does_not_bring() -> None:
    lock = (BASE / "requirements.txt").read_text()
    locked = {normal(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    owners = importlib.metadata.packages_distributions()
    ours = {*PACKAGES, *sys.stdlib_module_names}

    foreign = {name for name in imported() - ours if not {normal(owner) for owner in owners.get(name, [])} & locked}

    assert foreign == set()


def imported() -> set[str]:
    """The top-level names that the product's files import."""
    found: set[str] = set()
    for package in PACKAGES:
        for file in (BASE / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.split(".")[0])
    return found


def normal(name: str) -> str:
    """A distribution's name as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
