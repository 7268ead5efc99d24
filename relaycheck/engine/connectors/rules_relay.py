"""Rules about connectors on which somebody does relay outside."""

from __future__ import annotations

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.addresses import Scope
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.effective import Basis, Standing
from relaycheck.engine.connectors.model import Cut, Party
from relaycheck.engine.connectors.rulebook import ACE_PAGE, CONNECTORS_PAGE, RELAY_PAGE, SET_PAGE, finding, rule

_UNAUTHENTICATED = frozenset({Party.ANONYMOUS, Party.EVERYONE})
_DEFAULT_NAMES = (
    "default ",
    "client frontend ",
    "client proxy ",
    "outbound proxy frontend ",
    "default frontend ",
    "client ",
)
_PLAIN = frozenset({"BasicAuth"})


def _open(judged: Judged) -> list[Standing]:
    return [standing for standing in judged.relaying if standing.principal.party in _UNAUTHENTICATED]


@rule(
    "RC101",
    "{connector} is an open relay: anybody who can connect may send to anywhere, without a password.",
    fix="Remove the right (closing commands below), or narrow RemoteIPRanges to the machines that need it.",
    source=RELAY_PAGE,
)
def open_relay(judged: Judged) -> Finding | None:
    """Anonymous relay with remote ranges that admit everything. A default connector was opened by mistake."""
    found = _open(judged)
    if not found or judged.scope is not Scope.EVERYTHING:
        return None
    mistake = judged.connector.name.casefold().startswith(_DEFAULT_NAMES)
    return finding("RC101", Verdict.PRESENT, "error", judged, found, default_connector="yes" if mistake else "no")


@rule(
    "RC102",
    "{connector} relays for anybody in whole networks ({range_count} ranges), without a password.",
    fix="Replace the networks by the addresses that really use it; the protocol log names them.",
    source=RELAY_PAGE,
)
def broad_anonymous_relay(judged: Judged) -> Finding | None:
    """Anonymous relay for a /16 of private addresses or more, or for a public /24 or more."""
    found = _open(judged)
    if not found or judged.scope is not Scope.BROAD:
        return None
    return finding("RC102", Verdict.PRESENT, "warning", judged, found)


@rule(
    "RC103",
    "{connector} relays outside for a list of machines, without a password. It has to be recreated on the new server.",
    fix="Carry it over with the script below, or make its ranges the allowed sources of a relay.",
    source=RELAY_PAGE,
)
def listed_anonymous_relay(judged: Judged) -> Finding | None:
    """Anonymous relay for a list: the usual reason, internal applications that mail outside."""
    found = _open(judged)
    if not found or judged.scope not in (Scope.LIST, Scope.SINGLE):
        return None
    return finding("RC103", Verdict.PRESENT, "notice", judged, found)


@rule(
    "RC104",
    "{connector} treats every sender in its ranges as an Exchange server (ExternalAuthoritative): it relays outside, "
    "anti-spam and size limits do not apply, and senders count as authenticated.",
    fix="Use the anonymous relay right for a list of addresses instead, unless the senders really are trusted servers.",
    source=RELAY_PAGE,
)
def externally_secured(judged: Judged) -> Finding | None:
    """ExternalAuthoritative with ExchangeServers: relay that ``*anon*`` never shows."""
    found = [standing for standing in judged.relaying if standing.basis is Basis.EXTERNALLY_SECURED]
    if not found:
        return None
    severity = "error" if judged.scope in (Scope.EVERYTHING, Scope.UNKNOWN) else "warning"
    return finding("RC104", Verdict.PRESENT, severity, judged, found)


@rule(
    "RC105",
    "On {connector} the relay right is given to Everyone: that includes whoever does not log on.",
    fix="Remove the entry for Everyone; grant ANONYMOUS LOGON or one account instead.",
    source=CONNECTORS_PAGE,
)
def everyone(judged: Judged) -> Finding | None:
    """An entry for S-1-1-0: never a default, and missed by a search for ``*anon*``."""
    found = [standing for standing in judged.relaying if standing.principal.party is Party.EVERYONE]
    return finding("RC105", Verdict.PRESENT, "warning", judged, found) if found else None


@rule(
    "RC106",
    "On {connector} these accounts may relay outside after logging on: {principals}.",
    fix="Keep it if the account is needed: the script below grants it again. Otherwise remove the right.",
    source=CONNECTORS_PAGE,
)
def named_account(judged: Judged) -> Finding | None:
    """A user, computer or group with the right of its own (in the how-to, its name replaces ``*anon*``)."""
    found = [standing for standing in judged.relaying if standing.principal.party in (Party.NAMED, Party.PARTNERS)]
    return finding("RC106", Verdict.PRESENT, "notice", judged, found) if found else None


