"""``manage.py relay``: probe, judge, log, explain. Needs neither database nor Redis (docs/relay.md)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from relaycheck.engine.address_forms import Attempt, mailbox, three_recipients
from relaycheck.engine.iis import IisConfiguration, InvalidUpload
from relaycheck.engine.log_report import read_logs
from relaycheck.engine.naming import InvalidName, qualified_name
from relaycheck.engine.policy import InvalidPolicy, RelayPolicy, Source
from relaycheck.engine.policy_json import read_policy
from relaycheck.engine.probe import judge
from relaycheck.engine.probe_report import Known, ProbeReport, Relaying
from relaycheck.engine.reach import InvalidTarget, Target, target, unspoken
from relaycheck.engine.relay_json import explanation_json, judged_json, log_json, probe_json
from relaycheck.engine.relay_rules import judge_configuration
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.relay_words import explanation_lines, finding_lines, log_lines, probe_lines, source_lines
from relaycheck.engine.renderings.probe_scripts import powershell_probe, swaks_probe
from relaycheck.engine.replies import explain
from relaycheck.engine.transcript import InvalidTranscript, Transcript, looks_like_one, read_transcript
from relaycheck.engine.upload import read_configuration
from relaycheck.management.exits import BAD_INPUT, GOOD, UNKNOWN, WRONG, Parser
from relaycheck.probing import FORMS_SECONDS, probe, probe_forms
from relaycheck.reaching import allowed
from relaycheck.session import Limits, Means

SENDER, EXTERNAL = "relay-probe@example.com", "relay-probe@example.net"  # RFC 2606 §3
LARGEST = 64 * 1024 * 1024
EXITS = {
    Relaying.OPEN: WRONG,
    Relaying.MAY_BE_OPEN: WRONG,
    Relaying.FOR_THIS_SOURCE: GOOD,
    Relaying.CLOSED: GOOD,
    Relaying.INCONCLUSIVE: UNKNOWN,
    Relaying.NOT_TRIED: UNKNOWN,
}


class Command(BaseCommand):
    """Probe, judge and explain an internal SMTP relay."""

    help = "Probe an SMTP relay without sending anything, judge its configuration, read its logs, explain refusals."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's parser, with our exit code for wrong options."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = Parser
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command per question."""
        actions = parser.add_subparsers(dest="action", required=True, parser_class=Parser)
        _probe_options(_action(actions, "probe", "talk SMTP up to RCPT; never sends a message"))
        found = _action(actions, "judge", "judge MetaBase.xml, our export, postconf -n, or a pasted transcript")
        found.add_argument("file", metavar="FILE")
        words = "what the relay is meant to be: the JSON of its page (Steps, commands, scripts)"
        found.add_argument("--policy", metavar="POLICY", help=words)
        _source_options(found)
        found = _action(actions, "log", "who uses the relay: IIS SMTP logs in any format")
        found.add_argument("files", nargs="+", metavar="FILE")
        words = "an allowed address or network; may be repeated: tells who else sends, and who never does"
        found.add_argument("--source", action="append", default=[], metavar="NETWORK", help=words)
        found = _action(actions, "explain", "what a refusal means and who has to act")
        found.add_argument("line", metavar="LINE")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run one action and leave with its exit code."""
        actions: dict[str, Callable[[dict[str, Any]], int]] = {
            "probe": self._probe,
            "judge": self._judge,
            "log": self._log,
            "explain": self._explain,
        }
        try:
            code = actions[options["action"]](options)
        except (InvalidName, InvalidPolicy, InvalidTarget, InvalidUpload, InvalidTranscript) as refusal:
            raise CommandError(str(refusal), returncode=BAD_INPUT) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=BAD_INPUT) from None
        if code:
            sys.exit(code)

    def _say(self, options: dict[str, Any], document: dict[str, Any], lines: Iterable[str]) -> None:
        for line in [json.dumps(document, indent=2)] if options["json"] else lines:
            self.stdout.write(line)

    def _probe(self, options: dict[str, Any]) -> int:
        relay = target(options["host"])
        if refusal := unspoken(relay.port):
            raise InvalidTarget(refusal)
        attempts = _attempts(options)
        if options["script"]:
            script = powershell_probe if options["script"] == "powershell" else swaks_probe
            self.stdout.write(script(relay, attempts).text, ending="")
            return GOOD
        transcript = self._talk(relay, attempts, options)
        return self._report(judge(transcript, _known(options)), transcript, options)

    def _talk(self, relay: Target, attempts: Sequence[Attempt], options: dict[str, Any]) -> Transcript:
        try:
            reach = allowed(options["allow"])
        except ValueError as error:
            raise CommandError(f"--allow: {error}. Write for example 10.0.0.0/24.", returncode=BAD_INPUT) from None
        if options["forms"]:
            means = Means(reach, limits=Limits(total=FORMS_SECONDS), progress=self._progress)
            return probe_forms(relay, mailbox(options["sender"]), mailbox(options["recipient"]), means)
        return probe(relay, attempts, Means(reach))

    def _report(self, report: ProbeReport, transcript: Transcript, options: dict[str, Any]) -> int:
        self._say(options, probe_json(report, transcript), probe_lines(report))
        if report.ended.startswith("not-allowed") and not options["json"]:
            self.stderr.write("Nothing was sent. --allow NETWORK (or RELAY_ALLOWED_NETWORKS) lets this command dial;")
            self.stderr.write("--script powershell prints the same test for the relay's own network.")
        return EXITS[report.relaying]

    def _progress(self, done: int, of: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {of} forms", ending="" if done < of else "\n")

    def _judge(self, options: dict[str, Any]) -> int:
        raw = _content(options["file"])
        text = raw.decode("utf-8", "replace")
        if looks_like_one(text):
            transcript = read_transcript(text)
            return self._report(judge(transcript, _known(options)), transcript, options)
        configuration = read_configuration(raw)
        findings = judge_configuration(configuration, Told(_policy(options)))
        kind = "iis" if isinstance(configuration, IisConfiguration) else "postfix"
        lines = finding_lines(findings) if findings else ["Nothing is wrong with it by itself."]
        self._say(options, judged_json(kind, findings), lines)
        return WRONG if any(finding.severity != "notice" for finding in findings) else GOOD

    def _log(self, options: dict[str, Any]) -> int:
        sources = [Source(network) for network in options["source"]]
        with ExitStack() as stack:
            files = [stack.enter_context(Path(name).open("rb")) for name in options["files"]]
            report = read_logs(files, self._read)
        lines = [*log_lines(report), *(source_lines(report, sources) if sources else ())]
        self._say(options, log_json(report, sources), lines)
        return WRONG if report.answers or (sources and report.unlisted(sources)) else GOOD

    def _read(self, done: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done >> 20} MB", ending="")

    def _explain(self, options: dict[str, Any]) -> int:
        found = explain(options["line"])
        lines = explanation_lines(found) if found else ["There is no refusal in this line."]
        self._say(options, explanation_json(found), lines)
        return GOOD if found else WRONG


def _action(actions: Any, name: str, words: str) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(name, help=words, description=words)
    parser.add_argument("--json", action="store_true", help="documented, versioned JSON instead of sentences")
    return parser


def _probe_options(parser: ArgumentParser) -> None:
    parser.add_argument("host", metavar="HOST[:PORT]")
    parser.add_argument("--sender", default=SENDER, help=f"MAIL FROM (default: {SENDER})")
    parser.add_argument("--recipient", default=EXTERNAL, help=f"an external recipient (default: {EXTERNAL})")
    parser.add_argument("--own", default="", help="a recipient in a hosted domain")
    parser.add_argument("--outside", default="", help="a recipient under an ending the relay has no remote domain for")
    parser.add_argument("--forms", action="store_true", help="the sixteen address forms instead, at most five minutes")
    parser.add_argument("--allow", action="append", default=[], metavar="NETWORK", help="a network that may be dialled")
    parser.add_argument("--script", choices=("powershell", "swaks"), help="print the probe as a script instead")
    _source_options(parser)


def _source_options(parser: ArgumentParser) -> None:
    listed = parser.add_mutually_exclusive_group()
    listed.add_argument("--listed", action="store_const", const=True, dest="listed", help="the source may relay")
    listed.add_argument("--unlisted", action="store_const", const=False, dest="listed", help="the source may not relay")
    parser.add_argument(
        "--hosted", action="append", default=[], metavar="DOMAIN", help="a hosted domain; may be repeated"
    )


def _attempts(options: dict[str, Any]) -> tuple[Attempt, ...]:
    own, outside = (mailbox(options[name]) if options[name] else "" for name in ("own", "outside"))
    return three_recipients(mailbox(options["sender"]), own, mailbox(options["recipient"]), outside)


def _known(options: dict[str, Any]) -> Known:
    hosted = tuple(qualified_name(name) for name in options["hosted"])
    policy = _policy(options)
    if policy is None:
        return Known(listed=options["listed"], hosted=hosted)
    return Known(
        listed=options["listed"],
        hosted=hosted or tuple(one.domain for one in policy.hosted),
        internal_address=policy.internal_address,
        size_bytes=policy.size_bytes,
    )


def _policy(options: dict[str, Any]) -> RelayPolicy | None:
    return read_policy(_content(options["policy"])) if options.get("policy") else None


def _content(name: str) -> bytes:
    with Path(name).open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise InvalidUpload(f"{name} is larger than {LARGEST >> 20} MB.")
    return raw
