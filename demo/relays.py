"""One relay of the demo: set up by the letter of an old how-to, shown, probed, read, watched and delisted once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from onboarding.models import Domain
from relaycheck.engine.queue_report import Folder, QueueReport, Thresholds
from relaycheck.models import LogReading, QueueCount, Relay
from relaycheck.relay_delistings import ask_delisting
from relaycheck.relay_logs import claim_reading, run_reading, take_logs
from relaycheck.relay_probes import take_pasted
from relaycheck.relay_queue import new_token, set_thresholds, take_report
from relaycheck.relay_uploads import take_upload
from relaycheck.relays import Declared, add_relay
from tenants.models import Tenant, User

NAME, HOSTED = "relay01.contoso-press.example", "contoso-press.example"
SOURCES = """10.0.0.21 copier 3rd floor (Facilities)
10.0.0.22 copier ground floor (Facilities)
10.0.0.40 payroll (Human Resources)
10.0.7.0/24 door controllers (Security)"""
LISTED = {"GrantByDefault": False, "IPGrant": ["10.0.0.21, 255.255.255.255", "10.0.0.40, 255.255.255.255"]}
SERVER = {
    "AuthAnonymous": True,
    "AuthBasic": False,
    "AuthNTLM": False,
    "RelayForAuth": 0,
    "MaxMessageSize": 10485760,
    "MaxSessionSize": 10485760,
    "RemoteSmtpPort": 25,
    "FullyQualifiedDomainName": "RELAY01",
    "ServerBindings": [":25:"],
    "ServerState": 2,
    "LogType": 1,
    "RelayIpList": LISTED,
}
REMOTE = {
    HOSTED: {"RouteAction": 4102, "RouteActionString": "contosopress-example.mail.protection.outlook.com"},
    "*.com": {"RouteAction": 4096},
}
PROBED = f"""# target {NAME} 10.0.0.5 25
# local 10.0.0.99
S: 220 RELAY01 Microsoft ESMTP MAIL Service, Version: 10.0.17763.1 ready
C: EHLO [10.0.0.99]
S: 250-RELAY01 Hello [10.0.0.99]
S: 250 SIZE 10485760
# attempt external
C: MAIL FROM:<relay-probe@example.com>
S: 250 2.1.0 relay-probe@example.com....Sender OK
C: RCPT TO:<relay-probe@example.net>
S: 550 5.7.1 Unable to relay for relay-probe@example.net
"""
REFUSED = "550 5.7.606 Access denied, banned sending IP [203.0.113.5]. To request removal visit sender.office.com"

FIELDS = "#Fields: date time c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status cs-bytes\n"
SENDERS = (  # address, greeting, how many mails, to which domain
    ("10.0.0.21", "copier3", 46, HOSTED),
    ("10.0.0.40", "payroll", 31, HOSTED),
    ("10.0.0.40", "payroll", 12, "fabrikam.org"),
    ("10.0.0.63", "oldmonitor", 9, "litware.de"),
)


def seed_relay(tenant: Tenant, by: User, now: datetime) -> None:
    """Declare the demo's relay, where it is not there yet."""
    domain = Domain.objects.present().filter(tenant=tenant, name=HOSTED).first()
    if domain is None or Relay.objects.filter(tenant=tenant, fqdn=NAME).exists():
        return
    typed = Declared(
        NAME, "10.0.0.5", (domain,), sources=SOURCES, nat_address="203.0.113.5", external=True, tlds="com org"
    )
    relay = add_relay(tenant, typed, by=by, now=now - timedelta(days=3))
    nodes: list[dict[str, object]] = [{"path": "/LM/SmtpSvc/1", "properties": SERVER}]
    nodes += [{"path": f"/LM/SmtpSvc/1/Domain/{name}", "properties": values} for name, values in REMOTE.items()]
    service = {"state": "Running", "start": "Auto"}
    export = {"format": "onward-iis-smtp/1", "service": service, "system": "Windows Server 2019", "nodes": nodes}
    take_upload(relay, json.dumps(export).encode(), by=by, now=now - timedelta(days=2))
    take_pasted(relay, PROBED, outward=False, listed=False, by=by, now=now - timedelta(days=1))
    _read_log(relay, by, now - timedelta(hours=26))
    _watch_queue(relay, by, now)
    ask_delisting(relay, REFUSED, asked_at=now - timedelta(hours=20), by=by, now=now)


def _read_log(relay: Relay, by: User, at: datetime) -> None:
    """The log of one day, read as a worker reads it."""
    lines = FIELDS + "".join(_mails(at.replace(hour=8, minute=0, second=0)))
    take_logs(relay, [SimpleUploadedFile(f"ex{at:%y%m%d}.log", lines.encode())], by=by, now=at)
    reading = claim_reading(at)
    if reading is not None:
        run_reading(reading, lambda: at)
    LogReading.objects.filter(relay=relay).update(ended_at=at)


def _mails(at: datetime) -> Iterator[str]:
    """What each sender sent that day, and what Microsoft 365 once said to it."""
    for address, greeting, count, domain in SENDERS:
        for number in range(count):
            at += timedelta(seconds=211)
            row = f"{at:%Y-%m-%d %H:%M:%S} {address} {greeting}"
            octets = number * 7919 + 9000
            yield f"{row} EHLO - +{greeting} 250 20\n{row} MAIL - +FROM:<scan@{HOSTED}>+SIZE={octets} 250 60\n"
            yield f"{row} RCPT - +TO:<user{number}@{domain}> 250 40\n{row} DATA - - 250 {octets}\n"
    for number in range(71):
        row = f"{at - timedelta(minutes=number):%Y-%m-%d %H:%M:%S} 203.0.113.99"
        yield f"{row} OutboundConnectionCommand DATA - - 0 4\n"
        yield f"{row} OutboundConnectionResponse - - 250+2.6.0+Queued 0 0\n"
    answer = REFUSED.replace(" ", "+")
    for minutes in range(6):
        row = f"{at + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S} 203.0.113.99"
        yield f"{row} OutboundConnectionCommand RCPT - TO:<user@{HOSTED}> 0 4\n"
        yield f"{row} OutboundConnectionResponse - - {answer} 0 0\n"


def _watch_queue(relay: Relay, by: User, now: datetime) -> None:
    """A day of reports: mail piled up while the address was blocked, and went."""
    new_token(relay, by=by, now=now - timedelta(days=1))
    waits_long = Thresholds(silent_seconds=604_800)  # nothing posts in the demo
    set_thresholds(relay, waits_long, by=by, now=now - timedelta(days=1), version=relay.version)
    QueueCount.objects.bulk_create(
        QueueCount(
            relay=relay,
            at=now - timedelta(minutes=minutes),
            queued=max(2, 80 - abs(minutes - 700) // 5),
            queued_oldest=max(30, 3_000 - abs(minutes - 700) * 6),
            badmail=14 - minutes // 240,
            badmail_oldest=86_400,
            server_state=2,
            service_state="Running",
            logging=True,
        )
        for minutes in range(15, 1440, 15)
    )
    take_report(relay, QueueReport(Folder(2, 40, found=True), Folder(14, 86_400, found=True), 2, "Running", True), now)
