"""The addresses the record lists."""

from __future__ import annotations

from collections import defaultdict

from publicdns.spf.addresses import never_public
from publicdns.spf.covering import Covering
from publicdns.spf.rules import Case, Facts, rule

_WIDE = {4: 15, 6: 31}  # prefix lengths up to which a range is wider than any sender's


@rule(
    "spf-private-address",
    "An address that never reaches the internet",
    "RFC 1918, RFC 6598, IANA special-purpose registries",
    severity="warning",
    sentence="{terms} can never match: {why}.",
    fix="Put the public address of your NAT in its place: the one Microsoft's server greets on port 25.",
)
def private_address(case: Case) -> Facts | None:
    found = [(term.text, never_public(term.network)) for term in case.live if term.network is not None]
    found = [(text, why) for text, why in found if why]
    return {"terms": [text for text, _ in found], "why": found[0][1]} if found else None


@rule(
    "spf-wide-range",
    "A very wide range",
    "RFC 7208 §11.1",
    severity="warning",
    sentence="{terms} lets {many} addresses send as {domain}.",
    fix="List only the addresses your mail really leaves from.",
)
def wide_range(case: Case) -> Facts | None:
    wide = [
        (term.text, term.network)
        for term in case.live
        if term.network is not None and term.network.prefix <= _WIDE[term.network.version] and term.qualifier == "+"
    ]
    many = sum(1 << network.shift for _, network in wide)
    return {"terms": [text for text, _ in wide], "many": f"{many:,}"} if wide else None


@rule(
    "spf-covered-range",
    "A range inside another one",
    "RFC 7208 §4.6.2",
    severity="notice",
    sentence="{terms} is not needed: {holders} covers it.",
    fix="Remove it to keep the record short.",
)
def covered_range(case: Case) -> Facts | None:
    listed = [(term, term.network) for term in case.live if term.network is not None]
    covering: defaultdict[str, Covering] = defaultdict(Covering)
    for at, (term, network) in enumerate(listed):
        covering[term.qualifier].add(network, at)
    pairs: dict[str, str] = {}
    for at, (term, network) in enumerate(listed):
        holders = covering[term.qualifier].holders(network)
        place = min((place for width, place in holders if place < at or width > network.shift), default=None)
        if place is not None:
            pairs.setdefault(term.text, listed[place][0].text)
    return {"terms": list(pairs), "holders": list(dict.fromkeys(pairs.values()))} if pairs else None


@rule(
    "spf-stray-bits",
    "A range that is not written as one",
    "RFC 7208 §5.6",
    severity="notice",
    sentence="{terms} stands for {meant}: receivers ignore the bits beyond the prefix length.",
    fix="Write {meant}, or leave the prefix length out if a single address is meant.",
)
def stray_bits(case: Case) -> Facts | None:
    stray = [(term.text, term.network.term) for term in case.live if term.network is not None and term.network.stray]
    return {"terms": [text for text, _ in stray], "meant": [meant for _, meant in stray]} if stray else None
