#!/usr/bin/env python3
"""Django's command line. Uses the checkout's own environment when there is one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BAD_INPUT, INTERRUPTED = 64, 130  # 1 and 2 already mean something where a command looks at something (docs/look.md)


def use_own_environment() -> None:
    """Start again under ``.venv`` when this interpreter is another: ``python manage.py …`` works from any shell."""
    own = Path(__file__).resolve().parent / ".venv"
    python = own / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != own.resolve() and "VIRTUAL_ENV" not in os.environ:
        os.environ["VIRTUAL_ENV"] = str(own)
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 - no shell wanted


def main() -> None:
    """Run one management command."""
    use_own_environment()
    if {"--no-color", "--force-color"} <= set(sys.argv):  # Django's own word on it ends with 1
        refuse("--no-color and --force-color contradict each other. Give one of them.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - the environment is only now the right one
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        refuse(str(error))
    except ModuleNotFoundError as error:
        named = os.environ["DJANGO_SETTINGS_MODULE"]
        if error.name is None or not f"{named}.".startswith(f"{error.name}."):
            raise  # a mistake of ours, or something is not installed
        refuse(f"there are no settings named {named!r}. Leave --settings out, or write --settings=config.settings.")


def refuse(sentence: str) -> None:
    """Leave as for every other bad input."""
    sys.stderr.write(f"Error: {sentence}\n")
    sys.exit(BAD_INPUT)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)
