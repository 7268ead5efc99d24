"""What every reader produces: property names and values as text, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from relaycheck.engine.connectors.limits import LIMITS
from relaycheck.engine.connectors.model import Cut, Problem, Source

Value = str | tuple[str, ...] | None
Progress = Callable[[int, int], None]  # done, total, in bytes

MAX_TEXT = 20_000  # characters of one value; a list of a thousand ranges fits
MAX_ITEMS = 200_000  # objects of one file


@dataclass(slots=True)
class Item:
    """One object of an export. Keys are property names in lower case. ``cuts`` names the ones a console shortened."""

    fields: dict[str, Value]
    source: Source
    cuts: dict[str, Cut] = field(default_factory=dict)
    whole: bool = False  # the exporter vouches that all permissions of the connector came along


@dataclass(slots=True)
class Reading:
    """The objects of one file and what went wrong."""

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, code: str, source: Source, detail: str = "") -> None:
        """Note a problem, at most a hundred per file."""
        if len(self.problems) < 100:
            self.problems.append(Problem(code, source, detail[:200]))


# Names that tell a property list of connectors or permissions from any other text.
CONNECTOR_ONLY = frozenset(
    {"remoteipranges", "permissiongroups", "authmechanism", "bindings", "transportrole", "maxinboundconnection"}
)
GRANT_ONLY = frozenset({"user", "extendedrights", "deny", "isinherited", "accessrights"})
KNOWN = (
    CONNECTOR_ONLY
    | GRANT_ONLY
    | {"identity", "name", "server", "enabled", "distinguishedname", "fqdn", "inherited", "usersid"}
)
USED = (
    KNOWN | {"requiretls", "permissionserror"} | {limit.name.lower() for limit in LIMITS}
)  # everything else in an upload is dropped where it is read
MAX_COLUMNS = 400
