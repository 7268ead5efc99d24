"""One declared policy, everything it gives to copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from relaycheck.engine.policy import RelayPolicy
from relaycheck.engine.renderings.iis_steps import Step, iis_steps
from relaycheck.engine.renderings.microsoft365 import address_record, inbound_connector, spf_record
from relaycheck.engine.renderings.postfix import postfix
from relaycheck.engine.renderings.powershell import iis_commands
from relaycheck.engine.renderings.rendering import CannotRender, Rendering

SINGLE: tuple[tuple[str, Callable[[RelayPolicy], Rendering]], ...] = (
    ("iis-powershell", iis_commands),
    ("exchange-online", inbound_connector),
    ("spf", spf_record),
    ("address", address_record),
)


@dataclass(frozen=True, slots=True)
class Renderings:
    """Everything at once. ``withheld`` says by name why a rendering is missing."""

    steps: tuple[Step, ...]
    texts: tuple[Rendering, ...]
    withheld: tuple[tuple[str, str], ...]


def render(policy: RelayPolicy) -> Renderings:
    """All renderings of ``policy``. What lacks a fact is withheld with its reason, the rest is there."""
    texts: list[Rendering] = list(postfix(policy))
    withheld: list[tuple[str, str]] = []
    for name, rendering in SINGLE:
        try:
            texts.append(rendering(policy))
        except CannotRender as reason:
            withheld.append((name, str(reason)))
    return Renderings(iis_steps(policy), tuple(texts), tuple(withheld))
