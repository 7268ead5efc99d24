"""``manage.py spf``: a domain's SPF record, followed, counted, judged and merged. Needs neither database nor Redis."""

from __future__ import annotations

import json
import math
import os
import queue
import sys
import threading
import time
from argparse import ArgumentTypeError
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from onboarding.management.options import resolvers_of_the_settings
from publicdns.answers import Server, Verdict
from publicdns.asking import Budget
from publicdns.names import InvalidName, canonical
from publicdns.printable import printable
from publicdns.spf.addresses import Address
from publicdns.spf.batch import LONGEST_LINE, Terms, evaluated
from publicdns.spf.evaluate import check_host
from publicdns.spf.merge import AdditionError, addition
from publicdns.spf.report import Report, as_json, examine
from publicdns.spf.result import Code, Result, identity
from publicdns.spf.senders import MICROSOFT
from publicdns.spf.shown import lines
from publicdns.spf.terms import Mechanism
from publicdns.wire import Wire, WireOptions
from publicdns.wire.addresses import is_special
from publicdns.wire.resolvers import parse_resolver

GOOD, WRONG, UNKNOWN, BAD_INPUT = 0, 1, 2, 64
BY_VERDICT = {Verdict.PRESENT: GOOD, Verdict.WRONG: WRONG, Verdict.MISSING: WRONG, Verdict.UNKNOWN: UNKNOWN}
QUESTIONS = 400  # tries included, for one domain


class Command(BaseCommand):
    help = "Show a domain's SPF record: tree, lookups, findings, and the record to paste. Exit codes: docs/spf.md."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._refuse  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("domain", nargs="?", type=_domain)
        parser.add_argument("--ip", type=_address, help="evaluate mail from this address, as a receiver does")
        parser.add_argument("--sender", help="the envelope sender; empty for bounces (default: postmaster@domain)")
        parser.add_argument("--helo", help="the HELO name (default: the domain)")
        parser.add_argument(
            "--add", type=_addition, action="append", default=[], help="ip4:..., include:... or an address"
        )
        parser.add_argument("--cloud", choices=sorted(MICROSOFT), default="worldwide")
        parser.add_argument("--resolver", type=_resolver, help="HOST:PORT: the one server that is asked for everything")
        parser.add_argument(
            "--timeout", type=_seconds, default=settings.DNS_LOOK_SECONDS, help="seconds for one domain"
        )
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--batch", choices=["-"], help='read {"ip","sender","helo"} lines from standard input')

    def handle(self, *_: Any, **options: Any) -> None:
        if (options["domain"] is None) == (options["batch"] is None):
            self._refuse("give either a domain or --batch -")
        if unused := _unused(options):
            self._refuse(unused)
        with Wire(_servers(options["resolver"]), _wire_options(options["resolver"], options["timeout"])) as wire:
            sys.exit(self._batch(wire, options) if options["batch"] else self._one(wire, options))

    def _one(self, wire: Wire, options: dict[str, Any]) -> int:
        report = wire.run_one(_examined(wire, options))
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), indent=2))
        else:
            self.stdout.write("\n".join(lines(report)))
        if report.result is not None:
            return _exit_code(report.result)
        refused = report.merged is not None and report.merged.refusal is not None
        return WRONG if refused and report.verdict is Verdict.PRESENT else BY_VERDICT[report.verdict]

    def _batch(self, wire: Wire, options: dict[str, Any]) -> int:
        if sys.stdin is None:
            self._refuse("standard input is closed; --batch - reads its lines from there")
        seen: set[str] = set()
        try:
            for row in evaluated(wire, _arriving(), Terms(options["timeout"], time.time)):
                self.stdout.write(json.dumps(row))
                self.stdout.flush()
                seen.add(row.get("result", "error"))
        except BrokenPipeError:  # nobody reads any more, and what is still in the buffer has nowhere to go
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return UNKNOWN
        except OSError as error:
            self._refuse(f"standard input: {error.strerror or error}")
        if "error" in seen:
            return BAD_INPUT
        return UNKNOWN if seen == {Code.TEMPERROR} else GOOD

    def _refuse(self, message: str) -> NoReturn:
        self.stderr.write(f"spf: {message}")
        sys.exit(BAD_INPUT)


