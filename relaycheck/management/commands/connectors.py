"""``manage.py connectors``: audit, which, compare, script, log, command. Needs neither database nor Redis
(docs/connectors.md).
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from publicdns.answers import Verdict
from relaycheck.engine.connectors.addresses import Address, parse_address
from relaycheck.engine.connectors.as_json import audit_json, compare_json, log_json, which_json
from relaycheck.engine.connectors.audit import Audit, Judged, judge
from relaycheck.engine.connectors.auditing import audit
from relaycheck.engine.connectors.carrying import Target, closing_script, recreate_script
from relaycheck.engine.connectors.comparing import compare
from relaycheck.engine.connectors.decoding import MAX_BYTES
from relaycheck.engine.connectors.dropping import advise
from relaycheck.engine.connectors.exporting import ONE_LINER_MISSES, export_command, one_liner
from relaycheck.engine.connectors.log_lines import lines_of
from relaycheck.engine.connectors.matching import which
from relaycheck.engine.connectors.model import Export
from relaycheck.engine.connectors.protocol_log import LogReader
from relaycheck.engine.connectors.reading import read
from relaycheck.engine.connectors.wording import (
    advice_lines,
    audit_lines,
    compare_lines,
    usage_lines,
    which_lines,
)

GOOD, WRONG, UNKNOWN, BAD_INPUT = 0, 1, 2, 64
_EXIT = {Verdict.MISSING: GOOD, Verdict.PRESENT: WRONG, Verdict.WRONG: WRONG, Verdict.UNKNOWN: UNKNOWN}
PORT_MEANT = "Write a number from 1 to 65535."


class _Parser(CommandParser):
    """A parser whose complaints end with 64: 2 already means "could not tell"."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


class Command(BaseCommand):
    """Find the receive connectors that relay outside, and carry them over."""

    help = "Find the Exchange receive connectors that relay outside, in exported files, and carry them over."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's parser, with our exit code for wrong options."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = _Parser
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command per question."""
        actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser)
        found = _action(actions, "audit", "who relays, how dangerous, and what to do", files="+")
        found.add_argument(
            "--account", default="anon", help="what the how-to's one-liner would search for (default: anon)"
        )
        found = _action(actions, "which", "which connector answers an address", files="+")
        found.add_argument("--ip", required=True, help="the client's address, also as ADDRESS:PORT of the connector")
        found.add_argument("--port", type=_port, help="the connector's port (default: 25)")
        found.add_argument("--local", help="the server's address the client connects to")
        found = _action(actions, "compare", "same relays on old and new servers?")
        found.add_argument("old")
        found.add_argument("new")
        found = _action(
            actions, "script", "PowerShell that recreates or closes relay connectors", files="+", as_json=False
        )
        found.add_argument("--server", help="the new server (needed unless --close)")
        found.add_argument(
            "--only", action="append", default=[], help="a connector's identity or name; may be repeated"
        )
        found.add_argument("--close", action="store_true", help="the commands that close relays opened by mistake")
        found.add_argument("--no-frontend", action="store_true", help="Exchange 2010 or Edge: no transport roles")
        found = _action(actions, "log", "who uses them: SmtpReceive protocol logs", files="+")
        found.add_argument(
            "--export", action="append", default=[], help="an export, to say which connectors may be dropped"
        )
        found.add_argument(
            "--domain", action="append", help="an accepted domain (*.example.com with subdomains); may be repeated"
        )
        found.add_argument("--days", type=_days, default=90, help="how long nobody must have come (default: 90)")
        _action(actions, "command", "the export command to copy, and what the how-to's one-liner misses", as_json=False)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one action and leave with its exit code."""
        actions: dict[str, Callable[[dict[str, Any]], int]] = {
            "audit": self._audit,
            "which": self._which,
            "compare": self._compare,
            "script": self._script,
            "log": self._log,
            "command": self._command,
        }
        code = actions[options["action"]](options)
        if code:
            sys.exit(code)

    def _say(self, options: dict[str, Any], document: dict[str, Any], lines: Iterable[str]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(document, indent=2))
        else:
            for line in lines:
                self.stdout.write(line)

    def _audit(self, options: dict[str, Any]) -> int:
        judged = audit(_export(options["files"]), options["account"])
        self._say(options, audit_json(judged), audit_lines(judged))
        _refuse_nothing(judged.export)
        return _EXIT[judged.verdict]

    def _which(self, options: dict[str, Any]) -> int:
        address, port = _endpoint(options["ip"], options["port"])
        local = _address(options["local"]) if options["local"] else None
        export = _export(options["files"])
        _refuse_nothing(export, connectors=True)
        reached = which(export.connectors, address, port, local)
        judged = judge(export)
        document = which_json(reached, judged, str(address), port)
        self._say(options, document, which_lines(reached, judged, str(address), port))
        if not all(one.certain for one in reached):
            return UNKNOWN
        return GOOD if any(one.answering for one in reached) else WRONG

    def _compare(self, options: dict[str, Any]) -> int:
        old, new = _export([options["old"]]), _export([options["new"]])
        _refuse_nothing(old, connectors=True)
        _refuse_nothing(new, connectors=True)
        comparison = compare(old, new)
        self._say(options, compare_json(comparison), compare_lines(comparison))
        if any(one.kind in ("missing", "narrower", "wider") for one in comparison.differences):
            return WRONG
        return GOOD if comparison.certain else UNKNOWN

    def _script(self, options: dict[str, Any]) -> int:
        if not options["close"] and not options["server"]:
            raise CommandError("--server NAME is needed: the server the connectors are made on", returncode=BAD_INPUT)
        judged = audit(_export(options["files"]))
        _refuse_nothing(judged.export, connectors=True)
        chosen = _chosen(judged, options["only"])
        target = Target(options["server"] or "", frontend=not options["no_frontend"])
        self.stdout.write(closing_script(chosen) if options["close"] else recreate_script(chosen, target), ending="")
        return GOOD if any(item.relaying for item in chosen) else _EXIT[judged.verdict]

    def _log(self, options: dict[str, Any]) -> int:
        reader = LogReader(options["domain"])
        for name in options["files"]:
            self._read_log(reader, name)
        report = reader.report()
        if not report.rows:
            raise CommandError("no row of an SmtpReceive protocol log in these files", returncode=BAD_INPUT)
        judged = audit(_export(options["export"])) if options["export"] else None
        advice = advise(judged, report, datetime.now(UTC), options["days"]) if judged else ()
        lines = [*usage_lines(report), *(advice_lines(advice) if judged else ())]
        self._say(options, log_json(report, advice), lines)
        return GOOD

    def _read_log(self, reader: LogReader, name: str) -> None:
        try:
            with Path(name).open("rb") as stream:
                reader.feed(
                    lines_of(stream, Path(name).stat().st_size, self._progress if sys.stderr.isatty() else None)
                )
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}", returncode=BAD_INPUT) from error

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"\r{done / max(total, 1):.0%} of {total >> 20} MB", ending="" if done < total else "\n")

    def _command(self, options: dict[str, Any]) -> int:  # noqa: ARG002 - one shape for all actions
        lines = ["Run this in the Exchange Management Shell, then audit the file it writes:", "", export_command(), ""]
        lines += [
            "The how-to's one-liner:",
            "",
            one_liner(),
            "",
            "What it misses:",
            *(f"- {one}" for one in ONE_LINER_MISSES),
        ]
        self.stdout.write("\n".join(lines))
        return GOOD


