"""Reading MetaBase.xml, whole or its SmtpSvc part. What is not SMTP and what is secret is dropped while reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from relaycheck.engine.access_list import AccessList, from_hex
from relaycheck.engine.connectors.decoding import decode
from relaycheck.engine.iis import MOST_NODES, IisConfiguration, InvalidUpload, Node, belongs, location
from relaycheck.engine.iis_properties import SECRET, known_property

MOST_BYTES = 32 * 1024 * 1024
MOST_ELEMENTS = 100_000
DEEPEST = 64
MOST_TEXT = 4096  # characters of one value; lists of addresses are longer and have their own limit
MOST_LIST = 400_000
CHUNK = 65536
LISTS = {"relayiplist", "ipsecurity"}
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"MSCF")
DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")


def checked_size(raw: bytes, most: int = MOST_BYTES) -> bytes:
    """``raw`` when it is no archive and not too large. Raises InvalidUpload."""
    if raw.startswith(ARCHIVES):
        raise InvalidUpload("This is a compressed archive. Unpack it and upload the file inside.")
    if len(raw) > most:
        raise InvalidUpload(f"The file is larger than {most // (1024 * 1024)} MB.")
    return raw


def parse_metabase(raw: bytes) -> IisConfiguration:
    """The SMTP part of a metabase. Raises InvalidUpload; entities, document types and archives are refused unread."""
    text, _ = decode(checked_size(raw))
    collector = _Collector()
    parser = DefusedXMLParser(target=collector, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    body = DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    try:
        # A pasted fragment has many elements side by side; one element around everything makes it a document.
        parser.feed("<upload>")
        for at in range(0, len(body), CHUNK):
            parser.feed(body[at : at + CHUNK])
        parser.feed("</upload>")
        parser.close()
    except DefusedXmlException:
        raise InvalidUpload("The file declares entities or a document type. A metabase has neither.") from None
    except (ParseError, ValueError) as error:
        if isinstance(error, InvalidUpload):
            raise
        raise InvalidUpload(f"The file is no XML that can be read: {str(error)[:100]}.") from None
    if not collector.nodes:
        raise InvalidUpload("There is no SMTP service in this file: no element has a Location below /LM/SmtpSvc.")
    return IisConfiguration(tuple(collector.nodes.values()), withheld=collector.withheld)


class _Collector:
    """Receives elements one by one and keeps those of the SMTP service. Nothing else is ever held in memory."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.withheld = 0
        self._current: Node | None = None
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Raises InvalidUpload when there are too many."""
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > DEEPEST:
            raise InvalidUpload("The file has more elements than a metabase has.")
        if tag.rpartition("}")[2].lower() == "custom":
            self._custom({name.lower(): value for name, value in attributes.items()})
            return
        self._current = None
        place = next((value for name, value in attributes.items() if name.lower() == "location"), None)
        if place is None or not belongs(location(place[:500])):
            return
        self._current = self._node(location(place))
        for name, value in attributes.items():
            self._take(name, "", value)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser says which, and we only count
        """An element ends."""
        self._depth -= 1

    def data(self, text: str) -> None:
        """Text between elements says nothing."""

    def close(self) -> None:
        """The end of the document."""

    def _node(self, place: str) -> Node:
        if place not in self.nodes and len(self.nodes) >= MOST_NODES:
            raise InvalidUpload("The file has more SMTP domains than can be judged.")
        return self.nodes.setdefault(place, Node(place, {}, {}))

    def _custom(self, attributes: Mapping[str, str]) -> None:
        if self._current is None:
            return
        if "secure" in attributes.get("attributes", "").lower():
            self.withheld += 1
            return
        self._take(attributes.get("name", ""), attributes.get("id", ""), attributes.get("value", ""))

    def _take(self, name: str, number: str, value: str) -> None:
        if SECRET.search(name):
            self.withheld += 1
            return
        known = known_property(name, number)
        if known is None or self._current is None:
            return
        key = known.name.lower()
        if key in LISTS:
            _put(self._current.lists, key, from_hex(value[:MOST_LIST]))
        else:
            _put(self._current.values, key, value[:MOST_TEXT])


def _put(into: Mapping[str, AccessList] | Mapping[str, str], key: str, value: AccessList | str) -> None:
    """Fill a node while it is being read; afterwards nobody changes it."""
    into[key] = value  # type: ignore[index]
