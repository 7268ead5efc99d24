"""The commands an administrator copies: our export, and the how-to's one-liner with what it misses."""

from __future__ import annotations

from relaycheck.engine.connectors.jsonish import FORMAT
from relaycheck.engine.connectors.limits import LIMITS
from relaycheck.engine.connectors.powershell import listed, quoted
from relaycheck.engine.connectors.rights import ANY_RECIPIENT, spelled

_PLAIN = (
    "Identity",
    "Name",
    "Server",
    "DistinguishedName",
    "Enabled",
    "PermissionGroups",
    "AuthMechanism",
    "TransportRole",
    "RequireTLS",
    "Fqdn",
    *(limit.name for limit in LIMITS),
)
_JOINED = ("Bindings", "RemoteIPRanges")

ONE_LINER_MISSES = (
    "entries that deny the right are listed as if they granted it: there is no Deny column",
    "ExternalAuthoritative connectors relay for everybody in their ranges and never show up",
    "Everyone, user accounts, groups and unresolved SIDs do not contain 'anon'",
    "on some localised systems (Cyrillic, Hungarian, Asian) ANONYMOUS LOGON does not contain 'anon' either",
    "full control and 'all extended rights' include the right without naming it",
    "it says neither from which addresses a connector may be used nor whether it is enabled",
)


def one_liner(account: str = "anon") -> str:
    """The how-to's command with ASCII quotes. ``account`` replaces ``anon`` where a named account is used."""
    pattern = quoted(f"*{account}*")
    columns = listed(("Identity", "User", "ExtendedRights"))
    return (
        f"Get-ReceiveConnector | Get-ADPermission | Where-Object {{$_.User -like {pattern} -and "
        f"$_.ExtendedRights -like '{spelled(ANY_RECIPIENT)}'}} | Format-Table -Property {columns}"
    )


def export_command(path: str = "receive-connectors.json") -> str:
    """One line for the Exchange Management Shell (2010 to SE, local or remote) that writes connectors and permissions
    to ``path``.

    Windows PowerShell 2.0, which Exchange 2010 runs on, has no ConvertTo-Json: the line writes JSON by hand. Get-
    ADPermission gets the
    distinguished name, because the identity is not found in some remote sessions, and the identity where that fails.
    SIDs are added so
    that a translated account name does not matter. A permission listing that failed is written as null, not as empty.
    """
    return "; ".join((_QUOTE, _JOIN, _SID, _GRANTS, _CONNECTOR, _write(path)))


# any text as a JSON string
_QUOTE = r"""$q={param($v) '"'+(("$v" -replace '\\','\\' -replace '"','\"') -replace '[\x00-\x1f\x7f]',' ')+'"'}"""
_JOIN = "$j={param($v) & $q ((@($v) | ForEach-Object {\"$_\"}) -join ';')}"
_SID = (
    '$s={param($u) try {(New-Object System.Security.Principal.NTAccount "$u")'
    ".Translate([System.Security.Principal.SecurityIdentifier]).Value} catch {''}}"
)
_GRANTS = (
    "$g={param($c) $r=$null; "
    'try {$r=@(Get-ADPermission -Identity "$($c.DistinguishedName)" -ErrorAction Stop)} '
    'catch {$r=@(Get-ADPermission -Identity "$($c.Identity)" -ErrorAction Stop)}; '
    "'['+((@($r) | ForEach-Object {'{\"User\":'+(& $q $_.User)+',\"UserSid\":'+(& $q (& $s $_.User))"
    "+',\"Deny\":'+(& $q $_.Deny)+',\"IsInherited\":'+(& $q $_.IsInherited)"
    "+',\"AccessRights\":'+(& $j $_.AccessRights)+',\"ExtendedRights\":'+(& $j $_.ExtendedRights)+'}'}) -join ',')+']'}"
)
_CONNECTOR = (
    "$k={param($c) $p='null'; $e=''; try {$p=& $g $c} catch {$e=\"$_\"}; "
    "'{'+((@("
    + ",".join(f"'{name}'" for name in _PLAIN)
    + ") | ForEach-Object {(& $q $_)+':'+(& $q $c.$_)}) -join ',')"
    + "".join(f"+',\"{name}\":'+(& $j $c.{name})" for name in _JOINED)
    + "+',\"permissionsError\":'+(& $q $e)+',\"permissions\":'+$p+'}'}"
)


def _write(path: str) -> str:
    return (
        f'\'{{"onward":"{FORMAT}","version":1,"connectors":[\''
        "+((@(Get-ReceiveConnector) | ForEach-Object {& $k $_}) -join ',')+']}' | "
        f"Set-Content -Path {quoted(path)} -Encoding UTF8"
    )
