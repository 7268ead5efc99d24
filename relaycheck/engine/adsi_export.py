"""Reading the export our page gives a command for (JSON), and what ``Get-CimInstance … | fl *`` prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from relaycheck.engine.access_list import AccessList, from_entries, from_hex, from_octets
from relaycheck.engine.connectors.decoding import decode
from relaycheck.engine.iis import MOST_NODES, IisConfiguration, InvalidUpload, Node, belongs, location
from relaycheck.engine.iis_properties import SECRET, known_property, truth
from relaycheck.engine.metabase import LISTS, MOST_LIST, MOST_TEXT, checked_size
from relaycheck.engine.naming import printable

FORMAT = "onward-iis-smtp/1"
MOST_BYTES = 16 * 1024 * 1024
PAIR = re.compile(r"([A-Za-z_]\w{0,63})\s*:\s?(.*)", re.ASCII)
OCTET_LIST = re.compile(r"\{?\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*(?:,?\s*(?:\.\.\.|…))?\s*\}?")


def parse_export(raw: bytes) -> IisConfiguration:
    """The JSON our export command prints. Raises InvalidUpload."""
    text, _ = decode(checked_size(raw, MOST_BYTES))
    try:
        document = json.loads(text[text.find("{") :])
    except (ValueError, RecursionError):
        raise InvalidUpload("The file is no complete JSON. Save everything the command printed.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidUpload(f"The file is not an export of this product: its format is not {FORMAT}.")
    reading = _Reading()
    for entry in _sequence(document.get("nodes"))[:MOST_NODES]:
        if isinstance(entry, dict):
            reading.node(entry)
    service = document.get("service")
    service = service if isinstance(service, dict) else {}
    return reading.configuration(
        _word(service.get("state")), _word(service.get("start")), _word(document.get("system"))
    )


def parse_list(raw: bytes) -> IisConfiguration:
    """``Name : value`` lines as ``Format-List`` prints them, one blank line between objects. Raises InvalidUpload."""
    text, _ = decode(checked_size(raw, MOST_BYTES))
    reading = _Reading()
    for block in _blocks(text):
        path = block.get("Name") or block.get("path") or ""
        if re.match(r"(?i)/?(lm/)?smtpsvc", path) and len(reading.nodes) < MOST_NODES:
            reading.node({"path": path, "properties": block})
    return reading.configuration("", "", "")


def _blocks(text: str) -> Iterator[dict[str, str]]:
    block: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        pair = PAIR.fullmatch(line.rstrip())
        if pair:
            last = pair[1]
            block[last] = pair[2].strip()
        elif line.strip() and last and line.startswith(" "):
            block[last] = (block[last] + " " + line.strip())[:MOST_LIST]
        elif block and not line.strip():
            yield block
            block, last = {}, ""
    if block:
        yield block


class _Reading:
    """Nodes while they are read."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.withheld = 0

    def node(self, entry: Mapping[str, Any]) -> None:
        """Keep what is known of one node."""
        place = location(str(entry.get("path", ""))[:500])
        properties = entry.get("properties")
        if not belongs(place) or not isinstance(properties, dict):
            return
        values: dict[str, str] = {}
        lists: dict[str, AccessList] = {}
        for name, value in properties.items():
            if SECRET.search(name):
                self.withheld += 1
                continue
            known = known_property(name)
            if known is None or value is None:
                continue
            key = known.name.lower()
            if key in LISTS:
                lists[key] = _access(value)
            else:
                values[key] = _scalar(value)[:MOST_TEXT]
        self.nodes[place] = Node(place, values, lists)

    def configuration(self, state: str, start: str, system: str) -> IisConfiguration:
        """Everything read. Raises InvalidUpload when it is nothing."""
        if not self.nodes:
            raise InvalidUpload("There is no SMTP virtual server in this export.")
        return IisConfiguration(tuple(self.nodes.values()), state, start, system, self.withheld)


def _word(value: object) -> str:
    return printable(value.strip(), 200) if isinstance(value, str) else ""


def _sequence(value: object) -> list[Any]:
    """PowerShell writes a list of one as its only member."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return ",".join(_scalar(item) for item in value[:1000] if not isinstance(item, list))
    return str(value) if isinstance(value, (str, int)) else ""


def _access(value: object) -> AccessList:
    """A list as the ADSI object, as WMI's octets, or as hexadecimal text."""
    if isinstance(value, dict):
        return _access_of(value)
    if isinstance(value, list) and all(isinstance(octet, int) and 0 <= octet < 256 for octet in value):
        return from_octets(bytes(value))
    if isinstance(value, str) and OCTET_LIST.fullmatch(value):
        return _from_octet_text(value)
    return from_hex(value) if isinstance(value, str) else AccessList(None, trouble="undecodable")


def _access_of(value: Mapping[str, Any]) -> AccessList:
    by_default = truth(str(value.get("GrantByDefault")))
    texts = {
        name: [str(item)[:200] for item in _sequence(value.get(name))] for name in ("IPGrant", "IPDeny", "DomainGrant")
    }
    only = None if by_default is None else not by_default
    return from_entries(only, texts["IPGrant"], texts["IPDeny"], texts["DomainGrant"])


def _from_octet_text(text: str) -> AccessList:
    if "..." in text or "…" in text:
        return AccessList(None, trouble="undecodable")
    numbers = [int(word) for word in re.findall(r"\d+", text)]
    return from_octets(bytes(numbers)) if max(numbers) < 256 else AccessList(None, trouble="undecodable")


def as_export(configuration: IisConfiguration) -> dict[str, object]:
    """``configuration`` in the export's own form: what may be stored, and read again with :func:`parse_export`."""
    nodes = [
        {
            "path": node.location,
            "properties": {**node.values, **{name: _shown(found) for name, found in node.lists.items()}},
        }
        for node in configuration.nodes
    ]
    service = {"state": configuration.service_state, "start": configuration.service_start}
    return {"format": FORMAT, "service": service, "system": configuration.system, "nodes": nodes}


def _shown(found: AccessList) -> object:
    if found.trouble:
        return "" if found.trouble == "empty" else "undecodable"
    grants = [network.replace("/", ",") for network in found.granted]
    denies = [network.replace("/", ",") for network in found.denied]
    by_default = None if found.only is None else not found.only
    return {"GrantByDefault": by_default, "IPGrant": grants, "IPDeny": denies, "DomainGrant": list(found.names)}
