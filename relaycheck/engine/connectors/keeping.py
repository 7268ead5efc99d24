"""An export as JSON that can be kept, and back: the same audit, scripts and comparison come out of it.

Entries that no rule and no script looks at are left behind; so is everything of the files that was not understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from relaycheck.engine.connectors.addresses import Binding, Range
from relaycheck.engine.connectors.model import (
    Connector,
    Coverage,
    Cut,
    Export,
    Grant,
    Key,
    Party,
    Principal,
    Problem,
    Source,
    Understood,
)
from relaycheck.engine.connectors.rights import ANY_RECIPIENT, SUBMIT

FORMAT, VERSION = "onward.connectors.kept", 1
Json = dict[str, Any]


class NotKept(ValueError):
    """The JSON is not one that :func:`pack` wrote."""


def pack(export: Export) -> Json:
    """``export`` as plain dictionaries and lists."""
    known = [_connector(connector) | _permissions(export, connector.key) for connector in export.connectors]
    without = export.coverage.keys() - {connector.key for connector in export.connectors}
    return {
        "format": FORMAT,
        "version": VERSION,
        "connectors": known,
        "strays": [_grant(grant) | {"connector": list(grant.connector)} for grant in _telling(export.strays)],
        "stray_coverage": [[*key, export.coverage[key].value] for key in sorted(without)],
        "files": [_file(found) for found in export.files],
    }


def unpack(kept: Mapping[str, Any]) -> Export:
    """The export that was kept. Raises NotKept."""
    if kept.get("format") != FORMAT or kept.get("version") != VERSION:
        raise NotKept(str(kept.get("format"))[:100])
    connectors = tuple(_read_connector(one) for one in kept["connectors"])
    grants: dict[Key, tuple[Grant, ...]] = {}
    coverage: dict[Key, Coverage] = {}
    for connector, one in zip(connectors, kept["connectors"], strict=True):
        if one["grants"]:
            grants[connector.key] = tuple(_read_grant(grant, connector.key) for grant in one["grants"])
        coverage[connector.key] = Coverage(one["coverage"])
    coverage |= {(server, name): Coverage(value) for server, name, value in kept["stray_coverage"]}
    strays = tuple(_read_grant(one, (one["connector"][0], one["connector"][1])) for one in kept["strays"])
    return Export(connectors, grants, coverage, strays, tuple(_read_file(one) for one in kept["files"]))


def _permissions(export: Export, key: Key) -> Json:
    kept = _telling(export.grants.get(key, ()))
    coverage = export.coverage.get(key, Coverage.NONE)
    return {"grants": [_grant(grant) for grant in kept], "coverage": coverage.value}


def _telling(grants: Iterable[Grant]) -> list[Grant]:
    """The entries about relaying or submitting, and everything else of whoever may hold the relay right: a script
    grants that again. Equal entries once."""
    rows = tuple(grants)
    holders = {row.principal.key for row in rows if ANY_RECIPIENT in row.rights}
    kept: dict[tuple[object, ...], Grant] = {}
    for row in rows:
        if row.every_right or row.principal.key in holders or row.rights & {ANY_RECIPIENT, SUBMIT}:
            told = (row.connector, row.principal, row.rights, row.every_right, row.deny, row.inherited)
            kept.setdefault(told, row)
    return list(kept.values())


def _connector(one: Connector) -> Json:
    return {
        "server": one.server,
        "name": one.name,
        "source": _source(one.source),
        "dn": one.dn,
        "enabled": one.enabled,
        "role": one.role,
        "bindings": None if one.bindings is None else [[part.address, part.port] for part in one.bindings],
        "ranges": None
        if one.ranges is None
        else [[part.version, str(part.low), str(part.high)] for part in one.ranges],
        "groups": None if one.groups is None else sorted(one.groups),
        "auth": None if one.auth is None else sorted(one.auth),
        "require_tls": one.require_tls,
        "limits": [list(pair) for pair in one.limits],
        "cuts": [[name, cut.value] for name, cut in one.cuts],
    }


def _read_connector(one: Mapping[str, Any]) -> Connector:
    bindings, ranges = one["bindings"], one["ranges"]
    return Connector(
        server=one["server"],
        name=one["name"],
        source=_read_source(one["source"]),
        dn=one["dn"],
        enabled=one["enabled"],
        role=one["role"],
        bindings=None if bindings is None else tuple(Binding(address, port) for address, port in bindings),
        ranges=None if ranges is None else tuple(Range(version, int(low), int(high)) for version, low, high in ranges),
        groups=None if one["groups"] is None else frozenset(one["groups"]),
        auth=None if one["auth"] is None else frozenset(one["auth"]),
        require_tls=one["require_tls"],
        limits=tuple((name, value) for name, value in one["limits"]),
        cuts=tuple((name, Cut(cut)) for name, cut in one["cuts"]),
    )


def _grant(one: Grant) -> Json:
    return {
        "party": one.principal.party.value,
        "who": one.principal.name,
        "sid": one.principal.sid,
        "rights": sorted(one.rights),
        "every_right": one.every_right,
        "deny": one.deny,
        "inherited": one.inherited,
        "source": _source(one.source),
        "shortened": one.shortened,
    }


def _read_grant(one: Mapping[str, Any], connector: Key) -> Grant:
    return Grant(
        connector=connector,
        principal=Principal(Party(one["party"]), one["who"], one["sid"]),
        rights=frozenset(one["rights"]),
        every_right=one["every_right"],
        deny=one["deny"],
        inherited=one["inherited"],
        source=_read_source(one["source"]),
        shortened=one["shortened"],
    )


def _file(found: Understood) -> Json:
    return {
        "file": found.file,
        "shape": found.shape,
        "encoding": found.encoding,
        "connectors": found.connectors,
        "permissions": found.permissions,
        "problems": [[one.code, _source(one.source), one.detail] for one in found.problems],
    }


def _read_file(one: Mapping[str, Any]) -> Understood:
    problems = tuple(Problem(code, _read_source(source), detail) for code, source, detail in one["problems"])
    return Understood(one["file"], one["shape"], one["encoding"], one["connectors"], one["permissions"], problems)


def _source(source: Source) -> list[str | int]:
    return [source.file, source.position]


def _read_source(pair: list[Any]) -> Source:
    return Source(pair[0], pair[1])
