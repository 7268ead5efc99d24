"""Zones that may differ from one name server to the next, and change while they are being served."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone

from demo.faults import BELOW, Fault, Trouble, Troubles

Name = dns.name.Name
Rdatasets = dict[dns.rdatatype.RdataType, dns.rdataset.Rdataset]


def absolute(name: str | Name) -> Name:
    """``name`` as an absolute dnspython name in lower case; text needs no trailing dot."""
    if isinstance(name, str):
        name = dns.name.from_text(name)
    return name.canonicalize()


@dataclass(eq=False)
class Zone:
    """One zone as one server has it. ``version`` rises with every change."""

    origin: Name
    nodes: dict[Name, Rdatasets] = field(default_factory=dict)
    version: int = 0
    _beneath: Counter[Name] = field(default_factory=Counter)  # how many owners lie at or below a name (RFC 4592 §2.2.2)

    @classmethod
    def parse(cls, origin: str, text: str) -> Zone:
        """Read zone file text. Raises dns.exception.DNSException when it is no zone."""
        zone = cls(absolute(origin))
        parsed = dns.zone.from_text(text, zone.origin, relativize=False, check_origin=False)
        for name, rdataset in parsed.iterate_rdatasets():
            zone.put(absolute(name), rdataset)
        return zone

    def copy(self) -> Zone:
        """The same zone to be changed separately."""
        nodes = {name: dict(rdatasets) for name, rdatasets in self.nodes.items()}
        return Zone(self.origin, nodes, self.version, Counter(self._beneath))

    def put(self, name: Name, rdataset: dns.rdataset.Rdataset) -> None:
        """Set one RRset."""
        if name not in self.nodes:
            self.nodes[name] = {}
            self._beneath.update(self._path(name))
        self.nodes[name][rdataset.rdtype] = rdataset
        self.version += 1

    def remove(self, name: Name, rdtype: dns.rdatatype.RdataType) -> None:
        """Take one RRset away; nothing happens when it is not there."""
        if self.nodes.get(name, {}).pop(rdtype, None) is None:
            return
        if not self.nodes[name]:
            del self.nodes[name]
            self._beneath.subtract(self._path(name))
        self.version += 1

    def exists(self, name: Name) -> bool:
        """True for owners and for empty non-terminals."""
        return self._beneath[name] > 0 or name == self.origin

    def bump(self) -> None:
        """Raise the SOA's serial, as a provider does with every change."""
        soa = self.nodes.get(self.origin, {}).get(dns.rdatatype.SOA)
        if soa is not None:
            raised = dns.rdataset.from_rdata(soa.ttl, soa[0].replace(serial=(soa[0].serial + 1) & 0xFFFFFFFF))
            self.put(self.origin, raised)

    def _path(self, name: Name) -> Iterator[Name]:
        while name != self.origin and len(name) > len(self.origin):
            yield name
            name = name.parent()


