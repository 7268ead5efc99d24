"""The values of a receive-connector audit: connectors, the grants on them, and what was understood of each upload."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from relaycheck.engine.connectors.addresses import Binding, Range

Key = tuple[str, str]  # server and connector name, both case-folded; the server may be ""


class Party(StrEnum):
    """Who a security principal is, as far as a receive connector cares."""

    ANONYMOUS = "anonymous"
    EVERYONE = "everyone"
    AUTHENTICATED = "authenticated-users"
    EXCHANGE_SERVERS = "exchange-servers"
    HUB = "hub-transport-servers"
    EDGE = "edge-transport-servers"
    EXTERNALLY_SECURED = "externally-secured-servers"
    LEGACY = "exchange-legacy-interop"
    PARTNERS = "partner-servers"
    NAMED = "named-account"


class Cut(StrEnum):
    """Why a field of an export is not to be trusted whole."""

    TRUNCATED = "truncated"  # the console wrote "..." or the collection ended in "...}"
    TYPE_NAME = "type-name"  # Export-Csv wrote the type of a collection instead of its members
    UNREADABLE = "unreadable"  # a value that no rule of ours understands


class Coverage(StrEnum):
    """How much of Get-ADPermission's output for one connector was uploaded."""

    NONE = "none"
    PARTIAL = "partial"  # filtered, or without the columns Deny and IsInherited
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was read: a file, and a line, row or object number counted from 1."""

    file: str
    position: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.position}" if self.position else self.file


@dataclass(frozen=True, slots=True)
class Principal:
    """A security principal as the export names it, and the party it is."""

    party: Party
    name: str
    sid: str = ""

    @property
    def key(self) -> str:
        """Equal for equal principals, whatever language the server speaks."""
        return self.party.value if self.party is not Party.NAMED else (self.sid or self.name.casefold())


@dataclass(frozen=True, slots=True)
class Grant:
    """One access-control entry. ``rights`` are extended rights in lower case; ``every_right`` is full control or "all
    rights".
    """

    connector: Key
    principal: Principal
    rights: frozenset[str]
    every_right: bool
    deny: bool | None
    inherited: bool | None
    source: Source
    shortened: bool = False  # the rights or the account's name did not come along whole


@dataclass(frozen=True, slots=True)
class Connector:
    """One receive connector. None means the export did not say; an incomplete collection is also named in ``cuts``."""

    server: str
    name: str
    source: Source
    dn: str = ""
    enabled: bool | None = None
    role: str | None = None
    bindings: tuple[Binding, ...] | None = None
    ranges: tuple[Range, ...] | None = None
    groups: frozenset[str] | None = None
    auth: frozenset[str] | None = None
    require_tls: bool | None = None
    limits: tuple[tuple[str, str], ...] = ()  # canonical property name, value in a form Set-ReceiveConnector takes
    cuts: tuple[tuple[str, Cut], ...] = ()

    @property
    def key(self) -> Key:
        """What grants and logs are joined by."""
        return self.server.casefold(), self.name.casefold()

    @property
    def identity(self) -> str:
        """``SERVER\\Name``, as Exchange prints it."""
        return f"{self.server}\\{self.name}" if self.server else self.name

    def cut(self, name: str) -> Cut | None:
        """Why the field ``name`` (``"RemoteIPRanges"``) is incomplete, or None."""
        return dict(self.cuts).get(name)

    def limit(self, name: str) -> str:
        """The value of one limit, or ``""``."""
        return dict(self.limits).get(name, "")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an upload that could not be used: a stable code, where, and the raw words (hostile, bounded)."""

    code: str
    source: Source
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was made of one file."""

    file: str
    shape: str
    encoding: str
    connectors: int = 0
    permissions: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Everything uploaded, joined."""

    connectors: tuple[Connector, ...] = ()
    grants: dict[Key, tuple[Grant, ...]] = field(default_factory=dict)  # by the connector's key
    coverage: dict[Key, Coverage] = field(default_factory=dict)
    strays: tuple[Grant, ...] = ()  # grants on connectors that were not uploaded
    files: tuple[Understood, ...] = ()

    def grants_of(self, connector: Connector) -> tuple[Grant, ...]:
        """The access-control entries uploaded for ``connector``."""
        return self.grants.get(connector.key, ())

    def coverage_of(self, connector: Connector) -> Coverage:
        """How much is known about who may do what on ``connector``."""
        return self.coverage.get(connector.key, Coverage.NONE)
