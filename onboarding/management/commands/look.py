"""``manage.py look``: what public DNS says about one domain, or about a list. Needs neither database nor Redis."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from onboarding.management import options as words
from onboarding.management.exits import BAD_INPUT, BY_VERDICT, GOOD, INTERRUPTED, UNKNOWN, WRONG, drop_output
from onboarding.management.looker import Looker, Wait
from publicdns.listing import Line, read_lines
from publicdns.names import Name, Repair, canonical
from publicdns.picture import Picture, Subject
from publicdns.printable import legible
from publicdns.sentences import headline
from publicdns.telling import as_json, lines
from publicdns.tokens import Token, parse_token
from publicdns.wire import Wire, WireOptions
from publicdns.wire.resolvers import parse_resolver

BAR = 30  # characters of the progress bar
LARGEST_LIST = 64 * 1024 * 1024
CLEAR_LINE = "\r\x1b[K"
MERE_FORM = frozenset({"spaces", "trailing-dot", "capitals", "idn"})  # repairs after which it is the same name


class Command(BaseCommand):
    """Look at domains as the product does, and say what is seen."""

    help = "Show what public DNS says about a domain: verdict, findings, evidence, mail. Exit codes: docs/look.md."
    requires_system_checks: list[str] = []
    bar = False  # a progress bar stands on the terminal's last line

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's parser, ending with our exit code where the words make no sense."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.error = self._refuse  # type: ignore[method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be asked for."""
        parser.add_argument("domain", nargs="?", type=words.reader(canonical))
        parser.add_argument(
            "--token", type=words.reader(parse_token), help="MS=ms and eight digits; of lines without one"
        )
        parser.add_argument("--wait", action="store_true", help="look until the record counts as propagated")
        parser.add_argument("--batch", metavar="FILE", help="one domain a line, perhaps with its token; - reads stdin")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="the documented JSON, also on a terminal")
        form.add_argument("--text", action="store_true", help="text, also where the output is no terminal")
        _add_ways_of_asking(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Look at what the words ask for and leave with the documented exit code."""
        try:
            sys.exit(self._run(options))
        except KeyboardInterrupt:
            self._note("look: interrupted. What is written already stands.")
            sys.exit(INTERRUPTED)

    def _run(self, options: dict[str, Any]) -> int:
        self._refuse_contradictions(options)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a locale without arrows is no reason to fail
        wanted = self._listed(options) if options["batch"] is not None else []
        named = options["resolver"] or words.resolvers_of_the_settings()
        resolvers = list({(one.address, one.port, one.transport): one for one in named}.values())  # each has one vote
        with Wire(resolvers, _wire_options(options)) as wire:
            looker = Looker(wire, resolvers, options["authoritative_port"], options["timeout"])
            return self._batch(looker, wanted, options) if wanted else self._one(looker, options)

    def _refuse_contradictions(self, options: dict[str, Any]) -> None:
        if (options["domain"] is None) == (options["batch"] is None):
            self._refuse("give either a domain or --batch FILE")
        if options["wait"] and options["token"] is None and options["batch"] is None:
            self._refuse("--wait needs --token, the value to wait for")
        if options["text"] and options["batch"] is not None:
            self._refuse("--batch answers in JSON, one line each; --text is for one domain")
        if sys.stdout is None:
            self._refuse("standard output is closed, and the answer has nowhere to go")

    def _one(self, looker: Looker, options: dict[str, Any]) -> int:
        name: Name = options["domain"]
        token: Token | None = options["token"]
        word = (Repair("token", token.repaired),) if token is not None and token.repaired else ()
        repaired = (*name.repaired, *word)
        for repair in repaired:
            if repair.code not in MERE_FORM:
                self._note(f"look: {name.ascii}: {repair.sentence}")
        subject = Subject(name.ascii, None if token is None else token.value)
        picture = self._awaited(looker, subject) if options["wait"] else looker.look(subject)
        self._show(picture, repaired, options)
        return BY_VERDICT[picture.verdict]

    def _awaited(self, looker: Looker, subject: Subject) -> Picture:
        """The picture with which waiting ends; every other one is a line on standard error."""
        wait = Wait(subject)
        while True:
            picture = looker.look(wait.subject)
            pause = wait.after(picture)
            if pause is None:
                return picture
            self._note(f"{time.strftime('%H:%M:%S')}  {headline(picture)}")
            time.sleep(pause)

    def _listed(self, options: dict[str, Any]) -> list[Line]:
        """The lines of the list. What cannot be read, or holds nothing, ends the command."""
        path = options["batch"]
        try:
            octets = _content(path)
        except OSError as error:
            self._refuse(f"{_shown(path)} cannot be read: {error.strerror or error}")
        if len(octets) > LARGEST_LIST:
            self._refuse(f"{_shown(path)} is larger than {LARGEST_LIST >> 20} MB. Split the list.")
        token: Token | None = options["token"]
        wanted = list(read_lines(octets, None if token is None else token.value))
        if not wanted:
            self._refuse(f"{_shown(path)} holds no domain. Write one a line, such as contoso.com.")
        return [_with_token(line) for line in wanted] if options["wait"] else wanted

    def _batch(self, looker: Looker, wanted: Sequence[Line], options: dict[str, Any]) -> int:
        """One JSON line for each line of the list, as they come; bad lines, which come first, with their reason."""
        codes = set()
        bad: list[tuple[Line, Picture | None]] = [(line, None) for line in wanted if line.subject is None]
        self._progress(0, len(wanted))
        looks = looker.wait_for_all if options["wait"] else looker.look_at_all
        try:
            for done, (line, picture) in enumerate(chain(bad, looks(wanted)), start=1):
                codes.add(BAD_INPUT if picture is None else BY_VERDICT[picture.verdict])
                self._say(json.dumps(_row(line, picture)))
                self._progress(done, len(wanted))
        except BrokenPipeError:
            drop_output()
            return UNKNOWN
        return next((code for code in (BAD_INPUT, WRONG, UNKNOWN) if code in codes), GOOD)

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            filled = BAR * done // total
            self.bar = done < total
            end = "" if self.bar else "\n"
            self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done} of {total}{end}", str, "")
            self.stderr.flush()

    def _clear(self) -> None:
        """Take the progress bar off the line that something else is to be written on."""
        if self.bar:
            self.stderr.write(CLEAR_LINE, str, "")
            self.stderr.flush()
            self.bar = False

    def _show(self, picture: Picture, repaired: Sequence[Repair], options: dict[str, Any]) -> None:
        terminal = self.stdout.isatty()
        if options["json"] or not (options["text"] or terminal):
            text = json.dumps(as_json(picture, repaired), indent=2)
        else:
            plain = options["no_color"] or os.environ.get("NO_COLOR") or not (terminal or options["force_color"])
            text = "\n".join(lines(picture, colour=not plain))
        try:
            self._say(text)
        except BrokenPipeError:  # whoever read the beginning has seen enough; the exit code still tells the verdict
            drop_output()

    def _say(self, text: str) -> None:
        """Write an answer, at once. Raises BrokenPipeError when nobody reads any more."""
        if self.stdout.isatty():
            self._clear()
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            drop_output()
            self._note(f"look: the answer cannot be written: {error.strerror}")
            sys.exit(UNKNOWN)

    def _note(self, sentence: str) -> None:
        """Something beside the answer, which leaves standard output to programs."""
        if sys.stderr is not None:
            self._clear()
            self.stderr.write(sentence, str)
            self.stderr.flush()

    def _refuse(self, message: str) -> NoReturn:
        self._note(f"look: {message}")
        sys.exit(BAD_INPUT)


def _add_ways_of_asking(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--resolver",
        type=words.reader(parse_resolver),
        action="append",
        metavar="HOST[:PORT]",
        help="a public resolver, also tls:// or https://; may be repeated, and replaces those of the settings",
    )
    parser.add_argument(
        "--timeout",
        type=words.seconds,
        default=settings.DNS_LOOK_SECONDS,
        metavar="SECONDS",
        help="for one look at one domain",
    )
    parser.add_argument(
        "--authoritative-port",
        type=words.port,
        default=settings.DNS_AUTHORITATIVE_PORT,
        metavar="N",
        help="where name servers listen, in laboratories and tests",
    )
    parser.add_argument(
        "--allow-network",
        type=words.network,
        action="append",
        default=[],
        metavar="CIDR",
        help="a special-purpose network whose name servers may be asked all the same; may be repeated",
    )


def _wire_options(options: dict[str, Any]) -> WireOptions:
    tries = max(settings.DNS_TRIES, 1)
    return WireOptions(
        timeout=min(settings.DNS_TIMEOUT_SECONDS, options["timeout"] / (2 * tries)),
        tries=tries,
        per_server=settings.DNS_PER_SERVER or None,
        overall=settings.DNS_OVERALL or None,
        allowed_networks=(*settings.DNS_ALLOWED_NETWORKS, *options["allow_network"]),
        ca_file=settings.DNS_CA_FILE or None,
    )


def _content(path: str) -> bytes:
    """At most one octet more than is taken. Raises OSError."""
    if path != "-":
        with Path(path).open("rb") as file:
            return file.read(LARGEST_LIST + 1)
    if sys.stdin is None:
        raise OSError("it is closed")
    return sys.stdin.buffer.read(LARGEST_LIST + 1)


def _shown(path: str) -> str:
    return "standard input" if path == "-" else legible(path, 200) or "a file without a name"


def _with_token(line: Line) -> Line:
    """``line``, or the reason why it cannot be waited for."""
    if line.subject is None or line.subject.token is not None:
        return line
    sentence = "--wait needs a token. Write it behind the name, or give --token for all lines without one."
    return Line(line.number, line.text, code="no-token", sentence=sentence)


def _row(line: Line, picture: Picture | None) -> dict[str, Any]:
    head = {"line": line.number, "input": line.text}
    if picture is None:
        return {**head, "error": {"code": line.code, "sentence": line.sentence}}
    return {**head, **as_json(picture, line.repaired)}
