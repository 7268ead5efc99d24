"""Connectors of several files made one each, and every grant put on the connector it belongs to; the same for exports
that were uploaded one after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from relaycheck.engine.connectors.items import Item
from relaycheck.engine.connectors.meaning import connector_of, grant_of, is_connector, is_grant, key_of
from relaycheck.engine.connectors.model import Connector, Coverage, Cut, Export, Grant, Key, Understood
from relaycheck.engine.connectors.rights import ANY_RECIPIENT

MAX_CONNECTORS = 5_000


class _Index:
    """Finds the connector a permission row means: by identity, by name alone, or by the unique beginning a
    table left.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = frozenset(keys)
        self.order = sorted(self.keys)
        self.by_name: dict[str, set[Key]] = defaultdict(set)
        for key in self.keys:
            self.by_name[key[1]].add(key)

    def find(self, key: Key, shortened: bool) -> Key | None:
        if key in self.keys:
            return key
        if shortened:
            server, name = key[0].rstrip(".…"), key[1].rstrip(".…")
            at = bisect_left(self.order, (server, name))
            begins = [known for known in self.order[at : at + 2] if known[0] == server and known[1].startswith(name)]
            return begins[0] if name and len(begins) == 1 else None
        same = self.by_name.get(key[1], set())
        if len(same) == 1 and (not key[0] or not next(iter(same))[0]):
            return next(iter(same))
        if key == ("", "") and len(self.keys) == 1:
            return next(iter(self.keys))  # `ft User, ExtendedRights` of the only connector there is
        return None


def join(items: list[Item], files: tuple[Understood, ...]) -> Export:
    """One Export of all the objects of all the files."""
    connectors: dict[Key, Connector] = {}
    whole: set[Key] = set()
    for item in items:
        if is_connector(item) and len(connectors) < MAX_CONNECTORS:
            connector = connector_of(item)
            known = connectors.get(connector.key)
            connectors[connector.key] = _merged(known, connector) if known else connector
            whole.update((connector.key,) if item.whole else ())
    grants, strays = _placed(items, _Index(connectors))
    coverage = {key: Coverage.FULL if key in whole else _coverage(rows) for key, rows in grants.items()}
    coverage |= dict.fromkeys(whole, Coverage.FULL)
    coverage |= {key: _coverage(rows) for key, rows in _by_connector(strays).items()}
    return Export(
        tuple(connectors.values()), {key: tuple(rows) for key, rows in grants.items()}, coverage, strays, files
    )


def merge(old: Export, new: Export) -> Export:
    """What ``new`` says counts; what it leaves open ``old`` fills in. Strays of either find the other's connectors."""
    connectors = {connector.key: connector for connector in old.connectors}
    for connector in new.connectors:
        if connector.key in connectors or len(connectors) < MAX_CONNECTORS:
            known = connectors.get(connector.key)
            connectors[connector.key] = _merged(connector, known) if known else connector
    index, parts = _Index(connectors), defaultdict[Key, list[tuple[Coverage, tuple[Grant, ...]]]](list)
    strays: list[Grant] = []
    homeless: dict[Key, Coverage] = {}
    for export in (old, new):
        loose = _by_connector(export.strays)
        for key, of in export.coverage.items():
            found = index.find(key, any(part.endswith(("...", "…")) for part in key))
            if found is None:
                strays += loose.get(key, ())
                homeless[key] = of
            else:
                rows = (*export.grants.get(key, ()), *(replace(row, connector=found) for row in loose.get(key, ())))
                parts[found].append((of, rows))
    joined = {key: _together(several) for key, several in parts.items()}
    coverage = homeless | {key: of for key, (of, _) in joined.items()}
    grants = {key: rows for key, (_, rows) in joined.items() if rows}
    return Export(tuple(connectors.values()), grants, coverage, tuple(strays), (*old.files, *new.files))


def _together(parts: list[tuple[Coverage, tuple[Grant, ...]]]) -> tuple[Coverage, tuple[Grant, ...]]:
    """The permissions of one connector out of several uploads: the last whole listing, and what came after it."""
    begins = max((at for at, (of, _) in enumerate(parts) if of is Coverage.FULL), default=0)
    rows = tuple(dict.fromkeys(row for _, some in parts[begins:] for row in some))
    if parts[begins][0] is Coverage.FULL:
        return Coverage.FULL, rows
    return (_coverage(rows) if rows else Coverage.NONE), rows


def _by_connector(strays: Iterable[Grant]) -> dict[Key, list[Grant]]:
    found: dict[Key, list[Grant]] = defaultdict(list)
    for grant in strays:
        found[grant.connector].append(grant)
    return found


def _placed(items: list[Item], index: _Index) -> tuple[dict[Key, list[Grant]], tuple[Grant, ...]]:
    grants: dict[Key, list[Grant]] = defaultdict(list)
    strays: list[Grant] = []
    for item in items:
        if not is_grant(item):
            continue
        server, name = key_of(item)
        key = server[:200].casefold(), name[:200].casefold()
        found = index.find(key, "identity" in item.cuts)
        grant = grant_of(item, found or key)
        (strays if found is None else grants[found]).append(grant)
    return dict(grants), tuple(strays)


def _coverage(rows: Sequence[Grant]) -> Coverage:
    """Whole only if it shows what a filter would have hidden: every column, other parties, other rights.

    Exchange puts entries for its own servers on every connector, so an unfiltered listing always has them.
    """
    complete = all(row.deny is not None and row.inherited is not None and not row.shortened for row in rows)
    parties = {row.principal.key for row in rows}
    others = any(ANY_RECIPIENT not in row.rights for row in rows)
    return Coverage.FULL if complete and others and len(parties) > 1 else Coverage.PARTIAL


def _merged(old: Connector, new: Connector) -> Connector:
    """Two descriptions of one connector: what one leaves open the other fills in; whole collections beat cut ones."""
    gaps_old, gaps_new = dict(old.cuts), dict(new.cuts)
    chosen: dict[str, object] = {}
    for part in fields(Connector):
        mine, theirs = getattr(old, part.name), getattr(new, part.name)
        exported = _EXPORTED.get(part.name, "")
        if mine in (None, "", ()) or (exported in gaps_old and exported not in gaps_new and theirs is not None):
            chosen[part.name] = theirs
    merged = replace(old, **chosen)  # type: ignore[arg-type]
    still = {name: cut for name, cut in (gaps_old | gaps_new).items() if _still_cut(name, old, new)}
    return replace(merged, cuts=tuple(sorted(still.items())))


_EXPORTED = {"ranges": "RemoteIPRanges", "bindings": "Bindings", "groups": "PermissionGroups", "auth": "AuthMechanism"}


def _still_cut(name: str, old: Connector, new: Connector) -> Cut | None:
    part = next((part for part, exported in _EXPORTED.items() if exported == name), "")
    if not part:
        return old.cut(name) if new.cut(name) else None
    clean = [side for side in (old, new) if side.cut(name) is None and getattr(side, part) is not None]
    return None if clean else (old.cut(name) or new.cut(name))