def _action(actions: Any, name: str, words: str, files: str = "", as_json: bool = True) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(name, help=words, description=words)
    if files:
        parser.add_argument("files", nargs=files, metavar="FILE")
    if as_json:
        parser.add_argument("--json", action="store_true", help="documented, versioned JSON instead of sentences")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535):
        raise ArgumentTypeError(f"{text[:40]!r} is no port. {PORT_MEANT}")
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text)):
        raise ArgumentTypeError(f"{text[:40]!r} is no number of days. Write a whole number, such as 90.")
    return int(text)


def _export(names: Iterable[str]) -> Export:
    return read([(Path(name).name, _content(name)) for name in names])


def _content(name: str) -> bytes:
    """At most one byte more than the reader takes, so that it can say that the file is too large."""
    try:
        with Path(name).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}", returncode=BAD_INPUT) from error


def _refuse_nothing(export: Export, connectors: bool = False) -> None:
    """Files without anything we can read are bad input, not an organisation without relays."""
    if export.connectors or (export.strays and not connectors):
        return
    problems = {f"{problem.source}: {problem.code}" for found in export.files for problem in found.problems}
    raise CommandError("no receive connector in these files. " + "; ".join(sorted(problems)), returncode=BAD_INPUT)


def _address(text: str) -> Address:
    address = parse_address(text.strip("[]"))
    if address is None:
        raise CommandError(f"{text[:100]!r} is no IP address. Write for example 10.0.0.25.", returncode=BAD_INPUT)
    return address


def _endpoint(text: str, port: int | None) -> tuple[Address, int]:
    """``10.0.0.1``, ``10.0.0.1:587``, ``[2001:db8::1]:587`` or ``2001:db8::1``."""
    bare, colon, last = text.rpartition(":")
    if colon and last.isdecimal() and (text.startswith("[") or ":" not in bare):
        text, port = bare, int(last) if port is None else port
    port = 25 if port is None else port
    if not 0 < port <= 65535:
        raise CommandError(f"{port} is no port. {PORT_MEANT}", returncode=BAD_INPUT)
    return _address(text), port


def _chosen(judged: Audit, only: list[str]) -> tuple[Judged, ...]:
    wanted = {name.casefold() for name in only}
    known = {name for item in judged.connectors for name in (item.connector.identity.casefold(), item.connector.key[1])}
    if unknown := sorted(wanted - known):
        raise CommandError(f"no such connector: {', '.join(unknown)}", returncode=BAD_INPUT)
    if not wanted:
        return judged.connectors
    return tuple(
        item for item in judged.connectors if {item.connector.identity.casefold(), item.connector.key[1]} & wanted
    )
