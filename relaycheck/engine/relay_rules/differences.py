"""What changed between two uploads, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relaycheck.engine.access_list import AccessList
from relaycheck.engine.iis import IisConfiguration
from relaycheck.engine.naming import printable
from relaycheck.engine.postconf import PostfixConfiguration

Values = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs. ``before`` or ``after`` is None where it did not exist."""

    place: str
    name: str
    before: str | None
    after: str | None


def changes(
    before: IisConfiguration | PostfixConfiguration, after: IisConfiguration | PostfixConfiguration
) -> tuple[Change, ...]:
    """Every difference, in the order of places and names. Another kind of relay changes everything."""
    old, new = dict(_values(before)), dict(_values(after))
    return tuple(
        Change(place, name, old.get((place, name)), new.get((place, name)))
        for place, name in sorted(old.keys() | new.keys())
        if old.get((place, name)) != new.get((place, name))
    )


def _values(configuration: IisConfiguration | PostfixConfiguration) -> Iterator[tuple[tuple[str, str], str]]:
    if isinstance(configuration, PostfixConfiguration):
        for name, value in configuration.values.items():
            yield ("main.cf", name), printable(value, 1000)
        return
    for name in ("service_state", "service_start", "system"):
        if value := getattr(configuration, name):
            yield ("service", name), value
    for node in configuration.nodes:
        for name, value in node.values.items():
            yield (node.location, name), printable(value, 1000)
        for name, found in node.lists.items():
            yield (node.location, name), _list(found)


def _list(found: AccessList) -> str:
    if found.trouble:
        return found.trouble
    mode = {True: "only", False: "all except", None: "unknown"}[found.only]
    entries = found.denied if found.only is False else found.granted
    return f"{mode}: {', '.join(sorted(entries))}"
