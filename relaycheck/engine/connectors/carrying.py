"""Carry relay connectors over: the commands that recreate them, those that close them, or their ranges for a relay of
our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from publicdns.answers import Verdict
from relaycheck.engine.connectors.addresses import Scope, union
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.effective import Basis, Standing
from relaycheck.engine.connectors.limits import LIMITS
from relaycheck.engine.connectors.model import Connector, Party
from relaycheck.engine.connectors.powershell import command, comment, listed, quoted
from relaycheck.engine.connectors.rights import ANONYMOUS_GROUP, ANY_RECIPIENT, spelled
from relaycheck.engine.connectors.showing import visible

_SIDS = {Party.ANONYMOUS: ("$anonymous", "S-1-5-7"), Party.EVERYONE: ("$everyone", "S-1-1-0")}
MAX_SOURCES = 5_000  # networks taken over at once
_SECURED_GROUPS = "ExchangeServers"


@dataclass(frozen=True, slots=True)
class Target:
    """The server the commands are for. ``frontend`` is False for Exchange 2010 and Edge servers, which have no such
    role.
    """

    server: str
    frontend: bool = True


@dataclass(frozen=True, slots=True)
class AllowedSource:
    """One network a relay of ours would have to allow, and where that comes from: printable, at most 100 characters."""

    network: IPv4Network | IPv6Network
    connector: str
    origin: str


def recreate_script(chosen: Iterable[Judged], target: Target) -> str:
    """PowerShell that makes the relay connectors in ``chosen`` on ``target``. Connectors that do not relay are skipped
    and named.
    """
    lines = [
        comment(f"Receive connectors for {target.server}. Run in the Exchange Management Shell, read every line first.")
    ]
    body: list[str] = []
    for judged in chosen:
        body += ["", *_recreated(judged, target)]
    return _script(lines, body)


def _script(lines: list[str], body: list[str]) -> str:
    """The whole script; one that has nothing to do says so when it is run."""
    if all(not line or line.startswith("#") for line in body):
        body = [*body, command("Write-Output", ("InputObject", quoted("Nothing to do.")))]
    return "\n".join([*lines, *_accounts("\n".join(body)), *body]) + "\n"


def _accounts(body: str) -> list[str]:
    """The names behind well-known SIDs, asked from the server itself: they are translated on localised systems."""
    return [
        f"{variable} = (New-Object System.Security.Principal.SecurityIdentifier '{sid}')"
        ".Translate([System.Security.Principal.NTAccount]).Value"
        for variable, sid in _SIDS.values()
        if variable in body
    ]


def _recreated(judged: Judged, target: Target) -> list[str]:
    connector = judged.connector
    title = [comment(f"--- {connector.identity} (from {connector.source})")]
    if not judged.relaying:
        known = "does not relay" if judged.verdict is Verdict.MISSING else "cannot be judged"
        return [*title, comment(f"{known} in this export: not recreated")]
    if not connector.ranges or connector.cut("RemoteIPRanges"):
        return [*title, comment("its remote ranges are not complete in this export: run the export command first")]
    identity = quoted(f"{target.server}\\{connector.name}")
    secured = _secured(judged)
    return [
        *title,
        *_warnings(judged, target, secured),
        _created(connector, target),
        _configured(connector, identity, secured),
        *([] if secured else _granted(judged, identity)),
        *_verified(identity),
    ]


def _secured(judged: Judged) -> bool:
    """Whether to recreate it with ExternalAuthoritative: only where no anonymous right does the same with less."""
    ways = {standing.basis for standing in judged.relaying if standing.without_logon}
    return ways == {Basis.EXTERNALLY_SECURED}


def _warnings(judged: Judged, target: Target, secured: bool) -> list[str]:
    both = any(standing.basis is Basis.EXTERNALLY_SECURED for standing in judged.relaying) and not secured
    local = [str(binding) for binding in judged.connector.bindings or () if not binding.wildcard]
    odd_role = judged.connector.role == "HubTransport" and target.frontend
    notes = {
        "OPEN RELAY: it admits everybody. Narrow RemoteIPRanges before you run this.": judged.scope is Scope.EVERYTHING,
        "It had ExternalAuthoritative too. One method is enough: only the relay right is set.": both,
        f"It listened on the old server's own addresses ({', '.join(local)}): now on all of them.": bool(local),
        "It was a HubTransport connector: relay connectors belong in FrontendTransport.": odd_role,
        "'Custom' cannot be set as a permission group: the rights below make it appear by themselves.": "Custom"
        in (judged.connector.groups or ()),
    }
    return [comment(note) for note, applies in notes.items() if applies]


def _created(connector: Connector, target: Target) -> str:
    bindings = {binding.everywhere for binding in connector.bindings or ()}
    role = [("TransportRole", "FrontendTransport")] if target.frontend else []
    return command(
        "New-ReceiveConnector",
        ("Name", quoted(connector.name)),
        ("Server", quoted(target.server)),
        *role,
        ("Custom", ""),
        ("Bindings", listed(sorted(str(binding) for binding in bindings) or ["0.0.0.0:25"])),
        ("RemoteIPRanges", listed(str(part) for part in connector.ranges or ())),
    )


def _configured(connector: Connector, identity: str, secured: bool) -> str:
    groups = sorted((connector.groups or frozenset({"AnonymousUsers"})) - {"Custom"})
    auth = sorted(connector.auth or frozenset({"Tls"}))
    if secured:
        groups, auth = sorted({*groups, _SECURED_GROUPS}), sorted({"ExternalAuthoritative", *(set(auth) & {"Tls"})})
    else:
        auth = [name for name in auth if name != "ExternalAuthoritative"]
    changed = [
        (limit.name, quoted(value))
        for limit in LIMITS
        if (value := connector.limit(limit.name)) and value != limit.default and limit.name != "ProtocolLoggingLevel"
    ]
    return command(
        "Set-ReceiveConnector",
        ("Identity", identity),
        ("AuthMechanism", listed(auth or ["None"])),
        ("PermissionGroups", listed(groups or ["None"])),
        *([("RequireTLS", "$true")] if connector.require_tls else []),
        *changed,
        ("ProtocolLoggingLevel", "Verbose"),
    )


def _granted(judged: Judged, identity: str) -> list[str]:
    """One Add-ADPermission per principal and kind, with the rights its permission group does not give anyway."""
    own = _own_rights(judged)
    lines: list[str] = []
    for standing in judged.relaying:
        if standing.basis not in (Basis.EXPLICIT, Basis.INHERITED):
            continue
        if standing.principal.name.endswith(("...", "…")):
            lines.append(comment(f"{standing.principal.name}: the console cut this name; grant it by hand"))
            continue
        rights = _rights(judged, standing, own.get(standing.principal.key, set()))
        lines += (
            []
            if standing.basis is Basis.EXPLICIT
            else [comment("was inherited from above; here it is set on the connector alone")]
        )
        lines.append(_permission("Add-ADPermission", identity, standing, rights))
    return lines


def _own_rights(judged: Judged) -> dict[str, set[str]]:
    """What each principal was granted on the connector itself."""
    rights: dict[str, set[str]] = {}
    for grant in judged.grants:
        if grant.deny is not True and not grant.inherited:
            rights.setdefault(grant.principal.key, set()).update(grant.rights)
    return rights


def _rights(judged: Judged, standing: Standing, own: set[str]) -> list[str]:
    """The relay right and ``own``, less what the permission group gives to anonymous senders anyway."""
    grouped = standing.principal.party is Party.ANONYMOUS and "AnonymousUsers" in (judged.connector.groups or ())
    return sorted({ANY_RECIPIENT, *own} - (ANONYMOUS_GROUP if grouped else frozenset()))


def _permission(name: str, identity: str, standing: Standing, rights: list[str], *more: tuple[str, str]) -> str:
    return command(
        name,
        ("Identity", f"(Get-ReceiveConnector -Identity {identity}).DistinguishedName"),
        ("User", account(standing)),
        ("ExtendedRights", listed(spelled(right) for right in rights)),
        *more,
    )


def account(standing: Standing) -> str:
    """The principal as a PowerShell expression: a variable for a translated name, else the name itself."""
    variable = _SIDS.get(standing.principal.party)
    return variable[0] if variable else quoted(standing.principal.name)


def _verified(identity: str) -> list[str]:
    shown = listed(("Identity", "Enabled", "AuthMechanism", "PermissionGroups", "Bindings", "RemoteIPRanges"))
    columns = listed(("User", "Deny", "IsInherited", "ExtendedRights"))
    right = quoted(spelled(ANY_RECIPIENT))
    chosen = f"Where-Object {{ $_.ExtendedRights -like {right} }} | Format-Table -Property {columns}"
    return [
        comment("verify: one line per account that may relay; AuthMechanism and PermissionGroups tell the rest"),
        f"Get-ReceiveConnector -Identity {identity} | Format-List -Property {shown}",
        f"Get-ADPermission -Identity (Get-ReceiveConnector -Identity {identity}).DistinguishedName | {chosen}",
    ]


def closing_script(chosen: Iterable[Judged]) -> str:
    """PowerShell that takes the relay right off the connectors in ``chosen``, for those opened by mistake."""
    lines = [comment("Close these relays. Each command asks before it acts.")]
    body: list[str] = []
    for judged in chosen:
        if judged.relaying:
            body += ["", comment(f"--- {judged.connector.identity}"), *_closed(judged)]
    return _script(lines, body)


def _closed(judged: Judged) -> list[str]:
    identity = quoted(judged.connector.identity)
    controlled = {grant.principal.key for grant in judged.grants if grant.every_right and grant.deny is not True}
    lines: list[str] = []
    for standing in judged.relaying:
        if standing.basis is Basis.EXTERNALLY_SECURED:
            auth = sorted((judged.connector.auth or frozenset()) - {"ExternalAuthoritative"}) or ["Tls"]
            lines.append(
                command(
                    "Set-ReceiveConnector", ("Identity", identity), ("AuthMechanism", listed(auth)), ("Confirm", "")
                )
            )
        elif standing.basis is Basis.INHERITED:
            lines.append(
                comment(f"{standing.principal.name}: inherited; remove it where it was set, above this connector")
            )
        else:
            if standing.principal.key in controlled:
                lines.append(comment("it has full control as well: take that away in ADSI Edit"))
            lines.append(_permission("Remove-ADPermission", identity, standing, [ANY_RECIPIENT], ("Confirm", "")))
    return lines


def to_relay_sources(chosen: Iterable[Judged]) -> tuple[AllowedSource, ...]:
    """The networks of the relay connectors in ``chosen`` as allowed sources of a relay, each with its origin.

    Connectors that admit everything are left out: an allow-list of the whole internet is none. So are those whose
    clients log on, because a relay that looks at addresses alone would ask less of them than before.
    """
    sources: list[AllowedSource] = []
    for judged in chosen:
        wanted = any(standing.without_logon for standing in judged.relaying) and judged.scope is not Scope.EVERYTHING
        if not wanted or judged.connector.ranges is None:
            continue
        origin = visible(f"receive connector {judged.connector.identity}, {judged.connector.source}", 100)
        parts = union(judged.connector.ranges)[:MAX_SOURCES]
        networks = (network for part in parts for network in part.networks())
        sources.extend(AllowedSource(network, judged.connector.identity, origin) for network in networks)
    return tuple(sources[:MAX_SOURCES])
