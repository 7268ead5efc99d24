"""What a change of mail flow means: has anybody's mail moved? Pure: two flows in, verdicts with stable codes out.

The signatures are those of early moves: what Microsoft's wizard prints, published before its day. Unknown parts are no
change. Each rule is one function; the gravest shift speaks for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from publicdns.flow import Flow, Part, Shown
from publicdns.frozen import frozen
from publicdns.mailflow import PROOF
from publicdns.providers import dns_provider, mail_provider
from publicdns.receiving import (
    host_of,
    is_at_microsoft,
    is_behind_gateway,
    is_gateway,
    is_microsoft,
    receivers,
    tried_first,
)
from publicdns.spf.passing import Passing, microsoft
from publicdns.spf.record import parse
from publicdns.spf.sets import names_microsoft, senders, terms

AUTODISCOVER_HOSTS = (
    "autodiscover.outlook.com",
    "autodiscover.office365.us",
    "autodiscover-dod.office365.us",
    "autodiscover.partner.outlook.cn",
)


class State(StrEnum):
    """What a change amounts to."""

    BROKEN = "broken"  # mail is refused, bounced or lost
    MOVED = "moved"
    PARTLY = "partly"
    GATEWAY = "gateway"  # a filter receives, and only its owner knows where it delivers
    PREPARED = "prepared"
    HARMLESS = "harmless"


GRAVITY = {state: place for place, state in enumerate(State)}  # the first is the gravest

PLACES = {part: place for place, part in enumerate(Part)}


@frozen
class Shift:
    """One thing that is otherwise than before. ``alarm``: somebody must be woken; ``grave``: at once."""

    part: Part
    code: str
    state: State
    alarm: bool = False
    grave: bool = False
    names: tuple[str, ...] = ()  # hosts, services or terms it is about


def movement(before: Flow, after: Flow, domain: str) -> tuple[Shift, ...]:
    """How ``after`` differs from ``before``, the gravest first; empty when nothing does."""
    pair = _Pair(before, after, domain)
    rules = RULES if after is not before else (_mx,)  # alone, that one tells something of what has not changed
    found = [shift for rule in rules for shift in rule(pair)]
    return tuple(sorted(found, key=_urgency))


def _urgency(shift: Shift) -> tuple[bool, bool, int, int]:
    """Alarms first; where mail arrives before who may send it."""
    return (not shift.alarm, not shift.grave, PLACES[shift.part], GRAVITY[shift.state])


def autodiscover_at_microsoft(alias: Shown | None) -> bool:
    """True when Outlook is sent to Microsoft 365."""
    return alias is not None and any(record in AUTODISCOVER_HOSTS for record in alias.records)


@frozen
class _Pair:
    before: Flow
    after: Flow
    domain: str

    def both(self, part: Part) -> tuple[Shown, Shown] | None:
        """Both sides, where both are known and differ."""
        old, new = self.before.of(part), self.after.of(part)
        return None if old is None or new is None or old.records == new.records else (old, new)

    @property
    def still_old(self) -> bool:
        """True while the old system is known to receive."""
        mx = self.after.of(Part.MX) or self.before.of(Part.MX)
        return mx is not None and not is_at_microsoft(mx)

    def providers(self, hosts: tuple[str, ...]) -> set[str]:
        """Who runs ``hosts``; an unknown one stands for itself."""
        known = {host: mail_provider(host, self.domain) for host in hosts}
        return {provider.name if provider else host for host, provider in known.items()}


# --- MX ----------------------------------------------------------------------------------------------------------
def _mx(pair: _Pair) -> Iterator[Shift]:
    """RFC 5321 §5.1: the lowest preference is tried first, equal ones at random, the rest when those do not answer."""
    sides = pair.both(Part.MX)
    if sides is None:
        mx = pair.after.of(Part.MX)
        if mx is not None and pair.before.of(Part.MX) is not None and is_behind_gateway(mx):
            yield Shift(Part.MX, "mx-gateway", State.GATEWAY, names=tried_first(receivers(mx)))
        return
    old, new = sides
    yield from _mx_broken(new, pair) or _mx_moved(old, new, pair)


def _mx_broken(new: Shown, pair: _Pair) -> list[Shift]:
    hosts, everything = receivers(new), sorted(map(host_of, new.records))
    if not new.records:
        return [Shift(Part.MX, "mx-gone", State.BROKEN, True, True)]
    if all(host in ("", ".") for _, host in everything):
        return [Shift(Part.MX, "mx-null", State.BROKEN, True, True)]  # RFC 7505 §3
    if not hosts or everything[0][0] < hosts[0][0]:
        return [Shift(Part.MX, "mx-proof-first", State.BROKEN, True, True, (everything[0][1],))]
    first = tried_first(hosts)
    if any(is_microsoft(host) for host in first) and pair.after.dead_hosts.issuperset(first):
        return [Shift(Part.MX, "mx-unresolvable", State.BROKEN, True, True, first)]
    return []


def _mx_moved(old: Shown, new: Shown, pair: _Pair) -> Iterator[Shift]:
    was, now = receivers(old), receivers(new)
    was_first, now_first = tried_first(was), tried_first(now)
    microsoft = tuple(host for _, host in now if is_microsoft(host))
    had_microsoft = any(is_microsoft(host) for _, host in was)
    if all(map(is_microsoft, now_first)):
        yield _same_or(was_first, Shift(Part.MX, "mx-moved", State.MOVED, True, True, now_first))
    elif any(map(is_microsoft, now_first)):
        yield Shift(Part.MX, "mx-split", State.PARTLY, True, True, microsoft)
    elif microsoft and not had_microsoft:
        yield Shift(Part.MX, "mx-fallback", State.PARTLY, True, names=microsoft)
    elif not pair.providers(now_first) <= pair.providers(was_first):
        if any(map(is_gateway, now_first)):
            yield Shift(Part.MX, "mx-to-gateway", State.GATEWAY, True, names=now_first)
        else:
            yield Shift(Part.MX, "mx-elsewhere", State.MOVED, True, True, now_first)
    else:
        yield from _mx_minor(was, now, pair)


def _same_or(was_first: tuple[str, ...], moved: Shift) -> Shift:
    if was_first and all(map(is_microsoft, was_first)):
        return Shift(Part.MX, "mx-same-provider", State.HARMLESS, names=moved.names)
    return moved


def _mx_minor(was: list[tuple[int, str]], now: list[tuple[int, str]], pair: _Pair) -> Iterator[Shift]:
    """Whoever was tried first still is; what else is new?"""
    old_hosts, new_hosts = tuple(h for _, h in was), tuple(h for _, h in now)
    strange = tuple(h for h in new_hosts if not pair.providers((h,)) <= pair.providers(old_hosts))
    if strange:
        yield Shift(Part.MX, "mx-new-fallback", State.PARTLY, True, names=strange)
    elif set(old_hosts) == set(new_hosts):
        yield Shift(Part.MX, "mx-reordered", State.HARMLESS)
    elif set(new_hosts) < set(old_hosts):
        gone = tuple(host for host in old_hosts if host not in new_hosts)
        yield Shift(Part.MX, "mx-fallback-removed", State.HARMLESS, names=gone)
    else:
        yield Shift(Part.MX, "mx-same-provider", State.HARMLESS, names=new_hosts)


def _mx_proof(pair: _Pair) -> Iterator[Shift]:
    """Microsoft's proof by MX receives nothing where it comes last; it may be deleted once validated."""
    sides = pair.both(Part.MX)
    if sides is None:
        return
    proofs = [(preference, host) for preference, host in map(host_of, sides[1].records) if host.endswith(PROOF)]
    first = min((preference for preference, _ in receivers(sides[1])), default=0)
    if proofs and all(preference > first for preference, _ in proofs):
        yield Shift(Part.MX, "mx-proof", State.HARMLESS, names=tuple(host for _, host in proofs))


