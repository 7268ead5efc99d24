"""A burndown as SVG: how many domains were in each stage, day by day. Pure: figures in, shapes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 900, 260  # of the drawing, in its own units
LEFT, BOTTOM, TOP = 46, 26, 10  # room for the scale, the days, and above
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Day:
    """One day's counts, the stage that is reached last first."""

    day: date
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All domains."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Band:
    """One stage's area; ``points`` as SVG's polygon takes them."""

    label: str
    code: str
    points: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the scale, or a day below."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    bands: tuple[Band, ...]
    levels: tuple[Mark, ...]
    days: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def stacked(days: Sequence[Day], labels: Sequence[tuple[str, str]]) -> Chart | None:
    """The areas of ``days`` on top of each other, in the order of ``labels`` (code, label) from below; None when there
    is nothing to draw."""
    if not days or not (highest := max(day.total for day in days)):
        return None
    top = _round(highest)
    drawn = days if len(days) > 1 else (days[0], days[0])  # one day is as wide as the drawing
    xs = _across(drawn)
    below = [0] * len(drawn)
    bands = []
    for place, (code, label) in enumerate(labels):
        above = [low + day.counts[place] for low, day in zip(below, drawn, strict=True)]
        outline = [*zip(xs, above, strict=True), *reversed(list(zip(xs, below, strict=True)))]
        bands.append(Band(label, code, " ".join(f"{x:.1f},{_y(n, top):.1f}" for x, n in outline)))
        below = above
    levels = tuple(Mark(_y(top * part // 4, top), str(top * part // 4)) for part in range(5) if top * part % 4 == 0)
    return Chart(tuple(bands), levels, _days(days, xs))


def _round(highest: int) -> int:
    """The end of the scale: 4 times a round number, not below ``highest``."""
    unit = 1
    while True:
        for step in STEPS:
            if step * unit * 4 >= highest:
                return step * unit * 4
        unit *= 10


def _across(days: Sequence[Day]) -> list[float]:
    first, last = days[0].day, days[-1].day
    room = WIDTH - LEFT - 10
    if first == last:
        return [float(LEFT), float(LEFT + room)]
    return [LEFT + room * (day.day - first).days / (last - first).days for day in days]


def _y(n: int, top: int) -> float:
    return TOP + (HEIGHT - BOTTOM - TOP) * (1 - n / top)


def _days(days: Sequence[Day], xs: Sequence[float]) -> tuple[Mark, ...]:
    """At most eight days named below, the last one among them."""
    every = max(1, -(-len(days) // 8))
    chosen = [place for place in range(len(days)) if (len(days) - 1 - place) % every == 0]
    return tuple(Mark(xs[place], f"{days[place].day:%m-%d}") for place in chosen)
