"""A third of all zones vanish at once, which is rarely true: the brake of the product holds (design decision 5)."""

from __future__ import annotations

from collections.abc import Iterator

from demo.faults import Fault
from demo.planting import TTL, delegation
from demo.stories.steps import Scenery, Step
from demo.world import CROWD, DOMAINS, HOSTS, ROOT, Domain

LOST = CROWD[: -(-len(DOMAINS) // 3)]
GONE_FOR = 240.0  # seconds: longer than it takes to see an absence and to believe it


def a_third_vanishes(domain: Domain) -> Iterator[Step]:
    """The registry lists them no more and their name servers know nothing of them; minutes later all is as it was."""
    others = len(LOST) - 1
    lost = f"{domain.name} and {others} other zones, a third of all, vanish at once: only the operator will be told."
    yield Step(domain.begins, lost, _vanish)
    yield Step(domain.begins + GONE_FOR, f"{domain.name} and the {others} others are back.", _come_back)


def _vanish(scenery: Scenery) -> None:
    for domain in LOST:
        scenery.zones.remove(domain.zone, "NS", at=ROOT)
        scenery.zones.fault(domain.ascii, None, Fault.REFUSED, at=HOSTS[domain.host].addresses, below=True)


def _come_back(scenery: Scenery) -> None:
    for domain in LOST:
        scenery.zones.put(domain.zone, TTL, "NS", *delegation(domain), at=ROOT)
        scenery.zones.fault(domain.ascii, None, None, at=HOSTS[domain.host].addresses, below=True)