# --- SPF ---------------------------------------------------------------------------------------------------------
def _spf(pair: _Pair) -> Iterator[Shift]:
    """Compared as a parsed set (RFC 7208): order and spelling are no change."""
    sides = pair.both(Part.SPF)
    if sides is None:
        return
    old, new = sides
    if len(new.records) > 1:
        yield Shift(Part.SPF, "spf-two", State.BROKEN, True, True)  # permerror (RFC 7208 §4.5)
    elif new.records and (wrong := parse(new.records[0]).mistakes):
        yield Shift(Part.SPF, "spf-broken", State.BROKEN, True, True, tuple(m.term[:80] for m in wrong))
    elif not new.records:
        yield Shift(Part.SPF, "spf-gone", State.BROKEN, True)
    else:
        yield from _spf_terms(terms(old), terms(new), pair)


def _spf_terms(was: frozenset[str], now: frozenset[str], pair: _Pair) -> Iterator[Shift]:
    old, new = senders(was), senders(now)
    lost, gained = sorted(old - new), sorted(new - old)
    microsoft = any(map(names_microsoft, gained))
    others = [term for term in new if not names_microsoft(term)]
    lost_others = tuple(term for term in lost if not names_microsoft(term))
    if pair.still_old and not others and any(map(names_microsoft, new)):
        yield Shift(Part.SPF, "spf-only-microsoft", State.BROKEN, True, True, lost_others)
    elif lost_others and pair.still_old:
        state = State.PARTLY if len(lost_others) < len(old) else State.BROKEN
        yield Shift(Part.SPF, "spf-sender-removed", state, True, names=lost_others)
    elif microsoft:
        yield Shift(Part.SPF, "spf-prepared", State.PREPARED, names=tuple(gained))
    elif lost:
        yield Shift(Part.SPF, "spf-sender-dropped", State.HARMLESS, names=tuple(lost))
    elif gained:
        yield Shift(Part.SPF, "spf-sender-added", State.HARMLESS, names=tuple(gained))
    elif was != now:
        yield Shift(Part.SPF, "spf-ending", State.HARMLESS, names=tuple(sorted(now - was)))
    else:
        yield Shift(Part.SPF, "spf-rewritten", State.HARMLESS)


