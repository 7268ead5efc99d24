# ruff: noqa: ARG001 - every rule is called with the same two arguments
"""Whether the service runs, logs, and stumbles over known faults of the product (B7, B10, B13)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publicdns.answers import Finding
from relaycheck.engine import sources
from relaycheck.engine.iis import IisConfiguration, VirtualServer
from relaycheck.engine.iis_properties import LOG_FORMATS
from relaycheck.engine.relay_rules.told import Told
from relaycheck.engine.rule import Rule, Severity, book

STOPPED = Rule(
    "RS701",
    "B7",
    Severity.ERROR,
    "The virtual server is {state}: nothing is taken, nothing is sent. After an IIS restart that is usual.",
    "IIS 6.0 Manager > virtual server > Start; then let the queue watch tell you next time.",
    sources.SERVICE_START,
)
SERVICE_STOPPED = Rule(
    "RS702",
    "B7",
    Severity.ERROR,
    "The service SMTPSVC is {state}.",
    "Start-Service SMTPSVC",
    sources.SERVICE_START,
)
MANUAL_START = Rule(
    "RS703",
    "B7",
    Severity.WARNING,
    "The service starts by hand only: after a restart of Windows it stays stopped.",
    "sc.exe config SMTPSVC start= delayed-auto",
    sources.SERVICE_START,
)
PLAIN_AUTOMATIC = Rule(
    "RS704",
    "B7",
    Severity.WARNING,
    "The service starts with 'Automatic' on {system}: there mail then stays in the queue (event 4006).",
    "sc.exe config SMTPSVC start= delayed-auto",
    sources.SERVICE_START,
)
LOGGING_ON = Rule(
    "RS1301",
    "B13",
    Severity.NOTICE,
    "Logging is on ({format}). Nobody deletes the files.",
    "General > Enable logging: turn it off when you have seen enough.",
    sources.LOG_FORMATS,
)
QUEUE_ELSEWHERE = Rule(
    "RS1001",
    "B10",
    Severity.NOTICE,
    "The queue is not in its usual folder: {folder}.",
    "Watch that folder.",
    sources.METABASE_AND_SMTP,
)
OUTBOUND_OPTIONS = Rule(
    "RS1501",
    "B4",
    Severity.WARNING,
    "SmtpOutboundCommandSupportOptions is 7: outgoing mail uses plain HELO, and some providers hang up.",
    "$server.Put('SmtpOutboundCommandSupportOptions', 7697601); $server.SetInfo()",
    sources.OUTBOUND_OPTIONS,
)
GONE = Rule(
    "RS1502",
    "B1",
    Severity.WARNING,
    "{system} has no SMTP Server feature any more.",
    "Move the relay to Postfix (see its rendering) or another server.",
    sources.REMOVED_FEATURES,
)
RULES = book(
    STOPPED,
    SERVICE_STOPPED,
    MANUAL_START,
    PLAIN_AUTOMATIC,
    LOGGING_ON,
    QUEUE_ELSEWHERE,
    OUTBOUND_OPTIONS,
    GONE,
)
STATES = {1: "starting", 2: "started", 3: "stopping", 4: "stopped", 5: "pausing", 6: "paused", 7: "continuing"}
USUAL_QUEUE = re.compile(
    r"[a-z]:\\inetpub\\mailroot\\queue\\?|%systemdrive%\\inetpub\\mailroot\\queue\\?", re.IGNORECASE
)


def running(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The virtual server is started, where the export says so at all."""
    state = STATES.get(server.number_of("ServerState") or 0, "")
    if state in {"stopped", "stopping", "paused", "pausing"}:
        yield STOPPED.found(state=state)


def logging(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """Logging is off unless somebody is testing."""
    if server.number_of("LogType") == 1:
        plugin = server.text("LogPluginClsid").strip("{}").lower()[:8]
        yield LOGGING_ON.found(format=LOG_FORMATS.get(plugin, "unknown format"), folder=server.text("LogFileDirectory"))


def queue_folder(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The folder to watch is the one in the how-to."""
    folder = server.text("QueueDirectory")
    if folder and not USUAL_QUEUE.fullmatch(folder):
        yield QUEUE_ELSEWHERE.found(folder=folder)


def outbound_options(server: VirtualServer, told: Told) -> Iterator[Finding]:
    """The fault of fresh installations: 7 instead of 7697601."""
    setting = server.setting("SmtpOutboundCommandSupportOptions")
    if setting.known and server.number_of("SmtpOutboundCommandSupportOptions") == 7:
        yield OUTBOUND_OPTIONS.found(value=7)


def service(configuration: IisConfiguration) -> Iterator[Finding]:
    """What the export says about the Windows service and the system it runs on."""
    state, start, system = configuration.service_state, configuration.service_start, configuration.system
    if state and state.lower() != "running":
        yield SERVICE_STOPPED.found(state=state.lower())
    if start.lower() in {"manual", "disabled"}:
        yield MANUAL_START.found(start=start)
    if start.lower() in {"auto", "automatic"} and "2019" in system:
        yield PLAIN_AUTOMATIC.found(system=system, start=start)
    if re.search(r"Server 20(2[5-9]|[3-9]\d)", system):
        yield GONE.found(system=system)


JUDGES = (running, logging, queue_folder, outbound_options)
