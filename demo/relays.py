"""One relay of the demo: set up by the letter of an old how-to, shown, probed and delisted once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from onboarding.models import Domain
from relaycheck.models import Relay
from relaycheck.relay_delistings import ask_delisting
from relaycheck.relay_probes import take_pasted
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
    ask_delisting(relay, REFUSED, asked_at=now - timedelta(hours=20), by=by, now=now)