def _spf_after_move(pair: _Pair) -> Iterator[Shift]:
    """Mail moved to Microsoft 365, and what it sends is not let through."""
    old, new = pair.before.of(Part.MX), pair.after.of(Part.MX)
    spf = pair.after.of(Part.SPF)
    moved = is_at_microsoft(new) and old is not None and not is_at_microsoft(old)
    if moved and spf is not None and len(spf.records) == 1 and microsoft(spf.records).passing is Passing.NO:
        yield Shift(Part.SPF, "spf-lacks-microsoft", State.BROKEN, True, True)


# --- Autodiscover and name servers -------------------------------------------------------------------------------
def _autodiscover(pair: _Pair) -> Iterator[Shift]:
    sides = pair.both(Part.AUTODISCOVER)
    if sides is None:
        return
    old, new = sides
    if autodiscover_at_microsoft(new):
        if autodiscover_at_microsoft(old):
            yield Shift(Part.AUTODISCOVER, "autodiscover-same", State.HARMLESS, names=new.records)
        elif pair.still_old:
            yield Shift(Part.AUTODISCOVER, "autodiscover-moved", State.PARTLY, True, names=new.records)
        else:
            yield Shift(Part.AUTODISCOVER, "autodiscover-followed", State.PREPARED, names=new.records)
    elif not new.records:
        yield Shift(Part.AUTODISCOVER, "autodiscover-gone", State.BROKEN, True, names=old.records)
    elif old.records:
        yield Shift(Part.AUTODISCOVER, "autodiscover-elsewhere", State.PARTLY, True, names=new.records)
    else:
        yield Shift(Part.AUTODISCOVER, "autodiscover-new", State.HARMLESS, names=new.records)


def _name_servers(pair: _Pair) -> Iterator[Shift]:
    """Who answers moves no mail, but it explains a change, and the next one will come from there."""
    sides = pair.both(Part.NS)
    if sides is None:
        return
    old, new = ({_dns_operator(host) for host in side.records} for side in sides)
    if not sides[1].records:
        yield Shift(Part.NS, "ns-gone", State.BROKEN, True, True)
    elif new <= old:
        yield Shift(Part.NS, "ns-same-provider", State.HARMLESS, names=sides[1].records)
    else:
        yield Shift(Part.NS, "ns-changed", State.HARMLESS, names=sides[1].records)


RULES: tuple[Callable[[_Pair], Iterator[Shift]], ...] = (
    _mx,
    _mx_proof,
    _spf,
    _spf_after_move,
    _autodiscover,
    _name_servers,
)


def _dns_operator(host: str) -> str:
    provider = dns_provider(host)
    return provider.name if provider else ".".join(host.split(".")[1:])
