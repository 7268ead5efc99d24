"""``manage.py look``: what public DNS says about one domain, or about a list. Needs neither database nor Redis."""

from __future__ import annotations

import ipaddress
import json
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from publicdns.answers import Server, Verdict
from publicdns.asking import Budget
from publicdns.confirmation import Patience, Pending, confirm
from publicdns.delegation import DelegationCache
from publicdns.listing import Line, read_lines
from publicdns.look import LookOptions, look
from publicdns.names import InvalidName, canonical
from publicdns.picture import Picture, Subject
from publicdns.printable import printable
from publicdns.sentences import headline
from publicdns.telling import as_json, lines
from publicdns.tokens import InvalidToken, parse_token
from publicdns.wire import Crashed, Wire, WireOptions
from publicdns.wire.resolvers import parse_resolver

GOOD, WRONG, UNKNOWN, BAD_INPUT, INTERRUPTED = 0, 1, 2, 64, 130
BY_VERDICT = {Verdict.PRESENT: GOOD, Verdict.WRONG: WRONG, Verdict.MISSING: WRONG, Verdict.UNKNOWN: UNKNOWN}
QUESTIONS = 400  # tries included, for one domain
BAR = 30  # characters of the progress bar
T = TypeVar("T")


class Command(BaseCommand):
    """Look at domains as the product does, and say what is seen."""

    help = "Show what public DNS says about a domain: verdict, findings, evidence, mail. Exit codes: docs/look.md."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's parser, ending with our exit code where the words make no sense."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._refuse  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be asked for."""
        read_network = _reader(lambda text: str(ipaddress.ip_network(text)))
        parser.add_argument("domain", nargs="?", type=_reader(lambda text: canonical(text).ascii))
        parser.add_argument(
            "--token", type=_reader(lambda text: parse_token(text).value), help="MS=ms and eight digits"
        )
        parser.add_argument(
            "--resolver",
            type=_reader(parse_resolver),
            action="append",
            metavar="HOST[:PORT]",
            help="a public resolver, also tls:// or https://; may be repeated, and replaces those of the settings",
        )
        parser.add_argument("--timeout", type=_reader(_seconds), default=settings.DNS_LOOK_SECONDS, metavar="SECONDS")
        parser.add_argument("--json", action="store_true", help="the documented JSON instead of text")
        parser.add_argument("--wait", action="store_true", help="look until the record counts as propagated")
        parser.add_argument("--batch", metavar="FILE", help="one domain a line, perhaps with its token; - reads stdin")
        parser.add_argument(
            "--authoritative-port", type=_reader(_port), default=settings.DNS_AUTHORITATIVE_PORT, metavar="N"
        )
        parser.add_argument(
            "--allow-network",
            type=read_network,
            action="append",
            default=[],
            metavar="CIDR",
            help="a special-purpose network whose name servers may be asked all the same; may be repeated",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Look at what the words ask for and leave with the documented exit code."""
        if (options["domain"] is None) == (options["batch"] is None):
            self._refuse("give either a domain or --batch FILE")
        if options["wait"] and options["token"] is None:
            self._refuse("--wait needs --token")
        resolvers = options["resolver"] or [parse_resolver(text) for text in settings.DNS_RESOLVERS]
        with Wire(resolvers, _wire_options(options)) as wire:
            looker = Looker(wire, tuple(resolvers), options)
            if options["batch"] is not None:
                sys.exit(self._batch(looker, options["batch"]))
            subject = Subject(options["domain"], options["token"])
            try:
                sys.exit(self._wait(looker, subject) if options["wait"] else self._one(looker, subject))
            except KeyboardInterrupt:
                sys.exit(INTERRUPTED)

    def _one(self, looker: Looker, subject: Subject) -> int:
        picture = looker.look(subject)
        self._show(picture, looker.options["json"])
        return BY_VERDICT[picture.verdict]

    def _wait(self, looker: Looker, subject: Subject) -> int:
        """Look again and again, until the record is seen twice by the full rule (design decision 4)."""
        patience = Patience(again=settings.CONFIRM_AFTER)
        pending: Pending | None = None
        while True:
            picture = looker.look(subject)
            seen = picture.propagation
            if seen is not None:
                confirmed = confirm(
                    pending, seen.verdict, picture.looked_at, proven=seen.proven, mixed=seen.mixed, patience=patience
                )
                pending = confirmed.pending
                if confirmed.settled is Verdict.PRESENT:
                    self._show(picture, looker.options["json"])
                    return GOOD
                pause = confirmed.look_again_in if seen.verdict is Verdict.PRESENT else None
                self.stderr.write(f"{time.strftime('%H:%M:%S')}  {headline(picture)}")
                self.stderr.flush()
                time.sleep(pause if pause is not None else settings.RHYTHM_EAGER)
            subject = picture.next_subject()

    def _batch(self, looker: Looker, path: str) -> int:
        """One JSON line for each line of the file, as they come; bad lines with their number and reason."""
        try:
            listed = sys.stdin.buffer.readlines() if path == "-" else Path(path).read_bytes().splitlines()
        except OSError as error:
            self._refuse(f"{printable(path, 200)} cannot be read: {error.strerror}")
        wanted = list(read_lines(listed))
        codes = set()
        for done, (line, picture) in enumerate(looker.look_at_all(wanted), start=1):
            codes.add(BAD_INPUT if picture is None else BY_VERDICT[picture.verdict])
            self.stdout.write(json.dumps(_row(line, picture)))
            self.stdout.flush()
            self._progress(done, len(wanted))
        return next((code for code in (BAD_INPUT, WRONG, UNKNOWN) if code in codes), GOOD)

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = BAR * done // total
            end = "\n" if done == total else ""
            self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done} of {total}{end}", ending="")
            self.stderr.flush()

    def _show(self, picture: Picture, wants_json: bool) -> None:
        if wants_json:
            self.stdout.write(json.dumps(as_json(picture), indent=2))
        else:
            self.stdout.write("\n".join(lines(picture, colour=sys.stdout.isatty())))

    def _refuse(self, message: str) -> NoReturn:
        self.stderr.write(f"look: {message}")
        sys.exit(BAD_INPUT)


class Looker:
    """A wire, and how the words on the command line say to use it."""

    def __init__(self, wire: Wire, resolvers: tuple[Server, ...], options: dict[str, Any]) -> None:
        self.wire, self.resolvers, self.options = wire, resolvers, options
        self.cache = DelegationCache()
        self.look_options = LookOptions(
            port=options["authoritative_port"], silent_limit=settings.SILENT_AFTER, fallback_after=0.0
        )

    def look(self, subject: Subject) -> Picture:
        """One look, now."""
        return self.wire.run_one(self._look(subject))

    def look_at_all(self, wanted: list[Line]) -> Iterator[tuple[Line, Picture | None]]:
        """Every line with its picture as it is there; None for lines that cannot be looked at, first of all."""
        yield from ((line, None) for line in wanted if line.subject is None)
        jobs = (self._look_at(line) for line in wanted if line.subject is not None)
        for result in self.wire.run(jobs):
            if isinstance(result, Crashed):
                raise result.exception
            yield result.value

    async def _look_at(self, line: Line) -> tuple[Line, Picture]:
        assert line.subject is not None
        return line, await self._look(line.subject)

    def _look(self, subject: Subject) -> Coroutine[Any, Any, Picture]:
        lookup = self.wire.lookup(Budget(QUESTIONS, self.wire.options.monotonic() + self.options["timeout"]))
        return look(
            subject,
            lookup,
            resolvers=self.resolvers,
            cache=self.cache,
            now=time.time(),
            unchecked=partial(lookup, checking_disabled=True),
            options=self.look_options,
        )


def _wire_options(options: dict[str, Any]) -> WireOptions:
    return WireOptions(
        timeout=min(settings.DNS_TIMEOUT_SECONDS, options["timeout"] / (2 * settings.DNS_TRIES)),
        tries=settings.DNS_TRIES,
        per_server=settings.DNS_PER_SERVER or None,
        overall=settings.DNS_OVERALL or None,
        allowed_networks=(*settings.DNS_ALLOWED_NETWORKS, *options["allow_network"]),
        ca_file=settings.DNS_CA_FILE or None,
    )


def _row(line: Line, picture: Picture | None) -> dict[str, Any]:
    head = {"line": line.number, "input": line.text}
    if picture is None:
        return {**head, "error": {"code": line.code, "sentence": line.sentence}}
    return {**head, **as_json(picture)}


def _reader(read: Callable[[str], T]) -> Callable[[str], T]:
    """``read`` for argparse: what it refuses is told in its own words."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except (InvalidName, InvalidToken) as error:
            raise ArgumentTypeError(error.sentence)
        except ValueError as error:
            raise ArgumentTypeError(str(error) or f"{printable(text, 60)} makes no sense here")

    return reading


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise ValueError("seconds are between 0 and 3600")
    return seconds


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError("a port is between 1 and 65535")
    return port
