"""From property names and text to connectors and grants."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from relaycheck.engine.connectors.addresses import parse_binding, parse_range
from relaycheck.engine.connectors.enums import GROUPS, MECHANISMS, ROLES, flags, one, truth
from relaycheck.engine.connectors.items import CONNECTOR_ONLY, GRANT_ONLY, Item, Value
from relaycheck.engine.connectors.limits import LIMITS, normal
from relaycheck.engine.connectors.model import Connector, Cut, Grant, Key
from relaycheck.engine.connectors.principals import identify
from relaycheck.engine.connectors.rights import canonical

T = TypeVar("T")
MAX_MEMBERS = 2_000  # of one collection; Exchange itself grows slow long before

_TYPE_NAME = re.compile(r"(?:System|Microsoft|Deserialized)\.[\w.+]{1,200}(?:`\d+)?(?:\[.{0,300}\])?")
_SEPARATORS = re.compile(r"[;|,\n\r\t]")
_CANONICAL = re.compile(r"/Servers/([^/]{1,100})/Protocols/SMTP Receive Connectors/(.{1,200})", re.IGNORECASE)
_DN = re.compile(
    r"CN=((?:\\.|[^,\\]){1,200}),\s*CN=SMTP Receive Connectors,\s*CN=Protocols,\s*CN=((?:\\.|[^,\\]){1,100}),",
    re.IGNORECASE,
)
_ALL = frozenset({"genericall", "fullcontrol"})
_SPREAD = frozenset({"extendedright"})
_NAMES = {
    "remoteipranges": "RemoteIPRanges",
    "bindings": "Bindings",
    "permissiongroups": "PermissionGroups",
    "authmechanism": "AuthMechanism",
    "identity": "Identity",
    "name": "Name",
    "enabled": "Enabled",
    "transportrole": "TransportRole",
    "extendedrights": "ExtendedRights",
    "user": "User",
}


def is_connector(item: Item) -> bool:
    """Whether the item is one of Get-ReceiveConnector's."""
    keys = item.fields.keys()
    return not keys.isdisjoint(CONNECTOR_ONLY) or ("enabled" in keys and keys.isdisjoint(GRANT_ONLY))


def is_grant(item: Item) -> bool:
    """Whether the item is one of Get-ADPermission's that names somebody."""
    return "user" in item.fields and not is_connector(item)


def text_of(value: Value) -> str:
    """One value as a single line, lone surrogates replaced."""
    joined = value if isinstance(value, str) else "; ".join(value or ())
    return joined if joined.isascii() else joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words_of(value: Value) -> tuple[str, ...]:
    """The members of a collection, however it was joined: ``{a, b}``, ``a;b``, ``a|b``, one per line."""
    parts = value if isinstance(value, tuple) else (value or "",)
    found: list[str] = []
    for part in parts:
        bare = text_of(part).strip().removesuffix("…}").removesuffix("...}").strip().strip("{}")
        found.extend(word.strip().strip('"') for word in _SEPARATORS.split(bare))
    return tuple(word for word in found if word.rstrip(".…"))


def is_type_name(value: Value) -> bool:
    """Whether Export-Csv wrote a type instead of the members (``System.Object[]``)."""
    parts = value if isinstance(value, tuple) else (value or "",)
    return any(_TYPE_NAME.fullmatch(part.strip()) for part in parts)


def key_of(item: Item) -> tuple[str, str]:
    """Server and connector name of an item, as spelled; both may be empty."""
    identity = text_of(item.fields.get("identity")).strip()
    server, name = text_of(item.fields.get("server")).strip(), text_of(item.fields.get("name")).strip()
    if found := _placed(identity):
        return found
    if "\\" in identity:
        first, _, rest = identity.partition("\\")
        return first, rest
    return _placed(text_of(item.fields.get("distinguishedname"))) or (server, name or identity)