@rule(
    "RC107",
    "On {connector} the relay right comes from above ({principals}): every connector below that place has it.",
    fix="Remove the entry where it was set: on the server object, the administrative group or the organisation.",
    source=ACE_PAGE,
)
def inherited(judged: Judged) -> Finding | None:
    """An inherited grant of the right itself: Microsoft's own filter hides it (``IsInherited -eq $false``)."""
    found = [standing for standing in judged.relaying if standing.basis is Basis.INHERITED]
    return finding("RC107", Verdict.PRESENT, "warning", judged, found) if found else None


@rule(
    "RC108",
    "{connector} has both the anonymous relay right and ExternalAuthoritative. Microsoft: one method or "
    "the other, not both.",
    fix="Keep the anonymous right and take ExternalAuthoritative off, unless the senders are trusted servers.",
    source=RELAY_PAGE,
)
def both_methods(judged: Judged) -> Finding | None:
    """Two ways to the same relay: removing one leaves the other open."""
    secured = [standing for standing in judged.relaying if standing.basis is Basis.EXTERNALLY_SECURED]
    found = _open(judged)
    return finding("RC108", Verdict.PRESENT, "warning", judged, [*found, *secured]) if found and secured else None


@rule(
    "RC109",
    "{connector} relays for one address only, {address}. If that is a load balancer or a NAT address, "
    "everybody behind it relays.",
    fix="Find out what {address} is. If it is a load balancer, turn source NAT off there or restrict who reaches it.",
    source=RELAY_PAGE,
)
def single_address(judged: Judged) -> Finding | None:
    """What a single address stands for cannot be seen from here: it is asked."""
    found = [standing for standing in judged.relaying if standing.without_logon]
    if not found or judged.scope is not Scope.SINGLE or not judged.connector.ranges:
        return None
    return finding("RC109", Verdict.UNKNOWN, "notice", judged, found, address=str(judged.connector.ranges[0]))


@rule(
    "RC110",
    "{connector} takes passwords for its relaying accounts without demanding TLS.",
    fix="Set BasicAuthRequireTLS, or RequireTLS, on the connector.",
    source=SET_PAGE,
)
def passwords_in_clear(judged: Judged) -> Finding | None:
    """BasicAuth without BasicAuthRequireTLS or RequireTLS where a named account relays."""
    auth = judged.connector.auth or frozenset()
    found = [standing for standing in judged.relaying if not standing.without_logon]
    if not found or not auth >= _PLAIN or "BasicAuthRequireTLS" in auth or judged.connector.require_tls is not False:
        return None
    return finding("RC110", Verdict.PRESENT, "warning", judged, found)


@rule(
    "RC111",
    "{connector} relays but belongs to the back-end transport service (HubTransport) and listens on port 25: "
    "it is in the way of the front end.",
    fix="Recreate it with -TransportRole FrontendTransport.",
    source=RELAY_PAGE,
)
def wrong_role(judged: Judged) -> Finding | None:
    """Relay connectors belong in FrontendTransport on a server that has one."""
    on_25 = any(binding.port == 25 for binding in judged.connector.bindings or ())
    has_front = any(peer.role == "FrontendTransport" for peer in judged.peers)
    if not judged.relaying or judged.connector.role != "HubTransport" or not on_25 or not has_front:
        return None
    return finding("RC111", Verdict.PRESENT, "warning", judged, judged.relaying)


@rule(
    "RC112",
    "{connector} relays for an account that no longer exists ({principals}).",
    fix="Remove the entry: nobody can use it, but nobody should wonder about it either.",
    source=CONNECTORS_PAGE,
)
def unresolved_account(judged: Judged) -> Finding | None:
    """A SID that Exchange could not turn into a name."""
    found = [
        standing
        for standing in judged.unusual
        if standing.granted
        and standing.principal.party is Party.NAMED
        and standing.principal.name == standing.principal.sid
    ]
    return finding("RC112", Verdict.PRESENT, "notice", judged, found) if found else None


@rule(
    "RC113",
    "{connector} relays, but its list of remote ranges is not complete in this export ({why}).",
    fix="Run the export command: it writes every range.",
    source=CONNECTORS_PAGE,
)
def ranges_incomplete(judged: Judged) -> Finding | None:
    """Format-List shows four members of a collection, Export-Csv perhaps none: how far it reaches is not known."""
    cut: Cut | None = judged.connector.cut("RemoteIPRanges")
    if not judged.relaying or not (cut or judged.connector.ranges is None):
        return None
    why = cut.value if cut else "not in the export"
    return finding("RC113", Verdict.UNKNOWN, "warning", judged, judged.relaying, why=why)
