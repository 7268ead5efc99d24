"""The configuration of an IIS SMTP service as values, whichever export it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from relaycheck.engine.access_list import ABSENT, AccessList
from relaycheck.engine.iis_properties import BY_NAME, truth, whole_number
from relaycheck.engine.route_action import RouteAction, route_action

SERVICE = "/lm/smtpsvc"
SERVER = re.compile(r"/lm/smtpsvc/(\d{1,9})")
DOMAIN = re.compile(r"/lm/smtpsvc/(\d{1,9})/domain/(.{1,255})")
MOST_NODES = 20_000


class InvalidUpload(ValueError):
    """The file is not what it should be, or too much of it. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the metabase. ``location`` is in lower case; ``values`` are by lower-case name, as written."""

    location: str
    values: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, AccessList] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from: ``server``, ``service`` (inherited), ``schema``, or ``nowhere``."""

    text: str
    origin: str

    @property
    def known(self) -> bool:
        """True when somebody wrote it: the schema's default is not what setup writes."""
        return self.origin in {"server", "service"}


@dataclass(frozen=True, slots=True)
class RemoteDomain:
    """A domain under the server. ``action`` is None when the flags could not be read."""

    name: str
    action: RouteAction | None
    target: str

    @property
    def ending(self) -> str:
        """``com`` for ``*.com``; empty for a domain that is no wildcard."""
        return self.name[2:] if self.name.startswith("*.") else ""

    @property
    def wildcard(self) -> bool:
        """True for ``*.com`` and ``*``."""
        return self.name.startswith("*")

    def has(self, flag: RouteAction) -> bool:
        """Whether ``flag`` is set."""
        return self.action is not None and flag in self.action

    def covers(self, domain: str) -> bool:
        """Whether mail to ``domain`` goes by this entry."""
        return domain == self.name or (self.wildcard and (self.name == "*" or domain.endswith(self.name[1:])))


@dataclass(frozen=True, slots=True)
class VirtualServer:
    """One virtual server with what it inherits."""

    number: str
    own: Node
    inherited: Node
    domains: tuple[RemoteDomain, ...]

    def setting(self, name: str) -> Setting:
        """The value of one property, by inheritance (server, then service, then schema)."""
        key = name.lower()
        for node, origin in ((self.own, "server"), (self.inherited, "service")):
            if key in node.values:
                return Setting(node.values[key], origin)
        default = BY_NAME[key].default
        return Setting("", "nowhere") if default is None else Setting(default, "schema")

    def text(self, name: str) -> str:
        """The value as text; empty when there is none."""
        return self.setting(name).text.strip()

    def number_of(self, name: str) -> int | None:
        """The value as a number from 0 to 4294967295; None when it is none."""
        return whole_number(self.text(name))

    def flag(self, name: str) -> bool | None:
        """The value as yes or no; None when it is neither."""
        return truth(self.text(name))

    def access(self, name: str) -> AccessList:
        """RelayIpList or IPSecurity."""
        key = name.lower()
        return self.own.lists.get(key) or self.inherited.lists.get(key) or ABSENT

    def remote(self, domain: str) -> RemoteDomain | None:
        """The entry mail to ``domain`` goes by: its own, else the longest wildcard."""
        covering = [entry for entry in self.domains if entry.covers(domain)]
        return max(covering, key=lambda entry: (entry.name == domain, len(entry.name)), default=None)


@dataclass(frozen=True, slots=True)
class IisConfiguration:
    """Everything kept of an upload. ``withheld`` counts the secrets that were dropped on the way in."""

    nodes: tuple[Node, ...]
    service_state: str = ""  # "Running", "Stopped"; empty when the export does not say
    service_start: str = ""  # "Auto", "AutoDelayed", "Manual"
    system: str = ""  # "Microsoft Windows Server 2019 Standard"
    withheld: int = 0

    @property
    def servers(self) -> tuple[VirtualServer, ...]:
        """The virtual servers in the order of their numbers."""
        by_location = {node.location: node for node in self.nodes}
        inherited = by_location.get(SERVICE, Node(SERVICE))
        remotes = self._domains()
        found = [
            VirtualServer(match[1], node, inherited, tuple(remotes.get(match[1], ())))
            for node in self.nodes
            if (match := SERVER.fullmatch(node.location))
        ]
        return tuple(sorted(found, key=lambda server: int(server.number)))

    def _domains(self) -> dict[str, list[RemoteDomain]]:
        by_server: dict[str, list[RemoteDomain]] = {}
        for node in self.nodes:
            if match := DOMAIN.fullmatch(node.location):
                action = route_action(node.values.get("routeaction", ""))
                target = node.values.get("routeactionstring", "").strip()
                by_server.setdefault(match[1], []).append(RemoteDomain(match[2].rstrip("."), action, target))
        return by_server


def location(path: str) -> str:
    """A metabase path in one spelling: lower case, one leading ``/lm``, no trailing slash."""
    words = [word for word in path.strip().lower().replace("\\", "/").split("/") if word]
    if words[:1] != ["lm"]:
        words.insert(0, "lm")
    return "/" + "/".join(words)


def belongs(place: str) -> bool:
    """Whether ``place`` is part of the SMTP service: everything else is dropped unread."""
    return place == SERVICE or place.startswith(SERVICE + "/")
