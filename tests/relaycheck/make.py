"""Policies and configurations as tests need them: right by default, wrong where a test says so."""

from __future__ import annotations

import json
from typing import Any

from relaycheck.engine.policy import Hosted, RelayPolicy, Source

SMART_HOST = "contoso-com.mail.protection.outlook.com"
COPIER = Source("10.0.0.21", "Facilities", "copier 3rd floor")
SERVER = {
    "AuthAnonymous": True,
    "AuthBasic": False,
    "AuthNTLM": False,
    "RelayForAuth": 0,
    "MaxMessageSize": 10485760,
    "MaxSessionSize": 20971520,
    "RemoteSmtpPort": 25,
    "SmartHost": "",
    "SmartHostType": 0,
    "AlwaysUseSsl": False,
    "RouteAction": 0,
    "FullyQualifiedDomainName": "relay01.contoso.com",
    "DefaultDomain": "relay01.contoso.com",
    "SmtpOutboundCommandSupportOptions": 7697601,
    "ServerBindings": ["10.0.0.5:25:"],
    "ServerState": 2,
    "LogType": 0,
    "QueueDirectory": r"C:\inetpub\mailroot\Queue",
    "RelayIpList": {"GrantByDefault": False, "IPGrant": ["10.0.0.21, 255.255.255.255"]},
    "IPSecurity": {"GrantByDefault": False, "IPGrant": ["10.0.0.21, 255.255.255.255"]},
}
DOMAINS: dict[str, dict[str, Any]] = {
    "contoso.com": {"RouteAction": 0x2 | 0x4, "RouteActionString": SMART_HOST},
    "*.com": {"RouteAction": 0},
}


def policy(**changes: Any) -> RelayPolicy:
    """A policy with one copier, one hosted domain and external mail to .com."""
    fields: dict[str, Any] = {
        "fqdn": "relay01.contoso.com",
        "internal_address": "10.0.0.5",
        "sources": (COPIER,),
        "hosted": (Hosted("contoso.com", SMART_HOST),),
        "nat_address": "203.0.113.5",
        "external": True,
        "tlds": ("com",),
    }
    return RelayPolicy(**{**fields, **changes})


def export(domains: dict[str, dict[str, Any]] | None = None, **changes: Any) -> bytes:
    """The export of a server that is as the policy wants it, apart from ``changes``. None leaves a property out."""
    properties = {name: value for name, value in {**SERVER, **changes}.items() if value is not None}
    nodes = [{"path": "/LM/SmtpSvc", "properties": {}}, {"path": "/LM/SmtpSvc/1", "properties": properties}]
    for name, values in (DOMAINS if domains is None else domains).items():
        nodes.append({"path": f"/LM/SmtpSvc/1/Domain/{name}", "properties": values})
    service = {"state": "Running", "start": "AutoDelayed"}
    return json.dumps({"format": "onward-iis-smtp/1", "service": service, "nodes": nodes}).encode()


METABASE = """<?xml version ="1.0"?>
<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0">
<MBProperty>
<IIS_Global Location ="." SessionKey="49634462f0000000a4000000" XMLSchemaTimestamp="00"></IIS_Global>
<IIsWebServer Location ="/LM/W3SVC/1" AnonymousUserPass="hunter2" ServerComment="Default Web Site"></IIsWebServer>
<IIsSmtpService Location ="/LM/SmtpSvc" ConnectionTimeout="600" DefaultDomain="server01.contoso.com"
  FullyQualifiedDomainName="server01.contoso.com" MaxMessageSize="2097152" MaxSessionSize="10485760">
  <Custom Name="AuthFlags" ID="6000" Value="AuthBasic | AuthAnonymous | AuthNTLM" Type="DWORD" Attributes="INHERIT"/>
  <Custom Name="UnknownName_36999" ID="36999" Value="7" Type="DWORD" Attributes="INHERIT"/>
</IIsSmtpService>
<IIsSmtpServer Location ="/LM/SMTPSVC/1" LogType="1" LogPluginClsid="{{FF16065F-DE82-11CF-BC0A-00AA006111E0}}"
  ServerBindings=":25:" RoutePassword="hunter2" RelayIpList="{relay_list}">
  <Custom Name="RouteUserName" ID="36921" Value="svc" Type="STRING" Attributes="INHERIT | SECURE"/>
</IIsSmtpServer>
<IIsConfigObject Location ="/LM/SmtpSvc/1/Domain"></IIsConfigObject>
<IIsSmtpDomain Location ="/LM/SmtpSvc/1/domain/Contoso.com" RouteAction="4102" RouteActionString="{smart_host}"/>
<IIsSmtpDomain Location ="/LM/SmtpSvc/1/Domain/*.com" RouteAction="4096"/>
</MBProperty>
</configuration>
"""
ONE_ADDRESS = "".join(
    (
        "18000080200000803c000080440000800100000",
        "04c00000000000000000000000100000001000000",
        "0200000002000000040000000000000",
        "04c000080",
        "00" * 16,
        "ffffffff",
        "7f000001",
    )
)


def metabase(relay_list: str = ONE_ADDRESS) -> str:
    """A metabase after the how-to was followed to the letter."""
    return METABASE.format(relay_list=relay_list, smart_host=SMART_HOST)
