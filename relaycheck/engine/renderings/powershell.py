"""PowerShell for IIS SMTP: the settings of the steps, written through ADSI, and an export that our parser reads."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from relaycheck.engine import sources
from relaycheck.engine.policy import Profile, RelayPolicy
from relaycheck.engine.renderings.rendering import CannotRender, Note, Rendering
from relaycheck.engine.route_action import RouteAction

OUTBOUND_ALL = 7697601  # SmtpOutboundCommandSupportOptions as documented; fresh installations carry 7

FEATURES = ("SMTP-Server", "Web-Metabase", "Web-WMI", "Web-Lgcy-Mgmt-Console", "Web-Lgcy-Scripting")


def quoted(text: str) -> str:
    """``text`` as a single-quoted PowerShell string (about_Quoting_Rules), curly quotes doubled like straight ones."""
    return "'" + "".join(letter * 2 if letter in "'‘’‚‛" else letter for letter in text) + "'"


def array(texts: Iterable[str]) -> str:
    """A PowerShell array of strings."""
    return "@(" + ", ".join(quoted(text) for text in texts) + ")"


def masked(network: str) -> str:
    """An IPv4 address or network as IIS writes it: ``"10.0.0.21, 255.255.255.255"``. Raises CannotRender for IPv6."""
    net = ipaddress.ip_network(network)
    if net.version == 6:
        raise CannotRender(f"{network} is IPv6. The lists of IIS SMTP hold IPv4 only.")
    return f"{net.network_address}, {net.netmask}"


def iis_commands(policy: RelayPolicy) -> Rendering:
    """Commands that set a new virtual server up as declared. Run in an elevated Windows PowerShell 5.1."""
    lines = [
        *_opening(policy),
        *_server(policy),
        *_lists(policy),
        *_remote_domains(policy),
        *_closing(),
    ]
    notes = (
        Note("Windows Server 2025 has no SMTP Server feature.", sources.REMOVED_FEATURES),
        Note(
            "Remote domains are created without the relay right: it would override the list.",
            sources.DOMAIN_OVERRIDES_LIST,
        ),
    )
    return Rendering(
        "iis-powershell", "IIS SMTP by PowerShell", "powershell", "\n".join(lines) + "\n", "Set-Relay.ps1", notes
    )


def _opening(policy: RelayPolicy) -> Iterator[str]:
    yield f"# {policy.fqdn}: IIS SMTP relay, profile {policy.profile}"
    yield "#Requires -RunAsAdministrator"
    yield "$ErrorActionPreference = 'Stop'"
    yield f"Install-WindowsFeature -Name {array(FEATURES)} | Out-Null"
    yield "$server = [ADSI]'IIS://localhost/SMTPSVC/1'"


def _server(policy: RelayPolicy) -> Iterator[str]:
    smart = policy.profile is not Profile.DIRECT_SEND
    action = RouteAction.TLS if smart else RouteAction(0)
    if policy.profile is Profile.SUBMISSION:
        action |= RouteAction.SASL | RouteAction.AUTH_CLEARTEXT
    settings = {
        "AuthAnonymous": "$true",
        "AuthBasic": "$false",
        "AuthNTLM": "$false",
        "RelayForAuth": "0",
        "MaxMessageSize": str(policy.size_bytes),
        "MaxSessionSize": str(2 * policy.size_bytes),
        "RemoteSmtpPort": str(policy.next_hop.port if smart else 25),
        "SmartHost": quoted(policy.next_hop.smart_host if smart else ""),
        "SmartHostType": "2" if smart else "0",
        "AlwaysUseSsl": "$true" if smart else "$false",
        "RouteAction": str(int(action)),
        "FullyQualifiedDomainName": quoted(policy.fqdn),
        "SmtpOutboundCommandSupportOptions": str(OUTBOUND_ALL),
    }
    for name, value in settings.items():
        yield f"$server.Put('{name}', {value})"
    if policy.profile is Profile.SUBMISSION:
        yield f"$login = Get-Credential -UserName {quoted(policy.user)} -Message 'Mailbox the relay signs in with'"
        yield "$server.Put('RouteUserName', $login.UserName)"
        yield "$server.Put('RoutePassword', $login.GetNetworkCredential().Password)"
    yield "$server.SetInfo()"


def _lists(policy: RelayPolicy) -> Iterator[str]:
    yield f"$devices = [object[]]{array(masked(source.network) for source in policy.sources)}"
    for source in policy.sources:
        yield f"#   {source.network}  {source.label}"
    yield "$set = [System.Reflection.BindingFlags]::SetProperty"
    yield "foreach ($name in 'RelayIpList', 'IPSecurity') {"
    yield "    $list = $server.Properties[$name].Value"
    yield '    if ($null -eq $list) { throw "$name does not exist yet: save its dialog in IIS 6.0 Manager once." }'
    yield "    $kind = $list.GetType()"
    yield "    $kind.InvokeMember('GrantByDefault', $set, $null, $list, @($false)) | Out-Null"
    yield "    $kind.InvokeMember('IPGrant', $set, $null, $list, @(, $devices)) | Out-Null"
    yield "    $server.Properties[$name].Value = $list"
    yield "}"
    yield "$server.SetInfo()"


def _remote_domains(policy: RelayPolicy) -> Iterator[str]:
    if policy.profile is not Profile.DIRECT_SEND:
        return
    yield "$domains = [ADSI]'IIS://localhost/SMTPSVC/1/Domain'"
    hosted = int(RouteAction.SMART_HOST | RouteAction.TLS)
    for domain in policy.hosted:
        yield from _remote_domain(domain.domain, hosted, domain.smart_host)
    for tld in policy.tlds if policy.external else ():
        yield from _remote_domain(f"*.{tld}", 0, "")


def _remote_domain(name: str, action: int, smart_host: str) -> Iterator[str]:
    yield f"$domain = $domains.Create('IIsSmtpDomain', {quoted(name)})"
    yield f"$domain.Put('RouteAction', {action})"
    if smart_host:
        yield f"$domain.Put('RouteActionString', {quoted(smart_host)})"
    yield "$domain.SetInfo()"


def _closing() -> Iterator[str]:
    yield "sc.exe config SMTPSVC start= delayed-auto | Out-Null"
    yield "Start-Service SMTPSVC"
    yield "$server.psbase.Invoke('Start')"


EXPORT_SCRIPT = r"""# Prints the settings of every SMTP virtual server as JSON. Changes nothing; leaves passwords out.
$ErrorActionPreference = 'SilentlyContinue'
function Read-Node($path) {
    $node = [ADSI]"IIS://localhost/$path"
    $values = @{}
    foreach ($name in $node.Properties.PropertyNames) {
        if ($name -match 'Password|UserName|AdminACL|SessionKey') { continue }
        $value = $node.Properties[$name].Value
        if ($name -eq 'RelayIpList' -or $name -eq 'IPSecurity') {
            $get = [System.Reflection.BindingFlags]::GetProperty
            $list = @{}
            foreach ($part in 'GrantByDefault', 'IPGrant', 'IPDeny', 'DomainGrant', 'DomainDeny') {
                $list[$part] = $value.GetType().InvokeMember($part, $get, $null, $value, $null)
            }
            $value = $list
        }
        $values[$name] = $value
    }
    @{ path = "/LM/$path"; class = [string]$node.SchemaClassName; properties = $values }
}
$nodes = @(Read-Node 'SmtpSvc')
foreach ($server in ([ADSI]'IIS://localhost/SmtpSvc').Children) {
    if ($server.SchemaClassName -ne 'IIsSmtpServer') { continue }
    $nodes += Read-Node "SmtpSvc/$($server.Name)"
    foreach ($domain in ([ADSI]"IIS://localhost/SmtpSvc/$($server.Name)/Domain").Children) {
        $nodes += Read-Node "SmtpSvc/$($server.Name)/Domain/$($domain.Name)"
    }
}
$service = Get-CimInstance Win32_Service -Filter "Name='SMTPSVC'"
$start = [string]$service.StartMode
if ($service.DelayedAutoStart) { $start = 'AutoDelayed' }
$system = Get-CimInstance Win32_OperatingSystem
@{
    format = 'onward-iis-smtp/1'
    service = @{ state = [string]$service.State; start = $start }
    system = [string]$system.Caption
    nodes = $nodes
} | ConvertTo-Json -Depth 6
"""


def export_commands() -> Rendering:
    """The export our page asks for: read-only, JSON on standard output."""
    return Rendering("iis-export", "Export of the IIS SMTP settings", "powershell", EXPORT_SCRIPT, "Export-Relay.ps1")