async def _examined(wire: Wire, options: dict[str, Any]) -> Report:
    """The report on the domain, with an evaluation where an address was given."""
    domain, ip, now = options["domain"], options["ip"], time.time()
    lookup = wire.lookup(Budget(QUESTIONS, wire.options.monotonic() + options["timeout"]))
    report = await examine(domain, lookup, now=now, cloud=options["cloud"], additions=options["add"])
    if ip is None:
        return report
    helo = options["helo"] or domain
    sender = f"postmaster@{domain}" if options["sender"] is None else options["sender"]
    who = identity(sender, helo)
    judged_by = who.domain if sender in ("", "<>") else domain
    return replace(report, result=await check_host(ip, judged_by, who.sender, helo, lookup, now=now))


def _unused(options: dict[str, Any]) -> str:
    """What is wrong with options that would say nothing; empty when nothing is."""
    if options["batch"] and any(options[name] for name in ("ip", "sender", "helo", "add")):
        return "with --batch - each line names its own ip, sender and helo, and nothing is merged: leave the option out"
    if options["ip"] is None and not (options["sender"] is None and options["helo"] is None):
        return "--sender and --helo say whose mail is evaluated: give --ip too, the address it comes from"
    return ""


def _exit_code(result: Result) -> int:
    return {Code.PASS: GOOD, Code.TEMPERROR: UNKNOWN}.get(result.code, WRONG)


def _servers(resolver: Server | None) -> list[Server]:
    return [resolver] if resolver is not None else resolvers_of_the_settings()


def _wire_options(resolver: Server | None, seconds: float) -> WireOptions:
    """The operator's own machine needs no caps; every other server keeps those of the settings."""
    own = resolver is not None and is_special(resolver.address) is not None
    return WireOptions(
        timeout=min(settings.DNS_TIMEOUT_SECONDS, seconds / max(settings.DNS_TRIES, 1)),
        tries=max(settings.DNS_TRIES, 1),
        per_server=None if own else settings.DNS_PER_SERVER,
        overall=None if own else settings.DNS_OVERALL,
        allowed_networks=tuple(settings.DNS_ALLOWED_NETWORKS),
        ca_file=settings.DNS_CA_FILE or None,
    )


def _arriving() -> Iterator[bytes | None]:
    """Standard input line by line; None while nothing has arrived, so that answers are not held up by a slow writer.
    Raises OSError when it cannot be read."""
    waiting: queue.Queue[bytes | OSError] = queue.Queue(maxsize=1000)
    threading.Thread(target=_read, args=(waiting,), daemon=True).start()
    while True:
        try:
            line = waiting.get_nowait()
        except queue.Empty:
            yield None
            continue
        if isinstance(line, OSError):
            raise line
        if not line:
            return
        if line.strip():
            yield line


def _read(waiting: queue.Queue[bytes | OSError]) -> None:
    try:
        while line := sys.stdin.buffer.readline(LONGEST_LINE + 1):
            waiting.put(line)
            while len(line) > LONGEST_LINE and not line.endswith(b"\n"):  # the rest of a line that is refused
                line = sys.stdin.buffer.readline(LONGEST_LINE + 1)
        waiting.put(b"")
    except OSError as error:
        waiting.put(error)


def _domain(text: str) -> str:
    try:
        return canonical(text).ascii
    except InvalidName as error:
        raise ArgumentTypeError(error.sentence)


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError:
        raise ArgumentTypeError(f"{printable(text, 80)} is no IP address. Write for example 203.0.113.7.")


def _addition(text: str) -> Mechanism:
    try:
        return addition(text)
    except AdditionError as error:
        raise ArgumentTypeError(f"{str(error).removesuffix('.')}. Write ip4:203.0.113.7 or include:spf.example.net.")


def _resolver(text: str) -> Server:
    try:
        return parse_resolver(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise ArgumentTypeError(f"{printable(text, 40)} is no time in seconds. Write a number above 0 and up to 3600.")
    return seconds
