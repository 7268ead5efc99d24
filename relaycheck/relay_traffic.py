"""Who uses a relay, as the newest log says, and the curve of its queue."""

from __future__ import annotations

import ipaddress
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relaycheck.engine.queue_report import Thresholds
from relaycheck.engine.reach import parsed
from relaycheck.models import LogReading, ReadingState, Relay


@dataclass(frozen=True, slots=True)
class Device:
    """One allowed source, or one sender nobody listed, with what the newest log says."""

    network: str
    label: str
    owner: str
    messages: int
    refused: int
    octets: int
    last: str
    listed: bool


def devices(relay: Relay, reading: LogReading | None) -> list[Device]:
    """Every allowed source in its order, then the senders that are none of them, the busiest first."""
    senders: list[dict[str, Any]] = reading.report.get("senders", []) if reading else []
    placed = sorted((place, at) for at, sender in enumerate(senders) if (place := _place(sender["address"])))
    found, listed = [], set[int]()
    for row in relay.sources.all():
        network = ipaddress.ip_network(row.network)
        begin = bisect_left(placed, ((network.version, int(network.network_address)), -1))
        end = bisect_right(placed, ((network.version, int(network.broadcast_address)), len(senders)))
        mine = [at for _, at in placed[begin:end]]
        listed.update(mine)
        found.append(
            _device(row.network, row.purpose or row.network, row.owner, [senders[at] for at in mine], listed=True)
        )
    rest = [sender for at, sender in enumerate(senders) if at not in listed]
    strangers = [_device(s["address"], s["greeting"] or s["address"], "", [s], listed=False) for s in rest]
    return found + sorted(strangers, key=lambda device: -device.messages)


def _place(address: str) -> tuple[int, int] | None:
    """Where an address stands among all: its version and its number."""
    found = parsed(address)
    return (found.version, int(found)) if found else None


def _device(network: str, label: str, owner: str, senders: list[dict[str, Any]], *, listed: bool) -> Device:
    return Device(
        network,
        label,
        owner,
        sum(sender["messages"] for sender in senders),
        sum(sender["refused"] for sender in senders),
        sum(sender["octets"] for sender in senders),
        max((sender["last"] for sender in senders), default=""),
        listed,
    )


def newest_reading(relay: Relay) -> LogReading | None:
    """The newest log that was read to its end."""
    return relay.readings.filter(state=ReadingState.DONE).first()


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve of counts over a day, as the points of an SVG polyline in a box of ``WIDTH`` by ``HEIGHT``."""

    queued: str
    badmail: str
    limit: float
    most: int


WIDTH, HEIGHT = 600, 120


def chart(relay: Relay, since: datetime, until: datetime, thresholds: Thresholds) -> Chart | None:
    """The last counts between two moments; None with fewer than two."""
    rows = list(relay.counts.filter(at__gte=since, at__lte=until).order_by("at"))
    if len(rows) < 2:
        return None
    most = max(thresholds.queued, *(max(row.queued or 0, row.badmail or 0) for row in rows))
    span = (until - since).total_seconds()

    def points(counts: list[tuple[datetime, int | None]]) -> str:
        return " ".join(
            f"{WIDTH * (at - since).total_seconds() / span:.1f},{HEIGHT - HEIGHT * count / most:.1f}"
            for at, count in counts
            if count is not None
        )

    limit = HEIGHT - HEIGHT * thresholds.queued / most
    queued, badmail = points([(row.at, row.queued) for row in rows]), points([(row.at, row.badmail) for row in rows])
    return Chart(queued, badmail, round(limit, 1), most)
