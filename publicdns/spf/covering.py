"""Which of many ranges hold another one, without comparing each with each: a hostile record lists thousands."""

from __future__ import annotations

from collections.abc import Iterator

from publicdns.spf.addresses import Network


class Covering:
    """Ranges with the place each was added at. There are 162 prefix lengths, and a question costs one step for each
    that occurs.
    """

    def __init__(self) -> None:
        self._widths: dict[tuple[int, int], dict[int, int]] = {}

    def add(self, network: Network, place: int) -> None:
        """Enter a range; of equal ones the first place stands."""
        self._widths.setdefault((network.version, network.shift), {}).setdefault(network.bits, place)

    def holders(self, network: Network) -> Iterator[tuple[int, int]]:
        """Width in bits (0: a single address) and place of all that hold ``network``, itself included."""
        for (version, shift), places in self._widths.items():
            inner = shift - network.shift
            if version == network.version and inner >= 0 and (place := places.get(network.bits >> inner)) is not None:
                yield shift, place