class Zones:
    """All zones of a world. Safe to change from any thread while servers answer from it.

    ``at`` is the address of a name server (or several): what is said with it holds there only. Without it, it holds
    everywhere and ends the differences there were. Names need no trailing dot; TTLs are seconds.
    """

    def __init__(self, seed: int = 0) -> None:
        self.lock = threading.RLock()
        self.version = 0  # rises when a zone comes or goes
        self.troubles = Troubles(seed)
        self._shared: dict[Name, Zone] = {}
        self._own: dict[str, dict[Name, Zone | None]] = {}  # None: this address does not have the zone

    def load(self, origin: str, text: str, at: str | Iterable[str] | None = None) -> None:
        """Take a zone from zone file text ($TTL allowed), in place of the one there was.

        Raises dns.exception.DNSException when the text is no zone.
        """
        zone = Zone.parse(origin, text)
        with self.lock:
            if at is None:
                self._forget(zone.origin)
                self._shared[zone.origin] = zone
            for address in _each(at):
                self._own.setdefault(address, {})[zone.origin] = zone.copy()
            self.version += 1

    def drop_zone(self, origin: str, at: str | Iterable[str] | None = None) -> None:
        """Take a zone away: questions for it are REFUSED, or answered from a zone above."""
        name = absolute(origin)
        with self.lock:
            if at is None:
                self._forget(name)
                self._shared.pop(name, None)
            for address in _each(at):
                self._own.setdefault(address, {})[name] = None
            self.version += 1

    def put(self, name: str, ttl: int, rdtype: str, *values: str, at: str | Iterable[str] | None = None) -> None:
        """Set one RRset in the closest zone to ``values`` (zone file text), replacing the one there was.

        Raises KeyError when no zone holds the name, dns.exception.DNSException when a value cannot be read.
        """
        owner = absolute(name)
        kind = dns.rdatatype.from_text(rdtype)
        rdatas = [
            dns.rdata.from_text(dns.rdataclass.IN, kind, value, dns.name.root, relativize=False) for value in values
        ]
        rdataset = dns.rdataset.from_rdata_list(ttl, rdatas)
        with self.lock:
            for zone in self._to_change(owner, at):
                zone.put(owner, rdataset)
                if kind != dns.rdatatype.SOA:
                    zone.bump()

    def remove(self, name: str, rdtype: str, at: str | Iterable[str] | None = None) -> None:
        """Take one RRset away. Raises KeyError when no zone holds the name."""
        owner = absolute(name)
        with self.lock:
            for zone in self._to_change(owner, at):
                zone.remove(owner, dns.rdatatype.from_text(rdtype))
                zone.bump()

    def fault(
        self,
        name: str | None,
        rdtype: str | None,
        fault: Fault | None,
        *,
        at: str | Iterable[str] | None = None,
        seconds: float = 0.0,
        share: float = 1.0,
        times: int | None = None,
        followed: bool = False,
        below: bool = False,
    ) -> None:
        """Let questions for ``name`` and ``rdtype`` (None: any) meet ``fault``; ``fault=None`` ends it.

        ``seconds`` delays the answer, ``share`` (0..1) hits only some questions, ``times`` only so many, ``followed``
        lets the true answer follow a forged packet, ``below`` holds for everything beneath the name as well.
        """
        owner = None if name is None else BELOW * below + plain(absolute(name))
        with self.lock:
            for address in (None,) if at is None else tuple(_each(at)):
                trouble = None if fault is None else Trouble(fault, seconds, share, times, followed)
                self.troubles.put((address, owner, rdtype), trouble)

    def closest(self, name: Name, at: str, above: bool = False) -> Zone | None:
        """The nearest zone that the server at ``at`` has; ``above`` prefers one above ``name`` to the one at it."""
        if above and name != dns.name.root:
            return self.closest(name.parent(), at) or self.closest(name, at)
        own = self._own.get(at, {})
        while True:
            zone = own[name] if name in own else self._shared.get(name)
            if zone is not None:
                return zone
            if name == dns.name.root:
                return None
            name = name.parent()

    def _to_change(self, name: Name, at: str | Iterable[str] | None) -> list[Zone]:
        if at is None:
            origin = self._closest_origin(name)
            zones = [own[origin] for own in self._own.values() if own.get(origin) is not None]
            return [zone for zone in [self._shared.get(origin), *zones] if zone is not None]
        return [self._own_zone(name, address) for address in _each(at)]

    def _closest_origin(self, name: Name) -> Name:
        origins = set(self._shared).union(*(own.keys() for own in self._own.values()))
        for depth in range(len(name), 0, -1):
            ancestor = name.split(depth)[1]
            if ancestor in origins:
                return ancestor
        raise KeyError(f"no zone holds {name}")

    def _own_zone(self, name: Name, address: str) -> Zone:
        zone = self.closest(name, address)
        if zone is None:
            raise KeyError(f"no zone at {address} holds {name}")
        own = self._own.setdefault(address, {})
        if own.get(zone.origin) is not zone:
            own[zone.origin] = zone.copy()
            self.version += 1
        mine = own[zone.origin]
        assert mine is not None
        return mine

    def _forget(self, origin: Name) -> None:
        for own in self._own.values():
            own.pop(origin, None)


def _each(at: str | Iterable[str] | None) -> tuple[str, ...]:
    if at is None:
        return ()
    return (at,) if isinstance(at, str) else tuple(at)


def plain(name: Name) -> str:
    """A name as the log and the faults know it: lower case, no trailing dot, the root is ``"."``."""
    return name.to_text(omit_final_dot=True).lower()
