"""What README.md, .env.example and docker-compose.yml say is what there is."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery.bin.celery import celery
from django.conf import settings
from django.core.management import get_commands
from ruamel.yaml import YAML

from config.env import Env
from config.household import BEAT, WORKER

BASE = Path(settings.BASE_DIR)
README = (BASE / "README.md").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load(BASE / "docker-compose.yml")
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "onward"}
FOR_COMPOSE_ALONE = {"POSTGRES_PASSWORD"}
SET_BY_COMPOSE = {"DEMO", "DEBUG", "ONWARD_VAR", "DATABASE_URL", "REDIS_URL"}


def variables_read() -> dict[str, str]:
    """Names that settings.py and env.py read from the environment, each with its default as written there."""
    readers = {name for name in vars(Env) if not name.startswith("_")} | {"get"}
    calls = [
        node
        for file in ("settings.py", "env.py")
        for node in ast.walk(ast.parse((BASE / "config" / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in readers
    ]
    named = [call.args for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    found = {ast.literal_eval(args[0]): ast.unparse(args[1]) if len(args) > 1 else "" for args in named}
    return {name: default for name, default in found.items() if re.fullmatch(r"[A-Z][A-Z_]+", name)}


def table() -> dict[str, str]:
    """The README's variables with their defaults."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| .* \|$", README, re.MULTILINE))


def test_the_readme_lists_every_variable_that_is_read_and_no_other() -> None:
    assert set(table()) == set(variables_read())


@pytest.mark.parametrize("name", [name for name, default in table().items() if re.fullmatch(r"`\d+`", default)])
def test_the_readme_tells_the_defaults_that_are_numbers(name: str) -> None:
    assert float(table()[name].strip("`")) == float(eval(variables_read()[name], {}))


def test_the_example_environment_has_a_line_for_each_variable_that_compose_leaves_open() -> None:
    example = (BASE / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))

    assert named == set(variables_read()) - SET_BY_COMPOSE | FOR_COMPOSE_ALONE


def test_the_compose_file_is_one() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]

    subprocess.run(command, cwd=BASE, check=True, capture_output=True)


def test_the_compose_file_has_all_six_and_a_step_before_them() -> None:
    assert set(COMPOSE["services"]) == {"prepare", "web", "worker", "beat", "redis", "postgres", "mail"}
    assert COMPOSE["services"]["prepare"]["restart"] == "no"
    assert all("prepare" in service["depends_on"] for name, service in OURS.items() if name != "prepare")


def test_every_variable_in_the_compose_file_is_read_by_somebody() -> None:
    text = (BASE / "docker-compose.yml").read_text(encoding="utf-8")

    assert {name for service in OURS.values() for name in service["environment"]} <= set(variables_read())
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= set(variables_read()) | FOR_COMPOSE_ALONE


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_in_the_compose_file_exists_with_its_options(name: str) -> None:
    words = shlex.split(OURS[name]["command"])

    if words[:2] == ["python", "manage.py"]:
        assert words[2] in get_commands()
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2])
    else:
        assert words[0] == "celery"
        assert words[1:3] == ["-A", "config"]
        assert importlib.util.find_spec("config.celery")
        known = {option for parameter in celery.commands[words[3]].params for option in parameter.opts}
        assert {word for word in words[4:] if word.startswith("-")} <= known


def test_compose_starts_the_worker_and_beat_as_run_does() -> None:
    assert shlex.split(OURS["worker"]["command"]) == ["python", "-m", *WORKER]
    assert shlex.split(OURS["beat"]["command"])[:4] == [word for word in BEAT if word != "-q"]


def test_every_file_the_readme_names_exists() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(r"`((?:[\w-]+/)+[\w-]+\.\w+)`", README)

    assert [name for name in named if not (BASE / name).exists()] == []


def test_the_dockerfile_starts_the_web_server_as_compose_does() -> None:
    dockerfile = (BASE / "Dockerfile").read_text(encoding="utf-8")

    assert (
        shlex.join(ast.literal_eval(re.findall(r"^CMD (.*)$", dockerfile, re.MULTILINE)[0])) == OURS["web"]["command"]
    )
