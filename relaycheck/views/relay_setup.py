"""Everything one declared policy gives to copy: steps, commands, files, records, scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from relaycheck.engine.policy import Kind, RelayPolicy
from relaycheck.engine.policy_json import policy_json
from relaycheck.engine.reach import Target
from relaycheck.engine.renderings import render as render_all
from relaycheck.engine.renderings.microsoft365 import merged_spf_record
from relaycheck.engine.renderings.powershell import export_commands
from relaycheck.engine.renderings.probe_scripts import powershell_probe, swaks_probe
from relaycheck.engine.renderings.rendering import CannotRender, Note, Rendering
from relaycheck.models import Relay
from relaycheck.relay_names import published_spf
from relaycheck.relay_policy import declared
from relaycheck.relay_probes import attempts, exchanger, outward_attempts
from relaycheck.views.relays import relay_for
from tenants.access import SignedRequest, signed_in


@require_safe
@signed_in
def setup(request: SignedRequest, public_id: str) -> HttpResponse:
    """The page."""
    relay = relay_for(request, public_id)
    policy, missing = declared(relay)
    context: dict[str, object] = {"relay": relay, "missing": missing}
    if policy is not None:
        context |= _given(relay, policy)
    return render(request, "relays/setup.html", context)


def _given(relay: Relay, policy: RelayPolicy) -> dict[str, object]:
    everything = render_all(policy)
    steps = [(place, list(group)) for place, group in groupby(everything.steps, key=lambda step: tab_of(step.place))]
    iis = policy.kind is Kind.IIS
    texts = [one for one in everything.texts if iis or not one.name.startswith("iis-")]
    merged, unmerged = _spf(relay, policy)
    return {
        "policy": policy,
        "steps": steps if policy.kind is Kind.IIS else (),
        "texts": [*(one for one in texts if one.name != "spf" or not merged), *merged, _as_json(policy)],
        "withheld": [*everything.withheld, *unmerged],
        "scripts": list(_scripts(relay, policy)),
    }


def _as_json(policy: RelayPolicy) -> Rendering:
    """The policy itself, for the command that judges without a database."""
    text = json.dumps(policy_json(policy), indent=2) + "\n"
    note = Note("python manage.py relay judge FILE --policy relay-policy.json judges by the same rules as this page.")
    return Rendering("policy", "The policy as JSON", "json", text, "relay-policy.json", (note,))


def tab_of(place: str) -> str:
    """The tab a step belongs to, ``Virtual server > Access``: the place without its last dialog."""
    return " > ".join(place.split(" > ")[:2])


def _spf(relay: Relay, policy: RelayPolicy) -> tuple[list[Rendering], list[tuple[str, str]]]:
    """The merged record of every domain whose published one is known; and why not, of the others."""
    merged, withheld = [], []
    for domain, records in published_spf(relay).items():
        try:
            merged.append(merged_spf_record(policy, domain, records))
        except CannotRender as reason:
            withheld.append((f"spf-{domain}", str(reason)))
    return merged, withheld


def _scripts(relay: Relay, policy: RelayPolicy) -> Iterator[tuple[str, Rendering]]:
    """The scripts for the relay's own network, each with what it is for."""
    inward = Target(relay.internal_address, relay.port)
    yield "inward", powershell_probe(inward, attempts(policy))
    yield "inward", swaks_probe(inward, attempts(policy))
    if policy.hosted:
        outward = Target(exchanger(policy), 25)
        yield "outward", powershell_probe(outward, outward_attempts(policy))
        yield "outward", swaks_probe(outward, outward_attempts(policy))
    if policy.kind is Kind.IIS:
        yield "export", export_commands()