def _placed(text: str) -> tuple[str, str] | None:
    """Server and name out of a distinguished or canonical name of the directory."""
    if found := _CANONICAL.search(text):
        return found[1], found[2]
    if found := _DN.match(text):
        return _undone(found[2]), _undone(found[1])
    return None


def _undone(text: str) -> str:
    """An RDN value without its escapes (RFC 4514 §2.4)."""
    return re.sub(r"\\(.)", r"\1", text)


def connector_of(item: Item) -> Connector:
    """The connector an item describes; what it does not say stays None."""
    cuts: dict[str, Cut] = {_NAMES.get(name, name): cut for name, cut in item.cuts.items()}
    server, name = key_of(item)
    role = text_of(item.fields.get("transportrole"))
    return Connector(
        server=server[:200],
        name=name[:200],
        source=item.source,
        dn=text_of(item.fields.get("distinguishedname"))[:1000],
        enabled=truth(text_of(item.fields.get("enabled"))),
        role=one(role, ROLES),
        bindings=_collection(item, "bindings", parse_binding, cuts),
        ranges=_collection(item, "remoteipranges", parse_range, cuts),
        groups=_flags(item, "permissiongroups", GROUPS, cuts),
        auth=_flags(item, "authmechanism", MECHANISMS, cuts),
        require_tls=truth(text_of(item.fields.get("requiretls"))),
        limits=_limits(item),
        cuts=tuple(sorted(cuts.items())),
    )


def _collection(item: Item, name: str, parse: Callable[[str], T | None], cuts: dict[str, Cut]) -> tuple[T, ...] | None:
    value = item.fields.get(name)
    if value is None or (value == "" and name != "remoteipranges"):
        return None
    if is_type_name(value):
        cuts[_NAMES[name]] = Cut.TYPE_NAME
        return None
    found: dict[T, None] = {}
    words = words_of(value)
    if len(words) > MAX_MEMBERS:
        cuts[_NAMES[name]] = Cut.TRUNCATED
    for word in words[:MAX_MEMBERS]:
        parsed = parse(word)
        if parsed is None:
            cuts.setdefault(_NAMES[name], Cut.UNREADABLE)
        else:
            found[parsed] = None
    return tuple(found) if found or name not in item.cuts else None


def _flags(item: Item, name: str, names: dict[int, str], cuts: dict[str, Cut]) -> frozenset[str] | None:
    value = item.fields.get(name)
    if value is None or value == "":
        return None
    found = flags(words_of(value), names)
    if is_type_name(value) or found is None:
        cuts[_NAMES[name]] = Cut.TYPE_NAME if is_type_name(value) else Cut.UNREADABLE
        return None
    return found if name not in item.cuts else None


def _limits(item: Item) -> tuple[tuple[str, str], ...]:
    found = ((limit.name, normal(limit, text_of(item.fields.get(limit.name.lower())))) for limit in LIMITS)
    return tuple((name, value) for name, value in found if value)


def grant_of(item: Item, key: Key) -> Grant:
    """The access-control entry an item describes, on the connector ``key``."""
    rights = words_of(item.fields.get("extendedrights"))
    access = frozenset(word.lower().replace(" ", "") for word in words_of(item.fields.get("accessrights")))
    unreadable = is_type_name(item.fields.get("extendedrights"))
    spread = not rights and "extendedrights" in item.fields and not unreadable and bool(access & _SPREAD)
    inherited = item.fields.get("isinherited", item.fields.get("inherited"))
    return Grant(
        connector=key,
        principal=identify(text_of(item.fields.get("user")), text_of(item.fields.get("usersid"))),
        rights=frozenset() if unreadable else frozenset(canonical(right)[:200] for right in rights),
        every_right=bool(access & _ALL) or spread,
        deny=truth(text_of(item.fields.get("deny"))),
        inherited=truth(text_of(inherited)),
        source=item.source,
        shortened=unreadable or not item.cuts.keys().isdisjoint({"extendedrights", "accessrights", "user"}),
    )
