"""Judge every connector of an export, and set beside it what the how-to's one-liner would have shown."""

from __future__ import annotations

from dataclasses import dataclass

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.addresses import Range, Scope, scope_of
from relaycheck.engine.connectors.effective import Standing, standings
from relaycheck.engine.connectors.matching import clashes
from relaycheck.engine.connectors.model import Connector, Coverage, Export, Grant
from relaycheck.engine.connectors.rights import ANY_RECIPIENT


@dataclass(frozen=True, slots=True)
class Judged:
    """One connector with everything a rule may look at. ``peers`` are the other connectors of its server."""

    connector: Connector
    grants: tuple[Grant, ...]
    coverage: Coverage
    scope: Scope
    standings: tuple[Standing, ...]
    peers: tuple[Connector, ...]
    clash: tuple[Connector, Range] | None = None  # another connector on the same endpoint, and the range that collides
    findings: tuple[Finding, ...] = ()

    @property
    def unusual(self) -> tuple[Standing, ...]:
        """The standings that are not how Exchange sets itself up."""
        return tuple(standing for standing in self.standings if not standing.usual)

    @property
    def relaying(self) -> tuple[Standing, ...]:
        """Those who do relay and are not Exchange's own default."""
        return tuple(standing for standing in self.unusual if standing.relays)

    @property
    def verdict(self) -> Verdict:
        """PRESENT: somebody relays. MISSING: nobody does. UNKNOWN: the export cannot tell."""
        if self.relaying:
            return Verdict.PRESENT
        if self.connector.enabled is False:
            return Verdict.MISSING
        undecided = any(standing.relays is None for standing in self.unusual)
        if (
            undecided
            or self.coverage is not Coverage.FULL
            or self.connector.enabled is None
            or self.connector.auth is None
        ):
            return Verdict.UNKNOWN
        return Verdict.MISSING


@dataclass(frozen=True, slots=True)
class OneLiner:
    """What the how-to's one-liner prints, against what is true. Identities of connectors."""

    shown: tuple[str, ...]  # connectors it would list
    missed: tuple[str, ...]  # connectors that relay and are not listed
    mistaken: tuple[str, ...]  # listed, and certainly not relaying for the account it names


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole judgement. ``findings`` are those that belong to no single uploaded connector."""

    export: Export
    connectors: tuple[Judged, ...]
    one_liner: OneLiner
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """PRESENT when any connector relays, UNKNOWN when any cannot be judged or nothing was read, MISSING when none
        relays.
        """
        verdicts = {judged.verdict for judged in self.connectors}
        if Verdict.PRESENT in verdicts:
            return Verdict.PRESENT
        unknown = (
            Verdict.UNKNOWN in verdicts
            or not verdicts
            or any(found.verdict is Verdict.UNKNOWN for found in self.findings)
        )
        return Verdict.UNKNOWN if unknown else Verdict.MISSING


def judge(export: Export) -> tuple[Judged, ...]:
    """Every connector with who relays on it, before any rule has spoken."""
    by_server: dict[str, list[Connector]] = {}
    for connector in export.connectors:
        by_server.setdefault(connector.key[0], []).append(connector)
    servers = {server: tuple(group) for server, group in by_server.items()}
    colliding = {key: clash for group in servers.values() for key, clash in clashes(group).items()}
    return tuple(
        _judge(export, connector, servers[connector.key[0]], colliding.get(connector.key))
        for connector in export.connectors
    )


def _judge(
    export: Export, connector: Connector, peers: tuple[Connector, ...], clash: tuple[Connector, Range] | None
) -> Judged:
    grants, coverage = export.grants_of(connector), export.coverage_of(connector)
    return Judged(
        connector=connector,
        grants=grants,
        coverage=coverage,
        scope=scope_of(connector.ranges),
        standings=standings(connector, grants, coverage),
        peers=peers,
        clash=clash,
    )


def one_liner(judged: tuple[Judged, ...], account: str = "anon") -> OneLiner:
    """Run the how-to's filter: ``User -Like '*anon*' -And ExtendedRights -Like 'ms-Exch-SMTP-Accept-Any-
    Recipient'``.
    """
    shown = {item.connector.identity: item for item in judged if any(_listed(grant, account) for grant in item.grants)}
    missed = [item.connector.identity for item in judged if item.relaying and item.connector.identity not in shown]
    mistaken = [name for name, item in shown.items() if item.verdict is Verdict.MISSING]
    return OneLiner(tuple(shown), tuple(missed), tuple(mistaken))


def _listed(grant: Grant, account: str) -> bool:
    return account.casefold() in grant.principal.name.casefold() and ANY_RECIPIENT in grant.rights
