"""Who may really relay through a connector: the right, its denial, Submit, a way to log on, and whether the connector
is on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from relaycheck.engine.connectors.model import Connector, Coverage, Grant, Party, Principal, Source
from relaycheck.engine.connectors.rights import ANY_RECIPIENT, BY_DEFAULT, GROUP_OF, LOGINS, SUBMIT

_ANYONE = Principal(Party.ANONYMOUS, "NT AUTHORITY\\ANONYMOUS LOGON")
_SECURED = Principal(Party.EXTERNALLY_SECURED, "MS Exchange\\Externally Secured Servers")
_LOGGED_ON = frozenset({Party.AUTHENTICATED, Party.NAMED, Party.EXCHANGE_SERVERS, Party.LEGACY})
WITHOUT_LOGON = frozenset({Party.ANONYMOUS, Party.EVERYONE, Party.EXTERNALLY_SECURED})


class Basis(StrEnum):
    """Where the relay right comes from."""

    EXPLICIT = "explicit"  # set on the connector itself
    INHERITED = "inherited"  # from the server or the organisation above it
    FULL_CONTROL = "full-control"  # every right, as administrators have
    EXTERNALLY_SECURED = "externally-secured"  # AuthMechanism ExternalAuthoritative
    DEFAULT = "default"  # a permission group gives it on every such connector
    NONE = "none"


class Block(StrEnum):
    """Why a right has no effect."""

    DISABLED = "disabled"
    DENIED = "denied"
    NO_SUBMIT = "no-submit"
    NO_LOGON = "no-logon"  # the principal is an account and the connector offers no way to log on
    NOT_EXTERNAL = "not-external"  # externally secured servers act only with ExternalAuthoritative
    NO_GROUP = "no-group"  # ExternalAuthoritative without the permission group ExchangeServers
    NO_RANGES = "no-ranges"


@dataclass(frozen=True, slots=True)
class Standing:
    """What one principal can do on one connector. ``relays`` is None when the export cannot tell."""

    principal: Principal
    relays: bool | None
    granted: bool | None  # holds Accept-Any-Recipient and is not denied it
    submit: bool | None
    basis: Basis
    blocks: tuple[Block, ...] = ()
    evidence: tuple[Source, ...] = ()

    @property
    def usual(self) -> bool:
        """Whether this is how Exchange itself is set up: no finding."""
        return self.basis in (Basis.DEFAULT, Basis.FULL_CONTROL)

    @property
    def without_logon(self) -> bool:
        """Whether everybody the ranges admit has it, without a password."""
        return self.principal.party in WITHOUT_LOGON


def standings(connector: Connector, grants: tuple[Grant, ...], coverage: Coverage) -> tuple[Standing, ...]:
    """One Standing per principal that holds, is denied, or may hold the relay right."""
    principals = {grant.principal.key: grant.principal for grant in grants if _about(grant, ANY_RECIPIENT)}
    if "ExternalAuthoritative" in (connector.auth or ()):
        principals.setdefault(_SECURED.key, _SECURED)
    if coverage is not Coverage.FULL:
        principals.setdefault(_ANYONE.key, _ANYONE)
    rows = _telling(grants)
    return tuple(_standing(connector, rows, coverage, principal) for principal in principals.values())


def _telling(grants: tuple[Grant, ...]) -> dict[str, tuple[Grant, ...]]:
    """The entries that matter by principal, one of each kind: thousands of equal ones say no more than the first."""
    kinds: dict[str, dict[tuple[bool | None, ...], Grant]] = {}
    for grant in grants:
        relay, submit, named = _about(grant, ANY_RECIPIENT), _about(grant, SUBMIT), ANY_RECIPIENT in grant.rights
        if relay or submit:
            kinds.setdefault(grant.principal.key, {}).setdefault(
                (relay, submit, named, grant.deny, grant.inherited), grant
            )
    return {key: tuple(found.values()) for key, found in kinds.items()}


def _standing(
    connector: Connector, grants: dict[str, tuple[Grant, ...]], coverage: Coverage, who: Principal
) -> Standing:
    mine = tuple(grant for key in sorted(_memberships(who)) for grant in grants.get(key, ()))
    rows = tuple(grant for grant in mine if _about(grant, ANY_RECIPIENT))
    granted = _allowed(rows, ANY_RECIPIENT)
    submit = _allowed(mine, SUBMIT)
    if coverage is not Coverage.FULL:
        granted = _from_groups(connector, who, granted, rows)
        submit = _submit_from_groups(connector, who, submit, mine)
    blocks = _blocks(connector, who, granted, submit, rows)
    may_log_on = None if who.party in _LOGGED_ON and connector.auth is None else True
    unhindered = not (set(blocks) - {Block.DENIED, Block.NO_SUBMIT, Block.DISABLED})
    parts = (granted, submit, connector.enabled, may_log_on, unhindered)
    relays = False if False in parts else None if None in parts else True
    sources = tuple(grant.source for grant in rows) or (connector.source,)
    return Standing(who, relays, granted, submit, _basis(connector, who, rows), blocks, sources)


def _about(grant: Grant, right: str) -> bool:
    return grant.every_right or right in grant.rights


def _memberships(who: Principal) -> frozenset[str]:
    """The keys of the principal and of the groups every such session is in. For Everyone the session that does not log
    on counts.
    """
    groups = {Party.EVERYONE.value}
    if who.party is Party.EVERYONE:
        groups.add(Party.ANONYMOUS.value)
    if who.party in _LOGGED_ON:
        groups.add(Party.AUTHENTICATED.value)
    return frozenset(groups | {who.key})


def _allowed(rows: Iterable[Grant], right: str) -> bool | None:
    """The access check of Windows, in canonical order; None when a missing column could turn the result round."""
    rows = tuple(row for row in rows if _about(row, right))
    denies = {row.deny for row in rows} & {None}
    inherits = {row.inherited for row in rows} & {None}
    guesses = product((False, True) if denies else (False,), (False, True) if inherits else (False,))
    results = {_canonical_order(rows, deny, inherited) for deny, inherited in guesses}
    return results.pop() if len(results) == 1 else None


def _canonical_order(rows: tuple[Grant, ...], deny: bool, inherited: bool) -> bool:
    """Explicit denials, explicit grants, inherited denials, inherited grants: the first that speaks decides ([MS-DTYP]
    §2.4.5).
    """
    entries = {(_known(row.inherited, inherited), not _known(row.deny, deny)) for row in rows}
    first = min(entries, default=None)
    return first is not None and first[1]


def _known(value: bool | None, otherwise: bool) -> bool:
    return otherwise if value is None else value


def _from_groups(connector: Connector, who: Principal, granted: bool | None, rows: tuple[Grant, ...]) -> bool | None:
    """What PermissionGroups says of the relay right where the permissions are not all there."""
    if granted or rows:
        return granted
    group = GROUP_OF.get(who.party)
    if who.party in BY_DEFAULT and connector.groups is not None:
        return group in connector.groups
    return None


def _submit_from_groups(
    connector: Connector, who: Principal, submit: bool | None, rows: tuple[Grant, ...]
) -> bool | None:
    if submit or any(_about(row, SUBMIT) for row in rows):
        return submit
    group = GROUP_OF.get(who.party)
    if connector.groups is None or "Custom" in connector.groups:
        return True if group and group in (connector.groups or ()) else None
    if who.party is Party.NAMED:
        return True if "ExchangeUsers" in connector.groups else None
    return (group in connector.groups) if group else None


def _blocks(
    connector: Connector, who: Principal, granted: bool | None, submit: bool | None, rows: tuple[Grant, ...]
) -> tuple[Block, ...]:
    """Everything that stands in the way for certain."""
    auth, party = connector.auth, who.party
    secured = party is Party.EXTERNALLY_SECURED
    found = {
        Block.DISABLED: connector.enabled is False,
        Block.DENIED: granted is False and any(row.deny for row in rows),
        Block.NO_SUBMIT: submit is False,
        Block.NO_LOGON: party in _LOGGED_ON and auth is not None and not auth & LOGINS,
        Block.NOT_EXTERNAL: secured and auth is not None and "ExternalAuthoritative" not in auth,
        Block.NO_GROUP: secured and connector.groups is not None and "ExchangeServers" not in connector.groups,
        Block.NO_RANGES: connector.ranges == (),
    }
    return tuple(block for block, stands in found.items() if stands)


def _basis(connector: Connector, who: Principal, rows: tuple[Grant, ...]) -> Basis:
    allows = [row for row in rows if row.deny is not True and row.principal.key == who.key]
    if who.party is Party.EXTERNALLY_SECURED and "ExternalAuthoritative" in (connector.auth or ()):
        return Basis.EXTERNALLY_SECURED
    if who.party in BY_DEFAULT:
        return Basis.DEFAULT
    if not allows:
        return Basis.NONE
    own = [row for row in allows if ANY_RECIPIENT in row.rights]
    if not own and who.party is Party.NAMED:
        return Basis.FULL_CONTROL
    return Basis.INHERITED if all(row.inherited for row in allows) else Basis.EXPLICIT
